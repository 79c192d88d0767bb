/**
 * The shape of statements over a number of rows: inserts, and updates of rows that are as expected.
 *
 * It never knows what a statement is for.
 *
 * @internal
 */
import { Placement } from "tickwork"
import { type Columns, fieldsOf, placeColumns, quote } from "../migrations/Tables.ts"
import type { Dialect } from "./Dialect.ts"
import type { Given } from "./Given.ts"

/** A statement for a number of rows, and the fields of one row. */
export interface ForRows<A> {
  readonly given: Given
  readonly text: (rows: number) => string
  /** Appends the fields of one row. */
  readonly put: (row: A, fields: Array<unknown>) => void
}

/** A statement that skips rows which have changed; `plain` does the same without `RETURNING`. */
export interface Comparing<A> extends ForRows<A> {
  readonly plain: (rows: number) => string
}

/** A row after it was written. */
export interface Accepted {
  readonly jobName: string
  readonly key: string
  readonly claimToken: number
  readonly claimOwner: string | null
}

export const list = (columns: ReadonlyArray<string>): string => columns.map(quote).join(", ")

/** Keeps the text for each number of rows, since it is long and always the same. */
export const remembered = ({ given, render }: Dialect, text: (rows: number) => string): ((rows: number) => string) => {
  const texts = new Map<number, string>()
  return (rows) => {
    const number = given.isForAny ? Math.min(rows, 2) : rows
    const known = texts.get(number)
    if (known !== undefined) return known
    const made = render(text(number))
    texts.set(number, made)
    return made
  }
}

const texts = new WeakMap<object, string>()

/** Keeps the JSON of an object: the state of a calendar stays the same object from run to run. */
const textOf = (value: object | null): string | null => {
  if (value === null) return null
  const known = texts.get(value)
  if (known !== undefined) return known
  const text = JSON.stringify(value)
  texts.set(value, text)
  return text
}

const json = fieldsOf("json")
const prose = fieldsOf("prose")

type Fields = Readonly<Record<string, unknown>>

/** Reads a field of a row: `position.nextAt` is a field of its position. */
export const valueOf = (field: string): ((row: object) => unknown) => {
  const [first = field, second] = field.split(".")
  return second === undefined ? (row) => (row as Fields)[first] : (row) => ((row as Fields)[first] as Fields)[second]
}

const keyOf = (row: object): string => (row as { readonly key: string }).key

export const putFields = ({ storable }: Dialect, fields: ReadonlyArray<string>) => {
  const readers = fields.map((field) => {
    if (field === placeColumns.partition?.field) return (row: object) => Placement.partitionOf(storable(keyOf(row)))
    const read = valueOf(field)
    if (json.has(field)) return (row: object) => textOf(read(row) as object | null)
    if (!prose.has(field)) return read
    return (row: object) => {
      const value = read(row)
      return typeof value === "string" ? storable(value) : value
    }
  })
  return (row: object, parameters: Array<unknown>): void => {
    for (const read of readers) parameters.push(read(row))
  }
}

/** SQLite's RETURNING knows the changed table alone, and not under another name. */
const accepted = ({ name }: Dialect): string => {
  const of = name === "pg" ? "target." : ""
  return `${of}job_name AS "jobName", ${of}key AS key, ${of}claim_token AS "claimToken", ${of}claim_owner AS "claimOwner"`
}

export const insert = <A extends object>(
  dialect: Dialect,
  table: string,
  columns: Columns,
  onConflict = ""
): ForRows<A> => {
  const names = Object.keys(columns)
  const { given } = dialect
  return {
    given,
    text: remembered(
      dialect,
      (rows) => `INSERT INTO ${table} AS target (${list(names)}) ${given.text(names, rows)} ${onConflict}`
    ),
    put: putFields(
      dialect,
      Object.values(columns).map(({ field }) => field)
    )
  }
}

/** Updates the instances that have the expected claim, and answers which they were. */
export const compareAndSet = <A>(
  dialect: Dialect,
  table: string,
  options: {
    readonly columns: ReadonlyArray<string>
    readonly put: (row: A, parameters: Array<unknown>) => void
    readonly also?: string
    /** The last log entry must be the expected one, too. */
    readonly withSeq?: boolean
    /** Where more than the statement's own transaction may hold rows, it waits for them in one order or passes over them. */
    readonly locked: "awaited" | "passed over"
  }
): Comparing<A> => {
  const { given, is } = dialect
  const { also, columns, locked, put, withSeq = false } = options
  const sent = [...columns, "job_name", "key", "expected_token", "expected_owner", ...(withSeq ? ["expected_seq"] : [])]
  const lock = dialect.lock(locked)
  const free = `, free AS (SELECT stored.job_name, stored.key FROM ${table} AS stored JOIN given
    ON stored.job_name = given.job_name AND stored.key = given.key ORDER BY 1, 2 ${lock})`
  const set = (value: (column: string) => string) =>
    [...columns.map((column) => `${column} = ${value(column)}`), ...(also === undefined ? [] : [also])].join(", ")
  const plain = (rows: number) =>
    rows === 1 && (locked === "awaited" || lock === "")
      ? `UPDATE ${table} AS target SET ${set(() => "?")}
          WHERE job_name = ? AND key = ? AND claim_token = ? AND claim_owner ${is} ?${withSeq ? " AND seq = ?" : ""}`
      : `WITH given (${list(sent)}) AS (${given.text(sent, rows)})${lock === "" ? "" : free}
          UPDATE ${table} AS target SET ${set((column) => `given.${column}`)} FROM given ${lock === "" ? "" : "NATURAL JOIN free"}
          WHERE target.job_name = given.job_name AND target.key = given.key
            AND target.claim_token = given.expected_token AND target.claim_owner ${is} given.expected_owner
            ${withSeq ? "AND target.seq = given.expected_seq" : ""}`
  return {
    given,
    put,
    plain: remembered(dialect, plain),
    text: remembered(dialect, (rows) => `${plain(rows)} RETURNING ${accepted(dialect)}`)
  }
}
