import { assert, describe, it } from "@effect/vitest"
import { SqlJobStore } from "@tickwork/sql"
import { type Case, cases } from "@tickwork/test-support/Cases"
import { byEffect, forAll, jobOf, patience, runsOf } from "@tickwork/test-support/Law1"
import * as Sets from "@tickwork/test-support/Sets"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Context, Effect, Fiber, Layer, Option } from "effect"
import { JobStore, Jobs, Tick } from "tickwork"
import { ManualClock } from "tickwork/testing"

const enough = 8
const horizon = 24 * 3_600_000
const numRuns = Sets.pick({ fast: 30, full: 300 })

/** The life of a process: it opens the file, with a schedule of its own, does one thing, and closes the file. */
const lifeOf =
  (given: Case, filename: string, body: ReturnType<typeof runsOf>["body"]) =>
  <A, E>(use: (tick: Tick.Service, store: JobStore.Service) => Effect.Effect<A, E>) =>
    Layer.provideMerge(Tick.layer(Jobs.make(jobOf(given, body))), SqlJobStore.layerSqlite({ filename })).pipe(
      Layer.build,
      Effect.flatMap((built) => use(Context.get(built, Tick.Tick), Context.get(built, JobStore.JobStore))),
      Effect.scoped
    )

/** Each step in a process of its own: what is next, then, on time, the run of it. */
const fromLifeToLife = (given: Case) =>
  Effect.gen(function* () {
    const time = yield* ManualClock.ManualClock
    const { body, starts } = runsOf(given, enough)
    const life = lifeOf(given, yield* TemporaryFile.make, body)
    const next = life((tick) => tick.next)
    for (let planned = yield* next; Option.isSome(planned); planned = yield* next) {
      if (starts.length === enough || planned.value.at > given.start + horizon) break
      yield* time.jumpTo(planned.value.at)
      const takes = given.durations[starts.length % given.durations.length] ?? 0
      yield* life((tick) =>
        Effect.gen(function* () {
          const once = yield* Effect.fork(tick.once)
          yield* time.advance(takes)
          assert.strictEqual((yield* Fiber.join(once)).length, 1)
        })
      )
    }
    const [stored] = yield* life((_, store) => store.load(["alone"]))
    return { starts, seed: stored?.position.cadence.seed ?? assert.fail("nothing is stored") }
  }).pipe(Effect.scoped, Effect.provide(ManualClock.layer(given.start)), Effect.orDie)

describe("law 2, Durability", () => {
  it.effect(
    "a job whose store is reopened between all its steps starts when Effect starts it",
    () =>
      forAll(cases([0, 1, 20, 900, 4000, 60_000, 600_000]), { seed: 12, numRuns }, (given) =>
        Effect.gen(function* () {
          const { seed, starts } = yield* fromLifeToLife(given)
          const expected = yield* byEffect(given, { seed, enough, ms: horizon })
          assert.deepStrictEqual(starts, expected.starts.slice(0, enough))
          return starts.length
        })
      ),
    patience
  )
})
