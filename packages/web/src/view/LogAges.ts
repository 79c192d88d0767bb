/**
 * How far back the stored log of each job goes, and until when its entries were deleted.
 *
 * @since 0.1.0
 */
import { Array as Arr, Effect } from "effect"
import { JobLog, type JobStore, type LogEntry } from "tickwork"

/** How much of each job is stored. */
export type Ages = JobLog.Size["jobs"]

/** The entries of a job that started before `to`, in ms since the epoch, were deleted. */
export interface Pruned {
  readonly jobName: string
  readonly to: number
}

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

/** Of each job at most this number of instances are searched for deleted entries. */
const mostInstances = 10

/** The first entry of each instance whose log has begun earlier. */
const firstOf = (entries: ReadonlyArray<LogEntry.Entry>): Array<LogEntry.Entry> => {
  const first = new Map<string, LogEntry.Entry>()
  for (const entry of entries) {
    const id = JSON.stringify([entry.jobName, entry.key])
    if (entry.seq <= (first.get(id)?.seq ?? entry.seq)) first.set(id, entry)
  }
  return [...first.values()].filter(({ seq }) => seq > 1)
}

/**
 * Until when entries of each job were deleted: an instance has lost those before its first one here, where the entry
 * before that is not stored.
 */
export const prunedOf = (
  entries: ReadonlyArray<LogEntry.Entry>
): Effect.Effect<ReadonlyArray<Pruned>, JobStore.StoreError, JobLog.JobLog> =>
  Effect.gen(function* () {
    const log = yield* JobLog.JobLog
    const newestFirst = firstOf(entries).sort((one, other) => other.startedAt - one.startedAt)
    const byJob = new Map<string, Array<LogEntry.Entry>>(newestFirst.map(({ jobName }) => [jobName, []]))
    for (const entry of newestFirst) byJob.get(entry.jobName)?.push(entry)
    const isFirstStored = ({ jobName, key, seq }: LogEntry.Entry) =>
      Effect.map(log.history({ jobName, key, seq: seq - 1 }), ({ length }) => length === 0)
    const found = yield* Effect.forEach([...byJob.values()], (ofJob) =>
      Effect.findFirst(ofJob.slice(0, mostInstances), isFirstStored)
    )
    return Arr.getSomes(found).map(({ jobName, startedAt }) => ({ jobName, to: startedAt }))
  })
