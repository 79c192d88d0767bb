/**
 * The job store on a SQL database: a SQLite file, or the SQL client of your application on SQLite or PostgreSQL. It does
 * not decide what runs. It needs SQLite's driver; `@tickwork/sql/PgJobStore` does not.
 *
 * @since 0.1.0
 */
import { SqlClient } from "@effect/sql"
import type { SqliteClient } from "@effect/sql-sqlite-node"
import { Effect, Layer } from "effect"
import type { DatabaseError } from "./DatabaseError.ts"
import * as ClientStore from "./internal/ClientStore.ts"
import { databaseError } from "./internal/Errors.ts"
import * as TableNames from "./internal/migrations/TableNames.ts"
import * as Tables from "./internal/migrations/Tables.ts"
import * as SqliteFile from "./internal/sqlite/SqliteFile.ts"
import * as SqliteReader from "./internal/sqlite/SqliteReader.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options extends ClientStore.Options {}

/**
 * @since 0.1.0
 * @category models
 */
export interface SqliteOptions extends Options {
  /** The file, which is made where it is missing; its folder must exist. `:memory:` keeps everything in memory. */
  readonly filename: string
  /**
   * `normal` (default): a killed process loses nothing; a power cut may lose the last commits, state and log together.
   * `full`: a power cut loses nothing, at a quarter of the commits in a second.
   */
  readonly synchronous?: "normal" | "full"
  /**
   * Who may use a new file, and the two that SQLite keeps beside it, as `chmod` takes it; default `0o600`, its owner
   * alone. A file that exists keeps its own.
   */
  readonly mode?: number
}

/**
 * The job store beside your own tables, on the SQL client of your application. It makes its tables where they are
 * missing. A store call inside a transaction of yours is not part of it, but for requests (`Tick.pause`, say).
 *
 * If the tables cannot be used, it fails with a `DatabaseError` that names the reason and the cure, and changes nothing.
 *
 * @example
 * ```ts
 * import { SqliteClient } from "@effect/sql-sqlite-node"
 * import { SqlJobStore } from "@tickwork/sql"
 * import { Effect, Layer } from "effect"
 * import { JobLog } from "tickwork"
 *
 * const StoreLive = SqlJobStore.layer({ prefix: "app_" }).pipe(
 *   Layer.provideMerge(SqliteClient.layer({ filename: ":memory:" }))
 * )
 *
 * const runs = Effect.flatMap(JobLog.JobLog, (log) => log.entries({ limit: 10 }))
 * Effect.runPromise(runs.pipe(Effect.provide(StoreLive))).then((runs) => console.assert(runs.length === 0))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: (options?: Options) => Layer.Layer<ClientStore.Provided, DatabaseError, SqlClient.SqlClient> =
  ClientStore.layer

/**
 * The job store in a SQLite file, and the client on it for the tables of your jobs.
 *
 * If the database file cannot be used, start-up fails with a `DatabaseError` that names it, the reason and the cure; the
 * file is not changed.
 *
 * @example
 * ```ts
 * import { SqlJobStore } from "@tickwork/sql"
 * import { Effect, Layer } from "effect"
 * import { Job, Jobs, Tick } from "tickwork"
 *
 * const hello = Job.make("hello", Effect.log("hello")).pipe(Job.every("5 seconds"))
 * const TickLive = Tick.layer(Jobs.make(hello)).pipe(Layer.provide(SqlJobStore.layerSqlite({ filename: ":memory:" })))
 *
 * Effect.runPromise(Tick.once.pipe(Effect.provide(TickLive))).then((runs) => console.assert(runs.length === 1))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerSqlite = (
  options: SqliteOptions
): Layer.Layer<ClientStore.Provided | SqlClient.SqlClient | SqliteClient.SqliteClient, DatabaseError> => {
  const { filename, mode = 0o600, prefix = "", synchronous = "normal" } = options
  const store = Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql.unsafe(`PRAGMA synchronous = ${synchronous.toUpperCase()}`)
    return yield* ClientStore.make({ prefix }, filename)
  }).pipe(Effect.catchTag("SqlError", ({ cause }) => Effect.fail(databaseError(filename, cause))))
  return Layer.unwrapEffect(
    Effect.as(
      Effect.all([
        TableNames.check({ prefix }, filename),
        SqliteFile.checkMode(filename, mode),
        SqliteFile.inspect(filename, Tables.names(prefix, "main")),
        SqliteFile.create(filename, mode)
      ]),
      Layer.provideMerge(Layer.scopedContext(store), SqliteFile.client({ filename }))
    )
  )
}

/**
 * @since 0.1.0
 * @category models
 */
export interface ExistingOptions extends Options {
  /** The file, which must exist. */
  readonly filename: string
  /**
   * `read` opens the file read-only, leaves nothing beside it, and each verb that writes fails with `StoreError`. Where
   * no process has the file open, a user who does not own it reads a copy.
   */
  readonly access: ClientStore.Access
}

/**
 * A store that an application has made, for a tool that reads it or submits requests: no file and no table is made, and
 * none is migrated. It fails with `DatabaseError` where the file is missing, holds no tables of Tickwork under the
 * prefix, or holds those of an earlier or a later release.
 *
 * @example
 * ```ts
 * import { SqlJobStore } from "@tickwork/sql"
 * import { Effect } from "effect"
 * import { JobLog } from "tickwork"
 *
 * const stats = JobLog.stats().pipe(
 *   Effect.provide(SqlJobStore.layerExisting({ filename: "no-such.db", access: "read" })),
 *   Effect.flip
 * )
 * Effect.runPromise(stats).then((error) => {
 *   console.assert(error._tag === "DatabaseError" && error.reason === "missing")
 * })
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerExisting = (
  options: ExistingOptions
): Layer.Layer<ClientStore.Stored | SqlClient.SqlClient | SqliteClient.SqliteClient, DatabaseError> => {
  const { access, filename, prefix = "" } = options
  const client = access === "read" ? SqliteReader.client(filename) : SqliteFile.client({ filename, disableWAL: true })
  return Layer.unwrapEffect(
    Effect.as(
      Effect.zipRight(TableNames.check({ prefix }, filename), SqliteFile.checkExisting(filename, access)),
      Layer.provideMerge(Layer.scopedContext(ClientStore.existing({ prefix }, filename, access)), client)
    )
  )
}

/**
 * Runs an effect outside the transaction around it, so that a body can write to another database: inside a transaction,
 * a statement of any client goes to the transaction's connection. A statement on the transaction's own client waits for
 * its end, on SQLite for ever.
 *
 * @example
 * ```ts
 * import { SqliteClient } from "@effect/sql-sqlite-node"
 * import { SqlClient } from "@effect/sql"
 * import { SqlJobStore } from "@tickwork/sql"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const sql = yield* SqlClient.SqlClient
 *   const inside = Effect.serviceOption(SqlClient.TransactionConnection)
 *   const [within, without] = yield* sql.withTransaction(Effect.all([inside, SqlJobStore.outsideTransaction(inside)]))
 *   console.assert(within._tag === "Some" && without._tag === "None")
 * })
 * Effect.runPromise(program.pipe(Effect.provide(SqliteClient.layer({ filename: ":memory:" }))))
 * ```
 *
 * @since 0.1.0
 * @category transactions
 */
export const outsideTransaction: <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R> =
  ClientStore.outsideTransaction
