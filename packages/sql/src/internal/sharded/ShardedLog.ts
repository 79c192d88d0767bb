/**
 * The log service over several logs: each instance has one of them.
 *
 * @internal
 */
import { Array as Arr, Effect, Order } from "effect"
import type { JobLog, JobStats, JobStore, LogEntry } from "tickwork"
import { Marks } from "./Marks.ts"

type Service = JobLog.Service

const concurrently = { concurrency: "unbounded" } as const

const byRef: Order.Order<JobStore.Ref> = Order.combine(
  Order.mapInput(Order.string, ({ jobName }) => jobName),
  Order.mapInput(Order.string, ({ key }) => key)
)

const newestFirst: Order.Order<Pick<LogEntry.Entry, "startedAt">> = Order.mapInput(
  Order.reverse(Order.number),
  ({ startedAt }) => startedAt
)

const sum = <A>(values: ReadonlyArray<A>, of: (value: A) => number): number =>
  values.reduce((sum, value) => sum + of(value), 0)

const earlier = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? (one ?? other) : Math.min(one, other)

/** What is of one job, in the order of the names. */
const byJob = <A extends { readonly jobName: string }>(values: ReadonlyArray<A>) => {
  const inOrder = Arr.sortWith(values, ({ jobName }) => jobName, Order.string)
  return Arr.isNonEmptyArray(inOrder) ? Arr.groupWith(inOrder, (one, other) => one.jobName === other.jobName) : []
}

const added = (some: Arr.NonEmptyReadonlyArray<JobLog.JobCounts>): JobLog.JobCounts => ({
  jobName: some[0].jobName,
  instances: sum(some, ({ instances }) => instances),
  enqueued: sum(some, ({ enqueued }) => enqueued),
  running: sum(some, ({ running }) => running),
  paused: sum(some, ({ paused }) => paused),
  overdue: sum(some, ({ overdue }) => overdue),
  failed: sum(some, ({ failed }) => failed),
  waiting: sum(some, ({ waiting }) => waiting),
  done: sum(some, ({ done }) => done)
})

const sumOrNull = (numbers: ReadonlyArray<number | null>): number | null =>
  numbers.includes(null) ? null : numbers.reduce<number>((sum, one) => sum + (one ?? 0), 0)

export const make = (logs: ReadonlyArray<Service>, storeOf: (ref: Pick<JobStore.Ref, "key">) => number): Service => {
  const [first] = logs as readonly [Service, ...ReadonlyArray<Service>]
  const marks = new Marks(logs.length)
  const each = <A, E>(use: (log: Service, index: number) => Effect.Effect<A, E>) =>
    Effect.forEach(logs, use, concurrently)
  const split = <A extends JobStore.Ref>(values: ReadonlyArray<A>) =>
    logs.flatMap((log, index) => {
      const own = values.filter((value) => storeOf(value) === index)
      return own.length === 0 ? [] : [{ log, own }]
    })

  /** Of entries that started together, those of an earlier log come first. */
  const after = (query: JobLog.LogQuery, index: number): JobLog.LogQuery => {
    const { after, to = Number.POSITIVE_INFINITY, ...rest } = query
    if (after === undefined || storeOf(after) === index) return query
    return { ...rest, to: Math.min(to, storeOf(after) < index ? after.startedAt + 1 : after.startedAt) }
  }
  const page = <A extends Pick<LogEntry.Entry, "startedAt">>(
    query: JobLog.LogQuery,
    read: (log: Service, query: JobLog.LogQuery) => Effect.Effect<ReadonlyArray<A>, JobStore.StoreError>
  ) => {
    const { key, limit = 100 } = query
    if (key !== undefined) return read(logs[storeOf({ key })] ?? first, query)
    return Effect.map(
      each((log, index) => read(log, after(query, index))),
      (all) => Arr.take(Arr.sort(all.flat(), newestFirst), limit)
    )
  }

  return {
    entries: (query) => page(query, (log, query) => log.entries(query)),
    history: (query) => page(query, (log, query) => log.history(query)),
    // each instance has one log: one log after the other
    samples: ({ after, limit = 100, ...query }) =>
      Effect.gen(function* () {
        const { key } = query
        const samples: Array<JobStats.Sample> = []
        const begin = after ?? (key === undefined ? undefined : { key })
        const from = begin === undefined ? 0 : storeOf(begin)
        let last = after
        for (const log of logs.slice(from, key === undefined ? undefined : from + 1)) {
          const rest = { ...query, limit: limit - samples.length }
          const page = yield* log.samples(last === undefined ? rest : { ...rest, after: last })
          samples.push(...page.samples)
          if (page.after !== null) return { samples, after: page.after }
          last = undefined
        }
        return { samples, after: null }
      }),
    since: (mark, limit = 1000) =>
      Effect.gen(function* () {
        const known = mark === null ? null : marks.of(mark)
        const entries: Array<LogEntry.Entry> = []
        const reached: Array<number> = []
        for (const [index, log] of logs.entries()) {
          const from = known?.[index] ?? null
          const isFull = from !== null && entries.length >= limit
          const read = isFull ? { entries: [], mark: from } : yield* log.since(from, limit - entries.length)
          entries.push(...read.entries)
          reached.push(read.mark)
        }
        return { entries, mark: marks.add(reached) }
      }),
    latest: (jobNames, limit) =>
      Effect.map(
        each((log) => log.latest(jobNames, limit)),
        (all) => byJob(all.flat()).flatMap((some) => Arr.take(Arr.sort(some, newestFirst), limit))
      ),
    states: (query) =>
      Effect.map(
        each((log) => log.states(query)),
        (all) => Arr.take(Arr.sort(all.flat(), byRef), query.limit ?? 100)
      ),
    counts: (query) =>
      Effect.map(
        each((log) => log.counts(query)),
        (all) => byJob(all.flat()).map(added)
      ),
    size: Effect.map(
      each(({ size }) => size),
      (all) => ({
        bytes: sumOrNull(all.map(({ bytes }) => bytes)),
        freeBytes: sumOrNull(all.map(({ freeBytes }) => freeBytes)),
        jobs: byJob(all.flatMap(({ jobs }) => jobs)).map((some) => ({
          jobName: some[0].jobName,
          instances: sum(some, ({ instances }) => instances),
          entries: sum(some, ({ entries }) => entries),
          oldestAt: some.reduce<number | null>((oldest, { oldestAt }) => earlier(oldest, oldestAt), null),
          notListed: sum(some, ({ notListed }) => notListed)
        }))
      })
    ),
    baselines: (refs) =>
      Effect.map(
        Effect.forEach(split(refs), ({ log, own }) => log.baselines(own), concurrently),
        (all) => all.flat()
      ),
    oldest: (query) =>
      Effect.map(
        each((log) => log.oldest(query)),
        (all) => Arr.take(Arr.sort(all.flat(), byRef), query.limit ?? 100)
      ),
    prune: (cuts) =>
      Effect.map(
        Effect.forEach(split(cuts), ({ log, own }) => log.prune(own)),
        (all) => ({ entries: sum(all, ({ entries }) => entries), instances: sum(all, ({ instances }) => instances) })
      )
  }
}
