/**
 * What the screens and the JSON API read of a store, each read bounded in rows.
 *
 * @internal
 */
import { Array as Arr, Clock, DateTime, Effect, Option } from "effect"
import { JobLog, type JobState, JobStats, JobStore, type LogEntry } from "tickwork"
import { type Explained, type Folded, InstanceState, Known, RunEntries } from "../../view/index.ts"
import * as Fresh from "./Fresh.ts"

type Read<A> = Effect.Effect<A, JobStore.StoreError, JobStore.JobStore | JobLog.JobLog>

/** How often these are read at most, in ms: sizes change slowly, and each is a walk over all instances. */
const countsMs = 1000
const sizeMs = 600_000

/** Of a job with more instances than this its rows are not read for a list of jobs. */
export const fewInstances = 20

/** The last entries of at most this number of instances are read at one go, since the thread that reads runs jobs, too. */
const instancesAtOnce = 100

/** A store finds the last entries of a job among those of all, which costs too much where its instances are more than this. */
const manyInstances = 500

/** Lets timers and other work of the process go first. */
const turn = Effect.async<void>((resume) => {
  const next = setImmediate(() => resume(Effect.void))
  return Effect.sync(() => clearImmediate(next))
})

/** For a job with more instances its last entries are those among this number of all jobs. */
const recentEntries = 300

/** How many entries of an instance its figures are made of. */
export const figureEntries = 500

const startOfDay = (now: number, zone: DateTime.TimeZone): number =>
  Option.match(DateTime.makeZoned(now, { timeZone: zone }), {
    onNone: () => now,
    onSome: (today) => DateTime.toEpochMillis(DateTime.startOf(today, "day"))
  })

/** The counts of a job of which nothing is stored yet. */
const nothing = { instances: 0, enqueued: 0, running: 0, paused: 0, overdue: 0, failed: 0, waiting: 0, done: 0 }

type Sized = Pick<Folded.Folded, "instances" | "jobName">

/** What belongs to a job, by its name, which may be that of a property of every object. */
export const byName = <A extends { readonly jobName: string }>(
  all: ReadonlyArray<A>
): ((jobName: string) => ReadonlyArray<A>) => {
  const found = new Map<string, Array<A>>()
  for (const one of all) {
    const own = found.get(one.jobName)
    if (own === undefined) found.set(one.jobName, [one])
    else own.push(one)
  }
  return (jobName) => found.get(jobName) ?? []
}

/** Jobs whose instances are read at one go. */
const together = (jobs: ReadonlyArray<Sized>): ReadonlyArray<ReadonlyArray<string>> => {
  const all: Array<Array<string>> = []
  let room = 0
  for (const { instances, jobName } of jobs) {
    room -= instances
    const last = all.at(-1)
    if (last !== undefined && room >= 0) last.push(jobName)
    else {
      all.push([jobName])
      room = instancesAtOnce - instances
    }
  }
  return all
}

export interface Reading {
  readonly zone: DateTime.TimeZone
  readonly known: Read<Known.Known>
  /** Every job, by name. */
  readonly counts: Read<ReadonlyArray<Folded.Folded>>
  readonly size: Read<JobLog.Size>
  /** The last entries of each of these jobs, newest first; of one with very many instances those that are recent. */
  readonly lastEntries: (
    jobs: ReadonlyArray<Sized>,
    limit: number
  ) => Read<(jobName: string) => ReadonlyArray<LogEntry.Entry>>
  /** What was just written is read. */
  readonly clear: () => void
}

export const make = (zone: DateTime.TimeZone): Reading => {
  const known = Fresh.make(Known.read(zone))
  const stored = Fresh.make(
    Effect.gen(function* () {
      const log = yield* JobLog.JobLog
      const now = yield* Clock.currentTimeMillis
      return yield* log.counts({ overdueBefore: now - InstanceState.graceMs + 1, doneSince: startOfDay(now, zone) })
    }),
    countsMs
  )
  const counts = Effect.gen(function* () {
    const { inNoRegistry, newRuns } = yield* known.get
    const requested = new Map<string, number>()
    for (const { jobName } of newRuns) requested.set(jobName, (requested.get(jobName) ?? 0) + 1)
    const found = yield* stored.get
    const names = new Set(found.map(({ jobName }) => jobName))
    const unstored = [...requested.keys()]
      .filter((name) => !names.has(name))
      .map((jobName) => ({ jobName, ...nothing }))
    return [...found, ...unstored].map((one) => ({
      ...one,
      requested: requested.get(one.jobName) ?? 0,
      isRegistered: !inNoRegistry(one.jobName)
    }))
  })
  const size = Fresh.make(
    Effect.flatMap(JobLog.JobLog, (log) => log.size),
    sizeMs
  )
  const recent = Fresh.make(
    Effect.flatMap(JobLog.JobLog, (log) => log.history({ limit: recentEntries })),
    countsMs
  )
  const ofMany = ({ instances, jobName }: Sized, limit: number) =>
    Effect.gen(function* () {
      const newest = (yield* recent.get).filter((entry) => entry.jobName === jobName)
      return newest.length >= limit || instances > manyInstances
        ? newest.slice(0, limit)
        : yield* (yield* JobLog.JobLog).history({ jobName, limit })
    })
  const lastEntries: Reading["lastEntries"] = (jobs, limit) =>
    Effect.gen(function* () {
      const log = yield* JobLog.JobLog
      const [many, few] = Arr.partition(jobs, ({ instances }) => instances <= fewInstances)
      const reads = [...together(few).map((some) => log.latest(some, limit)), ...many.map((one) => ofMany(one, limit))]
      const all = yield* Effect.forEach(reads, (read) => Effect.zipLeft(read, turn))
      return byName(all.flat())
    })
  const clear = () => {
    known.clear()
    stored.clear()
    size.clear()
    recent.clear()
  }
  return { zone, known: known.get, counts, size: size.get, lastEntries, clear }
}

/** The stored instance, or the one that an enqueued run will make; `null` where neither is. */
export const stateOf = (ref: JobStore.Ref, { newRuns }: Pick<Known.Known, "newRuns">): Read<JobState.JobState | null> =>
  Effect.gen(function* () {
    const [stored] = yield* (yield* JobStore.JobStore).get([ref])
    return stored ?? newRuns.find(({ jobName, key }) => jobName === ref.jobName && key === ref.key) ?? null
  })

const mostEntries = 5

/** What the sentence about an instance is made of. */
export const explained = (state: JobState.JobState, known: Known.Known): Read<Explained.Known> =>
  Effect.gen(function* () {
    const log = yield* JobLog.JobLog
    const entries = yield* log.history({ jobName: state.jobName, key: state.key, limit: mostEntries })
    const [newest] = yield* log.history({ limit: 1 })
    return {
      state,
      entries,
      requests: known.requestsOf?.(state) ?? [],
      lastEntryAt: newest?.startedAt ?? null,
      processes: known.registries.of(state.jobName)
    }
  })

export const figures = (entries: ReadonlyArray<LogEntry.Entry>, jobName: string): JobStats.JobStats | undefined =>
  JobStats.of(entries).find((one) => one.jobName === jobName)

/** The entries of the run that an entry belongs to; none where it is not stored. */
export const run = (ref: JobStore.Ref & { readonly seq: number }): Read<ReadonlyArray<LogEntry.LogEntry>> =>
  Effect.gen(function* () {
    const { jobName, key, seq } = ref
    const [entry] = yield* (yield* JobLog.JobLog).entries({ jobName, key, seq })
    return entry === undefined ? [] : yield* RunEntries.ofEntry(entry)
  })
