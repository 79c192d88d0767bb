/**
 * The model of a timeline: schemas, and the types that they describe. It asks and draws nothing.
 *
 * @internal
 */
import { Schema } from "effect"
import { Quantiles } from "tickwork/JobStats"
import { LogEntry } from "tickwork/LogEntry"

/** The last instant that a date can be made of, either way from the epoch. */
const lastInstant = 8.64e15
const Instant = Schema.Int.pipe(Schema.between(-lastInstant, lastInstant))

const Count = Schema.NonNegative

/**
 * From an instant to another, in ms since the epoch.
 *
 * @since 0.1.0
 * @category models
 */
export const Span = Schema.Struct({ from: Instant, to: Instant })

/**
 * @since 0.1.0
 * @category models
 */
export interface Span extends Schema.Schema.Type<typeof Span> {}

/**
 * A log entry, with the instants that the simulated clock showed.
 *
 * @since 0.1.0
 * @category models
 */
export const Entry = Schema.Struct({
  ...LogEntry.pick("jobName", "key", "seq", "status", "verdict", "missedBecause", "trigger", "attempt").fields,
  ...{ scheduledAt: Instant, startedAt: Instant, lastAt: Instant },
  ...LogEntry.pick("durationMs", "error", "reason", "count").fields
})

/**
 * @since 0.1.0
 * @category models
 */
export interface Entry extends Schema.Schema.Type<typeof Entry> {}

/**
 * The clock jumped by `byMs`, back where that is negative, when it showed `at`.
 *
 * @since 0.1.0
 * @category models
 */
export const Jump = Schema.Struct({ at: Instant, byMs: Schema.Number })

/**
 * @since 0.1.0
 * @category models
 */
export interface Jump extends Schema.Schema.Type<typeof Jump> {}

/**
 * An alert that a job fails, or the message that it has recovered.
 *
 * @since 0.1.0
 * @category models
 */
export const Alarm = Schema.Struct({
  at: Instant,
  kind: Schema.Literal("alert", "recovered"),
  jobName: Schema.String,
  key: Schema.String,
  /** Occurrences in a row that failed, with all their retries. */
  failures: Count,
  error: Schema.NullOr(Schema.String)
})

/**
 * @since 0.1.0
 * @category models
 */
export interface Alarm extends Schema.Schema.Type<typeof Alarm> {}

/** Occurrences that ran nothing for one reason. */
export const Skip = Schema.Struct({ ...LogEntry.pick("verdict").fields, reason: Schema.String, count: Count })

/**
 * What one job did and cost.
 *
 * @since 0.1.0
 * @category models
 */
export const JobAccount = Schema.Struct({
  jobName: Schema.String,
  /** 1 is the highest; 0 where it is not known. */
  priority: Schema.Number,
  /** Attempts, retries included. */
  runs: Count,
  /** Attempts that were retries. */
  retries: Count,
  /** Attempts that did not succeed. */
  errors: Count,
  /** Verdicts that ran nothing, by their reasons, the most frequent first. */
  skips: Schema.Array(Skip),
  /** Planned instants that were missed. */
  missed: Count,
  alerts: Count,
  /** Wake-ups of the machine for this job; one that several jobs share is divided among them. */
  wakeUps: Count,
  /** How long the machine was at work for it, in ms. */
  busyMs: Count,
  /** How late the first attempts began, in ms, those that catch up included; zeros where none did. */
  lateness: Quantiles,
  /** The longest that a run which was seen in time waited for a slot, a dependency or its turn, in ms. */
  worstWaitMs: Count
})

/**
 * @since 0.1.0
 * @category models
 */
export interface JobAccount extends Schema.Schema.Type<typeof JobAccount> {}

/**
 * The same jobs, all of them at every tick, one after the other.
 *
 * @since 0.1.0
 * @category models
 */
export const EveryTick = Schema.Struct({ everyMs: Schema.Number, runs: Count, wakeUps: Count, busyMs: Count })

/**
 * @since 0.1.0
 * @category models
 */
export interface EveryTick extends Schema.Schema.Type<typeof EveryTick> {}

/**
 * What a wake-up of the machine and a millisecond of work cost, in millijoules.
 *
 * @since 0.1.0
 * @category models
 */
export const Cost = Schema.Struct({ wakeUp: Schema.Number, busyMs: Schema.Number })

/**
 * @since 0.1.0
 * @category models
 */
export interface Cost extends Schema.Schema.Type<typeof Cost> {}

/**
 * The log of a job holds only what began at `to` or later; in ms since the epoch.
 *
 * @since 0.1.0
 * @category models
 */
export const Pruned = Schema.Struct({ jobName: Schema.String, to: Schema.Number })

/**
 * @since 0.1.0
 * @category models
 */
export interface Pruned extends Schema.Schema.Type<typeof Pruned> {}

/**
 * An instance was paused; at the end of the timeline at the latest.
 *
 * @since 0.1.0
 * @category models
 */
export const Pause = Schema.Struct({ jobName: Schema.String, key: Schema.String, ...Span.fields })

/**
 * @since 0.1.0
 * @category models
 */
export interface Pause extends Schema.Schema.Type<typeof Pause> {}

/**
 * Instances of a job waited for the rate of a limit.
 *
 * @since 0.1.0
 * @category models
 */
export const RateWait = Schema.Struct({ jobName: Schema.String, limit: Schema.String, ...Span.fields })

/**
 * @since 0.1.0
 * @category models
 */
export interface RateWait extends Schema.Schema.Type<typeof RateWait> {}

/**
 * What came of a simulation. Instants are ms since the epoch, durations are ms.
 *
 * @since 0.1.0
 * @category models
 */
export const Timeline = Schema.Struct({
  ...Span.fields,
  seed: Schema.Number,
  /**
   * True where it was read from a log: then seed, priorities, alerts, wake-ups and what every tick would have cost are
   * not known, and nothing is drawn of them; `busyMs` is how long the runs took.
   */
  isRecorded: Schema.optionalWith(Schema.Boolean, { exact: true }),
  /** The time zone of its charts. */
  zone: Schema.String,
  /** How often the machine woke up; while a job is at work, it is awake. */
  wakeUps: Count,
  /** Wake-ups that started nothing: the tick checked its clock, or a lease. */
  idleWakeUps: Count,
  busyMs: Count,
  cost: Cost,
  everyTick: EveryTick,
  /** In the order of the registry. */
  jobs: Schema.Array(JobAccount),
  /** Attempts, in the order in which they ended; of a log that was read with a resolution, those alike are one. */
  runs: Schema.Array(Entry),
  /** Planned instants that ran nothing, with the reason; equal ones in a row are one. */
  skips: Schema.Array(Entry),
  /** Changes to the plan: pauses, triggers, definitions that changed. */
  controls: Schema.Array(Entry),
  /** Instances that were paused; absent where none was, and where it was read from a log. */
  pauses: Schema.optionalWith(Schema.Array(Pause), { exact: true }),
  /** When instances waited for a rate; absent where none did, and where it was read from a log. */
  rateWaits: Schema.optionalWith(Schema.Array(RateWait), { exact: true }),
  alarms: Schema.Array(Alarm),
  /** The process was down. */
  downtime: Schema.Array(Span),
  /** The store did not answer. */
  outages: Schema.Array(Span),
  jumps: Schema.Array(Jump),
  /** Jobs whose log entries were deleted up to an instant: nothing is known of the time before it. */
  pruned: Schema.optionalWith(Schema.Array(Pruned), { exact: true })
})

/**
 * @since 0.1.0
 * @category models
 */
export interface Timeline extends Schema.Schema.Type<typeof Timeline> {}
