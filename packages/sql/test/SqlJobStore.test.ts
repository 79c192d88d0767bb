import { SqlClient } from "@effect/sql"
import { SqliteClient } from "@effect/sql-sqlite-node"
import { assert, describe, it } from "@effect/vitest"
import { SqlJobStore } from "@tickwork/sql"
import { Effect, Layer } from "effect"
import { JobStore } from "tickwork"
import { StoreLaws } from "tickwork/testing"
import * as TemporaryFile from "./support/TemporaryFile.ts"

const onFile = Layer.unwrapScoped(Effect.map(TemporaryFile.make, (filename) => SqlJobStore.layerSqlite({ filename })))

const onSharedFile = Layer.unwrapScoped(
  Effect.map(TemporaryFile.make, (filename) =>
    SqlJobStore.layer({ prefix: "app_" }).pipe(Layer.provide(SqliteClient.layer({ filename })))
  )
)

const stores = { "SQLite on a file": onFile, "a client of the application's": onSharedFile }

for (const [name, store] of Object.entries(stores)) {
  describe(`JobStore, ${name}`, () => {
    for (const [promise, law] of Object.entries(StoreLaws.laws)) {
      it.effect(promise, () => Effect.provide(law, Layer.fresh(store)))
    }
  })
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

  it.scoped("says so when it is called inside a transaction that it would have to wait for", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const store = yield* JobStore.JobStore
      const error = yield* Effect.flip(sql.withTransaction(store.runs({})))
      assert.instanceOf(error, JobStore.StoreError)
      assert.include(error.message, "inside a transaction")
      assert.deepStrictEqual(yield* store.runs({}), [])
    }).pipe(Effect.provide(onFile))
  )
})
