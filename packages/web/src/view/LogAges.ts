/**
 * How far back the stored log of each job goes, and until when its entries were deleted.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { JobLog, type JobStore, type LogEntry } from "tickwork"

/** How much of each job is stored. */
export type Ages = JobLog.Size["jobs"]

/** The stored log of these jobs: when each one's oldest entry started. */
export const read = (jobs: ReadonlyArray<string>): Effect.Effect<Ages, JobStore.StoreError, JobLog.JobLog> =>
  Effect.map(
    Effect.flatMap(JobLog.JobLog, (log) => log.size),
    ({ jobs: all }) => all.filter(({ jobName }) => jobs.length === 0 || jobs.includes(jobName))
  )

/** When the oldest log entry started; a minute before the end where nothing is stored. */
export const oldestOf = (stored: Ages, to: number): number => {
  const starts = stored.flatMap(({ oldestAt }) => (oldestAt === null || oldestAt >= to ? [] : [oldestAt]))
  return starts.reduce((least, at) => Math.min(least, at), starts[0] ?? to - 60_000)
}

/**
 * Until when entries of each job were deleted. Where the range holds all that is stored of a job, an instance whose entries
 * do not begin with the first one has lost those before.
 */
export const prunedOf = (
  entries: ReadonlyArray<LogEntry.Entry>,
  stored: Ages,
  from: number
): ReadonlyArray<{ readonly jobName: string; readonly to: number }> => {
  const isWhole = new Set(stored.filter(({ oldestAt }) => (oldestAt ?? from) >= from).map(({ jobName }) => jobName))
  const first = new Map<string, LogEntry.Entry>()
  for (const entry of entries) {
    const id = JSON.stringify([entry.jobName, entry.key])
    if (isWhole.has(entry.jobName) && entry.seq <= (first.get(id)?.seq ?? entry.seq)) first.set(id, entry)
  }
  const pruned = new Map<string, number>()
  for (const { jobName, seq, startedAt } of first.values())
    if (seq > 1) pruned.set(jobName, Math.max(startedAt, pruned.get(jobName) ?? startedAt))
  return [...pruned].map(([jobName, to]) => ({ jobName, to }))
}
