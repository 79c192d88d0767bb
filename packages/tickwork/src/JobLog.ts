/**
 * What people ask of the log of a store: its lines in pages, figures over a window, and to be rid of what is old.
 *
 * It reads and prunes a page at a time, so that nobody who shares the store or the process waits for long. It never
 * decides what runs.
 *
 * @since 0.1.0
 */
import { Chunk, Clock, Duration, Effect, Inspectable, Option, Schema, Stream } from "effect"
import * as Millis from "./internal/Millis.ts"
import * as JobStats from "./JobStats.ts"
import { type Cut, JobStore, type LogQuery, type Oldest, type StoreError } from "./JobStore.ts"
import * as LogEntry from "./LogEntry.ts"

const pageSize = 1000

/** Others of this process get a turn: timers and answers from outside, too. */
const turn = Effect.sleep(0)

/**
 * The lines of the log, newest first: all that are asked for, or `limit` of them, read a page at a time.
 *
 * @example
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { Job, JobLog, JobStore, Jobs, Tick } from "tickwork"
 * import { Layer } from "effect"
 *
 * const hello = Job.make("hello", Effect.log("hello")).pipe(Job.every("5 seconds"))
 * const TickLive = Layer.provideMerge(Tick.layer(Jobs.make(hello)), JobStore.layerMemory)
 *
 * const lines = Effect.zipRight(Tick.once, Stream.runCollect(JobLog.stream({ jobName: "hello" })))
 * Effect.runPromise(Effect.provide(lines, TickLive)).then((lines) => console.assert(lines.length === 1))
 * ```
 *
 * @since 0.1.0
 * @category queries
 */
export const stream = (query: LogQuery): Stream.Stream<LogEntry.Entry, StoreError, JobStore> => {
  const first = { query, left: query.limit ?? Number.POSITIVE_INFINITY }
  return Stream.paginateChunkEffect(first, ({ left, query }) =>
    Effect.gen(function* () {
      const store = yield* JobStore
      const limit = Math.min(left, pageSize)
      const lines = yield* store.history({ ...query, limit })
      yield* turn
      const after = lines.at(-1)
      const isLast = after === undefined || lines.length < limit || left <= limit
      const next = isLast ? Option.none() : Option.some({ query: { ...query, after }, left: left - limit })
      return [Chunk.unsafeFromArray(lines), next] as const
    })
  )
}

/**
 * Over what figures are wanted: instants in ms since the epoch, from the beginning and up to now unless set.
 *
 * @since 0.1.0
 * @category models
 */
export interface TimeRange extends Pick<LogQuery, "from" | "jobName" | "key" | "to"> {
  /** How late a run may begin and still be in time; 1 second unless set. */
  readonly lateAfter?: Duration.DurationInput
}

/**
 * The figures of each job over a window, in the order of their names: of what began in it.
 *
 * @example
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { Job, JobLog, JobStore, Jobs, Tick } from "tickwork"
 *
 * const flaky = Job.make("flaky", Effect.fail("offline")).pipe(Job.every("5 seconds"))
 * const TickLive = Layer.provideMerge(Tick.layer(Jobs.make(flaky)), JobStore.layerMemory)
 *
 * const stats = Effect.zipRight(Tick.once, JobLog.stats({ jobName: "flaky" }))
 * Effect.runPromise(Effect.provide(stats, TickLive)).then(([flaky]) => {
 *   console.assert(flaky?.runs === 1 && flaky.errorRate === 1 && flaky.streaks.longestFailing === 1)
 * })
 * ```
 *
 * @since 0.1.0
 * @category queries
 */
export const stats = ({
  lateAfter = LogEntry.defaultLateAfterMs,
  ...window
}: TimeRange = {}): Effect.Effect<ReadonlyArray<JobStats.JobStats>, StoreError, JobStore> =>
  Effect.suspend(() => {
    const collector = new JobStats.Collector(Millis.of(lateAfter))
    return stream(window).pipe(
      Stream.runForEachChunk((lines) => Effect.sync(() => collector.add(lines))),
      Effect.map(() => collector.stats())
    )
  })

/**
 * What of the log may go: what is older than an age, what is beyond a number of lines for each instance, or both.
 *
 * @since 0.1.0
 * @category models
 */
export interface Retention {
  /** Lines that ended so long ago; also enqueued runs that are over since then, which are forgotten with their keys. */
  readonly olderThan?: Duration.DurationInput
  /** How many lines each instance keeps, 1 at least. */
  readonly keep?: number
  /** Of this job only. */
  readonly jobName?: string
  /** Of this instance of it only. */
  readonly key?: string
}

/**
 * What has gone.
 *
 * @since 0.1.0
 * @category models
 */
export interface Pruned {
  readonly lines: number
  /** Enqueued runs that were forgotten, with their lines. */
  readonly instances: number
}

/**
 * What may go of a log was not said in a way that can be meant: nothing was dropped.
 *
 * @since 0.1.0
 * @category errors
 */
export class BadRetention extends Schema.TaggedError<BadRetention>("tickwork/BadRetention")("BadRetention", {
  option: Schema.Literal("olderThan", "keep", "olderThan or keep"),
  value: Schema.Unknown,
  cure: Schema.String
}) {
  override get message() {
    return `The log is not pruned: ${this.option} is ${Inspectable.toStringUnknown(this.value, 0)}. ${this.cure}`
  }
}

interface Rule {
  /** In ms; `null` where age does not matter. */
  readonly ageMs: number | null
  readonly keep: number
}

const ruleOf = ({ keep, olderThan }: Retention): Effect.Effect<Rule, BadRetention> => {
  const bad = (option: BadRetention["option"], value: unknown, cure: string) =>
    Effect.fail(new BadRetention({ option, value, cure }))
  const ageMs = olderThan === undefined ? null : Millis.of(olderThan)
  if (ageMs === null && keep === undefined) {
    return bad("olderThan or keep", undefined, "Say how old lines may get, how many each instance keeps, or both.")
  }
  if (ageMs !== null && !(Number.isFinite(ageMs) && ageMs >= 0)) {
    return bad("olderThan", olderThan, 'Use a finite duration such as "30 days".')
  }
  if (keep !== undefined && !(Number.isInteger(keep) && keep >= 1)) {
    return bad("keep", keep, "Use a whole number from 1 upward.")
  }
  return Effect.succeed({ ageMs, keep: keep ?? Number.MAX_SAFE_INTEGER })
}

/** Whoever else writes to the same database gets three times as much time as a step takes. */
const leisurely = <A, E>(step: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.flatMap(Effect.timed(step), ([took, answer]) => Effect.as(Effect.sleep(Duration.times(took, 3)), answer))

/** A step looks at so many instances, and drops about so many lines in one transaction: a matter of milliseconds. */
const step = { instances: 50, lines: 100 }

/** The last of the oldest lines that are looked at in a step. */
const lastLooked = ({ first }: Oldest): number => first + step.lines - 1

/** Up to which line an instance is pruned in a step; less than its first where nothing goes. */
const upToOf = (oldest: Oldest, { ageMs, keep }: Rule): number => {
  const { seq, young } = oldest
  const byAge = ageMs === null ? 0 : young === null ? lastLooked(oldest) : young - 1
  const byCount = Math.min(seq - keep, lastLooked(oldest))
  return Math.min(Math.max(byAge, byCount), seq - 1)
}

/**
 * Drops what is old, in many small steps, and answers what has gone. What it came to is kept for each instance: its
 * state, its counts and its last line stay as they are.
 *
 * @example
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { Job, JobLog, JobStore, Jobs, Tick } from "tickwork"
 *
 * const prune = JobLog.prune({ olderThan: "30 days", keep: 10_000 })
 * const jobs = Jobs.make(Job.make("prune_log", prune).pipe(Job.cron("0 4 * * *", "Europe/Berlin")))
 *
 * const TickLive = Layer.provideMerge(Tick.layer(jobs), JobStore.layerMemory)
 * Effect.runPromise(Effect.provide(prune, TickLive)).then(({ lines }) => console.assert(lines === 0))
 * ```
 *
 * @since 0.1.0
 * @category retention
 */
export const prune = (retention: Retention): Effect.Effect<Pruned, StoreError | BadRetention, JobStore> =>
  Effect.gen(function* () {
    const rule = yield* ruleOf(retention)
    const store = yield* JobStore
    const now = yield* Clock.currentTimeMillis
    const { jobName, key } = retention
    const query = {
      ...(jobName === undefined ? {} : { jobName }),
      ...(key === undefined ? {} : { key }),
      endedBefore: Math.floor(now - (rule.ageMs ?? now)),
      limit: step.instances,
      lines: step.lines
    }
    const gone = { lines: 0, instances: 0 }
    const drop = (cuts: ReadonlyArray<Cut>) =>
      cuts.length === 0
        ? Effect.void
        : Effect.map(leisurely(store.prune(cuts)), (lines) => {
            gone.lines += lines
          })
    const forget = (oldest: Oldest) =>
      Effect.map(leisurely(store.forget(oldest)), (forgotten) => {
        if (!forgotten) return
        gone.lines += oldest.seq - oldest.first + 1
        gone.instances += 1
      })
    /** Answers whether more of these instances may go. */
    const pruneOf = (page: ReadonlyArray<Oldest>) =>
      Effect.gen(function* () {
        const before = gone.lines
        let hasMore = false
        let cuts: Array<Cut> = []
        let lines = 0
        for (const oldest of page) {
          if (oldest.isSpent && rule.ageMs !== null) {
            yield* forget(oldest)
            continue
          }
          const upTo = upToOf(oldest, rule)
          if (upTo < oldest.first) continue
          if (upTo === lastLooked(oldest)) hasMore = true
          cuts.push({ jobName: oldest.jobName, key: oldest.key, upTo })
          lines += upTo - oldest.first + 1
          if (lines < step.lines) continue
          yield* drop(cuts)
          cuts = []
          lines = 0
        }
        yield* drop(cuts)
        return hasMore && gone.lines > before
      })

    let after: Oldest | undefined
    for (;;) {
      const page: ReadonlyArray<Oldest> = yield* store.oldest({ ...query, ...(after === undefined ? {} : { after }) })
      yield* turn
      if (yield* pruneOf(page)) continue
      if (page.length < step.instances) return gone
      after = page.at(-1)
    }
  })
