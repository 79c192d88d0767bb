import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Array as Arr, Effect, Option, Schedule } from "effect"
import { Job, Jobs, LogEntry } from "tickwork"
import { makeLog } from "../support/log.ts"

const failuresOf = ({ events }: Bench.Bench) => events.filter((event) => event._tag === "StoreFailed").length

describe("Tick.run", () => {
  it.effect("runs each job at its instants and at no other time", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const { time } = yield* Bench.daemonOf(
        Jobs.make(
          work.job("every 7 s").pipe(Job.every("7 seconds")),
          work.job("each quarter").pipe(Job.cron("*/15 * * * *")),
          work.job("daily").pipe(Job.cron("30 14 * * *", "Europe/Berlin"))
        )
      )
      yield* time.advance("2 hours")
      assert.deepStrictEqual(
        work.starts("every 7 s"),
        Arr.makeBy(Math.ceil((2 * Bench.hour) / 7000), (n) => n * 7000)
      )
      assert.deepStrictEqual(
        work.starts("each quarter"),
        Arr.makeBy(8, (n) => (n + 1) * 15 * Bench.minute)
      )
      assert.deepStrictEqual(work.starts("daily"), [1.5 * Bench.hour])
    }).pipe(Bench.run)
  )

  it.effect("law 7, Idle: wakes each minute at latest, to notice a clock jump, and else only to run", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const { time } = yield* Bench.daemonOf(Jobs.make(work.job("daily").pipe(Job.cron("@daily"))))
      yield* time.advance("1 hour")
      assert.strictEqual(yield* time.wakeUps, 60)
      yield* time.jumpTo(Bench.start + 12 * Bench.hour)
      yield* time.advance("1 minute")
      assert.strictEqual(work.begun.length, 1)
    }).pipe(Bench.run)
  )

  it.effect("law 7, Idle: wakes once for each instant, however many jobs are due at it", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = Array.from({ length: 50 }, (_, n) => work.job(`job ${n}`).pipe(Job.every("30 seconds")))
      const { time } = yield* Bench.daemonOf(Jobs.make(...jobs))
      yield* time.advance("10 minutes")
      assert.strictEqual(work.begun.length, 21 * 50)
      assert.strictEqual(yield* time.wakeUps, 20)
    }).pipe(Bench.run)
  )

  it.effect("law 7, Idle: ten minutes with nothing due ask the store nothing but who else lives", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const { store, time } = yield* Bench.daemonOf(Jobs.make(work.job("hourly").pipe(Job.every("1 hour"))))
      store.calls.length = 0
      yield* time.advance("10 minutes")
      assert.deepStrictEqual(store.calls, Array.from({ length: 10 }, () => ["beat", "processes"]).flat())
      yield* time.advance("50 minutes")
      assert.isAbove(store.calls.length, 0)
    }).pipe(Bench.run)
  )

  it.effect("a failing store delays runs: it is announced, and retried after 1 s, 2 s, 4 s … 1 minute", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const log = makeLog()
      const bench = yield* Bench.open(Jobs.make(work.job("hourly").pipe(Job.every("1 hour"))))
      bench.store.fail(9)
      yield* Effect.provide(Bench.daemon(bench), log.layer)
      const failedAt: Array<number> = []
      for (let second = 0; work.begun.length === 0 && second < 400; second++) {
        while (failedAt.length < failuresOf(bench)) failedAt.push(second)
        yield* bench.time.advance("1 second")
      }
      assert.deepStrictEqual(failedAt, [0, 1, 3, 7, 15, 31, 63, 123, 183])
      assert.deepStrictEqual(work.starts("hourly"), [243_000])
      assert.strictEqual(work.begun[0]?.scheduledAt, Bench.start)
      assert.deepStrictEqual(log.lines.at(-1), {
        text: "The job store could not commit: the test made it fail; trying again in 1 min",
        level: "Error",
        job: null
      })
    }).pipe(Bench.run)
  )

  it.effect("a store that fails now and again loses no run and doubles none", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const bench = yield* Bench.daemonOf(
        Jobs.make(
          work.job("a").pipe(Job.every("5 seconds")),
          work.job("b", "700 millis").pipe(Job.every("7 seconds")),
          work
            .job("c", "4 seconds", Effect.fail("offline"))
            .pipe(Job.every("9 seconds"), Job.retry(Schedule.stop), Job.parallel)
        )
      )
      for (let n = 1; n <= 100; n++) {
        yield* bench.time.advance(1300)
        bench.store.fail(n % 4)
      }
      bench.store.fail(0)
      yield* bench.time.advance("1 hour")
      assert.isAbove(failuresOf(bench), 20)
      const lines = (yield* bench.store.log).filter(LogEntry.ran)
      assert.sameMembers(
        lines.map((run) => `${run.jobName} ${run.scheduledAt} ${run.startedAt} ${run.attempt}`),
        work.begun.map((run) => `${run.jobName} ${run.scheduledAt} ${run.startedAt} ${run.attempt}`)
      )
      const instants = lines.map((run) => `${run.jobName} ${run.scheduledAt}`)
      assert.strictEqual(new Set(instants).size, instants.length)
      assert.isTrue(lines.every((run) => run.attempt === 1))
    }).pipe(Bench.run)
  )

  it.effect("the backoff starts anew once the store has answered", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const bench = yield* Bench.daemonOf(Jobs.make(work.job("a").pipe(Job.every("1 minute"))))
      for (const failures of [3, 1]) {
        yield* bench.time.advance("59 seconds")
        bench.store.fail(failures)
        yield* bench.time.advance("1 second")
        yield* bench.time.advance("20 seconds")
        yield* bench.time.advance("40 seconds")
      }
      assert.deepStrictEqual(work.starts("a"), [0, 67_000, 120_000, 181_000, 240_000])
    }).pipe(Bench.run)
  )

  it.effect("does not end while the jobs of the registry have all finished", () =>
    Effect.gen(function* () {
      const bench = yield* Bench.open(Jobs.make())
      const fiber = yield* Bench.daemon(bench)
      yield* bench.time.advance("1 hour")
      assert.isTrue(Option.isNone(yield* fiber.poll))
    }).pipe(Bench.run)
  )
})
