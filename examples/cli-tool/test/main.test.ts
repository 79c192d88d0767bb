/**
 * The tool as cron starts it: as a process that ends by itself.
 */
import * as fs from "node:fs"
import { Command } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { SqlJobStore } from "@tickwork/sql"
import * as Bundle from "@tickwork/test-support/Bundle"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect, Layer, Logger, LogLevel, Stream } from "effect"
import { Tick } from "tickwork"
import { ManualClock, TestTime } from "tickwork/testing"
import { jobs } from "../src/Registry.ts"

const text = <E, R>(stream: Stream.Stream<Uint8Array, E, R>) => Stream.mkString(Stream.decodeText(stream))

/** Runs it to its end. */
const main = (...args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const file = yield* Bundle.of(new URL("../src/main.ts", import.meta.url))
    const running = yield* Command.start(Command.make(process.execPath, file, ...args))
    const [output, errors, code] = yield* Effect.all([text(running.stdout), text(running.stderr), running.exitCode], {
      concurrency: "unbounded"
    })
    return { output, errors, code: Number(code) }
  })

describe("the tool", () => {
  it.scopedLive("runs what is due and ends; started again at once, it has nothing to do", () =>
    Effect.gen(function* () {
      const db = yield* TemporaryFile.make
      const first = yield* main("--db", db)
      assert.deepStrictEqual([first.code, first.errors], [0, ""])
      assert.match(first.output, /^copy_files success \d+ ms$/m)
      assert.match(first.output, /^next: (copy_files|delete_old_copies) at /m)
      const second = yield* main("--db", db)
      assert.strictEqual(second.code, 0)
      assert.notInclude(second.output, "copy_files success")
    }).pipe(Effect.provide(NodeContext.layer))
  )

  it.scopedLive("ends with 2 and one line where its file is no database", () =>
    Effect.gen(function* () {
      const db = yield* TemporaryFile.make
      fs.writeFileSync(db, "no database, but a text that is long enough to be read as one\n".repeat(100))
      const { code, errors } = yield* main("--db", db)
      assert.strictEqual(code, 2)
      assert.match(errors, /^[^\n]*app\.db[^\n]*\n$/)
    }).pipe(Effect.provide(NodeContext.layer))
  )
})

describe("its jobs", () => {
  it.scoped("are caught up with once, when it was not started for three days", () =>
    Effect.gen(function* () {
      const time = yield* ManualClock.ManualClock
      const names = Effect.map(Tick.once, (entries) =>
        entries.filter(({ verdict }) => verdict === "ran" || verdict === "late").map(({ jobName }) => jobName)
      )
      assert.deepStrictEqual(yield* names, ["copy_files"])
      yield* time.advance("3 days")
      // a Sunday has passed
      assert.deepStrictEqual((yield* names).sort(), ["check_copies", "copy_files", "delete_old_copies"])
      assert.deepStrictEqual(yield* names, [])
    }).pipe(
      Effect.provide(
        Tick.layer(jobs).pipe(
          Layer.provide(SqlJobStore.layerSqlite({ filename: ":memory:" })),
          Layer.provideMerge(TestTime.layer({ start: "2026-03-06T12:00:00Z" }))
        )
      ),
      Logger.withMinimumLogLevel(LogLevel.None)
    )
  )
})
