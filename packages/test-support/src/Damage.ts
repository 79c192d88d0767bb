/**
 * Damages to a SQLite file that no process has open: what a failing disk, a careless tool or a hand may do to it.
 *
 * A damage is a value, so that a failing case shows it. Any row of any table that has a primary key may be struck.
 */
import * as fs from "node:fs"
import { SqlClient } from "@effect/sql"
import { SqliteClient } from "@effect/sql-sqlite-node"
import { Array as Arr, Effect, FastCheck as fc, Layer } from "effect"

/** Positions are numbers from 0 up to 1, of the length of what is struck. */
export type Damage =
  | { readonly _tag: "Truncated"; readonly at: number }
  | { readonly _tag: "Overwritten"; readonly at: number; readonly bytes: ReadonlyArray<number> }
  | { readonly _tag: "PageLost"; readonly at: number; readonly fill: number }
  | {
      readonly _tag: "JunkInRow"
      readonly table: number
      readonly column: number
      readonly row: number
      readonly junk: Junk
    }

type Junk = string | number | null

/** Values of every type that SQLite knows, in the shapes that a column is likely to hold, and in others. */
const junk: fc.Arbitrary<Junk> = fc.oneof(
  fc.constantFrom(
    null,
    "",
    "junk",
    "null",
    "{}",
    "[]",
    '{"state":',
    "\u0000",
    "NaN",
    -1,
    0,
    0.5,
    2 ** 53,
    -(2 ** 60),
    1e300
  ),
  fc.string(),
  fc.json(),
  fc.integer()
)

const position = fc.noBias(fc.integer({ min: 0, max: 999_999 })).map((n) => n / 1_000_000)
const byte = fc.integer({ min: 0, max: 255 })

/** Bytes and pages that are lost. */
export const ofBytes: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({ _tag: fc.constant("Truncated" as const), at: position }),
  fc.record({
    _tag: fc.constant("Overwritten" as const),
    at: position,
    bytes: fc.array(byte, { minLength: 1, maxLength: 200 })
  }),
  fc.record({ _tag: fc.constant("PageLost" as const), at: position, fill: byte })
)

/** A value that nothing of Tickwork's would write. */
export const ofRows: fc.Arbitrary<Damage> = fc.record({
  _tag: fc.constant("JunkInRow" as const),
  table: position,
  column: position,
  row: position,
  junk
})

const pageSize = 4096

const write = (filename: string, bytes: Uint8Array, at: number): void => {
  const file = fs.openSync(filename, "r+")
  fs.writeSync(file, bytes, 0, bytes.length, at)
  fs.closeSync(file)
}

const pick = <A>(all: ReadonlyArray<A>, at: number): A | undefined => all[Math.floor(at * all.length)]

interface Column {
  readonly table: string
  readonly name: string
  /** Part of the primary key. */
  readonly pk: number
}

/** What a constraint refuses leaves the file as it was. */
const junkInRow = (filename: string, { column, junk, row, table }: Extract<Damage, { readonly _tag: "JunkInRow" }>) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const columns =
      yield* sql<Column>`SELECT m.name AS "table", c.name, c.pk FROM sqlite_schema m, pragma_table_info(m.name) c
      WHERE m.type = 'table' ORDER BY m.name, c.cid`
    const keyed = Object.values(Arr.groupBy(columns, ({ table }) => table)).filter((all) =>
      all.some(({ pk }) => pk > 0)
    )
    const struck = pick(keyed, table) ?? []
    const name = sql(struck[0]?.table ?? "")
    const key = struck.filter(({ pk }) => pk > 0).map(({ name }) => name)
    const rows = yield* sql<Record<string, string | number>>`SELECT * FROM ${name}`
    const chosen = pick(rows, row)
    if (chosen === undefined) return
    yield* sql.unsafe("PRAGMA ignore_check_constraints = ON")
    const where = sql.and(key.map((name) => sql`${sql(name)} = ${chosen[name]}`))
    yield* Effect.ignore(sql`UPDATE ${name} SET ${sql(pick(struck, column)?.name ?? "")} = ${junk} WHERE ${where}`)
  }).pipe(Effect.provide(Layer.fresh(SqliteClient.layer({ filename }))), Effect.orDie)

/** Damages a file. */
export const strike = (filename: string, damage: Damage): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { size } = fs.statSync(filename)
    switch (damage._tag) {
      case "Truncated":
        return Effect.sync(() => fs.truncateSync(filename, Math.floor(damage.at * size)))
      case "Overwritten":
        return Effect.sync(() => write(filename, Uint8Array.from(damage.bytes), Math.floor(damage.at * size)))
      case "PageLost": {
        const page = Math.floor((damage.at * size) / pageSize) * pageSize
        return Effect.sync(() => write(filename, new Uint8Array(pageSize).fill(damage.fill), page))
      }
      case "JunkInRow":
        return junkInRow(filename, damage)
    }
  })
