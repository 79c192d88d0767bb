/**
 * One row in place of many: a list for each column. A driver makes the values of many rows at several times the price.
 *
 * It runs nothing.
 *
 * @internal
 */
import { type Columns, quote } from "../migrations/Tables.ts"
import type { Dialect } from "./Dialect.ts"

/** A list of values for each column. */
export type Lists = ReadonlyArray<ReadonlyArray<unknown>>

/** A statement for the lists, and one for rows of the same columns. */
export interface Statement {
  readonly inLists: string
  readonly inRows: string
  readonly parameters: ReadonlyArray<unknown>
}

/** Select lists of these columns of a statement, which names each as its field. */
export const select = (dialect: Dialect, columns: Columns): string =>
  Object.values(columns)
    .map(({ field }) => dialect.list(quote(field)))
    .join(", ")

/** A list as a driver gives it; PostgreSQL's has no text where it is empty. */
export const read = (stored: unknown): ReadonlyArray<unknown> => (typeof stored === "string" ? JSON.parse(stored) : [])

/** The lists of rows. */
export const ofRows = (rows: Lists): Lists => (rows[0] ?? []).map((_, column) => rows.map((row) => row[column]))
