/**
 * Makes the tables and brings them to this release: in order, each migration once, under a lock.
 *
 * A migration only ever adds, and a released one never changes. Tables of a later release and tables that are not
 * ours are refused and left as they are. The work is done in one transaction, so that who comes second finds all of
 * it done; the migrator of @effect/sql lets the second go on before the first has committed.
 *
 * @internal
 */
import type { SqlConnection, SqlError } from "@effect/sql"
import { Effect } from "effect"
import { DatabaseError } from "../../DatabaseError.ts"
import { type Connections, execute } from "../Connections.ts"
import type { Dialect } from "../statements/Dialect.ts"
import { type Names, quote } from "./Tables.ts"

type Statements = (names: Names, dialect: Dialect) => ReadonlyArray<string>

const create: Statements = ({ run, state }, { identity, integer, name, withoutRowId }) => [
  `CREATE TABLE ${quote(state)} (
    job_name TEXT NOT NULL,
    key TEXT NOT NULL,
    last_run_at ${integer},
    last_duration_ms ${integer},
    last_status TEXT,
    last_error TEXT,
    last_reason TEXT,
    last_success_at ${integer},
    total_runs ${integer} NOT NULL,
    total_errors ${integer} NOT NULL,
    created_at ${integer} NOT NULL,
    updated_at ${integer} NOT NULL,
    next_at ${integer},
    scheduled_at ${integer},
    attempt ${integer} NOT NULL,
    cadence TEXT NOT NULL,
    retry TEXT,
    memory TEXT,
    paused_at ${integer},
    version ${integer} NOT NULL DEFAULT 1,
    seq ${integer} NOT NULL,
    claim_owner TEXT,
    claim_token ${integer} NOT NULL,
    claim_renewals ${integer} NOT NULL,
    claimed_at ${integer},
    claimed_for ${integer},
    PRIMARY KEY (job_name, key)
  ) ${withoutRowId}`,
  `CREATE TABLE ${quote(run)} (
    id ${name === "sqlite" ? "INTEGER PRIMARY KEY" : identity},
    job_name TEXT NOT NULL,
    key TEXT NOT NULL,
    seq ${integer} NOT NULL,
    status TEXT NOT NULL,
    "trigger" TEXT NOT NULL,
    attempt ${integer} NOT NULL,
    scheduled_at ${integer} NOT NULL,
    started_at ${integer} NOT NULL,
    last_at ${integer} NOT NULL,
    duration_ms ${integer} NOT NULL,
    error TEXT,
    reason TEXT,
    count ${integer} NOT NULL,
    next_at ${integer},
    next_scheduled_at ${integer},
    next_attempt ${integer} NOT NULL,
    cadence TEXT NOT NULL
  )`,
  `CREATE UNIQUE INDEX ${quote(`${run}_of_instance`)} ON ${quote(run)} (job_name, key, seq)`,
  `CREATE INDEX ${quote(`${run}_by_start`)} ON ${quote(run)} (started_at)`
]

const addFailureAndControl: Statements = ({ control, run, state }, { identity, integer }) => [
  `ALTER TABLE ${quote(state)} ADD COLUMN failures ${integer} NOT NULL DEFAULT 0`,
  `ALTER TABLE ${quote(state)} ADD COLUMN claimed_as TEXT`,
  `ALTER TABLE ${quote(run)} ADD COLUMN retry TEXT`,
  ...[state, run].flatMap((table) => [
    `ALTER TABLE ${quote(table)} ADD COLUMN paused TEXT`,
    `ALTER TABLE ${quote(table)} ADD COLUMN manual TEXT`
  ]),
  `CREATE TABLE ${quote(control)} (
    id ${identity},
    verb TEXT NOT NULL,
    job_name TEXT NOT NULL,
    key TEXT NOT NULL,
    at ${integer} NOT NULL,
    "by" TEXT NOT NULL,
    why TEXT NOT NULL
  )`
]

const keepDoneRequests: Statements = ({ control }, { integer }) => [
  `ALTER TABLE ${quote(control)} ADD COLUMN done_at ${integer}`,
  `CREATE INDEX ${quote(`${control}_by_end`)} ON ${quote(control)} (done_at)`
]

const addEpisodeAndPayload: Statements = ({ control, run, state }, { integer }) => [
  ...["succeeded_at", "occurrence_at", "concluded_at"].map(
    (column) => `ALTER TABLE ${quote(state)} ADD COLUMN ${column} ${integer}`
  ),
  `ALTER TABLE ${quote(state)} ADD COLUMN payload TEXT`,
  `ALTER TABLE ${quote(run)} ADD COLUMN memory TEXT`,
  `ALTER TABLE ${quote(control)} ADD COLUMN due_at ${integer}`,
  `ALTER TABLE ${quote(control)} ADD COLUMN payload TEXT`
]

/** Lines are read by job and by status, newest first, and the oldest of them may go. */
const addHistory: Statements = ({ baseline, run }, { integer, withoutRowId }) => [
  `CREATE TABLE ${quote(baseline)} (
    job_name TEXT NOT NULL,
    key TEXT NOT NULL,
    seq ${integer} NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (job_name, key)
  ) ${withoutRowId}`,
  `CREATE INDEX ${quote(`${run}_by_job`)} ON ${quote(run)} (job_name, started_at, key)`,
  // most lines are successes, and are found without
  `CREATE INDEX ${quote(`${run}_by_status`)} ON ${quote(run)} (status, started_at) WHERE status <> 'success'`,
  `CREATE INDEX ${quote(`${run}_by_job_status`)} ON ${quote(run)} (job_name, status, started_at)
    WHERE status <> 'success'`
]

/** In order: the number of a migration is its place, from 1 upward. */
const migrations: ReadonlyArray<readonly [name: string, statements: Statements]> = [
  ["create", create],
  ["failure_and_control", addFailureAndControl],
  ["keep_done_requests", keepDoneRequests],
  ["episode_and_payload", addEpisodeAndPayload],
  ["history", addHistory]
]

/** Their names, in order. */
export const names = migrations.map(([name]) => name)

/** The newest migration of this release. */
export const latest = migrations.length

/** The table of the migrator of @effect/sql, in which each release finds what is done. */
const register = ({ migrations }: Names, { name }: Dialect): string =>
  `CREATE TABLE IF NOT EXISTS ${quote(migrations)} (
    migration_id INTEGER PRIMARY KEY NOT NULL,
    created_at ${name === "sqlite" ? "datetime NOT NULL DEFAULT current_timestamp" : "TIMESTAMPTZ NOT NULL DEFAULT now()"},
    name VARCHAR(255) NOT NULL
  )`

const tables = (connection: SqlConnection.Connection, names: Names, { name }: Dialect) =>
  Effect.map(
    name === "sqlite"
      ? execute(
          connection,
          `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`
        )
      : // to_regclass would believe what this session knew before it waited for the lock
        execute(
          connection,
          "SELECT relname AS name FROM pg_class WHERE relname = ANY (CAST($1 AS TEXT[])) AND pg_table_is_visible(oid)",
          [Object.values(names)]
        ),
    (rows) => new Set(rows.map(({ name }) => String(name)))
  )

export interface Options {
  readonly names: Names
  readonly dialect: Dialect
  readonly database: string
  /** Tables of others may stand beside ours. */
  readonly shared: boolean
}

/** The number of the last migration that was done; refuses a later release's tables, and tables that are not ours. */
export const check =
  ({ database, dialect, names, shared }: Options) =>
  (connection: SqlConnection.Connection): Effect.Effect<number, DatabaseError | SqlError.SqlError> =>
    Effect.gen(function* () {
      const found = yield* tables(connection, names, dialect)
      if (found.has(names.migrations)) {
        const [row] = yield* execute(connection, `SELECT MAX(migration_id) AS id FROM ${quote(names.migrations)}`)
        const id = Number(row?.id ?? 0)
        if (id <= latest) return id
        const detail = `its tables are at version ${id}, this release knows ${latest}`
        return yield* new DatabaseError({ database, reason: "newer", detail })
      }
      const ours = [names.state, names.run, names.baseline, names.control]
      const alien = shared ? ours.filter((name) => found.has(name)) : [...found]
      if (alien.length === 0) return 0
      const detail = `it holds ${alien.slice(0, 5).join(", ")}${alien.length > 5 ? ", …" : ""}, which Tickwork did not make`
      return yield* new DatabaseError({ database, reason: "foreign", detail })
    })

/** The prefixes under which a database holds tables of ours. */
const prefixes = (connection: SqlConnection.Connection, { name }: Dialect) =>
  Effect.map(
    execute(
      connection,
      name === "sqlite"
        ? "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE '%tickwork_migrations' ORDER BY name"
        : `SELECT relname AS name FROM pg_class WHERE relkind IN ('r', 'p') AND relname LIKE '%tickwork_migrations'
            AND pg_table_is_visible(oid) ORDER BY relname`
    ),
    (rows) => rows.map(({ name }) => String(name).slice(0, -"tickwork_migrations".length))
  )

/** Succeeds where the tables are there, and of this very release; neither makes nor changes any. */
export const checkExisting =
  (options: Options) =>
  (connection: SqlConnection.Connection): Effect.Effect<void, DatabaseError | SqlError.SqlError> =>
    Effect.gen(function* () {
      const { database, dialect, names } = options
      const found = yield* tables(connection, names, dialect)
      if (!found.has(names.migrations)) {
        const others = yield* prefixes(connection, dialect)
        const told = others.map((prefix) => `"${prefix}"`).join(", ")
        const detail = `there is no table ${names.migrations}${told === "" ? "" : `; there are tables of Tickwork under the prefix ${told}`}`
        return yield* new DatabaseError({ database, reason: "no tables", detail })
      }
      const id = yield* check(options)(connection)
      if (id === latest) return
      const detail = `its tables are at version ${id}, this release reads version ${latest}`
      return yield* new DatabaseError({ database, reason: "older", detail })
    })

// a transaction on SQLite is a lock in itself
const lock = (connection: SqlConnection.Connection, names: Names, { name }: Dialect) =>
  name === "sqlite"
    ? Effect.void
    : execute(connection, "SELECT pg_advisory_xact_lock(hashtext('tickwork'), hashtext($1))", [names.migrations])

/** Brings the tables to a release: this one, unless an earlier one is named. */
export const run = (
  connections: Connections,
  options: Options,
  until = latest
): Effect.Effect<void, DatabaseError | SqlError.SqlError> => {
  const { dialect, names } = options
  const migrate = (connection: SqlConnection.Connection) =>
    Effect.gen(function* () {
      yield* lock(connection, names, dialect)
      const done = yield* check(options)(connection)
      if (done >= until) return
      yield* execute(connection, register(names, dialect))
      for (const [index, [name, statements]] of migrations.entries()) {
        const id = index + 1
        if (id <= done || id > until) continue
        for (const statement of statements(names, dialect)) yield* execute(connection, statement)
        const insert = `INSERT INTO ${quote(names.migrations)} (migration_id, name) VALUES (?, ?)`
        yield* execute(connection, dialect.render(insert), [id, name])
      }
    })
  // most of the time there is nothing to do, and nobody has to be kept waiting for it
  return Effect.flatMap(connections.read(check(options)), (done) =>
    done >= until ? Effect.void : connections.write(migrate)
  )
}
