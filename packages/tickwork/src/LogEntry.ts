/**
 * A log entry: how an attempt ended, or why a planned instant did not run, and the position after it.
 *
 * An entry is never changed, except that equal skips in a row share one entry with a count.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { EncodedValue } from "./internal/schedule/EncodedValue.ts"
import { Position } from "./Position.ts"
import { Trigger } from "./Run.ts"

/**
 * How a run ended. `interrupted`: a crash, a graceful stop or the job itself ended the attempt. `skipped`: nothing ran,
 * since a condition was false or planned instants were missed. `control`: the plan itself was changed, as the entry's
 * reason says.
 *
 * @since 0.1.0
 * @category models
 */
export const Status = Schema.Literal("success", "error", "timeout", "interrupted", "skipped", "control")

/**
 * @since 0.1.0
 * @category models
 */
export type Status = typeof Status.Type

/**
 * The fields of a log entry. Instants are milliseconds since the epoch, durations are milliseconds.
 *
 * @since 0.1.0
 * @category models
 */
export const LogEntry = Schema.Struct({
  jobName: Schema.String,
  key: Schema.String,
  /** The entry's number within its instance, from 1 upward. */
  seq: Schema.Positive,
  status: Status,
  trigger: Trigger,
  attempt: Schema.Positive,
  scheduledAt: Schema.Int,
  startedAt: Schema.Int,
  /** When the last of equal skips was recorded; `startedAt` for every run. */
  lastAt: Schema.Int,
  durationMs: Schema.NonNegative,
  /** The error, shortened to one line; `null` for none. */
  error: Schema.NullOr(Schema.String),
  /** Why nothing ran; `null` where a body ran. */
  reason: Schema.NullOr(Schema.String),
  /** How many equal skips in a row this entry counts, of instants or of checks; 1 for every run. */
  count: Schema.Positive,
  /** Where the instance stands after this entry. */
  position: Position,
  /** The new memory of the instance; `null` where it is unchanged. */
  memory: Schema.NullOr(EncodedValue)
})

/**
 * @since 0.1.0
 * @category models
 */
export interface LogEntry extends Schema.Schema.Type<typeof LogEntry> {}

/**
 * A log entry without position and memory, for people and charts. Instants are milliseconds since the epoch, durations
 * are milliseconds.
 *
 * @since 0.1.0
 * @category models
 */
export interface Entry
  extends Pick<
    LogEntry,
    | "attempt"
    | "count"
    | "durationMs"
    | "error"
    | "jobName"
    | "key"
    | "lastAt"
    | "reason"
    | "scheduledAt"
    | "seq"
    | "startedAt"
    | "status"
    | "trigger"
  > {}

/**
 * A log entry without its position and memory.
 *
 * @since 0.1.0
 * @category models
 */
export const entryOf = (run: Entry): Entry => ({
  jobName: run.jobName,
  key: run.key,
  seq: run.seq,
  status: run.status,
  trigger: run.trigger,
  attempt: run.attempt,
  scheduledAt: run.scheduledAt,
  startedAt: run.startedAt,
  lastAt: run.lastAt,
  durationMs: run.durationMs,
  error: run.error,
  reason: run.reason,
  count: run.count
})

/**
 * True where a body was started, however it ended.
 *
 * @since 0.1.0
 * @category questions
 */
export const ran = ({ status }: Pick<LogEntry, "status">): boolean => status !== "skipped" && status !== "control"

/**
 * True where an attempt was made and did not succeed.
 *
 * @since 0.1.0
 * @category questions
 */
export const failed = (run: Pick<LogEntry, "status">): boolean => ran(run) && run.status !== "success"

/**
 * When the attempt ended, in ms since the epoch.
 *
 * @since 0.1.0
 * @category questions
 */
export const endedAt = (run: Pick<LogEntry, "durationMs" | "lastAt">): number => run.lastAt + run.durationMs

const missed = "missed: "

/**
 * Why planned instants were missed: the process was `down`, the machine `asleep`, the clock `jumped`, the job `paused`,
 * or they were `overtaken` by a later one; `null` for every other entry.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { LogEntry, JobLog, JobStore } from "tickwork"
 *
 * const missed = Effect.map(
 *   Effect.flatMap(JobLog.JobLog, (log) => log.entries({ status: "skipped" })),
 *   (runs) => runs.filter((run) => LogEntry.whyMissed(run) === "down")
 * )
 * Effect.runPromise(Effect.provide(missed, JobStore.layerMemory)).then((runs) => console.assert(runs.length === 0))
 * ```
 *
 * @since 0.1.0
 * @category questions
 */
export const whyMissed = ({ reason, status }: Pick<LogEntry, "reason" | "status">): string | null =>
  status === "skipped" && reason?.startsWith(missed) === true ? reason.slice(missed.length) : null

/**
 * How a planned instant ended: its run started in time or `late`; it was `missed` (by a process that was down, a pause, a
 * clock that jumped) or `superseded` by the attempts at an earlier one; or its condition was false, or failed.
 *
 * @since 0.1.0
 * @category models
 */
export const Verdict = Schema.Literal("ran", "late", "missed", "condition false", "condition failed", "superseded")

/**
 * @since 0.1.0
 * @category models
 */
export type Verdict = typeof Verdict.Type

/**
 * The default limit above which a run is late: one second, in ms.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultLateAfterMs = 1000

const superseded = "superseded by"

/**
 * The verdict on the `count` planned instants of an entry; `null` for retries, manual runs and changes of the plan, which
 * have none.
 *
 * @example
 * ```ts
 * import { LogEntry } from "tickwork"
 *
 * const entry = { status: "success", trigger: "schedule", attempt: 1, scheduledAt: 0, reason: null, error: null } as const
 * console.assert(LogEntry.verdictOf({ ...entry, startedAt: 40 }) === "ran")
 * console.assert(LogEntry.verdictOf({ ...entry, startedAt: 40 }, 30) === "late")
 * console.assert(LogEntry.verdictOf({ ...entry, startedAt: 40, status: "skipped", reason: "missed: down" }) === "missed")
 * ```
 *
 * @since 0.1.0
 * @category questions
 */
export const verdictOf = (
  entry: Pick<LogEntry, "attempt" | "error" | "reason" | "scheduledAt" | "startedAt" | "status" | "trigger">,
  lateAfterMs = defaultLateAfterMs
): Verdict | null => {
  const { attempt, error, reason, scheduledAt, startedAt, status, trigger } = entry
  if (status === "control" || attempt > 1 || trigger === "manual") return null
  if (status === "skipped") {
    if (error !== null) return "condition failed"
    if (whyMissed(entry) !== null) return "missed"
    return reason?.startsWith(superseded) === true ? "superseded" : "condition false"
  }
  return trigger === "missed" || startedAt - scheduledAt > lateAfterMs ? "late" : "ran"
}
