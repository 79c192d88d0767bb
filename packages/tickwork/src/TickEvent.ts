/**
 * The events of a tick.
 *
 * An event is published after the commit that it reports, and listeners never slow the tick.
 *
 * @since 0.1.0
 */
import { type Cause, Schema } from "effect"
import { LogEntry } from "./LogEntry.ts"

const instance = { jobName: Schema.String, key: Schema.String }

/**
 * A run was claimed and its body started.
 *
 * @since 0.1.0
 * @category models
 */
export const RunStarted = Schema.TaggedStruct("RunStarted", {
  ...instance,
  scheduledAt: Schema.Int,
  startedAt: Schema.Int,
  attempt: Schema.Positive
})

/**
 * An entry was written to the log: a run ended, or was skipped. The entry is without its memory, which may hold secrets, and
 * without its stack.
 *
 * @since 0.1.0
 * @category models
 */
export const RunRecorded = Schema.TaggedStruct("RunRecorded", { run: LogEntry.omit("memory", "stack") })

/**
 * @since 0.1.0
 * @category models
 */
export interface RunRecorded extends Schema.Schema.Type<typeof RunRecorded> {
  /**
   * The errors of a body or a condition that failed in this process. Not enumerable: JSON and a copy of the event have none.
   */
  readonly cause?: Cause.Cause<unknown>
}

/**
 * The record of a run was refused, since another owner has its claim now.
 *
 * @since 0.1.0
 * @category models
 */
export const ClaimLost = Schema.TaggedStruct("ClaimLost", instance)

/**
 * The schedule of a job died, gave no answer in time or has a state that cannot be stored. It is stepped again a minute
 * later, from the same state.
 *
 * @since 0.1.0
 * @category models
 */
export const CadenceFailed = Schema.TaggedStruct("CadenceFailed", { ...instance, error: Schema.String })

/**
 * The retry policy of a job died, gave no answer within two seconds or has a state that cannot be stored. The default
 * policy was stepped instead.
 *
 * @since 0.1.0
 * @category models
 */
export const RetryFailed = Schema.TaggedStruct("RetryFailed", { ...instance, error: Schema.String })

/**
 * Listing the keys of a job failed, so the last list stays; or a listed key is invalid and was left out.
 *
 * @since 0.1.0
 * @category models
 */
export const KeysFailed = Schema.TaggedStruct("KeysFailed", { jobName: Schema.String, error: Schema.String })

/**
 * The row of an instance cannot be read, for the reason `why`: it does not run, and all others do.
 *
 * @since 0.1.0
 * @category models
 */
export const Unreadable = Schema.TaggedStruct("Unreadable", { ...instance, why: Schema.String })

/**
 * A request was refused, for the reason `why`: its row or that of its instance cannot be read, or its key breaks the rule.
 * It is marked as done, and changed nothing. Its key is shortened, and control characters in it are shown by number.
 *
 * @since 0.1.0
 * @category models
 */
export const RequestRefused = Schema.TaggedStruct("RequestRefused", {
  ...instance,
  id: Schema.Int,
  verb: Schema.String,
  why: Schema.String
})

/**
 * The tick itself failed by a defect, which is a bug: it goes on after a pause.
 *
 * @since 0.1.0
 * @category models
 */
export const TickFailed = Schema.TaggedStruct("TickFailed", { error: Schema.String })

/**
 * The store failed. Ended runs stay in memory until the store takes them.
 *
 * @since 0.1.0
 * @category models
 */
export const StoreFailed = Schema.TaggedStruct("StoreFailed", { error: Schema.String })

/**
 * Requests of other processes are heard in another way from now on: where the store can tell of none, for the `reason`
 * given, they are read each second.
 *
 * @since 0.1.0
 * @category models
 */
export const Watching = Schema.TaggedStruct("Watching", {
  by: Schema.Literal("events", "polling"),
  reason: Schema.NullOr(Schema.String)
})

/**
 * A newer release runs the job: this process leaves it alone, until no process of that release is alive.
 *
 * @since 0.1.0
 * @category models
 */
export const JobLeft = Schema.TaggedStruct("JobLeft", { jobName: Schema.String, why: Schema.String })

/**
 * No process of a newer release is alive any more, so this process runs the job again.
 *
 * @since 0.1.0
 * @category models
 */
export const JobRegained = Schema.TaggedStruct("JobRegained", { jobName: Schema.String })

/**
 * The database's clock is ahead of this host's by `byMs`, or behind where that is negative: by more than a second.
 *
 * @since 0.1.0
 * @category models
 */
export const ClockDiffers = Schema.TaggedStruct("ClockDiffers", { byMs: Schema.Int })

/**
 * The clock moved by `byMs`, back where that is negative: it was set, or the machine was suspended.
 *
 * @since 0.1.0
 * @category models
 */
export const ClockJumped = Schema.TaggedStruct("ClockJumped", { at: Schema.Int, byMs: Schema.Int })

/**
 * A schedule returned a zero delay a hundred times within a second: its next run waits for the rest of that second.
 *
 * @since 0.1.0
 * @category models
 */
export const Throttled = Schema.TaggedStruct("Throttled", instance)

/**
 * A body kept the event loop for `byMs`: it is one of these jobs, which are all that were running.
 *
 * @since 0.1.0
 * @category models
 */
export const Blocked = Schema.TaggedStruct("Blocked", { jobNames: Schema.Array(Schema.String), byMs: Schema.Int })

/**
 * A run takes too long, for the reason `why`: it is past its timeout and has not ended, it takes longer than three of its
 * intervals, or it has no timeout and no end. Published once for a run.
 *
 * @since 0.1.0
 * @category models
 */
export const Stuck = Schema.TaggedStruct("Stuck", { ...instance, since: Schema.Int, why: Schema.String })

/**
 * A job has waited too long for the slot that is named, which the `holders` have. Published once until no instance of the
 * job waits too long; the one that is named has waited longest.
 *
 * @since 0.1.0
 * @category models
 */
export const Starving = Schema.TaggedStruct("Starving", {
  ...instance,
  since: Schema.Int,
  slot: Schema.String,
  holders: Schema.Array(Schema.Struct(instance))
})

/**
 * Instances of a job wait for the rate of a limit, since as many runs have started as it allows: how many, and from when on
 * the first of them may start.
 *
 * @since 0.1.0
 * @category models
 */
export const RateReached = Schema.TaggedStruct("RateReached", {
  jobName: Schema.String,
  limit: Schema.String,
  waiting: Schema.Positive,
  until: Schema.Int
})

/**
 * A job has failed `failures` times in a row, as its `alertAfter` says; `error` is the last error.
 *
 * @since 0.1.0
 * @category models
 */
export const Alert = Schema.TaggedStruct("Alert", {
  ...instance,
  failures: Schema.Positive,
  error: Schema.NullOr(Schema.String)
})

/**
 * @since 0.1.0
 * @category models
 */
export type Alert = typeof Alert.Type

/**
 * A job with an `Alert` has succeeded again, after `failures` failures in a row.
 *
 * @since 0.1.0
 * @category models
 */
export const Recovered = Schema.TaggedStruct("Recovered", { ...instance, failures: Schema.Positive })

/**
 * @since 0.1.0
 * @category models
 */
export type Recovered = typeof Recovered.Type

/**
 * Any event of a tick.
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
  Unreadable,
  RequestRefused,
  TickFailed,
  Watching,
  ClockJumped,
  ClockDiffers,
  JobLeft,
  JobRegained,
  Throttled,
  Blocked,
  Stuck,
  Starving,
  RateReached,
  Alert,
  Recovered
)

/**
 * @since 0.1.0
 * @category models
 */
export type TickEvent = Exclude<typeof TickEvent.Type, typeof RunRecorded.Type> | RunRecorded
