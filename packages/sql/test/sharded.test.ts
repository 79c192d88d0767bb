/**
 * One job store over two databases.
 */
import { SqlClient } from "@effect/sql"
import { SqliteClient } from "@effect/sql-sqlite-node"
import { assert, describe, it } from "@effect/vitest"
import { ShardedJobStore, SqlJobStore } from "@tickwork/sql"
import * as StoreLaws from "@tickwork/test-support/StoreLaws"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Array as Arr, Context, Effect, Fiber, Layer, Option, Ref, TestClock } from "effect"
import { Job, JobState, JobStore, Jobs, Placement, Tick, TickClient } from "tickwork"
import { StoreLaws as Laws } from "tickwork/testing"

const file = (filename: string) => SqlJobStore.layerSqlite({ filename })

const over = (one: string, other: string) => ShardedJobStore.layer([file(one), file(other)])

const newFiles = Effect.all([TemporaryFile.make, TemporaryFile.make])

/** Each database counts by itself. */
const ofLimits = [
  "a claim is refused while its limit is full",
  "of many claims under one limit at once, no more win than the limit admits",
  "a rate counts claims, and runs that began in its window, of one key or of all"
]

describe("a store over two files", () => {
  StoreLaws.hold(Layer.unwrapScoped(Effect.map(newFiles, ([one, other]) => over(one, other))), ofLimits)

  it("keeps all laws but those of limits", () => {
    assert.includeMembers(Object.keys(Laws.laws), ofLimits)
  })

  it.scopedLive("runs and controls each key in the file of its partition, after a restart too", () =>
    Effect.gen(function* () {
      const [one, other] = yield* newFiles
      const keys = Arr.makeBy(20, (n) => `key ${n}`)
      const sync = Job.make("sync", { keys: Effect.succeed(keys) }, () => Effect.void).pipe(Job.every("1 hour"))
      const plain = Job.make("plain", Effect.void).pipe(Job.every("1 hour"))
      const jobs = Jobs.make(sync, plain)
      const live = <A, E>(use: Effect.Effect<A, E, Tick.Tick | TickClient.TickClient>) =>
        Effect.provide(
          use,
          Layer.fresh(Layer.provide(Layer.merge(Tick.layer(jobs), TickClient.layer(jobs)), over(one, other)))
        )
      assert.strictEqual((yield* live(Tick.once)).length, 21)
      const again = yield* live(
        Effect.gen(function* () {
          for (const key of keys) yield* TickClient.trigger(sync, { key })
          yield* TickClient.pause(plain)
          return yield* Tick.once
        })
      )
      assert.deepStrictEqual(
        again.map(({ key, trigger }) => `${key} ${trigger}`).sort(),
        keys.map((key) => `${key} manual`).sort()
      )
      assert.strictEqual((yield* live(Tick.once)).length, 0, "each request is carried out once")
      const stored = (filename: string) =>
        Effect.flatMap(SqlClient.SqlClient, (sql) => sql<{ key: string }>`SELECT key FROM job_state`).pipe(
          Effect.map((rows) => rows.map(({ key }) => key).sort()),
          Effect.provide(SqliteClient.layer({ filename, readonly: true }))
        )
      const of = (index: number) => ["", ...keys].filter((key) => Placement.partitionOf(key) % 2 === index).sort()
      assert.deepStrictEqual(yield* stored(one), of(0))
      assert.deepStrictEqual(yield* stored(other), of(1))
    })
  )

  it.scopedLive("is refused where the files are in another order than before", () =>
    Effect.gen(function* () {
      const [one, other] = yield* newFiles
      const open = (store: ReturnType<typeof over>) =>
        Effect.scoped(
          Layer.build(
            Layer.provide(
              Tick.layer(Jobs.make(Job.make("a", Effect.void).pipe(Job.every("1 hour")))),
              Layer.fresh(store)
            )
          )
        )
      yield* open(over(one, other))
      const refused = yield* Effect.flip(open(over(other, one)))
      assert.instanceOf(refused, ShardedJobStore.ShardedJobStoreError)
      assert.match(
        refused.message,
        /^The stores must be the same as ever, in the same order: store 1 has key "" of job "a"/
      )
    })
  )
})

const away = new JobStore.StoreError({ operation: "write", reason: "it is away" })

/** A store whose commits fail this often. */
const unsteady = (failures: number) =>
  Layer.scopedContext(
    Effect.gen(function* () {
      const context = yield* Layer.build(Layer.fresh(JobStore.layerMemory))
      const store = Context.get(context, JobStore.JobStore)
      const left = yield* Ref.make(failures)
      const commit: typeof store.commit = (batch) =>
        Effect.flatMap(
          Ref.getAndUpdate(left, (left) => left - 1),
          (left) => (left > 0 ? away : store.commit(batch))
        )
      return Context.add(context, JobStore.JobStore, { ...store, commit })
    })
  )

const two = ["key 1", "key 2", "key 3", "key 4"]

/** Claims instances of both stores in one batch. */
const claimed = Effect.gen(function* () {
  const store = yield* JobStore.JobStore
  const states = yield* store.load(["sync"])
  assert.strictEqual(new Set(states.map(({ key }) => Placement.partitionOf(key) % 2)).size, 2)
  const claims = states.map((state) => ({
    state: JobState.claimed(state, "one", { scheduledAt: 0, trigger: "schedule" }, 0)
  }))
  const tokens = Effect.map(store.load(["sync"]), (states) => states.map(({ claim }) => claim.token))
  return { commit: store.commit({ saves: [], claims }), tokens }
})

const prepared = (failures: readonly [number, number]) => {
  const [one, other] = failures
  const sync = Job.make("sync", { keys: Effect.succeed(two) }, () => Effect.void).pipe(Job.every("1 hour"))
  const store = ShardedJobStore.layer([unsteady(one), unsteady(other)])
  return Layer.provideMerge(Tick.layer(Jobs.make(sync)), store)
}

describe("a batch for two databases", () => {
  it.scoped("is written whole where one of them is away for a while, each part once", () =>
    Effect.gen(function* () {
      const { commit, tokens } = yield* claimed
      const committing = yield* Effect.fork(commit)
      yield* TestClock.adjust("1 second")
      assert.isTrue(Option.isNone(yield* Fiber.poll(committing)), "it waits for the other one")
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(yield* Fiber.join(committing), JobStore.nothingRefused)
      assert.deepStrictEqual(
        yield* tokens,
        two.map(() => 1)
      )
    }).pipe(Effect.provide(prepared([0, 3])))
  )

  it.scoped("is not written at all where both are away", () =>
    Effect.gen(function* () {
      const { commit, tokens } = yield* claimed
      assert.deepStrictEqual(yield* Effect.flip(commit), away)
      assert.deepStrictEqual(
        yield* tokens,
        two.map(() => 0)
      )
      assert.deepStrictEqual(yield* commit, JobStore.nothingRefused)
      assert.deepStrictEqual(
        yield* tokens,
        two.map(() => 1)
      )
    }).pipe(Effect.provide(prepared([1, 1])))
  )
})
