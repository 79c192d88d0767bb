import { SqlClient } from "@effect/sql"
import { SqliteClient } from "@effect/sql-sqlite-node"
import { assert, describe, it } from "@effect/vitest"
import * as Process from "@tickwork/test-support/Process"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect, Layer, Random } from "effect"
import * as Told from "./support/Told.ts"

const names = ["every", "parallel", "backoff", "failing", "never"]

/** How many rows a table has, read as any other program would read it. */
const count = (filename: string, table: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const rows = yield* sql<{ n: number }>`SELECT COUNT(*) AS n FROM ${sql(table)}`
    return rows[0]?.n ?? 0
  }).pipe(Effect.provide(Layer.fresh(SqliteClient.layer({ filename, readonly: true, disableWAL: true }))))

describe("a process killed with SIGKILL", () => {
  it.scopedLive(
    "loses no run from the log, counts none twice, and goes on where it was",
    () =>
      Effect.gen(function* () {
        const filename = yield* TemporaryFile.make
        for (let life = 0; life < 4; life++) {
          const child = yield* Process.start(new URL("./support/crashing.ts", import.meta.url), [filename])
          yield* Process.lines(child, yield* Random.nextIntBetween(3, 12))
          yield* Process.end(child, "SIGKILL")
        }
        const last = yield* Process.start(new URL("./support/crashing.ts", import.meta.url), [filename])
        yield* Process.lines(last, 3)
        yield* Process.end(last, "SIGTERM")

        const instances = yield* Told.onFile(filename)
        assert.strictEqual(instances.length, names.length)
        for (const instance of instances) {
          Told.isConsistent(instance)
          const { lines } = instance
          for (const [index, line] of lines.entries()) {
            const next = lines[index + 1]
            if (next === undefined || next.status === "skipped") continue
            assert.isAtLeast(
              next.scheduledAt,
              line.position.scheduledAt ?? Number.NaN,
              "each run stands for what was planned"
            )
          }
        }
        const runs = instances.flatMap(({ lines }) => lines)
        const interrupted = runs.filter(({ status }) => status === "interrupted")
        for (const { attempt, jobName, scheduledAt, seq } of interrupted) {
          const retried = runs.find((run) => run.jobName === jobName && run.seq === seq + 1)
          // cut short a second time in a row, it makes way for the next instant
          if (retried === undefined || attempt > 1) continue
          assert.strictEqual(retried.scheduledAt, scheduledAt, "what was cut short is tried again for the same instant")
          assert.strictEqual(retried.attempt, attempt + 1)
        }
        // a body that was cut short may have done its work already: it is never the other way round
        const done = yield* count(filename, "done")
        const succeeded = runs.filter(({ status }) => status === "success").length
        assert.isAtLeast(done, succeeded)
        assert.isAtMost(done, succeeded + interrupted.length)
      }).pipe(Effect.withRandom(Random.make("crash"))),
    180_000
  )

  it.scopedLive(
    "leaves nothing that says it runs, once a stop has been asked for",
    () =>
      Effect.gen(function* () {
        const filename = yield* TemporaryFile.make
        const child = yield* Process.start(new URL("./support/crashing.ts", import.meta.url), [filename])
        yield* Process.lines(child, 5)
        yield* Process.end(child, "SIGTERM")
        assert.deepStrictEqual(
          (yield* Told.onFile(filename)).map(({ state }) => state.claim.owner),
          names.map(() => null)
        )
      }),
    180_000
  )
})
