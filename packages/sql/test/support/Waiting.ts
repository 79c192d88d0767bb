/**
 * A store that waits while another process writes to its SQLite file.
 */
import { SqlClient } from "@effect/sql"
import { SqliteClient } from "@effect/sql-sqlite-node"
import { assert } from "@effect/vitest"
import { SqlJobStore } from "@tickwork/sql"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Context, Effect, Fiber, Layer, Option, TestClock } from "effect"
import { JobState, JobStore } from "tickwork"

const cadence = { definition: "every 1000 ms", anchor: 0, seed: 1, steps: 0, state: null }

/** It is done when the other one has ended, under the test clock. */
export const forAWriter = Effect.gen(function* () {
  const filename = yield* TemporaryFile.make
  const built = yield* Layer.build(Layer.fresh(SqlJobStore.layerSqlite({ filename })))
  const store = Context.get(built, JobStore.JobStore)
  const sql = Context.get(built, SqlClient.SqlClient)
  const others = Context.get(yield* Layer.build(Layer.fresh(SqliteClient.layer({ filename }))), SqlClient.SqlClient)
  const state = JobState.initial("a", "", { state: cadence, nextAt: 0 }, 0)

  const ours = yield* others.withTransaction(
    Effect.gen(function* () {
      yield* others`INSERT INTO job_control ${others.insert({ partition: 0, verb: "pause", job_name: "a", key: "", at: 0, by: "", why: "" })}`
      const ours = yield* Effect.fork(Effect.zipRight(store.add([state]), store.commit({ saves: [], claims: [] })))
      for (let second = 0; second < 9; second++) yield* TestClock.adjust("1 second")
      assert.isTrue(Option.isNone(yield* Fiber.poll(ours)))
      return ours
    })
  )
  yield* TestClock.adjust("1 second")
  assert.deepStrictEqual(yield* Fiber.join(ours), JobStore.nothingRefused)
  assert.deepStrictEqual(yield* sql`PRAGMA busy_timeout`, [{ timeout: 5_000 }])
})
