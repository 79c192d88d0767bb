/**
 * Checks each instance: its state, its baseline and its log. Each page is read in one snapshot, so what the application
 * writes meanwhile is no finding.
 *
 * @internal
 */
import type { SqlError } from "@effect/sql"
import { Effect, Either, Stream } from "effect"
import type { JobStore } from "tickwork"
import { logColumns, qualify, stateColumns } from "../migrations/Tables.ts"
import { idOf, select } from "../statements/Statements.ts"
import type { Finding } from "./Finding.ts"
import * as InstanceCheck from "./InstanceCheck.ts"
import * as Reader from "./Reader.ts"
import * as RowDecoder from "./RowDecoder.ts"

const instancesPerPage = 100
const entriesPerPage = 1000

/** The last entry of a page: the id as well, since a number may be stored twice. */
type Last = readonly [seq: unknown, id: unknown]

const beforeAll: Last = [Number.MIN_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]

interface Page extends InstanceCheck.Snapshot {
  /** What cannot be read of the state and the baseline. */
  readonly unreadable: ReadonlyArray<Finding>
  readonly unreadableEntries: ReadonlyArray<Finding>
  readonly next: Last | null
}

const valueOf = <A>(read: RowDecoder.Read<A>): A | typeof InstanceCheck.unreadable =>
  Either.getOrElse(read, () => InstanceCheck.unreadable)

const findingsOf = (reads: ReadonlyArray<RowDecoder.Read<unknown>>) =>
  reads.flatMap((read) => (Either.isLeft(read) ? [read.left] : []))

/** The name and the key of an instance as its row holds them, of whichever type. */
type Stored = { readonly [K in keyof JobStore.Ref]: unknown }

/** One page of entries with the state at that moment; `null` where the instance is gone. */
const page = (reader: Reader.Reader, stored: Stored, [seq, id]: Last) => {
  const { names } = reader
  const state = qualify(names, names.state)
  const instance = [stored.jobName, stored.key]
  const ref = Reader.refOf(stored)
  return reader.snapshot((read) =>
    Effect.gen(function* () {
      const [stateRow] = yield* read(
        `SELECT ${select(stateColumns)} FROM ${state} WHERE job_name = ? AND key = ?`,
        instance
      )
      if (stateRow === undefined) return null
      const [baselineRow] = yield* read(
        `SELECT seq, state FROM ${qualify(names, names.baseline)} WHERE instance = ${idOf(state)}`,
        instance
      )
      // the one too many proves that those before it will not change
      const rows = yield* read(
        `SELECT id, ${select(logColumns)} FROM ${qualify(names, names.log)} WHERE instance = ${idOf(state)} AND seq >= ?
          AND (seq > ? OR id > ?) ORDER BY seq, id LIMIT ${entriesPerPage + 1}`,
        [...instance, seq, seq, id]
      )
      return pageOf(reader, ref, { stateRow, baselineRow, rows })
    })
  )
}

interface Rows {
  readonly stateRow: RowDecoder.Row
  readonly baselineRow: RowDecoder.Row | undefined
  readonly rows: ReadonlyArray<RowDecoder.Row>
}

const pageOf = ({ names }: Reader.Reader, ref: JobStore.Ref, { baselineRow, rows, stateRow }: Rows): Page => {
  const state = RowDecoder.stateOf(stateRow, { ...ref, table: names.state })
  const baseline =
    baselineRow === undefined
      ? Either.right(null)
      : RowDecoder.baselineOf({ ...baselineRow, ...ref }, { ...ref, table: names.baseline })
  const taken = rows.slice(0, entriesPerPage).map(({ id, ...row }) => {
    const number = Number(row.seq)
    const seq = Number.isInteger(number) ? number : null
    return { id, stored: row.seq, seq, entry: RowDecoder.entryOf(row, { ...ref, table: names.entry, seq }) }
  })
  const last = taken.at(-1)
  return {
    state: valueOf(state),
    baseline: valueOf(baseline),
    entries: taken.map(({ entry, seq }) => ({ seq, entry: Either.getOrNull(entry) })),
    unreadable: findingsOf([state, baseline]),
    unreadableEntries: findingsOf(taken.map(({ entry }) => entry)),
    next: last !== undefined && rows.length > entriesPerPage ? [last.stored, last.id] : null
  }
}

/** Nothing is found in an instance that is gone by the time of its last page. */
const instance = (
  reader: Reader.Reader,
  stored: Stored,
  options: Effect.Effect<InstanceCheck.Options>
): Effect.Effect<ReadonlyArray<Finding>, SqlError.SqlError> =>
  Effect.gen(function* () {
    const check = new InstanceCheck.InstanceCheck(Reader.refOf(stored))
    const findings: Array<Finding> = []
    let last = beforeAll
    while (true) {
      const current = yield* page(reader, stored, last)
      if (current === null) return []
      check.take(current)
      findings.push(...current.unreadableEntries)
      if (current.next === null) {
        const { state, unreadable } = current
        const claim = state === InstanceCheck.unreadable ? [] : InstanceCheck.claim(state, yield* options)
        return [...unreadable, ...findings, ...check.end(current), ...claim]
      }
      last = current.next
      yield* Reader.yieldToOthers
    }
  })

/** What is wrong with the instances, in the order of their names and keys. */
export const all = (reader: Reader.Reader, options: Effect.Effect<InstanceCheck.Options>): Reader.Findings => {
  const text = `SELECT job_name AS "jobName", key AS "key" FROM ${qualify(reader.names, reader.names.state)}
    WHERE (job_name, key) > (?, ?) ORDER BY job_name, key LIMIT ${instancesPerPage}`
  return Reader.pages<Stored, Stored>({ jobName: "", key: "" }, ({ jobName, key }) =>
    Effect.map(reader.read(text, [jobName, key]), (found) => {
      const rows = found as unknown as ReadonlyArray<Stored>
      return { rows, next: rows.length < instancesPerPage ? null : (rows.at(-1) ?? null) }
    })
  ).pipe(
    Stream.mapEffect((stored) => instance(reader, stored, options)),
    Stream.flattenIterables
  )
}
