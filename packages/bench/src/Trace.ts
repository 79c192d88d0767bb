/**
 * The row writes of a piece of work: recorded once with triggers, to be written again by hand.
 *
 * It knows no table and no column. The product makes the file and does the work, so the floor follows its layout.
 */
import type Database from "better-sqlite3"
import { Effect, type Scope } from "effect"
import * as File from "./File.ts"

/** One row inserted, changed or deleted. */
export interface Write {
  readonly sql: string
  readonly parameters: ReadonlyArray<unknown>
}

export interface Trace {
  /** The file as it was before the work. */
  readonly start: File.File
  readonly writes: ReadonlyArray<Write>
}

interface Table {
  readonly name: string
  readonly columns: ReadonlyArray<string>
  /** The columns of the primary key. */
  readonly key: ReadonlyArray<string>
}

interface Recorded {
  readonly tableName: string
  readonly verb: (typeof verbs)[number]
  /** The values before and after, as `old_0`, `new_0` and so on. */
  readonly [value: string]: unknown
}

const verbs = ["INSERT", "UPDATE", "DELETE"] as const
const log = "bench_writes"

const tablesOf = (database: Database): ReadonlyArray<Table> => {
  const names = database
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> ?")
    .all(log) as ReadonlyArray<{ readonly name: string }>
  return names.map(({ name }) => {
    const columns = database
      .prepare("SELECT name, pk FROM pragma_table_info(?) ORDER BY cid")
      .all(name) as ReadonlyArray<{ readonly name: string; readonly pk: number }>
    return {
      name,
      columns: columns.map(({ name }) => name),
      key: columns.filter(({ pk }) => pk > 0).map((one) => one.name)
    }
  })
}

const list = (
  columns: ReadonlyArray<string>,
  separator: string,
  text: (column: string, at: number) => string
): string => columns.map((column, at) => text(`"${column}"`, at)).join(separator)

const triggersOf = ({ columns, name }: Table): ReadonlyArray<string> =>
  verbs.map((verb) => {
    const rows = [...(verb === "INSERT" ? [] : ["old"]), ...(verb === "DELETE" ? [] : ["new"])]
    const names = rows.map((row) => list(columns, ", ", (_, at) => `${row}_${at}`)).join(", ")
    const values = rows.map((row) => list(columns, ", ", (column) => `${row}.${column}`)).join(", ")
    return `CREATE TRIGGER "bench_${name}_${verb}" AFTER ${verb} ON "${name}" BEGIN
      INSERT INTO ${log} ("tableName", verb, ${names}) VALUES ('${name}', '${verb}', ${values}); END`
  })

const isSame = (one: unknown, other: unknown): boolean =>
  one instanceof Uint8Array && other instanceof Uint8Array ? Buffer.from(one).equals(other) : one === other

const writeOf = ({ columns, key, name }: Table, recorded: Recorded): Write => {
  const valuesOf = (row: "old" | "new") => columns.map((_, at) => recorded[`${row}_${at}`])
  const [before, after] = [valuesOf("old"), valuesOf("new")]
  const identity = key.map((column) => before[columns.indexOf(column)])
  const where = list(key, " AND ", (column) => `${column} = ?`)
  if (recorded.verb === "INSERT") {
    return { sql: `INSERT INTO "${name}" VALUES (${list(columns, ", ", () => "?")})`, parameters: after }
  }
  if (recorded.verb === "DELETE") return { sql: `DELETE FROM "${name}" WHERE ${where}`, parameters: identity }
  const different = columns.filter((_, at) => !isSame(before[at], after[at]))
  // a row that is written as it was costs a write, too
  const changed = different.length === 0 ? columns.slice(-1) : different
  return {
    sql: `UPDATE "${name}" SET ${list(changed, ", ", (column) => `${column} = ?`)} WHERE ${where}`,
    parameters: [...changed.map((column) => after[columns.indexOf(column)]), ...identity]
  }
}

const begin = (database: Database, filename: string): ReadonlyMap<string, Table> => {
  const tables = tablesOf(database)
  database.prepare("VACUUM INTO ?").run(filename)
  const widest = Math.max(...tables.map(({ columns }) => columns.length))
  const values = Array.from({ length: widest }, (_, at) => `old_${at}, new_${at}`).join(", ")
  // without types a value stays as it is
  database.exec(`CREATE TABLE ${log} (id INTEGER PRIMARY KEY, "tableName" TEXT, verb TEXT, ${values})`)
  for (const table of tables) for (const trigger of triggersOf(table)) database.exec(trigger)
  return new Map(tables.map((table) => [table.name, table]))
}

const end = (database: Database, tables: ReadonlyMap<string, Table>): void => {
  for (const name of tables.keys()) for (const verb of verbs) database.exec(`DROP TRIGGER "bench_${name}_${verb}"`)
  database.exec(`DROP TABLE ${log}`)
}

const writesOf = (database: Database, tables: ReadonlyMap<string, Table>): ReadonlyArray<Write> =>
  (database.prepare(`SELECT * FROM ${log} ORDER BY id`).all() as ReadonlyArray<Recorded>).map((recorded) => {
    const table = tables.get(recorded.tableName)
    if (table === undefined) throw new Error(`no table ${recorded.tableName}`)
    return writeOf(table, recorded)
  })

/** Does the work on a file that the product has open, and records what it writes. */
export const record = <A, E, R>(
  file: File.File,
  work: Effect.Effect<A, E, R>
): Effect.Effect<Trace, E, R | Scope.Scope> =>
  Effect.gen(function* () {
    const start = yield* File.make(file.synchronous)
    const database = yield* File.open(file.filename)
    const tables = yield* Effect.sync(() => begin(database, start.filename))
    yield* work
    const writes = writesOf(database, tables)
    yield* Effect.sync(() => end(database, tables))
    return { start, writes }
  })
