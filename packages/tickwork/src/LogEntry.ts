/**
 * A log entry: how an attempt ended, or why a planned instant did not run, and the position after it.
 *
 * An entry is never changed, except that equal skips in a row share one entry with a count.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { EncodedValue } from "./internal/schedule/EncodedValue.ts"
import { initial, Position } from "./Position.ts"
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
 * How a planned instant ended: its run began in time or `late`; it was `missed` or `superseded` by the attempts at an
 * earlier one; its condition was false, or failed; its day was `left-out`; it was `backfilled` long after. `control`: no instant ended, the plan itself was changed.
 * `left-running`: none ended, and a body goes on after its tick was stopped. `not-listed`: none ended, and its key is no longer
 * listed. `invalid-cadence`: none ended, and the cadence that its key brings is wrong.
 *
 * @since 0.1.0
 * @category models
 */
export const Verdict = Schema.Literal(
  "ran",
  "late",
  "missed",
  "condition-false",
  "condition-failed",
  "superseded",
  "left-out",
  "backfilled",
  "control",
  "left-running",
  "not-listed",
  "invalid-cadence"
)

/**
 * @since 0.1.0
 * @category models
 */
export type Verdict = typeof Verdict.Type

/**
 * The verdicts of entries with which no planned instant ended.
 *
 * @since 0.1.0
 * @category models
 */
export type ControlVerdict = "control" | "invalid-cadence" | "left-running" | "not-listed"

const controlVerdicts: ReadonlySet<Verdict | null> = new Set<ControlVerdict>([
  "control",
  "invalid-cadence",
  "left-running",
  "not-listed"
])

/**
 * True for the verdict of an entry with which no planned instant ended.
 *
 * @since 0.1.0
 * @category questions
 */
export const isControl = (verdict: Verdict | null): verdict is ControlVerdict => controlVerdicts.has(verdict)

/**
 * Why planned instants were missed: the process was `down`, the machine `asleep`, the clock `jumped`, the job `paused`,
 * the key `not-listed`, or they were `overtaken` by a later one.
 *
 * @since 0.1.0
 * @category models
 */
export const MissedBecause = Schema.Literal("down", "paused", "asleep", "jumped", "overtaken", "not-listed")

/**
 * @since 0.1.0
 * @category models
 */
export type MissedBecause = typeof MissedBecause.Type

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
  /**
   * The verdict on each of the `count` planned instants; `null` for retries and triggered runs, which have none of their own,
   * and for a schedule that was only stepped.
   */
  verdict: Schema.NullOr(Verdict),
  /** Why they were missed; `null` for every other verdict. */
  missedBecause: Schema.NullOr(MissedBecause),
  trigger: Trigger,
  attempt: Schema.Positive,
  scheduledAt: Schema.Int,
  startedAt: Schema.Int,
  /** When the last of equal skips was recorded; `startedAt` for every run. */
  lastAt: Schema.Int,
  durationMs: Schema.NonNegative,
  /** The error with what it is due to, shortened to one line; `null` for none. */
  error: Schema.NullOr(Schema.String),
  /** Why nothing ran, for people; `null` where a body ran. */
  reason: Schema.NullOr(Schema.String),
  /** How many equal skips in a row this entry counts, of instants or of checks; 1 for every run. */
  count: Schema.Positive,
  /** Where the instance stands after this entry. */
  position: Position,
  /** The new memory of the instance; `null` where it is unchanged. */
  memory: Schema.NullOr(EncodedValue),
  /** What the run came to, as it reported itself; `null` where it reported nothing. */
  report: Schema.NullOr(EncodedValue),
  /** The stack of the error with those of what it is due to, at most 8 KB; `null` for none, and for every skip. */
  stack: Schema.NullOr(Schema.String),
  /** Why its row cannot be read: then its instance alone is known, and its place among the others. */
  unreadable: Schema.optionalWith(Schema.String, { exact: true })
})

/**
 * @since 0.1.0
 * @category models
 */
export interface LogEntry extends Schema.Schema.Type<typeof LogEntry> {}

/**
 * A log entry without position, memory, report and stack, for people and charts. Instants are milliseconds since the epoch, durations
 * are milliseconds.
 *
 * @since 0.1.0
 * @category models
 */
export interface Entry extends Omit<LogEntry, "memory" | "position" | "report" | "stack"> {}

/**
 * A log entry without its position, memory, report and stack.
 *
 * @since 0.1.0
 * @category models
 */
export const entryOf = ({
  memory: _memory,
  position: _position,
  report: _report,
  stack: _stack,
  ...entry
}: Entry & Partial<LogEntry>): Entry => entry

/**
 * What is known of an entry whose row cannot be read, for the reason `unreadable`: it tells of no run.
 *
 * @since 0.1.0
 * @category constructors
 */
export const ofUnreadable = ({
  unreadable,
  startedAt,
  ...row
}: Required<Pick<LogEntry, "jobName" | "key" | "seq" | "startedAt" | "unreadable">>): LogEntry => ({
  ...row,
  status: "control",
  verdict: "control",
  missedBecause: null,
  trigger: "schedule",
  attempt: 1,
  scheduledAt: startedAt,
  startedAt,
  lastAt: startedAt,
  durationMs: 0,
  error: null,
  reason: `its row cannot be read: ${unreadable}`,
  count: 1,
  position: initial({ definition: "", anchor: 0, seed: 0, steps: 0, state: null }, null),
  memory: null,
  report: null,
  stack: null,
  unreadable
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

/**
 * The default limit above which a run is late: one second, in ms.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultLateAfterMs = 1000
