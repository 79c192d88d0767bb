/**
 * Sends many rows in a few statements, and collects the results.
 *
 * It never knows what a statement means.
 *
 * @internal
 */
import { type SqlConnection, SqlError } from "@effect/sql"
import { Effect, Schema } from "effect"
import { JobState, Position } from "tickwork"
import { execute } from "../Connections.ts"
import { columnOf, fieldsOf } from "../migrations/Tables.ts"
import type { Accepted, Comparing, ForRows } from "./Statements.ts"

/** The numbers of rows in a statement: a few prepared statements serve for any number of rows. */
const sizes = [100, 10, 1] as const

const parametersOf = <A>({ put }: ForRows<A>, rows: ReadonlyArray<A>, first: number, size: number) => {
  const parameters: Array<unknown> = []
  for (let index = first; index < first + size; index++) put(rows[index] as A, parameters)
  return parameters
}

/** Runs a statement over the rows in their order, and collects its results. */
export const forRows = <A>(
  connection: SqlConnection.Connection,
  statement: ForRows<A>,
  rows: ReadonlyArray<A>,
  first = 0
): Effect.Effect<ReadonlyArray<Record<string, unknown>>, SqlError.SqlError> => {
  const size = sizes.find((size) => size <= rows.length - first)
  if (size === undefined) return Effect.succeed([])
  const answered = execute(connection, statement.text(size), parametersOf(statement, rows, first, size))
  return first + size === rows.length
    ? answered
    : Effect.flatMap(answered, (some) =>
        Effect.map(forRows(connection, statement, rows, first + size), (others) => [...some, ...others])
      )
}

const contested = new SqlError.SqlError({ message: "a row has changed meanwhile" })

/** Runs a statement over the rows from the first on; fails where one of them was passed over. Knows SQLite's answer. */
export const forEveryRow = <A>(
  connection: SqlConnection.Connection,
  statement: Comparing<A>,
  rows: ReadonlyArray<A>,
  first = 0
): Effect.Effect<void, SqlError.SqlError> => {
  const size = sizes.find((size) => size <= rows.length - first)
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

const integerFields = fieldsOf("integer")
const jsonFields = fieldsOf("json")
const structs = [...columnOf.keys()].flatMap((field) => {
  const [outer = field, inner] = field.split(".")
  return inner === undefined ? [] : [{ field, outer, inner }]
})

/** A row whose fields such as `position.nextAt` are those of its position. */
export const nested = (row: Record<string, unknown>): Record<string, unknown> => {
  if (!("position.cadence" in row)) return row
  const whole: Record<string, unknown> = {}
  for (const field in row) if (!field.includes(".")) whole[field] = row[field]
  for (const { field, inner, outer } of structs) {
    if (!(field in row)) continue
    whole[outer] ??= {}
    const fields = whole[outer] as Record<string, unknown>
    fields[inner] = row[field]
  }
  return whole
}

/** A value that its column cannot hold: a hand or a tool has written it, or the file is damaged. */
export const unreadable = ({ jobName, key }: Record<string, unknown>, field: string, reason: string) => {
  const instance = key === undefined || key === "" ? `job "${jobName}"` : `job "${jobName}", key "${key}"`
  const column = columnOf.get(field) ?? field
  const message = `${instance}: the column "${column}" ${reason}. Run "tickwork doctor", which lists each such value`
  return new SqlError.SqlError({ message })
}

const shapes: ReadonlyMap<string, (value: unknown) => boolean> = new Map(
  Object.entries({
    "position.cadence": Schema.is(Position.Position.fields.cadence),
    "position.retry": Schema.is(Position.Position.fields.retry),
    "position.paused": Schema.is(Position.Position.fields.paused),
    "position.manual": Schema.is(Position.Position.fields.manual),
    memory: Schema.is(JobState.JobState.fields.memory),
    payload: Schema.is(JobState.JobState.fields.payload)
  })
)

const jsonOf = (row: Record<string, unknown>, field: string): unknown => {
  const stored = row[field]
  if (stored === null || stored === undefined) return stored
  let value = stored
  try {
    if (typeof stored === "string") value = JSON.parse(stored)
  } catch {
    throw unreadable(row, field, "is not JSON")
  }
  if (shapes.get(field)?.(value) === false) throw unreadable(row, field, "holds JSON of another shape")
  return value
}

const integerOf = (row: Record<string, unknown>, field: string): unknown => {
  const stored = row[field]
  if (stored === null || stored === undefined) return stored
  // PostgreSQL's integers come as text, or as the application has configured its client
  const value = typeof stored === "number" ? stored : Number(stored)
  if (!Number.isFinite(value)) throw unreadable(row, field, "is not a number")
  return value
}

const parsed = <A>(row: Record<string, unknown>): A => {
  for (const field in row) {
    if (integerFields.has(field)) row[field] = integerOf(row, field)
    else if (jsonFields.has(field)) row[field] = jsonOf(row, field)
  }
  return nested(row) as A
}

/** The decoded values of rows, which it changes in place: no other code holds the rows. */
export const decode = <A>(
  rows: ReadonlyArray<Record<string, unknown>>
): Effect.Effect<ReadonlyArray<A>, SqlError.SqlError> =>
  Effect.try({
    try: () => rows.map((row) => parsed<A>(row)),
    catch: (cause) => cause as SqlError.SqlError
  })
