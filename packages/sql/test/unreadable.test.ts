/**
 * A value that its column cannot hold is a typed error that names the job and the column, and the doctor finds it.
 */
import { SqlClient } from "@effect/sql"
import { assert, describe, it } from "@effect/vitest"
import { Doctor, SqlJobStore } from "@tickwork/sql"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect, Layer, Stream } from "effect"
import { Job, Jobs, Tick } from "tickwork"

const jobs = Jobs.make(Job.make("sync", Effect.void).pipe(Job.every("1 hour")))

const store = (filename: string) => Layer.fresh(SqlJobStore.layerSqlite({ filename }))

const junk: ReadonlyArray<readonly [column: string, value: string, reason: string]> = [
  ["cadence", "junk", "is not JSON"],
  ["cadence", "{}", "holds JSON of another shape"],
  ["next_at", "soon", "is not a number"],
  ["memory", "5", "holds JSON of another shape"],
  ["paused", "[]", "holds JSON of another shape"]
]

describe("a row of a job that cannot be read", () => {
  for (const [column, value, reason] of junk) {
    it.scopedLive(`fails the opening with one error of the store: ${value} in ${column}`, () =>
      Effect.gen(function* () {
        const filename = yield* TemporaryFile.make
        const open = Tick.once.pipe(Effect.provide(Layer.provide(Tick.layer(jobs), store(filename))))
        yield* open
        const found = yield* Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          yield* sql`UPDATE job_state SET ${sql(column)} = ${value}`
          return yield* Stream.runCollect(Doctor.examine())
        }).pipe(Effect.provide(store(filename)))
        assert.include(
          [...found].map(({ code }) => code),
          "unreadable-value"
        )
        const error = yield* Effect.flip(open)
        assert.strictEqual(error._tag, "StoreError")
        assert.include(error.message, `job "sync": the column "${column}" ${reason}. Run "tickwork doctor"`)
      })
    )
  }
})
