/**
 * A tool that reads a store: it leaves nothing beside the file, and sees what is written later.
 */
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { SqlJobStore } from "@tickwork/sql"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Context, Effect, Layer } from "effect"
import { Job, JobLog, type JobStore, Jobs, Tick } from "tickwork"
import { ManualClock } from "tickwork/testing"
import { asOrdinaryUser } from "./support/OrdinaryUser.ts"

const hello = Job.make("hello", Effect.void).pipe(Job.every("5 seconds"))

const runAt = <E>(ms: number, store: Layer.Layer<JobStore.JobStore, E>) =>
  Tick.once.pipe(
    Effect.provide(Layer.provide(Tick.layer(Jobs.make(hello)), store).pipe(Layer.provideMerge(ManualClock.layer(ms))))
  )

const seen = (filename: string) =>
  fs.readdirSync(path.dirname(filename)).map((name) => {
    const { ino, mode, mtimeMs, size, uid } = fs.statSync(path.join(path.dirname(filename), name))
    return { name, ino, mode, mtimeMs, size, uid }
  })

/** What an earlier or another process reads at the same time. */
const copies = () => fs.readdirSync(os.tmpdir()).filter((name) => name.startsWith("tickwork-read-"))

const entries = (log: JobLog.Service) => Effect.map(log.history({}), (found) => found.length)

const reader = (filename: string) =>
  Effect.map(Layer.build(SqlJobStore.layerExisting({ filename, access: "read" })), Context.get(JobLog.JobLog))

describe("a store that a tool reads", () => {
  it.scoped("is left as it was by its owner, too", () =>
    Effect.gen(function* () {
      const filename = yield* TemporaryFile.make
      yield* runAt(0, SqlJobStore.layerSqlite({ filename }))
      const before = seen(filename)
      assert.strictEqual(yield* Effect.scoped(Effect.flatMap(reader(filename), entries)), 1)
      assert.deepStrictEqual(seen(filename), before)
    })
  )

  it.scoped("is left to an application that has opened it meanwhile", () =>
    Effect.gen(function* () {
      const filename = yield* TemporaryFile.make
      yield* runAt(0, SqlJobStore.layerSqlite({ filename }))
      const scope = yield* Effect.scope
      const application = yield* Effect.scoped(
        Effect.zipRight(
          Effect.flatMap(reader(filename), entries),
          Layer.buildWithScope(SqlJobStore.layerSqlite({ filename }), scope)
        )
      )
      yield* runAt(5000, Layer.succeedContext(application))
      assert.strictEqual(yield* Effect.scoped(Effect.flatMap(reader(filename), entries)), 2)
    })
  )

  it.scoped("is read as it is now by a user who does not own it, whatever its owner does meanwhile", () =>
    Effect.gen(function* () {
      const filename = yield* TemporaryFile.make
      fs.chmodSync(path.dirname(filename), 0o777)
      yield* runAt(0, SqlJobStore.layerSqlite({ filename }))
      fs.chmodSync(filename, 0o644)
      const before = copies()
      const log = yield* asOrdinaryUser(reader(filename))
      const read = asOrdinaryUser(entries(log))
      assert.strictEqual(yield* read, 1)
      assert.deepStrictEqual(copies(), before)
      yield* runAt(5000, SqlJobStore.layerSqlite({ filename }))
      assert.strictEqual(yield* read, 2)
      yield* runAt(10_000, SqlJobStore.layerSqlite({ filename }))
      assert.strictEqual(yield* read, 3)
      assert.deepStrictEqual(fs.readdirSync(path.dirname(filename)), ["app.db"])
      yield* Effect.gen(function* () {
        const application = yield* Layer.build(SqlJobStore.layerSqlite({ filename }))
        for (const n of [1, 2, 3]) {
          yield* runAt(10_000 + n * 5000, Layer.succeedContext(application))
          assert.strictEqual(yield* read, 3 + n)
        }
      }).pipe(Effect.scoped)
      assert.strictEqual(yield* read, 6)
      assert.deepStrictEqual(copies(), before)
      fs.rmSync(filename)
      assert.strictEqual((yield* Effect.exit(read))._tag, "Failure")
    })
  )
})
