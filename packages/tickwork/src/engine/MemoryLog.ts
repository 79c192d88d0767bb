/**
 * The log of a store in memory: the lines of each instance, and all of them in the order in which they were written.
 *
 * A line that bears the number of an earlier one of its instance is one with it. It never drops a line by itself.
 *
 * @internal
 */
import type { JobRun } from "../JobRun.ts"
import type { Ref, RunQuery } from "../JobStore.ts"

export interface MemoryLog {
  readonly write: (run: JobRun) => void
  /** Newest first. */
  readonly runs: (query: RunQuery) => ReadonlyArray<JobRun>
  readonly forget: (ref: Ref) => void
  readonly rename: (from: string, to: string) => void
}

const matches = (query: RunQuery) => (run: JobRun) =>
  (query.jobName === undefined || run.jobName === query.jobName) &&
  (query.key === undefined || run.key === query.key) &&
  (query.status === undefined || run.status === query.status) &&
  (query.from === undefined || run.startedAt >= query.from) &&
  (query.to === undefined || run.startedAt < query.to)

/** Equal verdicts in a row are one line. */
export const merged = (earlier: JobRun, run: JobRun): JobRun => ({
  ...run,
  scheduledAt: earlier.scheduledAt,
  startedAt: earlier.startedAt,
  count: earlier.count + run.count
})

/** A log that keeps every line. */
export const make = (): MemoryLog => {
  let lines: Array<JobRun> = []
  /** Where the last line of each instance stands. */
  const last = new Map<string, Map<string, number>>()
  const indexOf = ({ jobName, key, seq }: JobRun): number | undefined => {
    const index = last.get(jobName)?.get(key)
    return index !== undefined && lines[index]?.seq === seq ? index : undefined
  }
  const stand = ({ jobName, key }: Ref, index: number) => {
    const ofJob = last.get(jobName) ?? new Map<string, number>()
    last.set(jobName, ofJob.set(key, index))
  }
  const anew = (all: ReadonlyArray<JobRun>) => {
    lines = [...all]
    last.clear()
    for (const [index, run] of lines.entries()) stand(run, index)
  }
  return {
    write: (run) => {
      const index = indexOf(run)
      if (index === undefined) stand(run, lines.push(run) - 1)
      else lines[index] = merged(lines[index] as JobRun, run)
    },
    runs: (query) =>
      lines
        .filter(matches(query))
        .reverse()
        .slice(0, query.limit ?? 100),
    forget: (ref) => anew(lines.filter((run) => run.jobName !== ref.jobName || run.key !== ref.key)),
    rename: (from, to) => anew(lines.map((run) => (run.jobName === from ? { ...run, jobName: to } : run)))
  }
}
