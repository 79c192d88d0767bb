/**
 * The log entries of a store in memory, in the order of writing.
 *
 * It keeps what it is given and decides nothing.
 *
 * @internal
 */
import * as JobStats from "../../JobStats.ts"
import * as LogEntry from "../../LogEntry.ts"
import { InstanceMap } from "../InstanceMap.ts"
import type { Cut, EntriesSince, LogQuery, Ref, SamplePage } from "./Port.ts"

export type EntryList = ReturnType<typeof make>

const matches = (query: LogQuery) => (entry: LogEntry.LogEntry) =>
  (query.jobName === undefined || entry.jobName === query.jobName) &&
  (query.key === undefined || entry.key === query.key) &&
  (query.status === undefined || entry.status === query.status) &&
  (query.seq === undefined || entry.seq === query.seq) &&
  (query.from === undefined || entry.startedAt >= query.from) &&
  (query.to === undefined || entry.startedAt < query.to)

/** An entry, and its number in the order of writing, from 1. */
interface Numbered {
  entry: LogEntry.LogEntry
  readonly number: number
}

const newestFirst = (one: Numbered, other: Numbered): number =>
  other.entry.startedAt - one.entry.startedAt || other.number - one.number

const lastFirst = (one: Numbered, other: Numbered): number => other.entry.seq - one.entry.seq

export const make = () => {
  let all: Array<Numbered> = []
  let total = 0
  /** The entries of each instance, by their number within it. */
  let instances = new InstanceMap<Map<number, Numbered>>()

  const find = (ref: Ref & Pick<LogEntry.LogEntry, "seq">) => instances.find(ref)?.get(ref.seq)
  const keep = (numbered: Numbered) => {
    const own = instances.find(numbered.entry) ?? new Map<number, Numbered>()
    if (own.size === 0) instances.set(numbered.entry, own)
    own.set(numbered.entry.seq, numbered)
    all.push(numbered)
  }
  const rewrite = (kept: ReadonlyArray<Numbered>) => {
    all = []
    instances = new InstanceMap()
    for (const numbered of kept) keep(numbered)
  }
  const isAfter = (last: Required<LogQuery>["after"]) => {
    const lastNumber = find(last)?.number ?? 0
    return ({ entry: { startedAt }, number }: Numbered) =>
      startedAt < last.startedAt || (startedAt === last.startedAt && number < lastNumber)
  }

  const entries = (query: LogQuery): ReadonlyArray<LogEntry.LogEntry> => {
    const isOfInstance = query.jobName !== undefined && query.key !== undefined
    const found = all.filter(({ entry }) => matches(query)(entry)).sort(isOfInstance ? lastFirst : newestFirst)
    const { after } = query
    const follows = after && (isOfInstance ? ({ entry }: Numbered) => entry.seq < after.seq : isAfter(after))
    const rest = follows === undefined ? found : found.filter(follows)
    return rest.slice(0, query.limit ?? 100).map(({ entry }) => entry)
  }

  return {
    /** Adds an entry. One with the number of an earlier entry replaces it: the counts add, the first start stays. */
    write: (entry: LogEntry.LogEntry): void => {
      const earlier = find(entry)
      if (earlier === undefined) {
        total += 1
        keep({ entry, number: total })
      } else {
        const { count, scheduledAt, startedAt } = earlier.entry
        earlier.entry = { ...entry, scheduledAt, startedAt, count: count + entry.count }
      }
    },
    /** The newest entries first. */
    entries,
    /** The same, as samples. */
    samples: (query: LogQuery): SamplePage => {
      const page = entries(query)
      const last = page.length === (query.limit ?? 100) ? page.at(-1) : undefined
      return { samples: page.map(JobStats.sampleOf), after: last ?? null }
    },
    /** Entries in the order of writing, after a mark. */
    since: (mark: number | null, limit: number): EntriesSince => {
      if (mark === null) return { entries: [], mark: total }
      const found = all.filter(({ number }) => number > mark).slice(0, limit)
      return { entries: found.map(({ entry }) => LogEntry.entryOf(entry)), mark: found.at(-1)?.number ?? mark }
    },
    /** The newest entries of these instances, among the last of each. */
    latest: (refs: ReadonlyArray<Ref>, limit: number): ReadonlyArray<LogEntry.Entry> =>
      refs
        .flatMap((ref) => [...(instances.find(ref)?.values() ?? [])].sort(lastFirst).slice(0, limit))
        .sort(newestFirst)
        .slice(0, limit)
        .map(({ entry }) => LogEntry.entryOf(entry)),
    /** The entries of an instance, by their number. */
    of: (ref: Ref): ReadonlyArray<LogEntry.LogEntry> =>
      [...(instances.find(ref)?.values() ?? [])].map(({ entry }) => entry).sort((one, other) => one.seq - other.seq),
    /** Drops the entries of instances up to a number. */
    prune: (cuts: ReadonlyArray<Cut>): void => {
      const upTo = new InstanceMap<number>()
      for (const cut of cuts) upTo.set(cut, cut.upTo)
      rewrite(all.filter(({ entry }) => entry.seq > (upTo.find(entry) ?? 0)))
    },
    /** Drops the entries of an instance. */
    forget: ({ jobName, key }: Ref): void =>
      rewrite(all.filter(({ entry }) => entry.jobName !== jobName || entry.key !== key)),
    /** Moves the entries of an instance to another name that has none of its key. */
    rename: ({ jobName, key }: Ref, to: string): void =>
      rewrite(
        all.map(({ entry, number }) => {
          const isMoved = entry.jobName === jobName && entry.key === key
          return { number, entry: isMoved ? { ...entry, jobName: to } : entry }
        })
      )
  }
}
