/**
 * Why an instance runs or does not, as its stored state tells: a sentence, and the fields. Pure.
 *
 * @since 0.1.0
 */
import { Backfill, type Control, type JobState, type LogEntry, Run } from "tickwork"
import * as Answers from "./Answers.ts"
import * as ClaimOwner from "./ClaimOwner.ts"
import * as Counted from "./Counted.ts"
import * as InstanceState from "./InstanceState.ts"
import type * as JobProcesses from "./JobProcesses.ts"
import * as TimeText from "./TimeText.ts"

export interface Known {
  readonly state: JobState.JobState
  /** The last log entries of the instance, newest first. */
  readonly entries: ReadonlyArray<LogEntry.Entry>
  /** The pending requests of the instance. */
  readonly requests: ReadonlyArray<Control.StoredRequest>
  /** The start of the newest log entry of any job, in ms since the epoch; `null` for an empty log. */
  readonly lastEntryAt: number | null
  /** The processes that have the job, those that run it first. */
  readonly processes: ReadonlyArray<JobProcesses.JobProcess>
}

const lastError = (error: string | null): string => (error === null ? "" : ` Last error: ${error}`)

const overdueCause = ({ lastEntryAt, processes }: Known, since: number, now: number): string => {
  const [process] = processes
  if (process === undefined) return ", and no process that has this job is known to run: start the application."
  return lastEntryAt !== null && lastEntryAt > since + InstanceState.graceMs
    ? `, while another job started ${TimeText.since(lastEntryAt, now)}: it waits for a slot, a rate or a dependency.`
    : `, and no job has started since: check whether ${ClaimOwner.toText(process.owner)} still works.`
}

/** Kinds in which nothing of an instance is under way, and no request is pending. */
const isAtRest: ReadonlySet<InstanceState.Kind> = new Set(["waiting", "overdue", "finished", "failed"])

/** True for what a process has noted of a key, since only its code can tell it. */
const isNoted = ({ lastVerdict }: JobState.JobState): boolean =>
  lastVerdict === "not-listed" || lastVerdict === "invalid-cadence"

export const sentence = (known: Known, options: InstanceState.Options): string => {
  const { state } = known
  const { now, zone } = options
  const name = InstanceState.nameOf(state)
  const at = (instant: number | null) => (instant === null ? "" : TimeText.moment(instant, now, zone))
  const {
    lastReason,
    position: { attempt, manual, nextAt, paused },
    claim: { claimedAt, owner: claimOwner, progress }
  } = state
  const owner = claimOwner === null ? "" : ClaimOwner.toText(claimOwner)
  const { kind } = InstanceState.of(state, options)
  if (isAtRest.has(kind) && lastReason !== null && isNoted(state))
    return `${name} does not run: ${lastReason}${lastReason.endsWith(".") ? "" : "."}`
  switch (kind) {
    case "unreadable":
      return `${name} does not run, since its row cannot be read: ${state.unreadable}. Mend the row and restart, or forget the instance in the application (Tick.forget).`
    case "running":
      return `${name} has been running since ${at(claimedAt)}, in ${owner}${progress === null ? "" : `, and is at ${Run.progressText(progress)}`}${InstanceState.afterStop(state)}.`
    case "interrupted":
      return `${name} was interrupted: ${owner} ended while it ran. The next process that starts records this and runs it again.`
    case "requested": {
      const request = manual === null ? "" : TimeText.since(manual.at, now) + InstanceState.byAndWhy(manual)
      const isLater = manual !== null && manual.nextAt > now
      const starts = `It starts ${isLater ? `at ${at(manual.nextAt)}` : "as soon as a process takes it"}.`
      return manual !== null && Backfill.isKey(state.key)
        ? `${name} makes up for the planned time ${at(manual.at)}${InstanceState.byAndWhy(manual)}. ${starts}`
        : `A run of ${name} was requested ${request}. ${starts}`
    }
    case "paused": {
      const request =
        paused === null ? "" : ` at ${at(paused.at)}${paused.by === "" ? "" : ","}${InstanceState.byAndWhy(paused)}`
      const end = paused?.until === undefined ? "" : `The pause ends at ${at(paused.until)}; `
      return `${name} was paused${request}. ${end}"tickwork resume" continues it${end === "" ? "" : " now"}.`
    }
    case "finished":
      return `${name} has finished: no further run is planned.`
    case "backing off":
      return `${name} is backing off: attempt ${attempt} starts at ${at(nextAt)}.${lastError(state.lastError)}`
    case "condition false":
      return `${name} did not run: its condition${lastReason === null ? "" : ` "${lastReason}"`} is false. The next check is at ${at(nextAt)}.`
    case "overdue": {
      const retry = attempt > 1 ? ` This is attempt ${attempt}.${lastError(state.lastError)}` : ""
      return `${name} has been overdue since ${at(nextAt)}${overdueCause(known, nextAt ?? now, now)}${retry}`
    }
    case "enqueued": {
      const [request] = known.requests
      const by = request === undefined ? "" : InstanceState.byAndWhy(request)
      return `A run of ${name} was enqueued ${TimeText.since(state.createdAt, now)}${by}, and no process has taken it in yet. It is due ${at(nextAt)}.`
    }
    case "unregistered":
      return `${name} is ${InstanceState.unregistered(state, options)}: no living process has this job, so nothing runs it. It goes on once a registry names it again; "tickwork forget" deletes it.`
    case "waiting for dependencies":
      return `${name} waits for its dependencies and runs once they have succeeded.`
    case "failed":
      return nextAt === null
        ? `${name} has finished with an error: no further run is planned.${lastError(state.lastError)}`
        : `${name} waits for its next occurrence, ${at(nextAt)}; the last one failed.${lastError(state.lastError)}`
    case "waiting":
      return nextAt !== null && nextAt <= now
        ? `${name} is due and starts as soon as its process has a free slot.`
        : `${name} waits for its next occurrence, ${at(nextAt)}.`
  }
}

/** A name and a value; a field of `null` is left out. */
export interface Field {
  readonly name: string
  readonly text: string | null
  readonly style?: InstanceState.Style
}

/** The stored fields of an instance, each with its name. */
export const fieldsOf = (
  { processes, requests, state }: Known,
  { now, zone }: InstanceState.Options
): ReadonlyArray<Field> => {
  const at = (instant: number | null) => (instant === null ? null : TimeText.moment(instant, now, zone))
  const {
    claim: { trigger: claimedAs, scheduledAt: claimedFor, owner: claimOwner, renewals: claimRenewals }
  } = state
  return [
    { name: "cadence", text: InstanceState.cadenceOf(state) },
    { name: "next", text: at(state.position.nextAt) },
    { name: "last run", text: at(state.lastRunAt) ?? "never" },
    { name: "last success", text: at(state.lastSuccessAt) ?? "never" },
    {
      name: "attempts",
      text: `${Counted.number(state.totalRuns)} in all, ${Counted.number(state.totalErrors)} failed`
    },
    { name: "failing", text: state.failures === 0 ? null : `${state.failures} in a row`, style: "red" },
    { name: "last error", text: state.lastError, style: "red" },
    {
      name: "running",
      text:
        claimOwner === null
          ? null
          : `the occurrence of ${at(claimedFor) ?? "–"} (${claimedAs ?? "–"}), lease renewed ${claimRenewals} times`
    },
    ...processes.map(({ owner, runs }) => ({
      name: runs ? "run by" : "left by",
      text: `${ClaimOwner.toText(owner)}${runs ? "" : ": it has an older definition"}`
    })),
    ...requests.map((request) => ({
      name: "pending",
      text: `${request.verb}${InstanceState.byAndWhy(request)}, requested ${TimeText.since(request.at, now)}`,
      style: "yellow" as const
    }))
  ]
}

const processToJson = ({ owner, runs }: JobProcesses.JobProcess) => ({ owner, ...ClaimOwner.parse(owner), runs })

/** The answer of `tickwork explain`. */
export const answerOf = (known: Known, options: InstanceState.Options): typeof Answers.Explained.Type => ({
  now: options.now,
  sentence: sentence(known, options),
  lastEntryAt: known.lastEntryAt,
  ...Answers.instanceOf(known.state, options),
  processes: known.processes.map(processToJson),
  entries: known.entries.map(Answers.entryOf)
})
