import { assert, describe, it } from "@effect/vitest"
import { type Case, cases, kinds } from "@tickwork/test-support/Cases"
import { byEffect, driven, forAll, jobOf, patience, runsOf } from "@tickwork/test-support/Law1"
import * as Sets from "@tickwork/test-support/Sets"
import { Context, Effect, Fiber, FiberId, Layer, Option, TestClock, TestContext } from "effect"
import { JobStore, Jobs, Tick } from "tickwork"
import { ManualClock } from "tickwork/testing"

const minute = 60_000
const short = [0, 0, 1, 1, 20, 300, 900, 4000, 7001]

/** A tick that is about to start, when it begins the runs of a case, and the dice that it stored for the job. */
const daemonOf = (given: Case, enough: number) =>
  Effect.gen(function* () {
    const { body, starts } = runsOf(given, enough)
    const tick = Layer.provideMerge(Tick.layer(Jobs.make(jobOf(given, body))), JobStore.layerMemory)
    const built = yield* Layer.build(tick)
    const [stored] = yield* Context.get(built, JobStore.JobStore).load(["alone"])
    return {
      starts,
      run: Context.get(built, Tick.Tick).run,
      seed: stored?.position.cadence.seed ?? assert.fail("no dice")
    }
  })

const onTheHandClock = (given: Case) =>
  Effect.gen(function* () {
    const enough = 10
    const horizon = 60 * minute
    const time = yield* ManualClock.ManualClock
    const { run, seed, starts } = yield* daemonOf(given, enough)
    const expected = yield* byEffect(given, { seed, enough, ms: horizon })
    const fiber = yield* Effect.forkDaemon(run)
    const last = expected.starts.at(-1) ?? 0
    // no further than anything can come: past the end of the last run, or past the start of one that never ends
    const until = expected.hasEnded ? last + 11 * minute : last + (expected.starts.length > enough ? minute : horizon)
    yield* time.advance(Math.min(until, horizon))
    assert.deepStrictEqual(starts, expected.starts)
    yield* Effect.fork(Fiber.interrupt(fiber))
    yield* time.advance("15 seconds")
    return starts.length
  }).pipe(Effect.scoped, Effect.provide(ManualClock.layer(given.start)), Effect.orDie)

const onTheTestClock = (given: Case) =>
  Effect.gen(function* () {
    const enough = 5
    yield* TestClock.setTime(given.start)
    const { run, seed, starts } = yield* daemonOf(given, enough)
    const expected = runsOf(given, enough)
    const daemon = yield* Effect.forkDaemon(run)
    const effect = yield* Effect.forkDaemon(driven(given, expected.body, seed))
    const isOver = Effect.map(Fiber.poll(effect), (exit) => Option.isSome(exit) || starts.length > enough)
    for (let waited = 0; waited < 6; waited++) {
      yield* TestClock.adjust("1 minute")
      if (yield* isOver) break
    }
    assert.deepStrictEqual(starts, expected.starts)
    yield* Fiber.interruptAllAs([daemon, effect], FiberId.none).pipe(Effect.fork)
    yield* TestClock.adjust("15 seconds")
    return starts.length
  }).pipe(Effect.scoped, Effect.provide(TestContext.TestContext), Effect.orDie)

const any = cases([...short, minute, 10 * minute])

describe("law 1, Repeat", () => {
  it.effect.each(Sets.pick({ fast: [1], full: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] }))(
    "a job alone on a daemon starts when Effect starts it, seed %i",
    (seed) =>
      Effect.gen(function* () {
        const met = yield* forAll(any, { seed, numRuns: Sets.pick({ fast: 300, full: 1000 }) }, onTheHandClock)
        assert.sameMembers([...met], [...kinds], "each kind of schedule takes part")
      }),
    patience
  )

  it.effect(
    "a job alone on a daemon starts when Effect starts it, under TestClock, too",
    () => forAll(cases(short), { seed: 12, numRuns: Sets.pick({ fast: 50, full: 200 }) }, onTheTestClock),
    patience
  )
})
