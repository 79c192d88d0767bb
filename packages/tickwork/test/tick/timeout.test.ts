import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Effect, Exit, Schedule } from "effect"
import { Job, Jobs } from "tickwork"

const { minute, second } = Bench

const endings = (store: Bench.Store, jobName: string) =>
  Effect.map(store.logOf(jobName), (runs) =>
    runs.map(({ durationMs, error, startedAt, status }) => [status, startedAt - Bench.start, durationMs, error])
  )

const late = "it was interrupted after 20 s"

describe("a job with a timeout", () => {
  it.effect("is interrupted when its time is up, and runs again at its next instant", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const slow = work
        .job("slow", "30 seconds")
        .pipe(Job.every("1 minute"), Job.timeout("20 seconds"), Bench.withoutRetry)
      const { store, time } = yield* Bench.daemonOf(Jobs.make(slow))
      yield* time.advance("90 seconds")
      assert.deepStrictEqual(yield* endings(store, "slow"), [
        ["timeout", 0, 20 * second, late],
        ["timeout", minute, 20 * second, late]
      ])
      assert.deepInclude(yield* store.state("slow"), { totalRuns: 2, totalErrors: 2, lastStatus: "timeout" })
    }).pipe(Bench.run)
  )

  it.effect.each([
    ["success", "20 seconds less a moment", Effect.void, 19_999, null],
    ["error", "its own failure", Effect.fail("no luck"), 1000, "no luck"]
  ] as const)("that ends in time ends as it does: %s, after %s", ([status, , result, takes, error]) =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const job = work.job("sole", takes, result as Effect.Effect<void, string>)
      const { store, time } = yield* Bench.daemonOf(
        Jobs.make(job.pipe(Job.every("1 minute"), Job.timeout("20 seconds"), Bench.withoutRetry))
      )
      yield* time.advance("50 seconds")
      assert.deepStrictEqual(yield* endings(store, "sole"), [[status, 0, takes, error]])
    }).pipe(Bench.run)
  )

  it.effect("that cannot be interrupted keeps its slot until it ends, never overlaps, ends as timeout", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const stubborn = Job.make("stubborn", Effect.uninterruptible(Effect.sleep("90 seconds")))
      const { store, time } = yield* Bench.daemonOf(
        Jobs.make(
          stubborn.pipe(Job.every("1 minute"), Job.timeout("20 seconds"), Job.priority(1), Bench.withoutRetry),
          work.job("waits").pipe(Job.every("1 day"))
        )
      )
      yield* time.advance("1 minute")
      assert.isNotNull((yield* store.state("stubborn")).claim.owner)
      assert.deepStrictEqual(work.begun, [])
      yield* time.advance("45 seconds")
      assert.deepStrictEqual(yield* endings(store, "stubborn"), [["timeout", 0, 90 * second, late]])
      assert.deepStrictEqual(work.starts("waits"), [90 * second])
    }).pipe(Bench.run)
  )

  it.effect("changes nothing for another job, nor for the time that its conditions may take", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const patient = Effect.as(Effect.sleep("4 seconds"), true)
      const { store, time } = yield* Bench.daemonOf(
        Jobs.make(
          work
            .job("asks first", "1 second")
            .pipe(
              Job.every("1 minute"),
              Job.when("somebody is there", patient),
              Job.timeout("2 seconds"),
              Job.parallel
            ),
          work.job("beside it", "30 seconds").pipe(Job.every("1 minute"), Job.parallel)
        )
      )
      yield* time.advance("45 seconds")
      assert.deepStrictEqual(yield* endings(store, "asks first"), [["success", 0, 5 * second, null]])
      assert.deepStrictEqual(yield* endings(store, "beside it"), [["success", 0, 30 * second, null]])
    }).pipe(Bench.run)
  )

  it.effect("feeds its cadence an Exit that is a defect", () =>
    Effect.gen(function* () {
      const fed: Array<unknown> = []
      const noting = Schedule.spaced("1 minute").pipe(
        Schedule.whileInput((exit: Exit.Exit<void> | undefined) => {
          fed.push(exit !== undefined && Exit.isFailure(exit) && exit.cause._tag)
          return true
        })
      )
      const slow = Job.make("slow", Effect.sleep("1 hour")).pipe(
        Job.repeat(noting),
        Job.timeout("20 seconds"),
        Bench.withoutRetry
      )
      const { time } = yield* Bench.daemonOf(Jobs.make(slow))
      yield* time.advance("30 seconds")
      assert.deepStrictEqual(fed, ["Die"])
    }).pipe(Bench.run)
  )
})
