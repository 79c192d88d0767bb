import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Effect } from "effect"
import { Job, Jobs } from "tickwork"

const hourly = Job.every("1 hour")

const mostAtOnce = (place: "serial" | "parallel", concurrency?: number) =>
  Effect.gen(function* () {
    const work = Bench.makeWork()
    const jobs = Array.from({ length: 12 }, (_, n) =>
      work.job(`job ${n}`, "3 seconds").pipe(hourly, place === "serial" ? Job.serial : Job.parallel)
    )
    const { tick, time } = yield* Bench.open(Jobs.make(...jobs), concurrency === undefined ? {} : { concurrency })
    const pass = yield* Bench.fork(tick.once)
    yield* time.advance("1 minute")
    assert.strictEqual((yield* pass).length, 12)
    return work.mostAtOnce()
  })

describe("step 5, priority and parallelism", () => {
  it.effect("priority 1 runs first and 10 last, and a job that names none has 5", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const ranked = [10, 3, 7, 1, 9, 4, 8, 2, 6].map((priority) =>
        work.job(`priority ${priority}`).pipe(hourly, Job.priority(priority))
      )
      const { tick } = yield* Bench.open(Jobs.make(...ranked, work.job("no priority").pipe(hourly)))
      yield* tick.once
      const named = [1, 2, 3, 4, "none", 6, 7, 8, 9, 10]
      assert.deepStrictEqual(
        work.names(),
        named.map((rank) => (rank === "none" ? "no priority" : `priority ${rank}`))
      )
    }).pipe(Bench.run)
  )

  it.effect("of equal priorities the one whose instant is older runs first, then the name decides", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const { tick, time } = yield* Bench.open(
        Jobs.make(
          work.job("c").pipe(Job.every("9 seconds")),
          work.job("b").pipe(Job.every("10 seconds")),
          work.job("a").pipe(Job.every("10 seconds"))
        )
      )
      yield* tick.once
      yield* time.advance("10 seconds")
      yield* tick.once
      assert.deepStrictEqual(work.names(), ["a", "b", "c", "c", "a", "b"])
    }).pipe(Bench.run)
  )

  it.effect("jobs marked safe run in parallel, up to 4 at once by default", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* mostAtOnce("parallel"), 4)
    }).pipe(Bench.run)
  )

  it.effect.each([1, 2, 9])("jobs marked safe run in parallel, up to as many as concurrency says: %i", (concurrency) =>
    Effect.gen(function* () {
      assert.strictEqual(yield* mostAtOnce("parallel", concurrency), concurrency)
    }).pipe(Bench.run)
  )

  it.effect("the other jobs run one by one, whatever the concurrency", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* mostAtOnce("serial", 9), 1)
    }).pipe(Bench.run)
  )

  it.effect("serial jobs run one by one beside the parallel ones, and neither waits for the other", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = ["a", "b"].flatMap((name) => [
        work.job(`serial ${name}`, "10 seconds").pipe(hourly),
        work.job(`parallel ${name}`, "10 seconds").pipe(hourly, Job.parallel)
      ])
      const { tick, time } = yield* Bench.open(Jobs.make(...jobs), { concurrency: 1 })
      const pass = yield* Bench.fork(tick.once)
      yield* time.advance("1 minute")
      yield* pass
      assert.deepStrictEqual(
        ["serial a", "parallel a", "serial b", "parallel b"].flatMap(work.starts),
        [0, 0, 10_000, 10_000]
      )
      assert.strictEqual(work.mostAtOnce(), 2)
    }).pipe(Bench.run)
  )

  it.effect("critical jobs are never starved by an endless load of low priority", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const load = Array.from({ length: 20 }, (_, n) =>
        work.job(`low ${n}`, "2 seconds").pipe(Job.every("2 seconds"), Job.priority(10))
      )
      const critical = work.job("critical").pipe(Job.every("1 minute"), Job.priority(1))
      const { time } = yield* Bench.daemonOf(Jobs.make(...load, critical))
      yield* time.advance("30 minutes")
      const waits = work.begun.filter((run) => run.jobName === "critical").map((run) => run.startedAt - run.scheduledAt)
      assert.strictEqual(waits.length, 31)
      assert.isAtMost(Math.max(...waits), 2000, "no longer than the run it finds under way")
    }).pipe(Bench.run)
  )

  it.effect("an endless load of critical jobs starves no low one: waiting gains one for each 30 s", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const load = Array.from({ length: 3 }, (_, n) =>
        work.job(`critical ${n}`, "5 seconds").pipe(Job.every("5 seconds"), Job.priority(1))
      )
      const low = work.job("low").pipe(Job.every("1 hour"), Job.priority(10))
      const { time } = yield* Bench.daemonOf(Jobs.make(...load, low))
      yield* time.advance("10 minutes")
      const [waited = Number.NaN] = work.starts("low")
      assert.isAtLeast(waited, 9 * 30_000)
      assert.isAtMost(waited, 9 * 30_000 + 3 * 5000)
    }).pipe(Bench.run)
  )
})
