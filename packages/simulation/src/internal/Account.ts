/**
 * The accounts of a simulation: what every job did, what it cost, and for which jobs the machine woke up. It takes log
 * entries as they are written and decides nothing.
 *
 * @internal
 */
import * as JobStats from "tickwork/JobStats"
import * as LogEntry from "tickwork/LogEntry"
import { Entries } from "./Entries.ts"
import type { Alarm, Entry, JobAccount, Pause, RateWait } from "./timeline/Model.ts"

/** What the log alone does not tell of a job. */
interface Book {
  readonly jobName: string
  readonly priority: number
  alerts: number
  wakeUps: number
  busyMs: number
  worstWaitMs: number
  readonly skips: Map<string, JobAccount["skips"][number]>
  /** How long each run kept the machine at work, in ms. */
  readonly work: Array<number>
  /** The last verdict of each instance, and its index: equal ones in a row are one. */
  readonly lastSkips: Map<string, { readonly seq: number; readonly index: number }>
  /** Since when each instance is paused. */
  readonly pausedSince: Map<string, number>
}

/** Where the runs are kept. */
interface Runs {
  readonly push: (run: Entry) => void
  readonly toArray: () => ReadonlyArray<Entry>
}

const nothingLate: JobStats.Quantiles = { p50: 0, p95: 0, p99: 0, max: 0 }

export class Account {
  readonly runs: Runs
  readonly skips: Array<Entry> = []
  readonly controls: Array<Entry> = []
  readonly alarms: Array<Alarm> = []
  readonly #pauses: Array<Pause> = []
  readonly #rateWaits = new Map<string, Array<RateWait>>()
  wakeUps = 0
  idleWakeUps = 0
  readonly #books = new Map<string, Book>()
  readonly #collector = new JobStats.Collector()
  /** The jobs for which a timer woke the machine; `null` where something else woke it. */
  #causes: Set<Book> | null = null
  /** How many bodies run. */
  #atWork = 0

  /** The accounts begin with these jobs, in this order. */
  constructor(jobs: ReadonlyArray<{ readonly name: string; readonly priority: number }>, runs: Runs = new Entries()) {
    this.runs = runs
    for (const { name, priority } of jobs) this.open(name, priority)
  }

  /** Opens the account of a job that has none. */
  open(jobName: string, priority: number): void {
    if (this.#books.has(jobName)) return
    this.#books.set(jobName, {
      jobName,
      priority,
      alerts: 0,
      wakeUps: 0,
      busyMs: 0,
      worstWaitMs: 0,
      skips: new Map(),
      work: [],
      lastSkips: new Map(),
      pausedSince: new Map()
    })
  }

  /** How long each run of a job kept the machine at work, in ms. */
  workOf(jobName: string): ReadonlyArray<number> {
    return this.#books.get(jobName)?.work ?? []
  }

  /** A timer has fired: an idle machine wakes up. */
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

  /** The process is gone, with all bodies that ran. */
  killed(): void {
    this.#charge()
    this.#atWork = 0
  }

  alarm(alarm: Alarm): void {
    this.alarms.push(alarm)
    const book = this.#books.get(alarm.jobName)
    if (alarm.kind === "alert" && book !== undefined) book.alerts += 1
  }

  /** Instances wait for a rate; what follows without a gap is one wait. */
  waitsForRate(wait: RateWait): void {
    const id = JSON.stringify([wait.jobName, wait.limit])
    const waits = this.#rateWaits.get(id) ?? []
    this.#rateWaits.set(id, waits)
    const last = waits.at(-1)
    if (last === undefined || wait.from > last.to) waits.push(wait)
    else waits[waits.length - 1] = { ...last, to: Math.max(last.to, wait.to) }
  }

  /** In the order in which they began. */
  get rateWaits(): ReadonlyArray<RateWait> {
    return [...this.#rateWaits.values()].flat().sort((one, other) => one.from - other.from)
  }

  /** An entry is in the log. */
  write(entry: Entry & Partial<Pick<LogEntry.LogEntry, "position">>): void {
    const book = this.#books.get(entry.jobName)
    if (book === undefined) return
    this.#collector.add([entry])
    if (entry.position !== undefined) this.#notePause(book, entry, entry.position.paused !== null)
    if (entry.status === "control") this.controls.push(LogEntry.entryOf(entry))
    else if (entry.status === "skipped") this.#skipped(book, entry)
    else {
      this.runs.push(entry)
      if (entry.attempt > 1 || entry.trigger !== "schedule") return
      book.worstWaitMs = Math.max(book.worstWaitMs, entry.startedAt - entry.scheduledAt)
    }
  }

  /** The pauses, those that go on up to an instant; in the order in which they began. */
  pausesUntil(end: number): ReadonlyArray<Pause> {
    const open = [...this.#books.values()].flatMap(({ jobName, pausedSince }) =>
      [...pausedSince].map(([key, from]) => ({ jobName, key, from, to: end }))
    )
    return [...this.#pauses, ...open].sort((one, other) => one.from - other.from)
  }

  #notePause({ jobName, pausedSince }: Book, { key, lastAt }: Entry, isPaused: boolean): void {
    const from = pausedSince.get(key)
    if (isPaused && from === undefined) pausedSince.set(key, lastAt)
    if (isPaused || from === undefined) return
    pausedSince.delete(key)
    this.#pauses.push({ jobName, key, from, to: lastAt })
  }

  accounts(): ReadonlyArray<JobAccount> {
    this.#charge()
    return [...this.#books.values()].map(({ alerts, busyMs, jobName, priority, skips, wakeUps, worstWaitMs }) => {
      const { errors, lateness, retries, runs, verdicts } = this.#collector.statsOf(jobName)
      return {
        jobName,
        priority,
        runs,
        retries,
        errors,
        skips: [...skips.values()].sort(
          (one, other) => other.count - one.count || (one.reason < other.reason ? -1 : 1)
        ),
        missed: verdicts.missed,
        alerts,
        wakeUps,
        busyMs,
        lateness: lateness ?? nothingLate,
        worstWaitMs
      }
    })
  }

  #skipped(book: Book, run: Entry): void {
    this.#isFor(run.jobName)
    const reason = run.error ?? run.reason ?? ""
    const id = `${run.verdict} ${reason}`
    book.skips.set(id, { verdict: run.verdict, reason, count: (book.skips.get(id)?.count ?? 0) + run.count })
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
