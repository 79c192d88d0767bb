/**
 * Why an instance runs, or does not, as far as its stored state tells: one sentence, and the facts. Pure.
 *
 * @internal
 */
import type { Control, JobState, LogEntry } from "tickwork"
import * as ClaimOwner from "./ClaimOwner.ts"
import * as FieldList from "./FieldList.ts"
import * as HistoryTable from "./HistoryTable.ts"
import * as InstanceState from "./InstanceState.ts"
import * as StatusTable from "./StatusTable.ts"
import type * as Table from "./Table.ts"
import * as TimeText from "./TimeText.ts"

export interface Known {
  readonly state: JobState.JobState
  /** Its last lines, newest first. */
  readonly lines: ReadonlyArray<LogEntry.Entry>
  /** What has been asked of it and is not done. */
  readonly requests: ReadonlyArray<Control.StoredRequest>
  /** When the newest line of the whole log began, whatever job wrote it; `null` where there is none. */
  readonly lastLineAt: number | null
}

const instance = ({ jobName, key }: JobState.JobState): string => (key === "" ? jobName : `${jobName} of ${key}`)

const after = (error: string | null): string => (error === null ? "" : `, after: ${error}`)

const said = ({ by, why }: { readonly by: string; readonly why: string }): string =>
  `${by === "" ? "" : ` by ${by}`}${why === "" ? "" : `: ${why}`}`

/** Others begin and this one does not: somebody is there, and has a reason. */
const overdue = (since: number, lastLineAt: number | null, { now }: StatusTable.Options): string =>
  lastLineAt !== null && lastLineAt > since + InstanceState.graceMs
    ? `, though another job began ${TimeText.since(lastLineAt, now)}: it waits for a place or for other jobs, its key is not listed any more, or no process that runs knows it.`
    : ", and nobody runs it: is the application running?"

/** The one sentence. */
export const sentence = (
  { lastLineAt, state }: Pick<Known, "lastLineAt" | "state">,
  options: StatusTable.Options
): string => {
  const { now, zone } = options
  const name = instance(state)
  const at = (instant: number | null) => (instant === null ? "" : TimeText.moment(instant, now, zone))
  const { attempt, claimedAt, claimOwner, lastError, lastReason, manual, nextAt, paused } = state
  const owner = claimOwner === null ? "" : ClaimOwner.shown(claimOwner)
  switch (InstanceState.of(state, options).kind) {
    case "running":
      return `${name} is running since ${at(claimedAt)}, in ${owner}.`
    case "cut short":
      return `${name} was cut short: ${owner} ended while it ran. Whoever starts next records it and runs it again.`
    case "asked for":
      return `${name} was asked for ${manual === null ? "" : TimeText.since(manual.at, now) + said(manual)}, and runs ${
        manual !== null && manual.nextAt > now ? `at ${at(manual.nextAt)}` : "as soon as a process takes it"
      }.`
    case "paused":
      return `${name} does not run: it was paused ${paused === null ? "" : `at ${at(paused.at)}${paused.by === "" ? "" : ","}${said(paused)}`}. tickwork resume lets it go on.`
    case "finished":
      return `${name} has finished: nothing more is planned.`
    case "backing off":
      return `${name} backs off: attempt ${attempt} is made at ${at(nextAt)}${after(lastError)}.`
    case "condition false":
      return `${name} did not run, since its condition said no (${lastReason ?? "without a reason"}), and is asked again at ${at(nextAt)}.`
    case "overdue":
      return `${name} is overdue since ${at(nextAt)}${overdue(nextAt ?? now, lastLineAt, options)}${attempt > 1 ? ` It is attempt ${attempt}${after(lastError)}.` : ""}`
    case "awaits others":
      return `${name} comes after other jobs, and runs once they have succeeded.`
    case "failed":
      return nextAt === null
        ? `${name} has finished with an error, and nothing more is planned${after(lastError)}.`
        : `${name} waits for its next instant, ${at(nextAt)}; the last one failed${after(lastError)}.`
    case "waiting":
      return nextAt !== null && nextAt <= now
        ? `${name} is due, and starts as soon as its process finds a place for it.`
        : `${name} waits for its next instant, ${at(nextAt)}.`
  }
}

const factsOf = ({ requests, state }: Known, { now, zone }: StatusTable.Options): ReadonlyArray<FieldList.Fact> => {
  const at = (instant: number | null) => (instant === null ? null : TimeText.moment(instant, now, zone))
  const { claimedAs, claimedFor, claimOwner, claimRenewals } = state
  return [
    { name: "cadence", text: InstanceState.cadenceOf(state) },
    { name: "next", text: at(state.nextAt) },
    { name: "last run", text: at(state.lastRunAt) ?? "never" },
    { name: "last success", text: at(state.lastSuccessAt) ?? "never" },
    { name: "runs", text: `${state.totalRuns}, of which ${state.totalErrors} failed` },
    { name: "failing", text: state.failures === 0 ? null : `${state.failures} in a row`, style: "red" },
    { name: "last error", text: state.lastError, style: "red" },
    {
      name: "running for",
      text:
        claimOwner === null
          ? null
          : `${at(claimedFor) ?? "–"} (${claimedAs ?? "–"}), its lease renewed ${claimRenewals} times`
    },
    ...requests.map((request) => ({
      name: "asked for",
      text: `${request.verb}${said(request)}, ${TimeText.since(request.at, now)}; no process has done it yet`,
      style: "yellow" as const
    }))
  ]
}

export const render = (known: Known, options: StatusTable.Options, page: Table.Page): ReadonlyArray<string> => [
  ...FieldList.render([{ name: "", text: sentence(known, options) }], page).map((line) => line.trimStart()),
  "",
  ...FieldList.render(factsOf(known, options), page),
  ...(known.lines.length === 0 ? [] : ["", ...HistoryTable.render(known.lines, options, page)])
]

export const toJson = ({ lastLineAt, lines, requests, state }: Known, options: StatusTable.Options) => ({
  now: options.now,
  sentence: sentence({ state, lastLineAt }, options),
  lastLineAt,
  ...StatusTable.toJson(state, options),
  requests: requests.map(({ at, by, id, verb, why }) => ({ id, verb, at, by, why })),
  lines: lines.map(HistoryTable.toJson)
})
