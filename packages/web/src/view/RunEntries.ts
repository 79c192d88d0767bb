/**
 * The log entries of one run.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { Backfill, JobLog, type JobStore, type LogEntry, Run } from "tickwork"
import type * as EntryName from "./EntryName.ts"

/** How much of the log after the scheduled time is searched for a run, one after another: an hour, a day, all. */
const rangesMs = [3_600_000, 86_400_000, Number.POSITIVE_INFINITY]

const mostEntries = 10_000

/** The entries of a run, the first attempt first. */
export const of = ({
  isManual,
  jobName,
  key,
  scheduledAt
}: EntryName.RunRef): Effect.Effect<ReadonlyArray<LogEntry.LogEntry>, JobStore.StoreError, JobLog.JobLog> =>
  Effect.gen(function* () {
    const log = yield* JobLog.JobLog
    const isOfRun = (entry: LogEntry.LogEntry) =>
      entry.scheduledAt === scheduledAt && (entry.trigger === "manual") === isManual && entry.status !== "control"
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

/** The entries of the run that an entry belongs to; the entry alone where it belongs to none. */
export const ofEntry = (
  entry: LogEntry.LogEntry
): Effect.Effect<ReadonlyArray<LogEntry.LogEntry>, JobStore.StoreError, JobLog.JobLog> => {
  if (entry.status === "control") return Effect.succeed([entry])
  const { jobName, key, scheduledAt, seq, trigger } = entry
  return Effect.map(of({ jobName, key, scheduledAt, isManual: trigger === "manual" }), (entries) =>
    entries.some((other) => other.seq === seq) ? entries : [entry]
  )
}
