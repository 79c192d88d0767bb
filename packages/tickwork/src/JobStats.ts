/**
 * Figures of a job over a range of its log: how often it ran, how it ended, how long it took, how late it was. Pure: log
 * entries in, figures out.
 *
 * @since 0.1.0
 */
import { Iterable, Schema } from "effect"
import * as LogEntry from "./LogEntry.ts"

/**
 * The median, the 95th and 99th percentile and the longest of durations, in ms. Exact: each is one that occurred.
 *
 * @since 0.1.0
 * @category models
 */
export const Quantiles = Schema.Struct({
  p50: Schema.Number,
  p95: Schema.Number,
  p99: Schema.Number,
  max: Schema.Number
})

/**
 * @since 0.1.0
 * @category models
 */
export interface Quantiles extends Schema.Schema.Type<typeof Quantiles> {}

/**
 * Attempts in a row that ended alike.
 *
 * @since 0.1.0
 * @category models
 */
export interface Streak {
  readonly outcome: "success" | "failure"
  readonly runs: number
}

/**
 * The attempts in a row of one instance. For a job with several instances `current` belongs to the instance that fares
 * worst: it fails, or has the fewest successes in a row.
 *
 * @since 0.1.0
 * @category models
 */
export interface Streaks {
  /** `null` where nothing ran. */
  readonly current: Streak | null
  readonly longestFailing: number
  readonly longestSucceeding: number
}

/**
 * What figures are made of: the outcome of a log entry. Durations are ms.
 *
 * @since 0.1.0
 * @category models
 */
export interface Sample
  extends Pick<
    LogEntry.Entry,
    "attempt" | "count" | "durationMs" | "jobName" | "key" | "status" | "trigger" | "verdict"
  > {
  /** How long after its planned time it started; negative where it was ahead of it. */
  readonly lateByMs: number
}

/**
 * The sample of a log entry.
 *
 * @since 0.1.0
 * @category constructors
 */
export const sampleOf = (entry: LogEntry.Entry): Sample => ({
  jobName: entry.jobName,
  key: entry.key,
  status: entry.status,
  verdict: entry.verdict,
  trigger: entry.trigger,
  attempt: entry.attempt,
  durationMs: entry.durationMs,
  count: entry.count,
  lateByMs: entry.startedAt - entry.scheduledAt
})

/**
 * The figures of one job.
 *
 * @since 0.1.0
 * @category models
 */
export interface JobStats {
  readonly jobName: string
  /** Attempts, retries included. */
  readonly runs: number
  /** Attempts that did not succeed. */
  readonly errors: number
  /** `errors` of `runs`, from 0 to 1; 0 where nothing ran. */
  readonly errorRate: number
  /** Attempts that were retries. */
  readonly retries: number
  readonly byStatus: Readonly<Record<"success" | "error" | "timeout" | "interrupted", number>>
  /** How many planned instants had each verdict. */
  readonly verdicts: Readonly<Record<Exclude<LogEntry.Verdict, LogEntry.ControlVerdict>, number>>
  /** How long the attempts took, in ms; `null` where nothing ran. */
  readonly duration: Quantiles | null
  /** How late the first attempts at planned instants began, in ms; `null` where there was none. */
  readonly lateness: Quantiles | null
  readonly streaks: Streaks
}

/** Many durations are equal: each is kept once, with its count. */
class Distribution {
  readonly #counts = new Map<number, number>()
  #total = 0

  add(ms: number): void {
    this.#counts.set(ms, (this.#counts.get(ms) ?? 0) + 1)
    this.#total += 1
  }

  quantiles(): Quantiles | null {
    if (this.#total === 0) return null
    const sorted = [...this.#counts].sort(([one], [other]) => one - other)
    const at = (part: number): number => {
      let left = Math.ceil(part * this.#total)
      for (const [ms, count] of sorted) {
        left -= count
        if (left <= 0) return ms
      }
      return 0
    }
    return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) }
  }
}

/** Attempts in a row of one instance that ended alike. */
interface Row {
  readonly failed: boolean
  runs: number
}

const isWorse = (one: Row, other: Row): boolean => {
  if (one.failed !== other.failed) return one.failed
  return one.failed ? one.runs > other.runs : one.runs < other.runs
}

class Figures {
  readonly byStatus = { success: 0, error: 0, timeout: 0, interrupted: 0 }
  readonly verdicts = {
    ran: 0,
    late: 0,
    missed: 0,
    "condition-false": 0,
    "condition-failed": 0,
    superseded: 0,
    "left-out": 0,
    backfilled: 0
  }
  readonly #durations = new Distribution()
  readonly #lateness = new Distribution()
  /** Of each instance: the row of its newest attempts, and the one that goes on backward. */
  readonly #newest = new Map<string, Row>()
  readonly #oldest = new Map<string, Row>()
  #retries = 0
  #longest = { failing: 0, succeeding: 0 }

  add(sample: Sample, lateAfterMs: number): void {
    const { status, verdict } = sample
    if (status === "control" || LogEntry.isControl(verdict)) return
    if (status === "skipped") {
      if (verdict !== null) this.verdicts[verdict] += sample.count
      return
    }
    this.byStatus[status] += 1
    if (sample.attempt > 1) this.#retries += 1
    this.#durations.add(sample.durationMs)
    if (verdict === "backfilled") this.verdicts.backfilled += 1
    else if (verdict !== null) {
      const lateByMs = Math.max(0, sample.lateByMs)
      this.verdicts[sample.trigger === "missed" || lateByMs > lateAfterMs ? "late" : "ran"] += 1
      this.#lateness.add(lateByMs)
    }
    this.#follow(sample.key, status !== "success")
  }

  stats(jobName: string): JobStats {
    const { error, interrupted, success, timeout } = this.byStatus
    const errors = error + timeout + interrupted
    const runs = success + errors
    return {
      jobName,
      runs,
      errors,
      errorRate: runs === 0 ? 0 : errors / runs,
      retries: this.#retries,
      byStatus: this.byStatus,
      verdicts: this.verdicts,
      duration: this.#durations.quantiles(),
      lateness: this.#lateness.quantiles(),
      streaks: this.#streaks()
    }
  }

  #follow(key: string, failed: boolean): void {
    let row = this.#oldest.get(key)
    if (row?.failed !== failed) {
      row = { failed, runs: 0 }
      this.#oldest.set(key, row)
      if (!this.#newest.has(key)) this.#newest.set(key, row)
    }
    row.runs += 1
    const kind = failed ? "failing" : "succeeding"
    this.#longest[kind] = Math.max(this.#longest[kind], row.runs)
  }

  #streaks(): Streaks {
    let worst: Row | null = null
    for (const newest of this.#newest.values()) if (worst === null || isWorse(newest, worst)) worst = newest
    return {
      current: worst === null ? null : { outcome: worst.failed ? "failure" : "success", runs: worst.runs },
      longestFailing: this.#longest.failing,
      longestSucceeding: this.#longest.succeeding
    }
  }
}

/**
 * Takes log entries piece by piece and keeps none of them. Only streaks depend on the order: they expect the newest first.
 *
 * @example
 * ```ts
 * import { JobStats } from "tickwork"
 *
 * const collector = new JobStats.Collector()
 * console.assert(collector.statsOf("sync").runs === 0 && collector.stats().length === 0)
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export class Collector {
  readonly #figures = new Map<string, Figures>()
  readonly #lateAfterMs: number

  /** A run that begins more than `lateAfterMs` after its instant is late; 1,000 unless set. */
  constructor(lateAfterMs = LogEntry.defaultLateAfterMs) {
    this.#lateAfterMs = lateAfterMs
  }

  add(entries: Iterable<LogEntry.Entry>): void {
    this.addSamples(Iterable.map(entries, sampleOf))
  }

  /** The same for samples, such as a store answers. */
  addSamples(samples: Iterable<Sample>): void {
    for (const sample of samples) {
      let figures = this.#figures.get(sample.jobName)
      if (figures === undefined) {
        figures = new Figures()
        this.#figures.set(sample.jobName, figures)
      }
      figures.add(sample, this.#lateAfterMs)
    }
  }

  /** The figures of one job; zeros where it has no entry. */
  statsOf(jobName: string): JobStats {
    return (this.#figures.get(jobName) ?? new Figures()).stats(jobName)
  }

  /** The figures of each job that has an entry, in the order of their names. */
  stats(): ReadonlyArray<JobStats> {
    return [...this.#figures.keys()].sort().map((jobName) => this.statsOf(jobName))
  }
}

/**
 * The figures of log entries, given newest first.
 *
 * @example
 * ```ts
 * import { JobStats } from "tickwork"
 *
 * const run = {
 *   jobName: "sync", key: "", verdict: "ran", missedBecause: null, trigger: "schedule", attempt: 1, error: null,
 *   reason: null, count: 1
 * } as const
 * const [sync] = JobStats.of([
 *   { ...run, seq: 2, status: "error", scheduledAt: 60_000, startedAt: 60_010, lastAt: 60_010, durationMs: 30 },
 *   { ...run, seq: 1, status: "success", scheduledAt: 0, startedAt: 0, lastAt: 0, durationMs: 20 }
 * ])
 * console.assert(sync?.runs === 2 && sync.errorRate === 0.5 && sync.duration?.max === 30)
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const of = (
  entries: Iterable<LogEntry.Entry>,
  lateAfterMs: number = LogEntry.defaultLateAfterMs
): ReadonlyArray<JobStats> => {
  const collector = new Collector(lateAfterMs)
  collector.add(entries)
  return collector.stats()
}
