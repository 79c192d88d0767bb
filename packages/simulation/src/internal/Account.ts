/**
 * The books of a simulation: what every job did, what it cost, and for whom the machine woke up.
 *
 * It takes lines of the log as they are written, and is told when the machine wakes and when bodies begin and end. It
 * decides nothing.
 *
 * @internal
 */
import * as LogEntry from "tickwork/LogEntry"
import type { Alarm, Entry, JobAccount, Lateness } from "../Timeline.ts"
import { Entries } from "./Entries.ts"

interface Book {
  readonly jobName: string
  readonly priority: number
  runs: number
  retries: number
  errors: number
  missed: number
  alerts: number
  wakeUps: number
  busyMs: number
  worstWaitMs: number
  readonly skips: Map<string, number>
  readonly lateness: Array<number>
  /** What the machine was at work for in each run, in ms. */
  readonly work: Array<number>
  /** The last verdict of each instance, and where it stands: equal ones in a row are one. */
  readonly lastSkips: Map<string, { readonly seq: number; readonly index: number }>
}

const latenessOf = (all: ReadonlyArray<number>): Lateness => {
  const sorted = Float64Array.from(all).sort()
  const at = (part: number) => sorted[Math.ceil(part * sorted.length) - 1] ?? 0
  return { p50: at(0.5), p99: at(0.99), max: at(1) }
}

export class Account {
  readonly runs = new Entries()
  readonly skips: Array<Entry> = []
  readonly controls: Array<Entry> = []
  readonly alarms: Array<Alarm> = []
  wakeUps = 0
  idleWakeUps = 0
  readonly #books: ReadonlyMap<string, Book>
  /** For whom the machine is awake, since it was woken by its timer; `null` where nobody knows what woke it. */
  #causes: Set<Book> | null = null
  /** How many bodies are under way. */
  #atWork = 0

  constructor(jobs: ReadonlyArray<{ readonly name: string; readonly priority: number }>) {
    this.#books = new Map(
      jobs.map(({ name, priority }) => [
        name,
        {
          jobName: name,
          priority,
          runs: 0,
          retries: 0,
          errors: 0,
          missed: 0,
          alerts: 0,
          wakeUps: 0,
          busyMs: 0,
          worstWaitMs: 0,
          skips: new Map(),
          lateness: [],
          work: [],
          lastSkips: new Map()
        }
      ])
    )
  }

  /** What each run of a job kept the machine at work for, in ms. */
  workOf(jobName: string): ReadonlyArray<number> {
    return this.#books.get(jobName)?.work ?? []
  }

  /** A timer has fired: a machine that had nothing to do wakes up. */
  woken(): void {
    if (this.#atWork > 0) return
    this.#charge()
    this.wakeUps += 1
    this.#causes = new Set()
  }

  /** A timer has fired this many times and nothing was due: the tick checked its clock. */
  checked(times: number): void {
    if (this.#atWork > 0) return
    this.#charge()
    this.wakeUps += times
    this.idleWakeUps += times
  }

  began(jobName: string): void {
    this.#atWork += 1
    this.#isFor(jobName)
  }

  ended(jobName: string, busyMs: number): void {
    this.#atWork -= 1
    const book = this.#books.get(jobName)
    if (book === undefined) return
    book.busyMs += busyMs
    book.work.push(busyMs)
  }

  /** The process is gone, and with it all that was under way. */
  killed(): void {
    this.#charge()
    this.#atWork = 0
  }

  alarm(alarm: Alarm): void {
    this.alarms.push(alarm)
    const book = this.#books.get(alarm.jobName)
    if (alarm.kind === "alert" && book !== undefined) book.alerts += 1
  }

  /** A line is in the log. */
  write(run: Entry): void {
    const book = this.#books.get(run.jobName)
    if (book === undefined) return
    if (run.status === "control") this.controls.push(LogEntry.entryOf(run))
    else if (run.status === "skipped") this.#skipped(book, run)
    else this.#ran(book, run)
  }

  accounts(): ReadonlyArray<JobAccount> {
    this.#charge()
    return [...this.#books.values()].map((book) => ({
      jobName: book.jobName,
      priority: book.priority,
      runs: book.runs,
      retries: book.retries,
      errors: book.errors,
      skips: [...book.skips]
        .map(([reason, count]) => ({ reason, count }))
        .sort((one, other) => other.count - one.count || (one.reason < other.reason ? -1 : 1)),
      missed: book.missed,
      alerts: book.alerts,
      wakeUps: book.wakeUps,
      busyMs: book.busyMs,
      lateness: latenessOf(book.lateness),
      worstWaitMs: book.worstWaitMs
    }))
  }

  #ran(book: Book, run: Entry): void {
    this.runs.push(run)
    book.runs += 1
    if (run.attempt > 1) book.retries += 1
    else if (run.trigger !== "manual") {
      const lateMs = Math.max(0, run.startedAt - run.scheduledAt)
      book.lateness.push(lateMs)
      if (run.trigger === "schedule") book.worstWaitMs = Math.max(book.worstWaitMs, lateMs)
    }
    if (LogEntry.failed(run)) book.errors += 1
  }

  #skipped(book: Book, run: Entry): void {
    this.#isFor(run.jobName)
    const reason = run.error ?? run.reason ?? ""
    book.skips.set(reason, (book.skips.get(reason) ?? 0) + run.count)
    if (LogEntry.whyMissed(run) !== null) book.missed += run.count
    const last = book.lastSkips.get(run.key)
    const before = last?.seq === run.seq ? this.skips[last.index] : undefined
    if (last === undefined || before === undefined) {
      book.lastSkips.set(run.key, { seq: run.seq, index: this.skips.length })
      this.skips.push(LogEntry.entryOf(run))
    } else {
      const { scheduledAt, startedAt } = before
      this.skips[last.index] = { ...LogEntry.entryOf(run), scheduledAt, startedAt, count: before.count + run.count }
    }
  }

  #isFor(jobName: string): void {
    const book = this.#books.get(jobName)
    if (book !== undefined) this.#causes?.add(book)
  }

  #charge(): void {
    const causes = this.#causes
    if (causes === null) return
    this.#causes = null
    if (causes.size === 0) this.idleWakeUps += 1
    for (const book of causes) book.wakeUps += 1 / causes.size
  }
}
