/**
 * A process that stops while a body of it takes long.
 */
import { assert, it } from "@effect/vitest"
import { ClusterPlacement } from "@tickwork/cluster"
import * as PgJobStore from "@tickwork/sql/PgJobStore"
import * as Eventually from "@tickwork/test-support/Eventually"
import * as Postgres from "@tickwork/test-support/Postgres"
import { Array as Arr, Context, Deferred, Effect, Exit, Fiber, Layer, Option, Redacted, Scope } from "effect"
import { Job, Jobs, Placement, Tick } from "tickwork"
import { quick } from "./support/Member.ts"

const keys = Arr.makeBy(40, (n) => `key ${n}`)

/** A process whose bodies wait for something, and what it has begun. */
const start = (url: string, hold: Effect.Effect<void>) =>
  Effect.gen(function* () {
    const begun = new Set<string>()
    const sync = Job.make("sync", { keys: Effect.succeed(keys) }, (run) =>
      Effect.zipRight(
        Effect.sync(() => begun.add(run.key)),
        hold
      )
    ).pipe(Job.every("1 hour"), Job.parallel)
    const scope = yield* Effect.acquireRelease(Scope.make(), (scope) => Scope.close(scope, Exit.void))
    const live = Tick.layerDaemon(Jobs.make(sync), { concurrency: 2, drain: "1 minute" }).pipe(
      Layer.provideMerge(ClusterPlacement.layerSql(quick)),
      Layer.provide(PgJobStore.layerPg({ url: Redacted.make(url), maxConnections: 3 }))
    )
    const context = yield* Layer.buildWithScope(Layer.fresh(live), scope)
    const { health } = Context.get(context, ClusterPlacement.ClusterPlacement)
    return {
      begun,
      partitions: Effect.map(health, ({ partitions }) => partitions),
      stop: Scope.close(scope, Exit.void)
    }
  })

Postgres.describeOnPostgres("a process that stops while a body takes long", () => {
  it.scopedLive("gives its partitions away before its drain, and what runs ends there, once", () =>
    Effect.gen(function* () {
      const url = yield* Postgres.schema
      const held = yield* Deferred.make<void>()
      const one = yield* start(url, Deferred.await(held))
      const running = Effect.sync(() => one.begun.size === 2)
      yield* Eventually.isTrue("it has all partitions, and two bodies run", running)
      const stopping = yield* Effect.fork(one.stop)
      const other = yield* start(url, Effect.void)
      yield* Eventually.isTrue(
        "the other one has all partitions",
        Effect.map(other.partitions, (partitions) => partitions === Placement.partitions)
      )
      yield* Eventually.isTrue(
        "the other one runs what is idle",
        Effect.sync(() => other.begun.size === keys.length - 2)
      )
      assert.isTrue(Option.isNone(yield* Fiber.poll(stopping)), "the first one still drains")
      yield* Deferred.succeed(held, undefined)
      yield* Fiber.join(stopping)
      assert.isEmpty([...one.begun].filter((key) => other.begun.has(key)))
      yield* other.stop
    })
  )
})
