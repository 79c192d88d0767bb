/**
 * What a tick tells its listeners.
 *
 * An event follows the commit that it speaks of; listening never slows the tick.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { LogEntry } from "./LogEntry.ts"

/**
 * A run was claimed and its body has begun.
 *
 * @since 0.1.0
 * @category models
 */
export const RunStarted = Schema.TaggedStruct("RunStarted", {
  jobName: Schema.String,
  key: Schema.String,
  scheduledAt: Schema.Int,
  startedAt: Schema.Int,
  attempt: Schema.Positive
})

/**
 * A line was written to the log: a run has ended, or was skipped.
 *
 * @since 0.1.0
 * @category models
 */
export const RunRecorded = Schema.TaggedStruct("RunRecorded", { run: LogEntry })

/**
 * The record of a run was refused: its claim had passed on to another owner.
 *
 * @since 0.1.0
 * @category models
 */
export const ClaimLost = Schema.TaggedStruct("ClaimLost", { jobName: Schema.String, key: Schema.String })

/**
 * The schedule of a job died or held what cannot be stored: it is asked again a minute later, from where it was.
 *
 * @since 0.1.0
 * @category models
 */
export const CadenceFailed = Schema.TaggedStruct("CadenceFailed", {
  jobName: Schema.String,
  key: Schema.String,
  error: Schema.String
})

/**
 * The retry policy of a job died, gave no answer within two seconds or held what cannot be stored: the usual policy was
 * asked in its place.
 *
 * @since 0.1.0
 * @category models
 */
export const RetryFailed = Schema.TaggedStruct("RetryFailed", {
  jobName: Schema.String,
  key: Schema.String,
  error: Schema.String
})

/**
 * The keys of a job could not be listed, or one of them is none: those that were listed last stay.
 *
 * @since 0.1.0
 * @category models
 */
export const KeysFailed = Schema.TaggedStruct("KeysFailed", { jobName: Schema.String, error: Schema.String })

/**
 * The store failed; what has ended is kept in memory and written when the store is back.
 *
 * @since 0.1.0
 * @category models
 */
export const StoreFailed = Schema.TaggedStruct("StoreFailed", { error: Schema.String })

/**
 * The clock was moved by so many ms, back where they are negative: somebody set it, or the machine was suspended.
 *
 * @since 0.1.0
 * @category models
 */
export const ClockJumped = Schema.TaggedStruct("ClockJumped", { at: Schema.Int, byMs: Schema.Int })

/**
 * A schedule asked for no delay a hundred times within a second: its next run waits for the rest of that second.
 *
 * @since 0.1.0
 * @category models
 */
export const Throttled = Schema.TaggedStruct("Throttled", { jobName: Schema.String, key: Schema.String })

/**
 * Nothing could go on for so many ms: the body of one of these jobs, all that were under way, gave nobody else a turn.
 *
 * @since 0.1.0
 * @category models
 */
export const Blocked = Schema.TaggedStruct("Blocked", { jobNames: Schema.Array(Schema.String), byMs: Schema.Int })

/**
 * A job has failed as often in a row as its `alertAfter` says; `error` is what it ended with last.
 *
 * @since 0.1.0
 * @category models
 */
export const Alert = Schema.TaggedStruct("Alert", {
  jobName: Schema.String,
  key: Schema.String,
  failures: Schema.Positive,
  error: Schema.NullOr(Schema.String)
})

/**
 * @since 0.1.0
 * @category models
 */
export type Alert = typeof Alert.Type

/**
 * A job of which an `Alert` told has succeeded again, after so many failures in a row.
 *
 * @since 0.1.0
 * @category models
 */
export const Recovered = Schema.TaggedStruct("Recovered", {
  jobName: Schema.String,
  key: Schema.String,
  failures: Schema.Positive
})

/**
 * @since 0.1.0
 * @category models
 */
export type Recovered = typeof Recovered.Type

/**
 * One of the above.
 *
 * @since 0.1.0
 * @category models
 */
export const TickEvent = Schema.Union(
  RunStarted,
  RunRecorded,
  ClaimLost,
  CadenceFailed,
  RetryFailed,
  KeysFailed,
  StoreFailed,
  ClockJumped,
  Throttled,
  Blocked,
  Alert,
  Recovered
)

/**
 * @since 0.1.0
 * @category models
 */
export type TickEvent = typeof TickEvent.Type
