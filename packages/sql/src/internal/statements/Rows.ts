/**
 * Sends many rows in a few statements, and collects the results.
 *
 * It never knows what a statement means.
 *
 * @internal
 */
import { type SqlConnection, SqlError } from "@effect/sql"
import { Effect } from "effect"
import type { JobState } from "tickwork"
import { execute } from "../Connections.ts"
import type { Accepted, Comparing, ForRows } from "./RowStatements.ts"

const parametersOf = <A>({ given, put }: ForRows<A>, rows: ReadonlyArray<A>, first: number, size: number) => {
  const fields: Array<unknown> = []
  for (let index = first; index < first + size; index++) put(rows[index] as A, fields)
  return given.parameters(fields, size)
}

/** Runs a statement over the rows in their order, and collects its results. */
export const forRows = <A>(
  connection: SqlConnection.Connection,
  statement: ForRows<A>,
  rows: ReadonlyArray<A>
): Effect.Effect<ReadonlyArray<Record<string, unknown>>, SqlError.SqlError> =>
  Effect.suspend(() => {
    const all: Array<Record<string, unknown>> = []
    const from = (first: number): Effect.Effect<ReadonlyArray<Record<string, unknown>>, SqlError.SqlError> => {
      const size = statement.given.size(rows.length - first)
      if (size === undefined) return Effect.succeed(all)
      const parameters = parametersOf(statement, rows, first, size)
      return Effect.flatMap(execute(connection, statement.text(size), parameters), (some) => {
        for (const row of some) all.push(row)
        return from(first + size)
      })
    }
    return from(0)
  })

const contested = new SqlError.SqlError({ message: "a row has changed meanwhile" })

/** Runs a statement over the rows from the first on; fails where one of them was passed over. Knows SQLite's answer. */
export const forEveryRow = <A>(
  connection: SqlConnection.Connection,
  statement: Comparing<A>,
  rows: ReadonlyArray<A>,
  first = 0
): Effect.Effect<void, SqlError.SqlError> => {
  const size = statement.given.size(rows.length - first)
  if (size === undefined) return Effect.void
  return Effect.flatMap(
    connection.executeRaw(statement.plain(size), parametersOf(statement, rows, first, size)),
    (result) =>
      (result as { readonly changes?: number }).changes === size
        ? forEveryRow(connection, statement, rows, first + size)
        : Effect.fail(contested)
  )
}

const idOf = ({ claimOwner, claimToken, jobName, key }: Accepted): string =>
  [jobName, key, claimToken, claimOwner].join("\u0000")

/** An instance as the answer of a statement names it. */
export const acceptedOf = ({ claim: { owner, token }, jobName, key }: JobState.JobState): Accepted => ({
  jobName,
  key,
  claimToken: token,
  claimOwner: owner
})

/** Runs a statement over rows; answers those of them that were passed over. */
export const refusedOf = <A>(
  connection: SqlConnection.Connection,
  statement: Comparing<A>,
  sent: ReadonlyArray<A>,
  written: (sent: A) => Accepted
): Effect.Effect<ReadonlyArray<A>, SqlError.SqlError> =>
  Effect.map(forRows(connection, statement, sent), (accepted) => {
    if (accepted.length === sent.length) return []
    const ids = new Set((accepted as unknown as ReadonlyArray<Accepted>).map(idOf))
    return sent.filter((one) => !ids.has(idOf(written(one))))
  })
