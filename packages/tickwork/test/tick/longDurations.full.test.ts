/**
 * Weeks of delays and of a drain, on timers that last no longer than those of JavaScript.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { onShortTimers } from "@tickwork/test-support/ShortTimers"
import { Effect, Fiber, Option, Schedule } from "effect"
import { Job, Jobs } from "tickwork"

const { hour, minute, start } = Bench
const day = 24 * hour

describe("a duration longer than a timer", () => {
  it.effect("is a delay: of a retry, a recheck, a cadence and the listing of keys", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      let lists = 0
      let checks = 0
      const keys = Effect.sync(() => {
        lists += 1
        return []
      })
      const holds = Effect.sync(() => ++checks > 2)
      const jobs = Jobs.make(
        work
          .job("retried", 0, Effect.fail("no"))
          .pipe(Job.at(start), Job.retry(Schedule.intersect(Schedule.spaced("30 days"), Schedule.recurs(1)))),
        work.job("checked").pipe(Job.at(start), Job.when("it may", holds, { recheck: "30 days" })),
        work.job("spaced").pipe(Job.repeat(Schedule.spaced("30 days"))),
        Job.make("keyed", { keys, refresh: "30 days" }, () => Effect.void).pipe(Job.every("1 hour"))
      )
      const bench = yield* Bench.daemonOf(jobs)
      yield* bench.time.advance("61 days")
      assert.deepStrictEqual(work.starts("retried"), [0, 30 * day])
      assert.deepStrictEqual(work.starts("checked"), [60 * day])
      assert.deepStrictEqual(work.starts("spaced"), [0, 30 * day, 60 * day])
      assert.strictEqual(lists, 3)
    }).pipe(onShortTimers, Bench.run)
  )

  it.effect("is the time of a drain: a body that takes longer is interrupted after it", () =>
    Effect.gen(function* () {
      const jobs = Jobs.make(Job.make("sole", Effect.never).pipe(Job.at(start), Bench.withoutRetry))
      const bench = yield* Bench.open(jobs, { drain: "30 days", lease: "90 days" })
      const daemon = yield* Effect.forkDaemon(bench.tick.run)
      yield* bench.time.advance("1 minute")
      const stopping = yield* Effect.fork(Fiber.interrupt(daemon))
      yield* bench.time.advance(30 * day - 1)
      assert.isTrue(Option.isNone(yield* Fiber.poll(stopping)))
      yield* bench.time.advance("5 seconds")
      assert.isTrue(Option.isSome(yield* Fiber.poll(stopping)))
      assert.deepStrictEqual(
        (yield* bench.store.log).map(({ durationMs, status }) => [status, durationMs]),
        [["interrupted", 30 * day + minute]]
      )
    }).pipe(onShortTimers, Bench.run)
  )
})
