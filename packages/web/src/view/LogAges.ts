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

/**
 * Finds, in entries in any order, until when entries of each job were deleted: an instance has lost those before its first
 * one here, where the entry before that is not stored. It keeps one entry of each instance.
 */
export class Deleted {
  readonly #first = new Map<string, Map<string, LogEntry.Entry>>()

  add(entries: Iterable<LogEntry.Entry>): void {
    for (const entry of entries) {
      const { jobName, key, seq } = entry
      const ofJob = this.#first.get(jobName) ?? new Map<string, LogEntry.Entry>()
      if (ofJob.size === 0) this.#first.set(jobName, ofJob)
      if (seq <= (ofJob.get(key)?.seq ?? seq)) ofJob.set(key, entry)
    }
  }

  get pruned(): Effect.Effect<ReadonlyArray<Pruned>, JobStore.StoreError, JobLog.JobLog> {
    const isFirstStored = ({ jobName, key, seq }: LogEntry.Entry) =>
      Effect.map(
        Effect.flatMap(JobLog.JobLog, (log) => log.history({ jobName, key, seq: seq - 1 })),
        ({ length }) => length === 0
      )
    const found = Effect.forEach([...this.#first.values()], (ofJob) => {
      const later = [...ofJob.values()].filter(({ seq }) => seq > 1)
      const newestFirst = later.sort((one, other) => other.startedAt - one.startedAt)
      return Effect.findFirst(newestFirst.slice(0, mostInstances), isFirstStored)
    })
    return Effect.map(found, (all) => Arr.getSomes(all).map(({ jobName, startedAt }) => ({ jobName, to: startedAt })))
  }
}
