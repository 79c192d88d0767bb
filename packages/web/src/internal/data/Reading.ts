/**
 * What the screens and the JSON API read of a store, each read bounded in rows.
 *
 * @internal
 */
import { Clock, DateTime, Effect, Option } from "effect"
import { JobLog, type JobState, JobStats, JobStore, type LogEntry } from "tickwork"
import { type Explained, type Folded, InstanceState, Known, RunEntries } from "../../view/index.ts"
import * as Fresh from "./Fresh.ts"

type Read<A> = Effect.Effect<A, JobStore.StoreError, JobStore.JobStore | JobLog.JobLog>

/** How often these are read at most, in ms: sizes change slowly. */
const countsMs = 1000
const sizeMs = 60_000

/** A store finds the last entries of a job by those of each instance, which costs too much for more than this number. */
const fewInstances = 500

/** For a job with more instances its last entries are those among this number of all jobs. */
const recentEntries = 1000

/** How many entries of an instance its figures are made of. */
export const figureEntries = 500

const startOfDay = (now: number, zone: DateTime.TimeZone): number =>
  Option.match(DateTime.makeZoned(now, { timeZone: zone }), {
    onNone: () => now,
    onSome: (today) => DateTime.toEpochMillis(DateTime.startOf(today, "day"))
  })

/** The counts of a job of which nothing is stored yet. */
const nothing = { instances: 0, enqueued: 0, running: 0, paused: 0, overdue: 0, failed: 0, waiting: 0, done: 0 }

export interface Reading {
  readonly zone: DateTime.TimeZone
  readonly known: Read<Known.Known>
  /** Every job, by name. */
  readonly counts: Read<ReadonlyArray<Folded.Folded>>
  readonly size: Read<JobLog.Size>
  /** The last entries of a job, newest first; of one with very many instances those that are recent. */
  readonly lastEntries: (
    counts: Pick<Folded.Folded, "instances" | "jobName">,
    limit: number
  ) => Read<ReadonlyArray<LogEntry.Entry>>
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
  const lastEntries = ({ instances, jobName }: Pick<Folded.Folded, "instances" | "jobName">, limit: number) =>
    instances <= fewInstances
      ? Effect.flatMap(JobLog.JobLog, (log) => log.history({ jobName, limit }))
      : Effect.map(recent.get, (entries) => entries.filter((entry) => entry.jobName === jobName).slice(0, limit))
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
