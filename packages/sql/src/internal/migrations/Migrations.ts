/**
 * Makes the tables, and brings those of an earlier release to this one: in order, each migration once, under a lock, in
 * one transaction. Tables that this release cannot use are refused and left as they are.
 *
 * @internal
 */
import { createHash } from "node:crypto"
import type { SqlConnection, SqlError } from "@effect/sql"
import { Effect } from "effect"
import { DatabaseError, type Reason } from "../../DatabaseError.ts"
import { type Connections, execute } from "../Connections.ts"
import type { Dialect } from "../statements/Dialect.ts"
import * as Layout from "./Layout.ts"
import * as Tables from "./Tables.ts"
import { type Names, qualify, quote } from "./Tables.ts"

export interface Migration {
  readonly id: number
  readonly name: string
  readonly statements: (names: Names, dialect: Dialect) => ReadonlyArray<string>
}

/** In the order of their ids. A released migration never changes, and a later one only adds. */
export const all: ReadonlyArray<Migration> = [{ id: 100, name: "create", statements: Layout.create }]

/** Stored beside a migration: tables that other statements made have another layout. */
const layoutOf = ({ statements }: Migration, dialect: Dialect): string =>
  createHash("sha256")
    .update(statements(Tables.names("", ""), dialect).join(";").replaceAll(/\s+/g, " "))
    .digest("hex")

/** The table of the migrator of @effect/sql, with the layout of each migration. */
const register = (names: Names, { name }: Dialect): string =>
  `CREATE TABLE IF NOT EXISTS ${qualify(names, names.migrations)} (
    migration_id INTEGER PRIMARY KEY NOT NULL,
    created_at ${name === "sqlite" ? "datetime NOT NULL DEFAULT current_timestamp" : "TIMESTAMPTZ NOT NULL DEFAULT now()"},
    name VARCHAR(255) NOT NULL,
    layout TEXT NOT NULL
  )`

const tables = (connection: SqlConnection.Connection, names: Names, { name }: Dialect) =>
  Effect.map(
    name === "sqlite"
      ? execute(
          connection,
          `SELECT name FROM main.sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`
        )
      : // to_regclass may answer from what this session knew before it waited for the lock
        execute(
          connection,
          `SELECT relname AS name FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relname = ANY (CAST($1 AS TEXT[])) AND n.nspname = $2`,
          [Object.values(names), names.schema]
        ),
    (rows) => new Set(rows.map(({ name }) => String(name)))
  )

export interface Options {
  readonly names: Names
  readonly dialect: Dialect
  readonly database: string
  /** True where tables of other programs may stand beside Tickwork's. */
  readonly shared: boolean
  /** Default: those of this release. */
  readonly migrations?: ReadonlyArray<Migration>
}

const latestOf = ({ migrations = all }: Options): number => Math.max(...migrations.map(({ id }) => id))

const refusal = ({ database }: Options, reason: Reason, detail: string) =>
  new DatabaseError({ database, reason, detail })

/** SQLite takes names that differ in the case of ASCII letters for the same. */
const sameName = (found: ReadonlySet<string>, name: string, dialect: Dialect): string | undefined => {
  if (found.has(name) || dialect.name !== "sqlite") return found.has(name) ? name : undefined
  const folded = (text: string) => text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
  return [...found].find((other) => folded(other) === folded(name))
}

const { migrations: suffix } = Tables.names("", "")

const prefixOf = (migrations: string): string => migrations.slice(0, -suffix.length)

/** The prefixes under which these are tables of Tickwork; empty where none is. */
const prefixesOf = (names: ReadonlyArray<string>): string => {
  const prefixes = names.filter((name) => name.endsWith(suffix)).map((name) => `"${prefixOf(name)}"`)
  return prefixes.length === 0 ? "" : `the prefix ${prefixes.join(", ")}`
}

/** Refuses a prefix that is another one here and the same one for SQLite. */
const checkCase = (options: Options, found: ReadonlySet<string>): Effect.Effect<void, DatabaseError> => {
  const { dialect, names } = options
  const stored = sameName(found, names.migrations, dialect)
  if (stored === undefined || stored === names.migrations) return Effect.void
  const [there, got] = [stored, names.migrations].map(prefixOf)
  const detail = `the prefix must be "${there}", as its tables are named, got "${got}", which SQLite takes for the same`
  return refusal(options, "invalid option", detail)
}

/** The id of the last migration, 0 before the first; refuses tables that this release cannot use. */
export const check =
  (options: Options) =>
  (connection: SqlConnection.Connection): Effect.Effect<number, DatabaseError | SqlError.SqlError> =>
    Effect.gen(function* () {
      const { dialect, migrations = all, names, shared } = options
      const found = yield* tables(connection, names, dialect)
      yield* checkCase(options, found)
      if (!found.has(names.migrations)) {
        const ours = [
          names.state,
          names.entry,
          names.log,
          names.baseline,
          names.control,
          names.definition,
          names.process
        ]
        const foreign = shared ? ours.flatMap((name) => sameName(found, name, dialect) ?? []) : [...found]
        if (foreign.length === 0) return 0
        const others = prefixesOf(foreign)
        const some = `${foreign.slice(0, 5).join(", ")}${foreign.length > 5 ? ", …" : ""}`
        const held = others === "" ? `tables that Tickwork did not make: ${some}` : `tables of Tickwork under ${others}`
        return yield* refusal(options, "foreign", `it holds ${held}`)
      }
      const rows = yield* execute(connection, `SELECT * FROM ${qualify(names, names.migrations)}`)
      const layouts = new Map(rows.map(({ layout, migration_id }) => [Number(migration_id), layout]))
      const [id, latest] = [Math.max(0, ...layouts.keys()), latestOf(options)]
      if (id > latest) {
        return yield* refusal(options, "newer", `its tables are at version ${id}, this release knows ${latest}`)
      }
      const known = new Map<number, unknown>(migrations.map((one) => [one.id, layoutOf(one, dialect)]))
      for (const [id, layout] of layouts) {
        if (known.has(id) && known.get(id) === layout) continue
        return yield* refusal(options, "unreleased layout", `its tables at version ${id} are not those of this release`)
      }
      return id
    })

/** The prefixes under which a database has Tickwork's tables. */
const prefixes = (connection: SqlConnection.Connection, { schema }: Names, { name }: Dialect) =>
  Effect.map(
    name === "sqlite"
      ? execute(
          connection,
          "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name LIKE '%tickwork_migrations' ORDER BY name"
        )
      : execute(
          connection,
          `SELECT relname AS name FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p') AND c.relname LIKE '%tickwork_migrations' AND n.nspname = $1 ORDER BY relname`,
          [schema]
        ),
    (rows) => prefixesOf(rows.map(({ name }) => String(name)))
  )

/** Succeeds where the tables are there and are those of this release; neither makes nor changes any. */
export const checkExisting =
  (options: Options) =>
  (connection: SqlConnection.Connection): Effect.Effect<void, DatabaseError | SqlError.SqlError> =>
    Effect.gen(function* () {
      const { dialect, names } = options
      const found = yield* tables(connection, names, dialect)
      yield* checkCase(options, found)
      if (!found.has(names.migrations)) {
        const others = yield* prefixes(connection, names, dialect)
        const hint = others === "" ? "" : `; there are tables of Tickwork under ${others}`
        const detail = `there is no table ${names.migrations}${hint}`
        return yield* refusal(options, "no tables", detail)
      }
      const id = yield* check(options)(connection)
      const latest = latestOf(options)
      if (id === latest) return
      return yield* refusal(options, "older", `its tables are at version ${id}, this release reads version ${latest}`)
    })

// SQLite's write transaction is a lock in itself
const lock = (connection: SqlConnection.Connection, names: Names, { name }: Dialect) =>
  name === "sqlite"
    ? Effect.void
    : execute(connection, "SELECT pg_advisory_xact_lock(hashtext('tickwork'), hashtext($1))", [
        qualify(names, names.migrations)
      ])

/** IF NOT EXISTS would ask for the right to make one though it exists. */
const makeSchema = (
  connection: SqlConnection.Connection,
  { schema }: Names,
  { name }: Dialect
): Effect.Effect<unknown, SqlError.SqlError> =>
  name === "sqlite"
    ? Effect.void
    : Effect.flatMap(
        execute(connection, "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1", [schema]),
        (found): Effect.Effect<unknown, SqlError.SqlError> =>
          found.length > 0 ? Effect.void : execute(connection, `CREATE SCHEMA ${quote(schema)}`)
      )

/** Brings the tables to this release. */
export const run = (
  connections: Connections,
  options: Options
): Effect.Effect<void, DatabaseError | SqlError.SqlError> => {
  const { dialect, migrations = all, names } = options
  const latest = latestOf(options)
  const migrate = (connection: SqlConnection.Connection) =>
    Effect.gen(function* () {
      yield* lock(connection, names, dialect)
      yield* makeSchema(connection, names, dialect)
      const done = yield* check(options)(connection)
      if (done === latest) return
      yield* execute(connection, register(names, dialect))
      for (const migration of migrations) {
        const { id, name, statements } = migration
        if (id <= done) continue
        for (const statement of statements(names, dialect)) yield* execute(connection, statement)
        const insert = `INSERT INTO ${qualify(names, names.migrations)} (migration_id, name, layout) VALUES (?, ?, ?)`
        yield* execute(connection, dialect.render(insert), [id, name, layoutOf(migration, dialect)])
      }
    })
  // most starts find everything done, and need no lock
  return Effect.flatMap(connections.read(check(options)), (done) =>
    done === latest ? Effect.void : connections.write(migrate)
  )
}
