/**
 * Durations longer than a timer of JavaScript can last, 24.8 days: on the real clock a longer sleep never ends.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { onShortTimers } from "@tickwork/test-support/ShortTimers"
import { Context, Deferred, Effect, Exit, Fiber, Layer, Option, Scope } from "effect"
import { Job, JobStore, Jobs, Tick } from "tickwork"
import { ManualClock } from "tickwork/testing"
import * as Timeout from "../../src/internal/engine/Timeout.ts"

const { hour, minute, start } = Bench
const day = 24 * hour

describe("a duration longer than a timer", () => {
  it.effect("is the test's own: a sleep of it never ends on this clock", () =>
    Effect.gen(function* () {
      const time = yield* ManualClock.ManualClock
      const sleeping = yield* Effect.fork(onShortTimers(Effect.sleep("25 days")))
      yield* time.advance("30 days")
      assert.isTrue(Option.isNone(yield* Fiber.poll(sleeping)))
    }).pipe(Bench.run)
  )

  it.effect("fires as the timeout of a job", () =>
    Effect.gen(function* () {
      const job = Job.make("sole", Effect.never).pipe(Job.at(start), Job.timeout("25 days"), Bench.withoutRetry)
      // a long lease is renewed seldom
      const bench = yield* Bench.daemonOf(Jobs.make(job), { lease: "90 days" })
      yield* bench.time.advance(25 * day - 1)
      assert.deepStrictEqual(yield* bench.store.log, [])
      yield* bench.time.advance(minute)
      const [entry] = yield* bench.store.log
      assert.deepStrictEqual([entry?.status, entry?.durationMs], ["timeout", 25 * day])
    }).pipe(onShortTimers, Bench.run)
  )

  it.effect("ends an effect after it, and no sooner, however long it is", () =>
    Effect.gen(function* () {
      const time = yield* ManualClock.ManualClock
      let interrupted = 0
      const endless = Effect.onInterrupt(Effect.never, () => Effect.sync(() => ++interrupted))
      const limited = yield* Effect.fork(Timeout.to(endless, 100 * day, () => "over"))
      yield* time.advance(100 * day - 1)
      assert.strictEqual(interrupted, 0)
      yield* time.advance(1)
      assert.deepStrictEqual([yield* Fiber.join(limited), interrupted], ["over", 1])
      assert.strictEqual(
        yield* Timeout.to(Effect.as(Effect.sleep("1 day"), "ended"), 100 * day, () => "over").pipe(time.until),
        "ended"
      )
      assert.strictEqual(yield* Effect.flip(Timeout.to(Effect.fail("failed"), 100 * day, () => "over")), "failed")
    }).pipe(onShortTimers, Bench.run)
  )

  it.live("is no timeout that fires at once", () =>
    Effect.gen(function* () {
      const job = Job.make("sole", Effect.sleep("20 millis")).pipe(Job.every("1 hour"), Job.timeout("25 days"))
      const [entry] = yield* Effect.provide(Tick.once, Layer.provide(Tick.layer(Jobs.make(job)), JobStore.layerMemory))
      assert.strictEqual(entry?.status, "success")
    })
  )

  it.effect("is an option of a tick: lease, budget, tolerance, watch, drain and alertTimeout", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const long = "30 days"
      const options = {
        lease: long,
        budget: long,
        tolerance: long,
        watch: long,
        drain: long,
        alertTimeout: long
      } as const
      const bench = yield* Bench.open(Jobs.make(work.job("sole", "1 minute").pipe(Job.every("1 hour"))), options)
      const calling = yield* Effect.fork(bench.tick.once)
      yield* bench.time.advance("1 minute")
      assert.strictEqual((yield* Fiber.join(calling)).length, 1)
      const daemon = yield* Effect.forkDaemon(bench.tick.run)
      yield* bench.time.advance("1 hour")
      assert.isBelow(yield* Bench.stop(daemon), 2 * minute)
      assert.strictEqual(work.begun.length, 2)
    }).pipe(onShortTimers, Bench.run)
  )

  it.effect.each([
    ["that of the handler of alerts", { alertTimeout: "25 days", drain: "60 days" }, 25 * day],
    ["what the handler has when the layer is closed", { alertTimeout: "60 days", drain: "25 days" }, 25 * day]
  ] as const)("ends a call of onAlert: %s", ([, options, ms]) =>
    Effect.gen(function* () {
      const time = yield* ManualClock.ManualClock
      const called = yield* Deferred.make<void>()
      const onAlert = () => Effect.zipRight(Deferred.succeed(called, undefined), Effect.never)
      const bad = Job.make("bad", Effect.fail("no luck")).pipe(Job.at(start), Bench.withoutRetry, Job.alertAfter(1))
      const scope = yield* Scope.make()
      const layer = Layer.provide(Tick.layer(Jobs.make(bad), { ...options, onAlert }), JobStore.layerMemory)
      const tick = Context.get(yield* Layer.buildWithScope(layer, scope), Tick.Tick)
      yield* tick.once
      yield* Deferred.await(called)
      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* time.advance(ms - 1)
      assert.isTrue(Option.isNone(yield* Fiber.poll(closing)))
      yield* time.advance("1 second")
      assert.isTrue(Option.isSome(yield* Fiber.poll(closing)))
    }).pipe(onShortTimers, Bench.run)
  )
})
