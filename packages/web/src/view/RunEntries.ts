/**
 * The log entries of one run.
 *
 * @since 0.1.0
 */
import { Array as Arr, Effect } from "effect"
import { Backfill, JobLog, type JobStore, type LogEntry, Run } from "tickwork"
import type * as EntryName from "./EntryName.ts"

/** How much of the log after the scheduled time is searched for a run, one after another: an hour, a day, all. */
const rangesMs = [3_600_000, 86_400_000, Number.POSITIVE_INFINITY]

const mostEntries = 10_000

const isOf =
  ({ isManual, scheduledAt }: EntryName.RunRef) =>
  (entry: LogEntry.LogEntry): boolean =>
    entry.scheduledAt === scheduledAt && (entry.trigger === "manual") === isManual && entry.status !== "control"

/** The entries of a run, the first attempt first. */
export const of = (
  run: EntryName.RunRef
): Effect.Effect<ReadonlyArray<LogEntry.LogEntry>, JobStore.StoreError, JobLog.JobLog> =>
  Effect.gen(function* () {
    const log = yield* JobLog.JobLog
    const { isManual, jobName, key, scheduledAt } = run
    const isOfRun = isOf(run)
    for (const rangeMs of rangesMs) {
      const to = Number.isFinite(rangeMs) ? { to: scheduledAt + rangeMs } : {}
      const entries = yield* log.entries({ jobName, key, from: scheduledAt, ...to, limit: mostEntries })
      const found = entries.filter(isOfRun)
      if (found.length > 0) return found.sort((one, other) => one.seq - other.seq)
    }
    // those of a backfill have a key of their own, and the same run key
    if (!isManual) return []
    const runKey = Run.keyOf(jobName, key, scheduledAt)
    const ofJob = yield* log.entries({ jobName, from: scheduledAt, limit: mostEntries })
    const found = ofJob.filter(
      (entry) => isOfRun(entry) && Backfill.isKey(entry.key) && Run.keyOf(jobName, entry.key, scheduledAt) === runKey
    )
    return found.sort((one, other) => one.startedAt - other.startedAt || one.seq - other.seq)
  })

/** Between two attempts of a run stand at most this number of other entries: of runs by hand, and of requests. */
const mostBetween = 100

/** The entries of the run that an entry belongs to; the entry alone where it belongs to none. */
export const ofEntry = (
  entry: LogEntry.LogEntry
): Effect.Effect<ReadonlyArray<LogEntry.LogEntry>, JobStore.StoreError, JobLog.JobLog> =>
  Effect.gen(function* () {
    const found = [entry]
    if (entry.status === "control") return found
    const log = yield* JobLog.JobLog
    const { jobName, key } = entry
    const isOfRun = isOf({ jobName, key, scheduledAt: entry.scheduledAt, isManual: entry.trigger === "manual" })
    // an instance's entries have no gaps: a page below a number holds those just before it
    const below = (seq: number) =>
      Effect.map(log.entries({ jobName, key, after: { ...entry, seq }, limit: mostBetween }), Arr.filter(isOfRun))
    for (let last = entry; ; ) {
      const later = (yield* below(last.seq + mostBetween + 1)).filter(({ seq }) => seq > last.seq)
      const [newest] = later
      if (newest === undefined) break
      found.unshift(...later)
      last = newest
    }
    for (let first = entry; ; ) {
      const earlier = yield* below(first.seq)
      const oldest = earlier.at(-1)
      if (oldest === undefined) break
      found.push(...earlier)
      first = oldest
    }
    return found.reverse()
  })
