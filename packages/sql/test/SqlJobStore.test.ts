import { SqlClient } from "@effect/sql"
import { SqliteClient } from "@effect/sql-sqlite-node"
import { assert, describe, it } from "@effect/vitest"
import { SqlJobStore } from "@tickwork/sql"
import * as PgJobStore from "@tickwork/sql/PgJobStore"
import * as Postgres from "@tickwork/test-support/Postgres"
import * as StoreLaws from "@tickwork/test-support/StoreLaws"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Deferred, Effect, Fiber, Layer, Redacted } from "effect"
import { type Control, JobLog, JobState, JobStore } from "tickwork"
import * as Waiting from "./support/Waiting.ts"

const cadence = { definition: "every 1000 ms", anchor: 0, seed: 1, steps: 0, state: null }

const onFile = Layer.unwrapScoped(Effect.map(TemporaryFile.make, (filename) => SqlJobStore.layerSqlite({ filename })))

const onSharedFile = Layer.unwrapScoped(
  Effect.map(TemporaryFile.make, (filename) =>
    SqlJobStore.layer({ prefix: "app_" }).pipe(Layer.provide(SqliteClient.layer({ filename })))
  )
)

const onPostgres = Layer.unwrapScoped(
  Effect.map(Postgres.schema, (url) => PgJobStore.layerPg({ url: Redacted.make(url) }))
)

const onSharedPostgres = Layer.unwrapScoped(
  Effect.map(Postgres.schema, (url) => Layer.provide(SqlJobStore.layer({ prefix: "App_" }), Postgres.client(url)))
)

type Store = Layer.Layer<JobStore.JobStore | JobLog.JobLog, unknown>

const stores: ReadonlyArray<readonly [name: string, describe: typeof Postgres.describeOnPostgres, store: Store]> = [
  ["SQLite on a file", describe, onFile],
  ["a SQLite client of the application's", describe, onSharedFile],
  ["PostgreSQL", Postgres.describeOnPostgres, onPostgres],
  ["a PostgreSQL client of the application's", Postgres.describeOnPostgres, onSharedPostgres]
]

for (const [name, describe, store] of stores) {
  describe(`JobStore, ${name}`, () => StoreLaws.hold(store))
}

describe("SqlJobStore", () => {
  it.scoped("is written down in the tables that the documentation names", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const columns = yield* sql<{ name: string }>`SELECT name FROM pragma_table_info('job_state')`
      const promised = ["job_name", "last_run_at", "last_duration_ms", "last_status", "last_error"]
      const counts = ["total_runs", "total_errors", "created_at", "updated_at"]
      assert.includeMembers(
        columns.map(({ name }) => name),
        [...promised, ...counts]
      )
    }).pipe(Effect.provide(onFile))
  )

  it.scoped("keeps a killed process's commits by default and a power cut's when asked to", () =>
    Effect.gen(function* () {
      const inForce = (options: { readonly synchronous?: "full" }) =>
        Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          const rows = yield* sql<{ synchronous: number }>`SELECT synchronous FROM pragma_synchronous`
          return rows[0]?.synchronous
        }).pipe(Effect.provide(SqlJobStore.layerSqlite({ filename: ":memory:", ...options })))
      assert.strictEqual(yield* inForce({}), 1)
      assert.strictEqual(yield* inForce({ synchronous: "full" }), 2)
    })
  )

  it.scoped("waits for a transaction that somebody else has open, and is not undone with it", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const store = yield* JobStore.JobStore
      const state = JobState.initial("a", "", { state: cadence, nextAt: 0 }, 0)
      yield* store.add([state])

      const opened = yield* Deferred.make<void>()
      const failing = yield* Deferred.make<never, string>()
      const theirs = sql`CREATE TABLE theirs (x INTEGER)`.pipe(
        Effect.zipRight(Deferred.succeed(opened, undefined)),
        Effect.zipRight(Deferred.await(failing)),
        sql.withTransaction
      )
      const undone = yield* Effect.fork(Effect.flip(theirs))
      yield* Deferred.await(opened)
      const claims = [{ state: JobState.claimed(state, "me", { scheduledAt: 0, trigger: "schedule" }, 0) }]
      const ours = yield* Effect.fork(store.commit({ saves: [], claims }))
      yield* Deferred.fail(failing, "undone")

      assert.strictEqual(yield* Fiber.join(undone), "undone")
      assert.deepStrictEqual(yield* Fiber.join(ours), JobStore.nothingRefused)
      assert.strictEqual((yield* store.load(["a"]))[0]?.claim.owner, "me")
      assert.deepStrictEqual(yield* sql`SELECT name FROM sqlite_master WHERE name = 'theirs'`, [])
    }).pipe(Effect.provide(onFile))
  )

  it.scoped("says so when it is called inside a transaction that it would have to wait for", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const log = yield* JobLog.JobLog
      const error = yield* Effect.flip(sql.withTransaction(log.entries({})))
      assert.instanceOf(error, JobStore.StoreError)
      assert.include(error.message, "inside a transaction")
      assert.deepStrictEqual(yield* log.entries({}), [])
    }).pipe(Effect.provide(onFile))
  )

  it.scoped("keeps a request as a part of the transaction that it is made in", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const store = yield* JobStore.JobStore
      const request: Control.Request = {
        verb: "pause",
        jobName: "a",
        key: "",
        at: 0,
        by: "alice",
        why: "",
        dueAt: null,
        payload: null
      }
      yield* Effect.flip(sql.withTransaction(Effect.zipRight(store.submit([request]), Effect.fail("undone"))))
      assert.deepStrictEqual(yield* store.pending, [])
      assert.isNotNull(
        (yield* sql.withTransaction(store.submit([request]))).ended,
        "it is not stored before that has ended"
      )
      assert.isNull((yield* store.submit([request])).ended)
      assert.strictEqual((yield* store.pending).length, 2)
    }).pipe(Effect.provide(onFile))
  )

  it.scoped("waits for another process that writes, and leaves its statements their patience", () => Waiting.forAWriter)
})
