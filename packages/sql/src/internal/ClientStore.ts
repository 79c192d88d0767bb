/**
 * The store and its log on any SQL client of a known dialect.
 *
 * It loads no driver: the client brings its own.
 *
 * @internal
 */
import { SqlClient, type SqlError } from "@effect/sql"
import { Context, Duration, Effect, Layer, type Scope } from "effect"
import { type Job, JobLog, JobStore, JobTransaction } from "tickwork"
import { DatabaseError } from "../DatabaseError.ts"
import type { Options as StoreOptions } from "./Access.ts"
import { type Connections, execute, readOnly } from "./Connections.ts"
import { databaseError } from "./Errors.ts"
import * as Migrations from "./migrations/Migrations.ts"
import * as TableNames from "./migrations/TableNames.ts"
import * as Tables from "./migrations/Tables.ts"
import * as PgConnections from "./postgres/PgConnections.ts"
import * as SqlLog from "./SqlLog.ts"
import * as SqlStore from "./SqlStore.ts"
import * as SqlTransaction from "./SqlTransaction.ts"
import * as SqliteConnections from "./sqlite/SqliteConnections.ts"
import * as Dialect from "./statements/Dialect.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** What the names of the tables start with, at most 42 bytes; default empty. */
  readonly prefix?: string
}

/**
 * Whether an existing store may be written to.
 *
 * @since 0.1.0
 * @category models
 */
export type Access = "read" | "write"

/** A store and its log. */
export type Stored = JobStore.JobStore | JobLog.JobLog

/** What a store on a SQL database provides. */
export type Provided = Stored | Job.JobTransaction

const stored = (options: StoreOptions): Effect.Effect<Context.Context<Stored>, never, Scope.Scope> =>
  Effect.map(SqlStore.make(options), (store) =>
    Context.make(JobStore.JobStore, store).pipe(Context.add(JobLog.JobLog, SqlLog.make(options)))
  )

/** Which tables, and how long a statement may take on PostgreSQL. */
export interface Located {
  readonly prefix?: string | undefined
  readonly schema?: string | undefined
  readonly statementTimeout?: Duration.DurationInput | undefined
}

/** The schema in which the session finds the tables, or would make them. */
const schemaOf = (connections: Connections, prefix: string, database: string) =>
  Effect.flatMap(
    connections.read((connection) =>
      execute(
        connection,
        `SELECT COALESCE((
            SELECT n.nspname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relname = $1 AND c.relkind IN ('r', 'p') AND pg_table_is_visible(c.oid)
              AND has_table_privilege(c.oid, 'SELECT')
          ), current_schema()) AS schema`,
        [Tables.names(prefix, "").migrations]
      )
    ),
    ([row]) =>
      typeof row?.schema === "string"
        ? Effect.succeed(row.schema)
        : new DatabaseError({
            database,
            reason: "forbidden",
            detail: "no schema of its search path exists, or this user may use none of them"
          })
  )

/** The client's connections, its dialect and the names of the tables; fails where the dialect is unknown. */
export const speaking = ({ prefix = "", schema, statementTimeout = "5 seconds" }: Located, database: string) =>
  Effect.gen(function* () {
    yield* TableNames.check({ prefix, schema }, database)
    const sql = yield* SqlClient.SqlClient
    return yield* sql.onDialectOrElse({
      sqlite: () =>
        schema === undefined
          ? Effect.map(SqliteConnections.make(sql), (connections) => ({
              dialect: Dialect.sqlite,
              connections,
              names: Tables.names(prefix, "main")
            }))
          : new DatabaseError({ database, reason: "another dialect", detail: "it is SQLite, which has no schemas" }),
      pg: () =>
        Effect.gen(function* () {
          const connections = yield* PgConnections.make(sql, Duration.toMillis(statementTimeout))
          const found = schema ?? (yield* schemaOf(connections, prefix, database))
          return { dialect: Dialect.pg, connections, names: Tables.names(prefix, found) }
        }),
      orElse: () =>
        new DatabaseError({ database, reason: "another dialect", detail: "it speaks neither SQLite nor PostgreSQL" })
    })
  })

/** A store that is opened on a client. */
export type Building<A> = Effect.Effect<Context.Context<A>, DatabaseError, SqlClient.SqlClient | Scope.Scope>

const refusing =
  (database: string) =>
  <A, R>(self: Effect.Effect<A, DatabaseError | SqlError.SqlError, R>): Effect.Effect<A, DatabaseError, R> =>
    Effect.catchTag(self, "SqlError", ({ cause, message }) => Effect.fail(databaseError(database, cause ?? message)))

/** The store; creates its tables where they are missing. */
export const make = (tables: Located, database: string): Building<Provided> =>
  Effect.gen(function* () {
    const options = yield* speaking(tables, database)
    const { connections, dialect, names } = options
    yield* Migrations.run(connections, { names, dialect, database, shared: true })
    return Context.add(yield* stored(options), JobTransaction.JobTransaction, SqlTransaction.make(options))
  }).pipe(refusing(database))

/** The store on existing tables of this release. */
export const existing = (tables: Located, database: string, access: Access): Building<Stored> =>
  Effect.gen(function* () {
    const options = yield* speaking(tables, database)
    const { dialect, names } = options
    const connections = access === "read" ? readOnly(options.connections) : options.connections
    yield* connections.read(Migrations.checkExisting({ names, dialect, database, shared: true }))
    return yield* stored({ connections, dialect, names })
  }).pipe(refusing(database))

export const layer = (options: Options = {}): Layer.Layer<Provided, DatabaseError, SqlClient.SqlClient> =>
  Layer.scopedContext(make(options, "the database of the SQL client"))

/** Hides the transaction around an effect: its tag is the same for all clients. */
export const outsideTransaction = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.mapInputContext(self as Effect.Effect<A, E>, (context: Context.Context<R>) =>
    Context.omit(SqlClient.TransactionConnection)(context as Context.Context<SqlClient.TransactionConnection>)
  ) as Effect.Effect<A, E, R>
