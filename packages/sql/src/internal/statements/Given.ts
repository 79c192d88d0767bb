/**
 * Many rows as the parameters of one statement: SQLite takes a value for each field, PostgreSQL an array for each column.
 *
 * It never knows what a statement means.
 *
 * @internal
 */
import { integerColumns } from "../migrations/Tables.ts"

/** What a statement makes of each row; `of` names the value of one of its columns, each once and in order. */
export type Expressions = (of: (column: string) => string) => ReadonlyArray<string>

export interface Given {
  /** How many of the rows that are left one statement takes; undefined where no row is left. */
  readonly size: (left: number) => number | undefined
  /** True where one text serves for every number of rows above 1. */
  readonly isForAny: boolean
  /** The rows as `VALUES` or as a `SELECT`; each parameter is a `?`. */
  readonly text: (columns: ReadonlyArray<string>, rows: number, expressions?: Expressions) => string
  /** The parameters of a statement, from the fields of its rows one row after the other. */
  readonly parameters: (fields: ReadonlyArray<unknown>, rows: number) => ReadonlyArray<unknown>
}

const eachOf =
  (columns: ReadonlyArray<string>): Expressions =>
  (of) =>
    columns.map(of)

/** A few prepared statements serve for any number of rows. */
const sizes = [100, 10, 1] as const

/** A parameter for each field of each row. */
export const values: Given = {
  size: (left) => sizes.find((size) => size <= left),
  isForAny: false,
  text: (columns, rows, expressions = eachOf(columns)) => {
    const row = `(${expressions(() => "?").join()})`
    return `VALUES ${Array.from({ length: rows }, () => row).join()}`
  },
  parameters: (fields) => fields
}

/** The server reads one text of an array in a few microseconds, and plans thousands of parameters in many milliseconds. */
const most = 1000

/** What a statement compares with, beside the columns of the tables. */
const compared = new Set(["expected_token", "expected_seq", "marked_at"])

const isInteger = (column: string): boolean => integerColumns.has(column) || compared.has(column)

const special = /["\\]/

const element = (value: unknown): string => {
  if (value === null || value === undefined) return "NULL"
  const text = String(value)
  if (typeof value === "number") return text
  return special.test(text) ? `"${text.replaceAll(/["\\]/g, "\\$&")}"` : `"${text}"`
}

const typed = (column: string, suffix = ""): string => `CAST(? AS ${isInteger(column) ? "BIGINT" : "TEXT"}${suffix})`

/** A parameter for each column: an array of its fields, or the field of a single row. */
export const arrays: Given = {
  size: (left) => (left === 0 ? undefined : Math.min(left, most)),
  isForAny: true,
  text: (columns, rows, expressions = eachOf(columns)) => {
    if (rows === 1) return `VALUES (${expressions((column) => typed(column)).join(", ")})`
    const marks = columns.map((column) => typed(column, "[]"))
    const fields = expressions((column) => `sent.${column}`)
    return `SELECT ${fields.join(", ")} FROM unnest(${marks.join(", ")}) AS sent (${columns.join(", ")})`
  },
  parameters: (fields, rows) => {
    if (rows === 1) return fields
    const columns = fields.length / rows
    return Array.from({ length: columns }, (_, column) => {
      let text = "{"
      for (let at = column; at < fields.length; at += columns)
        text += `${at === column ? "" : ","}${element(fields[at])}`
      return `${text}}`
    })
  }
}
