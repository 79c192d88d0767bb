/**
 * The lines of the log that a store in memory keeps.
 *
 * It keeps what it is told, in the order in which it is told of it, and decides nothing.
 *
 * @internal
 */

import type { Cut, LogQuery, Ref, Written } from "../../JobStore.ts"
import * as LogEntry from "../../LogEntry.ts"
import { InstanceMap } from "../engine/InstanceMap.ts"

export interface MemoryLog {
  /** A line with the number of an earlier one of its instance is one with that: it began then, and their counts add. */
  write(run: LogEntry.LogEntry): void
  /** The newest lines first. */
  runs(query: LogQuery): ReadonlyArray<LogEntry.LogEntry>
  /** Lines in the order of writing, after so many of them. */
  written(after: number | null, limit: number): Written
  /** The lines of an instance, by their number. */
  of(ref: Ref): ReadonlyArray<LogEntry.LogEntry>
  /** Drops the lines of instances up to their numbers. */
  prune(cuts: ReadonlyArray<Cut>): void
  /** Drops the lines of an instance. */
  forget(ref: Ref): void
  /** Gives the lines of a job to one of another name, which has none. */
  rename(from: string, to: string): void
}

const matches = (query: LogQuery) => (run: LogEntry.LogEntry) =>
  (query.jobName === undefined || run.jobName === query.jobName) &&
  (query.key === undefined || run.key === query.key) &&
  (query.status === undefined || run.status === query.status) &&
  (query.seq === undefined || run.seq === query.seq) &&
  (query.from === undefined || run.startedAt >= query.from) &&
  (query.to === undefined || run.startedAt < query.to)

/** A line and how many were written before it. */
interface Kept {
  readonly run: LogEntry.LogEntry
  readonly number: number
}

const newestFirst = (one: Kept, other: Kept): number =>
  other.run.startedAt - one.run.startedAt || other.number - one.number

/** Keeps every line. */
export const make = (): MemoryLog => {
  let lines: Array<Kept> = []
  let total = 0
  /** Where the lines of an instance are, by their number. */
  let places = new InstanceMap<Map<number, number>>()

  const keep = (kept: Kept) => {
    let own = places.find(kept.run)
    if (own === undefined) {
      own = new Map()
      places.set(kept.run, own)
    }
    own.set(kept.run.seq, lines.length)
    lines.push(kept)
  }
  const find = ({ seq, ...ref }: Ref & { readonly seq: number }): Kept | undefined => {
    const place = places.find(ref)?.get(seq)
    return place === undefined ? undefined : lines[place]
  }
  const rewrite = (kept: ReadonlyArray<Kept>) => {
    lines = []
    places = new InstanceMap()
    for (const line of kept) keep(line)
  }
  const isAfter = ({ seq, startedAt, jobName, key }: Required<LogQuery>["after"]) => {
    const number = find({ jobName, key, seq })?.number ?? 0
    return (kept: Kept) => kept.run.startedAt < startedAt || (kept.run.startedAt === startedAt && kept.number < number)
  }

  return {
    write: (run) => {
      const place = places.find(run)?.get(run.seq)
      const earlier = place === undefined ? undefined : lines[place]
      if (place === undefined || earlier === undefined) {
        total += 1
        keep({ run, number: total })
      } else {
        const { count, scheduledAt, startedAt } = earlier.run
        lines[place] = { number: earlier.number, run: { ...run, scheduledAt, startedAt, count: count + run.count } }
      }
    },
    runs: (query) => {
      const found = lines.filter(({ run }) => matches(query)(run)).sort(newestFirst)
      const rest = query.after === undefined ? found : found.filter(isAfter(query.after))
      return rest.slice(0, query.limit ?? 100).map(({ run }) => run)
    },
    written: (after, limit) => {
      if (after === null) return { entries: [], last: total }
      const found = lines.filter(({ number }) => number > after).slice(0, limit)
      return { entries: found.map(({ run }) => LogEntry.entryOf(run)), last: found.at(-1)?.number ?? after }
    },
    of: (ref) => {
      const own = [...(places.find(ref) ?? [])].sort(([one], [other]) => one - other)
      return own.flatMap(([, place]) => lines[place]?.run ?? [])
    },
    prune: (cuts) => {
      const upTo = new InstanceMap<number>()
      for (const cut of cuts) upTo.set(cut, cut.upTo)
      rewrite(lines.filter(({ run }) => run.seq > (upTo.find(run) ?? 0)))
    },
    forget: ({ jobName, key }) => rewrite(lines.filter(({ run }) => run.jobName !== jobName || run.key !== key)),
    rename: (from, to) =>
      rewrite(lines.map(({ number, run }) => ({ number, run: run.jobName === from ? { ...run, jobName: to } : run })))
  }
}
