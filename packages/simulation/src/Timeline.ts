/**
 * What came of a simulation: every run, every verdict, every alert, and what it all cost.
 *
 * Plain data and questions about it. It simulates nothing and judges nothing but the budget it is given.
 *
 * @since 0.1.0
 */
import type * as LogEntry from "tickwork/LogEntry"

/**
 * A line of the log, with the instants that the simulated clock showed.
 *
 * @since 0.1.0
 * @category models
 */
export interface Entry extends LogEntry.Entry {}

/**
 * From an instant to another, in ms since the epoch.
 *
 * @since 0.1.0
 * @category models
 */
export interface Span {
  readonly from: number
  readonly to: number
}

/**
 * The clock was moved by so many ms, back where they are negative, when it showed this instant.
 *
 * @since 0.1.0
 * @category models
 */
export interface Jump {
  readonly at: number
  readonly byMs: number
}

/**
 * Somebody was told that a job fails, or that it has recovered.
 *
 * @since 0.1.0
 * @category models
 */
export interface Alarm {
  readonly at: number
  readonly kind: "alert" | "recovered"
  readonly jobName: string
  readonly key: string
  readonly failures: number
  readonly error: string | null
}

/**
 * How late runs began, in ms after their instants: the median, the 99th of a hundred, and the worst.
 *
 * @since 0.1.0
 * @category models
 */
export interface Lateness {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/**
 * What one job did and cost.
 *
 * @since 0.1.0
 * @category models
 */
export interface JobAccount {
  readonly jobName: string
  /** 1 is the highest; 0 where it is not known. */
  readonly priority: number
  /** Attempts made, tries again included. */
  readonly runs: number
  /** Attempts that were tries again. */
  readonly retries: number
  /** Attempts that did not succeed. */
  readonly errors: number
  /** Verdicts that ran nothing, by their reasons, the most frequent first. */
  readonly skips: ReadonlyArray<{ readonly reason: string; readonly count: number }>
  /** Planned instants that were missed. */
  readonly missed: number
  readonly alerts: number
  /** Wake-ups of the machine for this job; one that several jobs share is divided among them. */
  readonly wakeUps: number
  readonly busyMs: number
  /** How late the first attempts began, those that make up for missed instants included. */
  readonly lateness: Lateness
  /** The longest that a run which was seen in time waited for a place, a dependency or its turn. */
  readonly worstWaitMs: number
}

/**
 * The same jobs, all of them at every tick, one after the other.
 *
 * @since 0.1.0
 * @category models
 */
export interface EveryTick {
  readonly everyMs: number
  readonly runs: number
  readonly wakeUps: number
  readonly busyMs: number
}

/**
 * What a wake-up of the machine and a millisecond of work cost, in millijoules.
 *
 * @since 0.1.0
 * @category models
 */
export interface Cost {
  readonly wakeUp: number
  readonly busyMs: number
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Timeline extends Span {
  readonly seed: number
  /**
   * True where it was read from a log: then seed, priorities, alerts, wake-ups and what every tick would have cost are
   * not known, and nothing is drawn of them; `busyMs` is how long the runs took.
   */
  readonly isRecorded?: boolean
  /** The time zone of its charts. */
  readonly zone: string
  /** In the order of the registry. */
  readonly jobs: ReadonlyArray<JobAccount>
  /** Attempts, in the order in which they ended. */
  readonly runs: ReadonlyArray<Entry>
  /** Planned instants that ran nothing, with the reason; equal ones in a row are one. */
  readonly skips: ReadonlyArray<Entry>
  /** Changes to the plan: what people asked for, and definitions that changed. */
  readonly controls: ReadonlyArray<Entry>
  readonly alarms: ReadonlyArray<Alarm>
  /** How often the machine woke up; while a job is at work, it is awake. */
  readonly wakeUps: number
  /** Wake-ups that started nothing: the tick looked at the clock, or at a lease. */
  readonly idleWakeUps: number
  readonly busyMs: number
  /** The process was down. */
  readonly downtime: ReadonlyArray<Span>
  /** The store did not answer. */
  readonly outages: ReadonlyArray<Span>
  readonly jumps: ReadonlyArray<Jump>
  readonly everyTick: EveryTick
  readonly cost: Cost
}

export { assertBudget, type Budget, BudgetExceeded, Excess } from "./internal/timeline/Budget.ts"
export { ofLog } from "./internal/timeline/OfLog.ts"
export {
  busyMsPerHour,
  defaultCost,
  energy,
  energyOf,
  jobOf,
  runsOf,
  type Saving,
  saving,
  wakeUpsPerHour
} from "./internal/timeline/Questions.ts"
export { fromJson, toJson } from "./internal/timeline/Saved.ts"
export { toSvg } from "./internal/timeline/ToSvg.ts"
export { toText } from "./internal/timeline/ToText.ts"
