/**
 * The job store on a SQL database: SQLite today.
 *
 * It writes what it is told in one transaction and refuses what somebody else was faster with; it never decides what
 * runs, and never takes part in a transaction of the caller's.
 *
 * @since 0.1.0
 */
import { SqlClient, type SqlConnection, type SqlError } from "@effect/sql"
import type { SqliteClient } from "@effect/sql-sqlite-node"
import { Context, Effect, Layer, Option, Schedule } from "effect"
import { type JobRun, type JobState, JobStore } from "tickwork"
import type { DatabaseRefused } from "./DatabaseRefused.ts"
import * as Owner from "./Owner.ts"
import * as SqliteFile from "./SqliteFile.ts"
import * as Statements from "./Statements.ts"
import * as Tables from "./Tables.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Stands before the names of the tables; empty unless set. */
  readonly prefix?: string
}

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

/** How many rows are written or read with one statement. */
const chunkSize = 1000

const isBusy = ({ cause }: SqlError.SqlError): boolean =>
  String((cause as { readonly code?: unknown } | null)?.code ?? "").startsWith("SQLITE_BUSY")

/** Another process writes: that is a matter of milliseconds. */
const untilFree = Schedule.exponential("5 millis").pipe(
  Schedule.union(Schedule.spaced("100 millis")),
  Schedule.upTo("5 seconds")
)

const storeError =
  (operation: string) =>
  ({ cause, message }: SqlError.SqlError) =>
    new JobStore.StoreError({ operation, reason: cause instanceof Error ? cause.message : message, cause })

const isInTransactionOn = (own: SqlConnection.Connection, context: Context.Context<never>): boolean =>
  Option.exists(Context.getOption(context, SqlClient.TransactionConnection), ([connection]) => connection === own)

const insideTransaction = (operation: string) =>
  new JobStore.StoreError({
    operation,
    reason: "it was called inside a transaction on the same client, which it would wait for. Call it outside"
  })

const withCadence = <A>(row: { readonly cadence: unknown }): A =>
  ({ ...row, cadence: JSON.parse(String(row.cadence)) }) as A

const make = (names: Tables.Names) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const owner = yield* Owner.make
    const statements = Statements.make(names)

    const own = yield* Effect.scoped(sql.reserve)

    // a connection of its own keeps a store call out of the caller's transaction, where there is one to be had
    const on = <A>(
      operation: string,
      use: (connection: SqlConnection.Connection) => Effect.Effect<A, SqlError.SqlError>
    ) => {
      const attempt = Effect.scoped(Effect.flatMap(sql.reserve, use))
      const patient = Effect.catchAll(attempt, (error) =>
        isBusy(error) ? Effect.retry(attempt, { schedule: untilFree, while: isBusy }) : Effect.fail(error)
      ).pipe(Effect.mapError(storeError(operation)))
      return Effect.withFiberRuntime<A, JobStore.StoreError>(({ currentContext }) =>
        isInTransactionOn(own, currentContext) ? Effect.fail(insideTransaction(operation)) : patient
      )
    }
    const inTransaction = <A>(
      { execute }: SqlConnection.Connection,
      body: Effect.Effect<A, SqlError.SqlError>
    ): Effect.Effect<A, SqlError.SqlError> =>
      Effect.uninterruptible(
        Effect.zipRight(
          execute(statements.begin, [], undefined),
          Effect.matchCauseEffect(Effect.zipLeft(body, execute(statements.commit, [], undefined)), {
            onSuccess: Effect.succeed,
            onFailure: (cause) =>
              Effect.zipRight(Effect.ignore(execute(statements.rollback, [], undefined)), Effect.failCause(cause))
          })
        )
      )
    const read = <A>(operation: string, statement: string, parameters: ReadonlyArray<unknown>) =>
      Effect.map(
        on(operation, ({ execute }) => execute(statement, parameters, undefined)),
        (rows) => rows.map(withCadence<A>)
      )

    const commit =
      ({ claims, saves }: JobStore.Batch) =>
      (connection: SqlConnection.Connection) => {
        const { execute } = connection
        const save = Effect.gen(function* () {
          if (saves.length === 0) return []
          const accepted = yield* execute(statements.save, [Statements.savesToJson(saves)], undefined)
          const refused = rest(saves, accepted)
          const lost = new Set(refused)
          const runs = saves.flatMap((save) => (save.run === null || lost.has(save) ? [] : [save.run]))
          if (runs.length > 0) yield* execute(statements.write, [Statements.runsToJson(runs)], undefined)
          return refused
        })
        const claim = Effect.gen(function* () {
          if (claims.length === 0) return []
          return rest(claims, yield* execute(statements.claim, [Statements.claimsToJson(claims)], undefined))
        })
        return inTransaction(
          connection,
          Effect.zipWith(save, claim, (saves, claims) => ({ saves, claims }))
        )
      }

    return JobStore.JobStore.of({
      owner,
      load: (jobNames) =>
        Effect.map(
          Effect.forEach(chunksOf(jobNames), (names) =>
            read<JobState.JobState>("read the state of the jobs", statements.load, [JSON.stringify(names)])
          ),
          (chunks) => chunks.flat()
        ),
      get: (refs) => read("read the state of the jobs", statements.get, [Statements.refsToJson(refs)]),
      add: (states) =>
        on("add jobs", (connection) =>
          inTransaction(
            connection,
            Effect.forEach(
              chunksOf(states),
              (chunk) => connection.execute(statements.add, [Statements.statesToJson(chunk)], undefined),
              { discard: true }
            )
          )
        ),
      commit: (batch) => on("record the runs", commit(batch)),
      renew: (claims) =>
        Effect.asVoid(
          on("renew the claims", ({ execute }) =>
            execute(statements.renew, [Statements.holdingsToJson(claims)], undefined)
          )
        ),
      runs: (query) => {
        const { parameters, where } = conditions(query)
        const page = `${statements.runs} ${where} ORDER BY id DESC LIMIT ?`
        return read<JobRun.JobRun>("read the log", page, [...parameters, query.limit ?? 100])
      }
    })
  })

const chunksOf = <A>(all: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> =>
  Array.from({ length: Math.ceil(all.length / chunkSize) }, (_, index) =>
    all.slice(index * chunkSize, (index + 1) * chunkSize)
  )

/** What was sent and has not come back. */
const rest = <A extends { readonly state: JobStore.Ref }>(
  sent: ReadonlyArray<A>,
  accepted: ReadonlyArray<JobStore.Ref>
): ReadonlyArray<A> => {
  if (accepted.length === sent.length) return []
  const ids = new Set(accepted.map(({ jobName, key }) => `${jobName}\u0000${key}`))
  return sent.filter(({ state }) => !ids.has(`${state.jobName}\u0000${state.key}`))
}

const conditions = ({ from, jobName, key, status, to }: JobStore.RunQuery) => {
  const asked: ReadonlyArray<readonly [string, unknown]> = [
    ["job_name = ?", jobName],
    ["key = ?", key],
    ["status = ?", status],
    ["started_at >= ?", from],
    ["started_at < ?", to]
  ]
  const given = asked.filter(([, value]) => value !== undefined)
  return {
    where: given.length === 0 ? "" : `WHERE ${given.map(([condition]) => condition).join(" AND ")}`,
    parameters: given.map(([, value]) => value)
  }
}

const open = (names: Tables.Names, database: string) =>
  SqliteFile.checkTables(names, { database, shared: true }).pipe(
    Effect.zipRight(Tables.migrate(names)),
    Effect.catchTag("MigrationError", Effect.die),
    Effect.zipRight(make(names)),
    Effect.catchTag("SqlError", ({ cause }) => Effect.fail(SqliteFile.refused(database, cause)))
  )

const refuseOthers = Effect.flatMap(SqlClient.SqlClient, (sql) =>
  sql.onDialectOrElse({
    sqlite: () => Effect.void,
    orElse: () =>
      Effect.dieMessage(
        "SqlJobStore.layer speaks SQLite only in this release: give it a SqliteClient, or use layerSqlite"
      )
  })
)

/**
 * The job store beside your own tables, on the SQL client of your application. It adds its tables where they are
 * missing, and fails with `DatabaseRefused` where tables of those names are not Tickwork's or are from a later release.
 *
 * @example
 * ```ts
 * import type { SqliteClient } from "@effect/sql-sqlite-node"
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
export const layer = (options: Options = {}): Layer.Layer<JobStore.JobStore, DatabaseRefused, SqlClient.SqlClient> =>
  Layer.scoped(
    JobStore.JobStore,
    Effect.zipRight(refuseOthers, open(Tables.names(options.prefix ?? ""), "the database of the SQL client"))
  )

/**
 * The embedded default: a SQLite file, and the client on it for the tables of your jobs.
 *
 * The file is looked at read-only first. One that is no database, that is foreign (it holds tables, and none of them
 * Tickwork's), newer than this release, unreadable or read-only is refused with `DatabaseRefused` and left unchanged.
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
): Layer.Layer<JobStore.JobStore | SqlClient.SqlClient | SqliteClient.SqliteClient, DatabaseRefused> => {
  const { filename, prefix = "", synchronous = "normal" } = options
  const names = Tables.names(prefix)
  const refuse = (cause: unknown) => Effect.fail(SqliteFile.refused(filename, cause))
  const store = Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql.unsafe(`PRAGMA synchronous = ${synchronous.toUpperCase()}`)
    return yield* open(names, filename)
  }).pipe(Effect.catchTag("SqlError", ({ cause }) => refuse(cause)))
  return Layer.unwrapEffect(
    Effect.as(
      SqliteFile.inspect(filename, names),
      Layer.provideMerge(Layer.scoped(JobStore.JobStore, store), SqliteFile.client({ filename }))
    )
  )
}
