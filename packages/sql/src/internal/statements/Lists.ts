/**
 * One row in place of many: a list for each column. A driver makes the values of many rows at several times the price.
 *
 * It runs nothing.
 *
 * @internal
 */
import { type Columns, quote } from "../migrations/Tables.ts"
import type { Dialect } from "./Dialect.ts"

/** Select lists of these columns of a statement, which names each as its field. */
export const of = (dialect: Dialect, columns: Columns): string =>
  Object.values(columns)
    .map(({ field }) => dialect.list(quote(field)))
    .join(", ")

/** A list as a driver gives it; none where it has no value. */
export const read = (stored: unknown): ReadonlyArray<unknown> =>
  typeof stored === "string" ? JSON.parse(stored) : ((stored ?? []) as ReadonlyArray<unknown>)
