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
import { type Columns, columnOf, fieldsOf, runColumns, stateColumns } from "../migrations/Tables.ts"
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
  rows: ReadonlyArray<A>
): Effect.Effect<ReadonlyArray<Record<string, unknown>>, SqlError.SqlError> =>
  Effect.suspend(() => {
    const all: Array<Record<string, unknown>> = []
    const from = (first: number): Effect.Effect<ReadonlyArray<Record<string, unknown>>, SqlError.SqlError> => {
      const size = sizes.find((size) => size <= rows.length - first)
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
/** The fields of a table, and those of the structs among them, each with the name that it has in a row. */
interface Shape {
  readonly empty: Record<string, unknown>
  readonly plain: ReadonlyArray<string>
  readonly structs: ReadonlyArray<{
    readonly name: string
    readonly empty: Record<string, unknown>
    readonly fields: ReadonlyArray<readonly [name: string, field: string]>
  }>
}

const emptyOf = (names: Iterable<string>): Record<string, unknown> =>
  Object.fromEntries([...names].map((name) => [name, null]))

const shapeOf = (columns: Columns): Shape => {
  const fields = Object.values(columns).map(({ field }) => field)
  const plain = fields.filter((field) => !field.includes("."))
  const structs = [...new Set(fields.flatMap((field) => (field.includes(".") ? [field.split(".")[0] ?? ""] : [])))].map(
    (name) => {
      const own = fields
        .filter((field) => field.startsWith(`${name}.`))
        .map((field) => [field.slice(name.length + 1), field] as const)
      return { name, fields: own, empty: emptyOf(own.map(([inner]) => inner)) }
    }
  )
  return { plain, structs, empty: emptyOf([...plain, ...structs.map(({ name }) => name)]) }
}

const state = shapeOf(stateColumns)
const entry = shapeOf(runColumns)

/**
 * A row whose fields such as `position.nextAt` are those of its position. Each object is a copy of an empty one, since one
 * that grows field by field costs several times the memory.
 */
export const nested = (row: Record<string, unknown>): Record<string, unknown> => {
  if (!("position.cadence" in row)) return row
  const { empty, plain, structs } = "claim.token" in row ? state : entry
  const whole = { ...empty }
  for (const field of plain) whole[field] = row[field]
  for (const { empty, fields, name } of structs) {
    const struct = { ...empty }
    for (const [inner, field] of fields) struct[inner] = row[field]
    whole[name] = struct
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
    try: () => {
      // one after the other, so that no row is kept beside what it holds
      const all = rows as Array<Record<string, unknown>>
      for (const [index, row] of all.entries()) all[index] = parsed<Record<string, unknown>>(row)
      return all as ReadonlyArray<unknown> as ReadonlyArray<A>
    },
    catch: (cause) => cause as SqlError.SqlError
  })
