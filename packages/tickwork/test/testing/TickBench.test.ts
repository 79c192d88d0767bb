import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { Job, Jobs } from "tickwork"
import { TestTime, TickBench } from "tickwork/testing"

const onBench = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  effect.pipe(Effect.scoped, Effect.provide(TestTime.layer()))

const nap = Job.make("nap", Effect.sleep("2 minutes")).pipe(Job.every("1 hour"))

const statuses = ({ log }: TickBench.TickBench) => Effect.map(log, (lines) => lines.map(({ status }) => status))

describe("a tick on a bench", () => {
  it.effect("runs what is due, and keeps log and events in their order", () =>
    Effect.gen(function* () {
      const bench = yield* TickBench.make(Jobs.make(nap))
      const running = yield* Effect.fork(bench.tick.once)
      yield* bench.time.advance("2 minutes")
      yield* Fiber.join(running)
      yield* bench.time.advance("58 minutes")
      yield* bench.time.until(bench.tick.once)
      assert.deepStrictEqual(yield* statuses(bench), ["success", "success"])
      assert.deepStrictEqual(
        (yield* bench.log).map(({ scheduledAt }) => scheduledAt),
        [0, 3_600_000]
      )
      const tags = bench.events.map(({ _tag }) => _tag)
      assert.deepStrictEqual(tags, ["RunStarted", "RunRecorded", "RunStarted", "RunRecorded"])
    }).pipe(onBench)
  )

  it.effect("has the whole log, however long it is", () =>
    Effect.gen(function* () {
      const bench = yield* TickBench.make(Jobs.make(Job.make("beat", Effect.void).pipe(Job.every("1 minute"))))
      yield* TickBench.daemon(bench)
      yield* bench.time.advance("2 hours")
      assert.strictEqual((yield* bench.log).length, 121)
    }).pipe(onBench)
  )

  it.effect("is stopped with its scope, though a body sleeps on the hand-moved clock", () =>
    Effect.gen(function* () {
      const bench = yield* TickBench.make(Jobs.make(nap), { drain: "30 seconds" })
      yield* Effect.scoped(TickBench.daemon(bench))
      assert.deepStrictEqual(yield* statuses(bench), ["interrupted"])
      assert.strictEqual(yield* bench.time.now, 30_000)
    }).pipe(onBench)
  )

  it.effect("is opened again on the store of another, as after a restart", () =>
    Effect.gen(function* () {
      const jobs = Jobs.make(Job.make("hourly", Effect.void).pipe(Job.every("1 hour")))
      const before = yield* TickBench.make(jobs)
      yield* before.tick.once
      yield* before.time.jumpTo(150 * 60_000)
      const after = yield* TickBench.make(jobs, { store: before.store })
      yield* after.tick.once
      assert.deepStrictEqual(
        (yield* after.log).map(({ reason, scheduledAt }) => [scheduledAt / 3_600_000, reason]),
        [
          [0, null],
          [1, "missed: down"],
          [2, null]
        ]
      )
    }).pipe(onBench)
  )

  it.effect("says what is wrong with the registry", () =>
    Effect.gen(function* () {
      const refused = yield* Effect.flip(TickBench.make(Jobs.make(Job.make("never", Effect.void))))
      assert.strictEqual(refused._tag, "InvalidJobs")
    }).pipe(onBench)
  )
})
