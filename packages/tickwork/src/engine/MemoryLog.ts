/**
 * The lines of the log that a store in memory keeps.
 *
 * It keeps what it is told, in the order in which it is told of it, and decides nothing.
 *
 * @internal
 */
import type { JobRun } from "../JobRun.ts"
import type { Ref, RunQuery } from "../JobStore.ts"
import { ByRef } from "./ByRef.ts"

export interface MemoryLog {
  /** A line with the number of an earlier one of its instance is one with that: it began then, and their counts add. */
  write(run: JobRun): void
  /** The newest lines first. */
  runs(query: RunQuery): ReadonlyArray<JobRun>
  /** Drops the lines of an instance. */
  forget(ref: Ref): void
  /** Gives the lines of a job to one of another name, which has none. */
  rename(from: string, to: string): void
}

const matches = (query: RunQuery) => (run: JobRun) =>
  (query.jobName === undefined || run.jobName === query.jobName) &&
  (query.key === undefined || run.key === query.key) &&
  (query.status === undefined || run.status === query.status) &&
  (query.from === undefined || run.startedAt >= query.from) &&
  (query.to === undefined || run.startedAt < query.to)

/** Keeps every line. */
export const make = (): MemoryLog => {
  let lines: Array<JobRun> = []
  /** Where the lines of an instance are, by their number. */
  let places = new ByRef<Array<number>>()

  const write = (run: JobRun) => {
    let own = places.find(run)
    if (own === undefined) {
      own = []
      places.set(run, own)
    }
    const place = own[run.seq]
    const earlier = place === undefined ? undefined : lines[place]
    if (place === undefined || earlier === undefined) {
      own[run.seq] = lines.length
      lines.push(run)
    } else {
      const { count, scheduledAt, startedAt } = earlier
      lines[place] = { ...run, scheduledAt, startedAt, count: count + run.count }
    }
  }
  const rewrite = (kept: ReadonlyArray<JobRun>) => {
    lines = []
    places = new ByRef()
    for (const run of kept) write(run)
  }

  return {
    write,
    runs: (query) =>
      lines
        .filter(matches(query))
        .reverse()
        .slice(0, query.limit ?? 100),
    forget: ({ jobName, key }) => rewrite(lines.filter((run) => run.jobName !== jobName || run.key !== key)),
    rename: (from, to) => rewrite(lines.map((run) => (run.jobName === from ? { ...run, jobName: to } : run)))
  }
}
