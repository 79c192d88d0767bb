/**
 * Decodes rows whose values come as a list for each column, each row by itself: one that cannot be read stops no other.
 *
 * It knows the columns, and never what a statement means.
 *
 * @internal
 */
import type { JobState, JobStats, LogEntry } from "tickwork"
import { type Columns, entryColumns, sampleColumns, stateColumns } from "../migrations/Tables.ts"
import { Fault, mostShared, plan, type Row, unreadable } from "./Decode.ts"
import type { Lists } from "./Lists.ts"

/**
 * Decodes rows whose values come as a list for each of these columns. `faulty` answers what is known of one that cannot be
 * read; `undefined` leaves it out.
 */
const listDecoder = <A>(columns: Columns, faulty: (row: Row) => unknown): ((lists: Lists) => ReadonlyArray<A>) => {
  const { blank, fields } = plan(columns)
  return (lists) => {
    const rows = (lists[0] ?? []).map(blank)
    const faults = new Set<number>()
    // one list after the other: a loop that reads values of one kind is much faster
    fields.forEach(({ name, read, struct }, column) => {
      const stored = lists[column] ?? []
      for (let index = 0; index < rows.length; index++) {
        const value = read(stored[index])
        if (value === null) continue
        const row = rows[index] as Record<string, any>
        if (value instanceof Fault) faults.add(index)
        else if (struct === null) row[name] = value
        else row[struct][name] = value
      }
    })
    const all = rows as ReadonlyArray<unknown> as ReadonlyArray<A>
    if (faults.size === 0) return all
    const rowAt = (index: number) =>
      Object.fromEntries(fields.map(({ field }, column) => [field, lists[column]?.[index]]))
    const known = all.map((row, index) => (faults.has(index) ? (faulty(rowAt(index)) as A | undefined) : row))
    return known.filter((row) => row !== undefined)
  }
}

const readStateLists = listDecoder<JobState.JobState>(stateColumns, unreadable)

/** Claims that are free, by their tokens. */
const freeClaims = new Map<number, JobState.Claim>()

/** Most instances are free at a time, and those that have run as often have equal claims: one object serves them all. */
const shareClaim = (state: JobState.JobState): void => {
  const { claimedAt, owner, progress, renewals, scheduledAt, token, trigger } = state.claim
  const isFree =
    owner === null && renewals === 0 && [claimedAt, scheduledAt, trigger, progress].every((one) => one === null)
  if (!isFree) return
  const known = freeClaims.get(token)
  if (known === undefined && freeClaims.size < mostShared) freeClaims.set(token, state.claim)
  if (known !== undefined) Object.assign(state, { claim: known })
}

/** States that stay in memory for long: what many of them hold alike is shared. */
export const decodeStateLists = (lists: Lists): ReadonlyArray<JobState.JobState> => {
  const states = readStateLists(lists)
  for (const state of states) shareClaim(state)
  return states
}

export const decodeSamples = listDecoder<JobStats.Sample>(sampleColumns, () => undefined)

export const decodeEntryLists = listDecoder<LogEntry.Entry>(entryColumns, unreadable)
