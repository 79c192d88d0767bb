import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Effect, Option } from "effect"
import { Job, Jobs } from "tickwork"

const every5s = Job.every("5 seconds")

describe("Tick.once", () => {
  it.effect("runs exactly what is due now, and answers the lines it recorded", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const bench = yield* Bench.open(
        Jobs.make(
          work.job("quick").pipe(every5s),
          work.job("skipped").pipe(every5s, Job.when("never", Effect.succeed(false))),
          work.job("slow").pipe(Job.every("6 seconds")),
          work.job("nightly").pipe(Job.cron("0 3 * * *"))
        )
      )
      yield* bench.tick.once
      yield* bench.time.advance("5 seconds")
      const runs = yield* bench.tick.once
      assert.deepStrictEqual(
        runs.map((run) => [run.jobName, run.status, run.scheduledAt - Bench.start]),
        [
          ["quick", "success", 5000],
          ["skipped", "skipped", 5000]
        ]
      )
      assert.deepStrictEqual(work.names(), ["quick", "slow", "quick"])
    }).pipe(Bench.run)
  )

  it.effect("runs a job once, though it becomes due again while the call goes on", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const { tick, time } = yield* Bench.open(
        Jobs.make(work.job("quick").pipe(every5s, Job.priority(1)), work.job("long", "12 seconds").pipe(every5s))
      )
      const pass = yield* Bench.fork(tick.once)
      yield* time.advance("12 seconds")
      assert.deepStrictEqual(
        (yield* pass).map((run) => run.jobName),
        ["quick", "long"]
      )
      yield* time.settle
      assert.deepStrictEqual(work.names(), ["quick", "long"])
    }).pipe(Bench.run)
  )

  it.effect("ends although a daemon beside it always has something under way", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const bench = yield* Bench.daemonOf(
        Jobs.make(
          work.job("even seconds", "1500 millis").pipe(Job.every("2 seconds"), Job.parallel),
          work.job("odd seconds", "1500 millis").pipe(Job.cron("1-59/2 * * * * *"), Job.parallel)
        )
      )
      yield* bench.time.advance("700 millis")
      const pass = yield* Bench.fork(bench.tick.once)
      yield* bench.time.advance("10 seconds")
      assert.isTrue(Option.isSome(yield* pass.poll), "what was due when it was called has long been recorded")
    }).pipe(Bench.run)
  )

  it.effect("law 7, Idle: with nothing due it answers [] and asks the store of no job", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = Array.from({ length: 500 }, (_, n) => work.job(`job ${n}`).pipe(Job.every("1 hour")))
      const { store, tick, time } = yield* Bench.open(Jobs.make(...jobs))
      yield* tick.once
      store.calls.length = 0
      for (let n = 0; n < 100; n++) {
        yield* time.advance("30 seconds")
        assert.deepStrictEqual(yield* tick.once, [])
      }
      assert.deepStrictEqual(Bench.aboutJobs(store.calls), [])
      assert.isAtMost(store.calls.length, 2 * 50)
      yield* time.advance("10 minutes")
      assert.strictEqual((yield* tick.once).length, 500)
    }).pipe(Bench.run)
  )

  it.effect("law 6, Once: callers at one time run nothing twice, and answer when all is recorded", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = Array.from({ length: 20 }, (_, n) =>
        work.job(`job ${n}`, "1 second").pipe(Job.every("1 hour"), n % 2 === 0 ? Job.parallel : Job.serial)
      )
      const bench = yield* Bench.open(Jobs.make(...jobs))
      const recorded = Effect.zipRight(
        bench.tick.once,
        Effect.map(bench.store.log, (runs) => runs.length)
      )
      const callers = yield* Effect.forEach(Array.from({ length: 8 }), () => Bench.fork(recorded))
      yield* bench.time.advance("10 seconds")
      assert.deepStrictEqual(yield* Effect.forEach(callers, (caller) => caller), Array(8).fill(20))
      assert.deepStrictEqual([...work.names()].sort(), jobs.map((job) => job.name).sort())
    }).pipe(Bench.run)
  )

  it.effect("fails where the store fails, and the next call runs and records all of it, once", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const bench = yield* Bench.open(Jobs.make(work.job("a").pipe(every5s), work.job("b", "1 second").pipe(every5s)))
      bench.store.fail(1)
      const error = yield* Effect.flip(bench.tick.once)
      assert.strictEqual(error.message, "The job store could not commit: the test made it fail")
      const pass = yield* Bench.fork(bench.tick.once)
      yield* bench.time.advance("1 second")
      assert.strictEqual((yield* pass).length, 2)
      assert.deepStrictEqual(work.names(), ["a", "b"])
      assert.deepStrictEqual(
        (yield* bench.store.log).map((run) => run.jobName),
        ["a", "b"]
      )
    }).pipe(Bench.run)
  )

  it.effect("leaves no timer behind, which would keep the process of its host alive", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const { tick, time } = yield* Bench.open(Jobs.make(work.job("sync", "1 second").pipe(Job.every("1 day"))))
      const pass = yield* Bench.fork(tick.once)
      yield* time.advance("1 second")
      assert.strictEqual((yield* pass).length, 1)
      const wakeUps = yield* time.wakeUps
      yield* time.advance("1 hour")
      assert.strictEqual(yield* time.wakeUps, wakeUps)
    }).pipe(Bench.run)
  )
})
