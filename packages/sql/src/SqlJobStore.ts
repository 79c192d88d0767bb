/**
 * The job store on a SQL database: a SQLite file, or the client of an application on SQLite or PostgreSQL.
 *
 * It writes what it is told in one transaction and refuses what somebody else was faster with; it never decides what
 * runs, and never takes part in a transaction of the caller's, but for a request that is made in one. This door needs
 * SQLite's driver; `@tickwork/sql/PgJobStore` is the one that does not.
 *
 * @since 0.1.0
 */
import { SqlClient } from "@effect/sql"
import type { SqliteClient } from "@effect/sql-sqlite-node"
import { Effect, Layer } from "effect"
import type { JobStore } from "tickwork"
import type { DatabaseError } from "./DatabaseError.ts"
import * as ClientStore from "./internal/ClientStore.ts"
import * as Tables from "./internal/migrations/Tables.ts"
import { refused } from "./internal/Refused.ts"
import * as SqliteFile from "./internal/sqlite/SqliteFile.ts"

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
  /** The file; it is made where there is none, its folder is not. `:memory:` keeps everything in memory. */
  readonly filename: string
  /**
   * `normal` (unless set): a killed process loses nothing, a power cut may lose the last commits, state and log
   * together. `full`: a power cut loses nothing, at a quarter of the commits in a second.
   */
  readonly synchronous?: "normal" | "full"
}

/**
 * The job store beside your own tables, on the SQL client of your application. It adds its tables where they are
 * missing, and fails with `DatabaseError` where tables of those names are not Tickwork's or are from a later release.
 *
 * @example
 * ```ts
 * import { SqliteClient } from "@effect/sql-sqlite-node"
 * import { SqlJobStore } from "@tickwork/sql"
 * import { Effect, Layer } from "effect"
 * import { JobStore } from "tickwork"
 *
 * const StoreLive = SqlJobStore.layer({ prefix: "app_" }).pipe(
 *   Layer.provideMerge(SqliteClient.layer({ filename: ":memory:" }))
 * )
 *
 * const runs = Effect.flatMap(JobStore.JobStore, (store) => store.runs({ limit: 10 }))
 * Effect.runPromise(runs.pipe(Effect.provide(StoreLive))).then((runs) => console.assert(runs.length === 0))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: (options?: Options) => Layer.Layer<ClientStore.Provided, DatabaseError, SqlClient.SqlClient> =
  ClientStore.layer

/**
 * The embedded default: a SQLite file, and the client on it for the tables of your jobs.
 *
 * The file is looked at read-only first. One that is no database, that is foreign (it holds tables, and none of them
 * Tickwork's), newer than this release, unreadable or read-only is refused with `DatabaseError` and left unchanged.
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
  const { filename, prefix = "", synchronous = "normal" } = options
  const store = Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql.unsafe(`PRAGMA synchronous = ${synchronous.toUpperCase()}`)
    return yield* ClientStore.make(prefix, filename)
  }).pipe(Effect.catchTag("SqlError", ({ cause }) => Effect.fail(refused(filename, cause))))
  return Layer.unwrapEffect(
    Effect.as(
      SqliteFile.inspect(filename, Tables.names(prefix)),
      Layer.provideMerge(Layer.scopedContext(store), SqliteFile.client({ filename }))
    )
  )
}

/**
 * @since 0.1.0
 * @category models
 */
export interface ExistingOptions extends Options {
  /** The file, which has to be there. */
  readonly filename: string
  /** With `read` nothing can be written: the file is opened read-only, and each verb that writes is a `StoreError`. */
  readonly access: ClientStore.Access
}

/**
 * A store that an application has made, for a tool that looks at it or asks something of it: the file, its tables and
 * their version stay what they are. It fails with `DatabaseError` where the file is missing, holds no tables of
 * Tickwork under the prefix, or holds those of an earlier or a later release.
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
): Layer.Layer<JobStore.JobStore | SqlClient.SqlClient | SqliteClient.SqliteClient, DatabaseError> => {
  const { access, filename, prefix = "" } = options
  const client = SqliteFile.client(
    access === "read" ? { filename, readonly: true, disableWAL: true } : { filename, disableWAL: true }
  )
  return Layer.unwrapEffect(
    Effect.as(
      SqliteFile.checkExisting(filename, access),
      Layer.provideMerge(Layer.scopedContext(ClientStore.existing(prefix, filename, access)), client)
    )
  )
}

/**
 * Runs an effect outside the transaction around it: inside one, a statement goes to the transaction's connection,
 * whichever client it is asked of. For a body that also writes to another database, say. A statement on the client of
 * the transaction itself would wait for its end, on SQLite for ever.
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
