/**
 * The log of an application's jobs, for people and tools: history in pages, figures, retention.
 *
 * It works in small steps, so that other users of the store and of the process do not wait; it never decides what runs.
 *
 * @since 0.1.0
 */
import { Chunk, Clock, Context, Duration, Effect, Inspectable, Option, Schema, Stream } from "effect"
import * as Millis from "./internal/Millis.ts"
import type { Cut, LogQuery, LogService, Oldest, Pruned, SamplePage, StoreError } from "./internal/store/Port.ts"
import * as JobStats from "./JobStats.ts"
import * as LogEntry from "./LogEntry.ts"

/**
 * Queries of the log and their results.
 *
 * @since 0.1.0
 * @category models
 */
export type {
  CountsQuery,
  Cut,
  EntriesSince,
  JobCounts,
  LogQuery,
  LogService as Service,
  Oldest,
  OldestQuery,
  Pruned,
  SamplePage,
  Size,
  StateQuery
} from "./internal/store/Port.ts"

/**
 * The log of a store. Every layer that provides `JobStore` provides it, too.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { JobLog, JobStore } from "tickwork"
 *
 * const failures = Effect.flatMap(JobLog.JobLog, (log) => log.entries({ status: "error", limit: 10 }))
 *
 * Effect.runPromise(Effect.provide(failures, JobStore.layerMemory)).then((entries) => {
 *   console.assert(entries.length === 0)
 * })
 * ```
 *
 * @since 0.1.0
 * @category services
 */
export class JobLog extends Context.Tag("tickwork/JobLog")<JobLog, LogService>() {}

const pageSize = 1000

/** Yields to other work of this process, timers and I/O included. */
const turn = Effect.sleep(0)

/**
 * The log entries that a query matches, newest first, read a page at a time: all of them, or `limit`.
 *
 * @example
 * ```ts
 * import { Effect, Layer, Stream } from "effect"
 * import { Job, JobLog, JobStore, Jobs, Tick } from "tickwork"
 *
 * const hello = Job.make("hello", Effect.log("hello")).pipe(Job.every("5 seconds"))
 * const TickLive = Layer.provideMerge(Tick.layer(Jobs.make(hello)), JobStore.layerMemory)
 *
 * const entries = Effect.zipRight(Tick.once, Stream.runCollect(JobLog.stream({ jobName: "hello" })))
 * Effect.runPromise(Effect.provide(entries, TickLive)).then((entries) => console.assert(entries.length === 1))
 * ```
 *
 * @since 0.1.0
 * @category queries
 */
export const stream = (query: LogQuery): Stream.Stream<LogEntry.Entry, StoreError, JobLog> => {
  const first = { query, left: query.limit ?? Number.POSITIVE_INFINITY }
  return Stream.paginateChunkEffect(first, ({ left, query }) =>
    Effect.gen(function* () {
      const log = yield* JobLog
      const limit = Math.min(left, pageSize)
      const page = yield* log.history({ ...query, limit })
      yield* turn
      const after = page.at(-1)
      const isLast = after === undefined || page.length < limit || left <= limit
      const next = isLast ? Option.none() : Option.some({ query: { ...query, after }, left: left - limit })
      return [Chunk.unsafeFromArray(page), next] as const
    })
  )
}

/**
 * The entries that figures are made of: those that started from `from` (ms since the epoch; default the beginning of the log)
 * until before `to` (default now), of all jobs or of one.
 *
 * @since 0.1.0
 * @category models
 */
export interface TimeRange extends Pick<LogQuery, "from" | "jobName" | "key" | "to"> {
  /** A run that started later than this after its planned time is late; default 1 second. */
  readonly lateAfter?: Duration.DurationInput
}

/**
 * Figures of each job over a range of time, in the order of the jobs' names.
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
  ...range
}: TimeRange = {}): Effect.Effect<ReadonlyArray<JobStats.JobStats>, StoreError, JobLog> =>
  Effect.gen(function* () {
    const log = yield* JobLog
    const collector = new JobStats.Collector(Millis.of(lateAfter))
    let query: LogQuery | null = { ...range, limit: pageSize }
    while (query !== null) {
      const { after, samples }: SamplePage = yield* log.samples(query)
      collector.addSamples(samples)
      yield* turn
      query = after && { ...query, after }
    }
    return collector.stats()
  })

/**
 * Which entries to drop: those older than an age, those beyond a number for each instance, or both.
 *
 * @since 0.1.0
 * @category models
 */
export interface Retention {
  /** Drops entries that ended longer ago than this, and forgets enqueued runs that ended longer ago, with their keys. */
  readonly olderThan?: Duration.DurationInput
  /** How many entries each instance keeps, at least 1. */
  readonly keep?: number
  /** Of this job only. */
  readonly jobName?: string
  /** Of this instance of it only. */
  readonly key?: string
}

/**
 * An option of {@link prune} is missing or out of range; nothing was dropped.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidRetentionError extends Schema.TaggedError<InvalidRetentionError>("tickwork/InvalidRetentionError")(
  "InvalidRetentionError",
  {
    option: Schema.Literal("olderThan", "keep", "olderThan or keep"),
    value: Schema.Unknown,
    expected: Schema.String,
    cure: Schema.String
  }
) {
  override get message() {
    return `${this.option} must be ${this.expected}, got ${Inspectable.toStringUnknown(this.value, 0)}. ${this.cure}`
  }
}

interface Rule {
  /** In ms; `null` where age does not matter. */
  readonly ageMs: number | null
  readonly keep: number
}

const ruleOf = ({ keep, olderThan }: Retention): Effect.Effect<Rule, InvalidRetentionError> => {
  const invalid = (option: InvalidRetentionError["option"], value: unknown, expected: string, cure: string) =>
    Effect.fail(new InvalidRetentionError({ option, value, expected, cure }))
  const ageMs = olderThan === undefined ? null : Millis.of(olderThan)
  if (ageMs === null && keep === undefined) {
    return invalid("olderThan or keep", undefined, "set", "Say how old entries may get, how many to keep, or both.")
  }
  if (ageMs !== null && !(Number.isFinite(ageMs) && ageMs >= 0)) {
    return invalid("olderThan", olderThan, "a finite duration", 'Use one such as "30 days".')
  }
  if (keep !== undefined && !(Number.isInteger(keep) && keep >= 1)) {
    return invalid("keep", keep, "a whole number from 1 upward", "Leave it out to keep all that are young enough.")
  }
  return Effect.succeed({ ageMs, keep: keep ?? Number.MAX_SAFE_INTEGER })
}

/** Waits three times as long as a step took, so that other writers to the same database get most of the time. */
const leisurely = <A, E>(step: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.flatMap(Effect.timed(step), ([took, answer]) => Effect.as(Effect.sleep(Duration.times(took, 3)), answer))

/** A step reads this many instances, and drops about this many entries in one transaction of a few milliseconds. */
const step = { instances: 50, entries: 100 }

/** The number of the last entry that a step checks. */
const lastChecked = ({ first }: Oldest): number => first + step.entries - 1

/** The number of the last entry to drop in this step; less than the first one where nothing is to be dropped. */
const upToOf = (oldest: Oldest, { ageMs, keep }: Rule): number => {
  const { seq, young } = oldest
  const byAge = ageMs === null ? 0 : young === null ? lastChecked(oldest) : young - 1
  const byCount = Math.min(seq - keep, lastChecked(oldest))
  return Math.min(Math.max(byAge, byCount), seq - 1)
}

/** What to drop of an instance in this step; `null` where nothing is. */
const cutOf = (oldest: Oldest, rule: Rule): Cut | null => {
  const { first, isSpent, jobName, key, seq, token } = oldest
  if (isSpent && rule.ageMs !== null) return { jobName, key, upTo: seq, token }
  const upTo = upToOf(oldest, rule)
  return upTo < first ? null : { jobName, key, upTo }
}

/**
 * Drops old entries in many small steps, and answers how much it dropped. The state and the counts of each instance stay
 * as they are, and so does its last entry.
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
 * Effect.runPromise(Effect.provide(prune, TickLive)).then(({ entries }) => console.assert(entries === 0))
 * ```
 *
 * @since 0.1.0
 * @category retention
 */
export const prune = (retention: Retention): Effect.Effect<Pruned, StoreError | InvalidRetentionError, JobLog> =>
  Effect.gen(function* () {
    const rule = yield* ruleOf(retention)
    const log = yield* JobLog
    const now = yield* Clock.currentTimeMillis
    const { keep: _keep, olderThan: _olderThan, ...instances } = retention
    const query = {
      ...instances,
      endedBefore: Math.floor(now - (rule.ageMs ?? now)),
      limit: step.instances,
      entries: step.entries
    }
    const total = { entries: 0, instances: 0 }
    const drop = (cuts: ReadonlyArray<Cut>) =>
      cuts.length === 0
        ? Effect.void
        : Effect.map(leisurely(log.prune(cuts)), ({ entries, instances }) => {
            total.entries += entries
            total.instances += instances
          })
    /** Answers whether the same instances have more to drop. */
    const pruneOf = (page: ReadonlyArray<Oldest>) =>
      Effect.gen(function* () {
        const before = total.entries
        let hasMore = false
        let cuts: Array<Cut> = []
        let entries = 0
        for (const oldest of page) {
          const cut = cutOf(oldest, rule)
          if (cut === null) continue
          if (cut.token === undefined && cut.upTo === lastChecked(oldest)) hasMore = true
          cuts.push(cut)
          entries += cut.upTo - oldest.first + 1
          if (entries < step.entries) continue
          yield* drop(cuts)
          cuts = []
          entries = 0
        }
        yield* drop(cuts)
        return hasMore && total.entries > before
      })

    let after: Oldest | undefined
    for (;;) {
      const page: ReadonlyArray<Oldest> = yield* log.oldest({ ...query, ...(after === undefined ? {} : { after }) })
      yield* turn
      if (yield* pruneOf(page)) continue
      if (page.length < step.instances) return total
      after = page.at(-1)
    }
  })
