/**
 * The job store on PostgreSQL, with the same laws as on SQLite. It needs PostgreSQL's driver and never loads that of
 * SQLite.
 *
 * @since 0.1.0
 */
import type { SqlClient } from "@effect/sql"
import { PgClient } from "@effect/sql-pg"
import { Duration, Effect, Layer } from "effect"
import type { DatabaseError } from "./DatabaseError.ts"
import * as ClientStore from "./internal/ClientStore.ts"
import { databaseError } from "./internal/Errors.ts"
import * as TableNames from "./internal/migrations/TableNames.ts"
import * as ServerUrl from "./internal/postgres/ServerUrl.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options extends ClientStore.Options {
  /**
   * The schema of the tables; it is made where it does not exist. Default: where the connection's search path finds the
   * tables, else the first schema of that path. Statements name it, so a later search path changes nothing.
   */
  readonly schema?: string
  /**
   * How long a statement of the store waits for its answer; default 5 seconds. A connection that stays silent for longer
   * is given up, and another is used. Reads of the log and of all states at opening may take a minute.
   */
  readonly statementTimeout?: Duration.DurationInput
}

/**
 * Where the server is, and the client of your own tables on it: everything that `PgClient.layer` takes. Unless set,
 * `connectTimeout` is 5 seconds: how long a connection may take to be made, or to become free.
 *
 * @since 0.1.0
 * @category models
 */
export interface PgOptions extends PgClient.PgClientConfig, Options {}

/**
 * The job store beside your own tables, on the SQL client of your application: `SqlJobStore.layer` without SQLite's
 * driver.
 *
 * Give the client a `connectTimeout`: without one its driver waits for ever for a server that is silent while a connection
 * is made, and such connections fill the pool.
 *
 * @example
 * ```ts no-run
 * import { PgClient } from "@effect/sql-pg"
 * import * as PgJobStore from "@tickwork/sql/PgJobStore"
 * import { Config, Layer } from "effect"
 *
 * export const StoreLive = PgJobStore.layer({ prefix: "app_" }).pipe(
 *   Layer.provideMerge(PgClient.layerConfig({ url: Config.redacted("DATABASE_URL") }))
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: (options?: Options) => Layer.Layer<ClientStore.Provided, DatabaseError, SqlClient.SqlClient> =
  ClientStore.layer

// the driver waits for ever for a server that is silent while a connection is made
const connectTimeout = "5 seconds"

/** A longer timer of the driver fires at once. */
const longest = Duration.days(24)

const times = ["connectTimeout", "idleTimeout", "connectionTTL"] as const

const withinTimers = (config: PgClient.PgClientConfig): PgClient.PgClientConfig => ({
  ...config,
  ...Object.fromEntries(
    times.flatMap((name) => {
      const time = config[name]
      return time === undefined ? [] : [[name, Duration.min(time, longest)]]
    })
  )
})

/** Refuses options that no server takes before a connection is made. */
const onServer = <A>(
  { prefix, schema, statementTimeout, ...config }: PgOptions,
  store: (tables: ClientStore.Located, database: string) => ClientStore.Building<A>
) => {
  const database = ServerUrl.nameOf(config)
  const client = Layer.catchAll(PgClient.layer(withinTimers({ connectTimeout, ...config })), ({ cause }) =>
    Layer.fail(databaseError(database, cause))
  )
  return Layer.unwrapEffect(
    Effect.as(
      Effect.zipRight(TableNames.check({ prefix, schema }, database), ServerUrl.check(config)),
      Layer.provideMerge(Layer.scopedContext(store({ prefix, schema, statementTimeout }, database)), client)
    )
  )
}

/**
 * A pool of connections to a PostgreSQL server, the job store on it, and the client for the tables of your jobs. It makes
 * its tables where they are missing.
 *
 * If the database cannot be used, start-up fails with a `DatabaseError` that names it, the reason and the cure; the
 * database is not changed.
 *
 * @example
 * ```ts no-run
 * import { NodeRuntime } from "@effect/platform-node"
 * import * as PgJobStore from "@tickwork/sql/PgJobStore"
 * import { Config, Effect, Layer } from "effect"
 * import { Job, Jobs, Tick } from "tickwork"
 *
 * const hello = Job.make("hello", Effect.log("hello")).pipe(Job.every("5 seconds"))
 *
 * const StoreLive = Layer.unwrapEffect(
 *   Effect.map(Config.redacted("DATABASE_URL"), (url) => PgJobStore.layerPg({ url, maxConnections: 5 }))
 * )
 *
 * Tick.run.pipe(
 *   Effect.provide(Tick.layer(Jobs.make(hello)).pipe(Layer.provide(StoreLive))),
 *   NodeRuntime.runMain
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerPg = (
  options: PgOptions
): Layer.Layer<ClientStore.Provided | SqlClient.SqlClient | PgClient.PgClient, DatabaseError> =>
  onServer(options, ClientStore.make)

/**
 * @since 0.1.0
 * @category models
 */
export interface ExistingOptions extends PgOptions {
  /** With `read`, each verb that writes fails with `StoreError`. */
  readonly access: ClientStore.Access
}

/**
 * A store that an application has made, for a tool that reads it or submits requests: no table is made, and none is
 * migrated. It fails with `DatabaseError` where there are no tables of Tickwork under the prefix, or those of an earlier
 * or a later release.
 *
 * @example
 * ```ts no-run
 * import * as PgJobStore from "@tickwork/sql/PgJobStore"
 * import { Effect, Redacted } from "effect"
 * import { JobLog } from "tickwork"
 *
 * const url = Redacted.make("postgres://localhost/app")
 * export const stats = Effect.provide(JobLog.stats(), PgJobStore.layerExisting({ url, access: "read" }))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerExisting = (
  options: ExistingOptions
): Layer.Layer<ClientStore.Stored | SqlClient.SqlClient | PgClient.PgClient, DatabaseError> => {
  const { access, ...rest } = options
  return onServer(rest, (tables, database) => ClientStore.existing(tables, database, access))
}

/**
 * Runs an effect outside the transaction around it: `SqlJobStore.outsideTransaction` without SQLite's driver.
 *
 * @example
 * ```ts
 * import { SqlClient } from "@effect/sql"
 * import * as PgJobStore from "@tickwork/sql/PgJobStore"
 * import { Effect, Option } from "effect"
 *
 * const inside = Effect.serviceOption(SqlClient.TransactionConnection)
 * Effect.runPromise(PgJobStore.outsideTransaction(inside)).then((found) => console.assert(Option.isNone(found)))
 * ```
 *
 * @since 0.1.0
 * @category transactions
 */
export const outsideTransaction: <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R> =
  ClientStore.outsideTransaction
