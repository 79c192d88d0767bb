/**
 * How long the store keeps the event loop where another connection writes: SQLite itself would wait for five seconds.
 */
import { SqlClient } from "@effect/sql"
import { SqliteClient } from "@effect/sql-sqlite-node"
import { assert, it } from "@effect/vitest"
import { SqlJobStore } from "@tickwork/sql"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Context, Duration, Effect, Fiber, Layer } from "effect"
import { JobState, JobStore } from "tickwork"

const cadence = { definition: "every 1000 ms", anchor: 0, seed: 1, steps: 0, state: null }

const mostMs = 1000

const state = JobState.initial("a", "", { state: cadence, nextAt: 0 }, 0)

const claim = { state: JobState.claimed(state, "one", { scheduledAt: 0, trigger: "schedule" }, 1) }

it.scopedLive("a write beside another connection that writes waits, and the event loop goes on", () =>
  Effect.gen(function* () {
    const filename = yield* TemporaryFile.make
    const store = Context.get(yield* Layer.build(SqlJobStore.layerSqlite({ filename })), JobStore.JobStore)
    const others = Context.get(yield* Layer.build(SqliteClient.layer({ filename })), SqlClient.SqlClient)
    yield* store.add([state])
    const writes = [store.add([{ ...state, key: "b" }]), store.commit({ saves: [], claims: [claim] })]
    for (const write of writes) {
      const [took, waiting] = yield* others.withTransaction(
        Effect.gen(function* () {
          yield* others`UPDATE job_state SET total_runs = total_runs`
          const begun = yield* Effect.fork(write)
          const [took] = yield* Effect.timed(Effect.sleep("50 millis"))
          return [Duration.toMillis(took), begun] as const
        })
      )
      assert.isBelow(took, mostMs)
      yield* Fiber.join(waiting)
    }
  })
)
