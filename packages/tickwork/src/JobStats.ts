/**
 * Figures of a job over a window of its log: how often it ran, how it ended, how long it took, how late it was.
 *
 * Pure: lines in, figures out. It reads no store and judges nothing.
 *
 * @since 0.1.0
 */
import * as LogEntry from "./LogEntry.ts"

/**
 * Of so many durations, in ms: the median, the 95th and the 99th of a hundred, and the longest. Exact: each is one that
 * occurred.
 *
 * @since 0.1.0
 * @category models
 */
export interface Quantiles {
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

/**
 * So many attempts in a row that ended alike.
 *
 * @since 0.1.0
 * @category models
 */
export interface Streak {
  readonly outcome: "success" | "failure"
  readonly runs: number
}

/**
 * The attempts in a row of one instance. Of a job with several instances `current` is that of the instance which fares
 * worst: it fails, or has succeeded the least often.
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
 * @since 0.1.0
 * @category models
 */
export interface JobStats {
  readonly jobName: string
  /** Attempts made, those that were made again included. */
  readonly runs: number
  /** Attempts that did not succeed. */
  readonly errors: number
  /** `errors` of `runs`, from 0 to 1; 0 where nothing ran. */
  readonly errorRate: number
  /** Attempts that were made again. */
  readonly retries: number
  readonly byStatus: Readonly<Record<"success" | "error" | "timeout" | "interrupted", number>>
  /** What became of the planned instants. */
  readonly verdicts: Readonly<Record<LogEntry.Verdict, number>>
  /** How long the attempts took; `null` where nothing ran. */
  readonly duration: Quantiles | null
  /** How late the first attempts at planned instants began; `null` where there was none. */
  readonly lateness: Quantiles | null
  readonly streaks: Streaks
}

/** Many durations are the same: each is kept once, with how often it came. */
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

/** The streaks of one instance, from its newest attempt backward. */
interface Backward {
  readonly newest: { readonly failed: boolean; runs: number; isOver: boolean }
  failed: boolean
  runs: number
}

const isWorse = (one: Backward["newest"], other: Backward["newest"]): boolean => {
  if (one.failed !== other.failed) return one.failed
  return one.failed ? one.runs > other.runs : one.runs < other.runs
}

class Book {
  runs = 0
  errors = 0
  retries = 0
  readonly byStatus = { success: 0, error: 0, timeout: 0, interrupted: 0 }
  readonly verdicts = { ran: 0, late: 0, missed: 0, "condition false": 0, "condition failed": 0, superseded: 0 }
  readonly durations = new Distribution()
  readonly lateness = new Distribution()
  readonly #instances = new Map<string, Backward>()
  #longest = { failing: 0, succeeding: 0 }

  add(line: LogEntry.Entry, lateAfterMs: number): void {
    const verdict = LogEntry.verdictOf(line, lateAfterMs)
    if (verdict !== null) this.verdicts[verdict] += line.count
    if (line.status === "control" || line.status === "skipped") return
    this.runs += 1
    this.byStatus[line.status] += 1
    if (line.status !== "success") this.errors += 1
    if (line.attempt > 1) this.retries += 1
    this.durations.add(line.durationMs)
    if (verdict !== null) this.lateness.add(Math.max(0, line.startedAt - line.scheduledAt))
    this.#follow(line.key, line.status !== "success")
  }

  #follow(key: string, failed: boolean): void {
    let own = this.#instances.get(key)
    if (own === undefined) {
      own = { newest: { failed, runs: 0, isOver: false }, failed, runs: 0 }
      this.#instances.set(key, own)
    }
    const { newest } = own
    if (failed !== newest.failed) newest.isOver = true
    if (!newest.isOver) newest.runs += 1
    own.runs = failed === own.failed ? own.runs + 1 : 1
    own.failed = failed
    const kind = failed ? "failing" : "succeeding"
    this.#longest[kind] = Math.max(this.#longest[kind], own.runs)
  }

  streaks(): Streaks {
    let worst: Backward["newest"] | null = null
    for (const { newest } of this.#instances.values()) if (worst === null || isWorse(newest, worst)) worst = newest
    return {
      current: worst === null ? null : { outcome: worst.failed ? "failure" : "success", runs: worst.runs },
      longestFailing: this.#longest.failing,
      longestSucceeding: this.#longest.succeeding
    }
  }
}

/**
 * Takes the lines of a window piece by piece, newest first, and keeps none of them.
 *
 * @since 0.1.0
 * @category models
 */
export class Collector {
  readonly #books = new Map<string, Book>()
  readonly #lateAfterMs: number

  /** A run that begins later than so many ms after its instant is late; 1,000 unless set. */
  constructor(lateAfterMs = LogEntry.defaultLateAfterMs) {
    this.#lateAfterMs = lateAfterMs
  }

  add(lines: Iterable<LogEntry.Entry>): void {
    for (const line of lines) {
      let book = this.#books.get(line.jobName)
      if (book === undefined) {
        book = new Book()
        this.#books.set(line.jobName, book)
      }
      book.add(line, this.#lateAfterMs)
    }
  }

  /** The figures of each job that has a line, in the order of their names. */
  stats(): ReadonlyArray<JobStats> {
    return [...this.#books]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([jobName, book]) => ({
        jobName,
        runs: book.runs,
        errors: book.errors,
        errorRate: book.runs === 0 ? 0 : book.errors / book.runs,
        retries: book.retries,
        byStatus: book.byStatus,
        verdicts: book.verdicts,
        duration: book.durations.quantiles(),
        lateness: book.lateness.quantiles(),
        streaks: book.streaks()
      }))
  }
}

/**
 * The figures of these lines, newest first.
 *
 * @example
 * ```ts
 * import { JobStats } from "tickwork"
 *
 * const line = { jobName: "sync", key: "", trigger: "schedule", attempt: 1, error: null, reason: null, count: 1 } as const
 * const [sync] = JobStats.of([
 *   { ...line, seq: 2, status: "error", scheduledAt: 60_000, startedAt: 60_010, lastAt: 60_010, durationMs: 30 },
 *   { ...line, seq: 1, status: "success", scheduledAt: 0, startedAt: 0, lastAt: 0, durationMs: 20 }
 * ])
 * console.assert(sync?.runs === 2 && sync.errorRate === 0.5 && sync.duration?.max === 30)
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const of = (
  lines: Iterable<LogEntry.Entry>,
  lateAfterMs: number = LogEntry.defaultLateAfterMs
): ReadonlyArray<JobStats> => {
  const collector = new Collector(lateAfterMs)
  collector.add(lines)
  return collector.stats()
}
