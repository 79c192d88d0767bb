/**
 * One line of the log: how an attempt ended, or why a planned instant did not run, and the state after it.
 *
 * A line is written once and never changed, but for the count of equal neighbours that ran nothing.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { EncodedValue } from "./internal/schedule/EncodedValue.ts"
import { Position } from "./Position.ts"
import { Trigger } from "./Run.ts"

/**
 * How a run ended. `interrupted` is an attempt cut short: by a crash, a graceful stop or the job itself.
 * `skipped` ran nothing, since a condition was false or planned instants were missed. `control` is no run at all: the
 * plan itself was changed, as the line's reason tells.
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
 * The fields of a line. Instants are milliseconds since the epoch, durations are milliseconds.
 *
 * @since 0.1.0
 * @category models
 */
export const LogEntry = Schema.Struct({
  jobName: Schema.String,
  key: Schema.String,
  /** The line's number within its instance, from 1 upward. */
  seq: Schema.Positive,
  status: Status,
  trigger: Trigger,
  attempt: Schema.Positive,
  scheduledAt: Schema.Int,
  startedAt: Schema.Int,
  /** When the last of equal verdicts was given; `startedAt` for every run. */
  lastAt: Schema.Int,
  durationMs: Schema.NonNegative,
  /** What went wrong, in one shortened line; `null` where nothing did. */
  error: Schema.NullOr(Schema.String),
  /** Why nothing ran; `null` where something did. */
  reason: Schema.NullOr(Schema.String),
  /** How many verdicts this line stands for, on instants or on looks: equal ones in a row are one; 1 for every run. */
  count: Schema.Positive,
  /** Where the instance stands after this entry. */
  position: Position,
  /** What the instance remembers from then on; `null` where that is what it was. */
  memory: Schema.NullOr(EncodedValue)
})

/**
 * @since 0.1.0
 * @category models
 */
export interface LogEntry extends Schema.Schema.Type<typeof LogEntry> {}

/**
 * A line without what a state is planned by: what people and charts want of it. Instants are milliseconds since the
 * epoch, durations are milliseconds.
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
 * What an entry says of a line.
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
 * True where a body was started, whatever became of it.
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
 * or they were `overtaken` by a later one; `null` for every other line.
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
 * How a planned instant ended: its run began in time or `late`; it was `missed` (by a process that was down, a pause, a
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
 * How late a run may begin and still be in time, unless another limit is named: a second, in ms.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultLateAfterMs = 1000

const superseded = "superseded by"

/**
 * What a line says of the planned instants that it stands for, of which there are `count`; `null` where it stands for
 * none: another attempt at an instant, a run that somebody asked for, a change to the plan.
 *
 * @example
 * ```ts
 * import { LogEntry } from "tickwork"
 *
 * const line = { status: "success", trigger: "schedule", attempt: 1, scheduledAt: 0, reason: null, error: null } as const
 * console.assert(LogEntry.verdictOf({ ...line, startedAt: 40 }) === "ran")
 * console.assert(LogEntry.verdictOf({ ...line, startedAt: 40 }, 30) === "late")
 * console.assert(LogEntry.verdictOf({ ...line, startedAt: 40, status: "skipped", reason: "missed: down" }) === "missed")
 * ```
 *
 * @since 0.1.0
 * @category questions
 */
export const verdictOf = (
  line: Pick<LogEntry, "attempt" | "error" | "reason" | "scheduledAt" | "startedAt" | "status" | "trigger">,
  lateAfterMs = defaultLateAfterMs
): Verdict | null => {
  const { attempt, error, reason, scheduledAt, startedAt, status, trigger } = line
  if (status === "control" || attempt > 1 || trigger === "manual") return null
  if (status === "skipped") {
    if (error !== null) return "condition failed"
    if (whyMissed(line) !== null) return "missed"
    return reason?.startsWith(superseded) === true ? "superseded" : "condition false"
  }
  return trigger === "missed" || startedAt - scheduledAt > lateAfterMs ? "late" : "ran"
}
