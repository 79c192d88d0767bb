/**
 * A timeline of real runs, read from a log. What a log does not hold stays unknown.
 *
 * @internal
 */
import { Effect, Stream } from "effect"
import * as LogEntry from "tickwork/LogEntry"
import { Account } from "../Account.ts"
import { Entries } from "../Entries.ts"
import { Folded } from "./Folded.ts"
import type { Entry, Pruned, Timeline } from "./Model.ts"
import { defaultCost } from "./Questions.ts"

/**
 * How a log is read as a timeline.
 *
 * @since 0.1.0
 * @category models
 */
export interface LogOptions {
  /** Entries that began at or after this instant and before `to` are read, in ms since the epoch. */
  readonly from: number
  readonly to: number
  /** The time zone of its charts; UTC unless set. */
  readonly zone?: string
  /** Of which jobs entries were deleted, and until when, which is marked. */
  readonly pruned?: ReadonlyArray<Pruned>
  /**
   * Into how many slices of equal length the time is divided, such as a few for each column of a picture: runs of a job
   * that ended alike in one slice are one, with their count. Unless set, each run is kept.
   */
  readonly resolution?: number
}

/**
 * Log entries, in any order, as a timeline. It has a lane for each job that has an entry, by name.
 *
 * @example
 * ```ts
 * import { Chunk, Effect, Layer, Stream } from "effect"
 * import { Timeline } from "@tickwork/simulation"
 * import { Job, JobLog, JobStore, Jobs, Tick } from "tickwork"
 *
 * const hello = Job.make("hello", Effect.log("hello")).pipe(Job.every("5 seconds"))
 * const TickLive = Layer.provideMerge(Tick.layer(Jobs.make(hello)), JobStore.layerMemory)
 *
 * const drawn = Effect.gen(function* () {
 *   const from = Date.now()
 *   yield* Tick.once
 *   const entries = yield* Stream.runCollect(JobLog.stream({ from }))
 *   return Timeline.toText(Timeline.ofLog(Chunk.toReadonlyArray(entries), { from, to: Date.now() }))
 * })
 * Effect.runPromise(Effect.provide(drawn, TickLive)).then((text) => console.assert(text.includes("hello")))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const ofLog = (entries: Iterable<LogEntry.Entry>, options: LogOptions): Timeline => {
  const log = new Log(options)
  log.add(entries)
  return log.end()
}

/**
 * The same of a stream of log entries, which it does not keep: a timeline of a million entries takes little memory where
 * its `resolution` is that of the picture.
 *
 * @example
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { Timeline } from "@tickwork/simulation"
 * import { Job, JobLog, JobStore, Jobs, Tick } from "tickwork"
 *
 * const hello = Job.make("hello", Effect.void).pipe(Job.every("5 seconds"))
 * const TickLive = Layer.provideMerge(Tick.layer(Jobs.make(hello)), JobStore.layerMemory)
 *
 * const drawn = Effect.gen(function* () {
 *   const from = Date.now()
 *   yield* Tick.once
 *   return yield* Timeline.ofLogStream(JobLog.stream({ from }), { from, to: Date.now() + 1, resolution: 1000 })
 * })
 * Effect.runPromise(Effect.provide(drawn, TickLive)).then(({ runs }) => console.assert(runs.length === 1))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const ofLogStream = <E, R>(
  entries: Stream.Stream<LogEntry.Entry, E, R>,
  options: LogOptions
): Effect.Effect<Timeline, E, R> =>
  Effect.suspend(() => {
    const log = new Log(options)
    const read = Stream.runForEachChunk(entries, (chunk) => Effect.sync(() => log.add(chunk)))
    return Effect.map(read, () => log.end())
  })

class Log {
  readonly #options: LogOptions
  readonly #account: Account

  constructor(options: LogOptions) {
    this.#options = options
    const { resolution } = options
    this.#account = new Account([], resolution === undefined ? new Entries() : new Folded(options, resolution))
  }

  add(entries: Iterable<LogEntry.Entry>): void {
    const { from, to } = this.#options
    const account = this.#account
    for (const entry of entries) {
      const { durationMs, jobName, startedAt } = entry
      if (startedAt < from || startedAt >= to) continue
      account.open(jobName, 0)
      account.write(entry)
      if (!LogEntry.ran(entry)) continue
      account.began(jobName)
      account.ended(jobName, durationMs)
    }
  }

  end(): Timeline {
    const { from, pruned = [], to, zone = "UTC" } = this.#options
    const account = this.#account
    const jobs = account.accounts().toSorted((one, other) => (one.jobName < other.jobName ? -1 : 1))
    return {
      isRecorded: true,
      from,
      to,
      zone,
      seed: 0,
      jobs,
      runs: inOrder(account.runs.toArray()),
      skips: inOrder(account.skips),
      controls: inOrder(account.controls),
      alarms: [],
      wakeUps: 0,
      idleWakeUps: 0,
      busyMs: jobs.reduce((sum, { busyMs }) => sum + busyMs, 0),
      downtime: [],
      outages: [],
      jumps: [],
      ...(pruned.length === 0 ? {} : { pruned }),
      everyTick: { everyMs: 1000, runs: 0, wakeUps: 0, busyMs: 0 },
      cost: defaultCost
    }
  }
}

const inOrder = (entries: ReadonlyArray<Entry>): ReadonlyArray<Entry> =>
  entries.toSorted((one, other) => LogEntry.endedAt(one) - LogEntry.endedAt(other) || one.seq - other.seq)
