/**
 * The state of an instance in one word, as its stored row tells. Pure.
 *
 * Conditions, slots and dependencies belong to the application's code and are not stored.
 *
 * @internal
 */
import type { DateTime } from "effect"
import { Backfill, Control, JobState, type JobStore, LogEntry, Position, Run } from "tickwork"
import * as ClaimOwner from "./ClaimOwner.ts"
import * as TimeText from "./TimeText.ts"

/** The words for the state of an instance. */
export const kinds = [
  "unreadable",
  "running",
  "interrupted",
  "paused",
  "requested",
  "finished",
  "backing off",
  "condition false",
  "overdue",
  "enqueued",
  "unregistered",
  "waiting for dependencies",
  "failed",
  "waiting"
] as const

export type Kind = (typeof kinds)[number]

/** The colour of a state, as the command line and the page paint it. */
export type Style = "red" | "yellow" | "cyan" | "dim"

export interface InstanceState {
  readonly kind: Kind
  /** A remark of a few words, or the empty text. */
  readonly detail: string
  readonly style: Style | undefined
}

export interface Options {
  readonly now: number
  readonly zone: DateTime.TimeZone
  /** True only where a process has certainly ended. */
  readonly isGone: (owner: string) => boolean
  /** The requests for an instance that are not carried out yet. */
  readonly requestsOf?: (ref: JobStore.Ref) => ReadonlyArray<Control.StoredRequest>
  /** True for an enqueued run that no process has taken in yet. */
  readonly isNew?: (ref: JobStore.Ref) => boolean
  /** Since when no living process has the job, where others live; `null` where one has it, or none lives. */
  readonly inNoRegistrySince?: (state: JobState.JobState) => number | null
}

/** "upload/ada", or "sync_send" where the job has no keys. */
export const nameOf = ({ jobName, key }: JobStore.Ref): string => (key === "" ? jobName : `${jobName}/${key}`)

/** A due instance becomes overdue after this time. */
export const graceMs = 5000

const styles: Readonly<Record<Kind, Style | undefined>> = {
  unreadable: "red",
  running: "cyan",
  interrupted: "red",
  paused: "yellow",
  requested: "cyan",
  finished: "dim",
  "backing off": "yellow",
  "condition false": undefined,
  overdue: "red",
  enqueued: "cyan",
  unregistered: "yellow",
  "waiting for dependencies": undefined,
  failed: "red",
  waiting: undefined
}

const dependsOnly = ({ position: { cadence } }: JobState.JobState): boolean => cadence.definition === "after others"

const kindOf = (state: JobState.JobState, options: Options): Kind => {
  const kind = storedKind(state, options)
  if (options.isNew?.(state) === true) return "enqueued"
  const isToRun = isPlanned.has(kind) || (kind === "failed" && state.position.nextAt !== null)
  return isToRun && options.inNoRegistrySince?.(state) != null ? "unregistered" : kind
}

/** What no process carries out where none has the job. */
const isPlanned: ReadonlySet<Kind> = new Set([
  "requested",
  "backing off",
  "condition false",
  "overdue",
  "waiting for dependencies",
  "waiting"
])

const storedKind = (state: JobState.JobState, { isGone, now }: Options): Kind => {
  const {
    lastError,
    lastStatus,
    lastVerdict,
    position: { attempt, manual, nextAt, paused },
    claim: { owner: claimOwner }
  } = state
  if (state.unreadable !== undefined) return "unreadable"
  if (claimOwner !== null) return isGone(claimOwner) ? "interrupted" : "running"
  if (manual !== null) return "requested"
  if (paused !== null && (paused.until ?? now) > now - graceMs) return "paused"
  if (lastVerdict === "invalid-cadence") return "failed"
  if (nextAt === null) return lastError !== null && lastStatus !== "success" ? "failed" : "finished"
  if (nextAt <= now - graceMs) return dependsOnly(state) ? "waiting for dependencies" : "overdue"
  if (attempt > 1) return "backing off"
  if (Position.isRechecked(state.position)) return "condition false"
  return lastError !== null ? "failed" : "waiting"
}

const afterError = ({ lastError }: JobState.JobState): string => (lastError === null ? "" : `: ${lastError}`)

const failure = (state: JobState.JobState): string => {
  // its run is not what keeps it from running
  if (state.lastVerdict === "invalid-cadence") return state.lastReason ?? ""
  return state.failures > 1 ? `${state.failures} failed in a row${afterError(state)}` : (state.lastError ?? "")
}

const isWhole = (ms: number): boolean => ms % (ms < 3_600_000 ? 1000 : ms < 86_400_000 ? 60_000 : 3_600_000) === 0

/** "every 5 s" for a stored "every 5000 ms", where that loses nothing; every other definition as stored. */
export const cadenceOf = ({
  position: {
    cadence: { definition }
  }
}: JobState.JobState): string =>
  definition.replace(/^every (\d+) ms$/, (whole, ms) =>
    isWhole(Number(ms)) ? `every ${TimeText.duration(Number(ms))}` : whole
  )

/** " by ada: it rains": who made a request, and why. */
export const byAndWhy = ({ by, why }: { readonly by: string; readonly why: string }): string =>
  `${by === "" ? "" : ` by ${by}`}${why === "" ? "" : `: ${why}`}`

/** " until 14:03:05": when a pause ends by itself. */
export const untilText = ({ until }: Control.Paused, { now, zone }: Pick<Options, "now" | "zone">): string =>
  until === undefined ? "" : ` until ${TimeText.stamp(until, now, zone)}`

/** The reason of the last log entry, where it ran nothing. */
const skipDetail = ({ lastReason, lastStatus, lastVerdict }: JobState.JobState): string => {
  const isControl = LogEntry.isControl(lastVerdict)
  if (lastStatus !== "skipped" || isControl || lastReason === null) return ""
  return lastVerdict === "condition-false" ? `condition false: ${lastReason}` : lastReason
}

/** ": the tick was stopped, and the body has not ended" */
export const afterStop = (state: JobState.JobState): string =>
  JobState.isLeftRunning(state) ? `: ${JobState.leftRunning}` : ""

/** "in no running registry since 14:03:05": the job was left out of the code, or renamed. */
export const unregistered = (state: JobState.JobState, { inNoRegistrySince, now, zone }: Options): string =>
  `in no running registry since ${TimeText.stamp(inNoRegistrySince?.(state) ?? state.updatedAt, now, zone)}`

const detailOf = (kind: Kind, state: JobState.JobState, options: Options): string => {
  const { now } = options
  const {
    position: { attempt, manual, paused },
    claim: { claimedAt, owner: claimOwner, progress }
  } = state
  const owner = claimOwner === null ? "" : ClaimOwner.toText(claimOwner)
  switch (kind) {
    case "unreadable":
      return `cannot be read: ${state.unreadable}`
    case "running":
      return `running for${claimedAt === null ? "" : ` ${TimeText.elapsed(claimedAt, now)}`}${progress === null ? "" : `, ${Run.progressText(progress)}`}, by ${owner}${afterStop(state)}`
    case "interrupted":
      return `interrupted: ${owner} ended while it ran`
    case "paused":
      return paused === null
        ? ""
        : `paused ${TimeText.since(paused.at, now)}${untilText(paused, options)}${byAndWhy(paused)}`
    case "requested":
      if (manual === null) return ""
      return Backfill.isKey(state.key)
        ? `makes up for ${TimeText.stamp(manual.at, now, options.zone)}${byAndWhy(manual)}`
        : `requested ${TimeText.since(manual.at, now)}${byAndWhy(manual)}`
    case "finished":
    case "enqueued":
      return ""
    case "unregistered":
      return unregistered(state, options)
    case "backing off":
      return `backing off, attempt ${attempt}${afterError(state)}`
    case "condition false":
      return state.lastReason === null ? "" : `condition false: ${state.lastReason}`
    case "overdue":
      return attempt > 1 ? `attempt ${attempt}${afterError(state)}` : failure(state)
    case "waiting for dependencies":
      return "runs once its dependencies have succeeded"
    case "failed":
      return failure(state)
    case "waiting":
      return skipDetail(state)
  }
}

const mostRequests = 2

/** The pending requests for an instance, in a few words. */
const requested = (requests: ReadonlyArray<Control.StoredRequest>): ReadonlyArray<string> => [
  ...requests.slice(0, mostRequests).map(Control.pendingText),
  ...(requests.length > mostRequests ? [`${requests.length - mostRequests} more requests pending`] : [])
]

export const of = (state: JobState.JobState, options: Options): InstanceState => {
  const kind = kindOf(state, options)
  const requests = requested(options.requestsOf?.(state) ?? [])
  const detail = [...requests, detailOf(kind, state, options)].filter((text) => text !== "").join("; ")
  return { kind, detail, style: styles[kind] ?? (requests.length > 0 ? "yellow" : undefined) }
}

/** When the next run starts, in a word or two. */
export const nextOf = (state: JobState.JobState, kind: Kind, now: number): string => {
  const at = JobState.dueAt(state)
  switch (kind) {
    case "overdue":
      return at === null ? "overdue" : `overdue ${TimeText.elapsed(at, now)}`
    case "unregistered":
      return "none"
    case "running":
    case "paused":
    case "finished":
      return kind
    default:
      return at === null ? "none" : at <= now ? "due" : TimeText.until(at, now)
  }
}
