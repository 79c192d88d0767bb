import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Array as Arr, Effect, FastCheck as fc } from "effect"
import { Job, Jobs, type Tick } from "tickwork"

const { hour, minute, start } = Bench

const daily = (work: ReturnType<typeof Bench.makeWork>, count = 1) =>
  Jobs.make(...Arr.makeBy(count, (n) => work.job(`job ${n}`).pipe(Job.cron(`${n % 60} ${n % 24} * * *`))))

const jumpsOf = ({ events }: Pick<Bench.Bench, "events">) =>
  events.flatMap((event) => (event._tag === "ClockJumped" ? [[event.at - start, event.byMs]] : []))

describe("the option clockCheck", () => {
  it.effect("an hour makes at most 25 wake-ups a day beside the runs, and one of a minute 1,440", () =>
    Effect.gen(function* () {
      const wakeUps = (options: Tick.Options) =>
        Effect.gen(function* () {
          const work = Bench.makeWork()
          const { time } = yield* Bench.daemonOf(daily(work, 100), { ...options, store: yield* Bench.makeStore })
          const before = yield* time.wakeUps
          yield* time.advance("1 day")
          return (yield* time.wakeUps) - before - new Set(work.begun.map(({ startedAt }) => startedAt)).size
        }).pipe(Effect.scoped)
      assert.isAtMost(yield* wakeUps({ clockCheck: "1 hour" }), 25)
      assert.isAtLeast(yield* wakeUps({}), 1300)
    }).pipe(Bench.run)
  )

  it.effect("of an hour notices a machine that slept for eight at the first wake-up", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const bench = yield* Bench.daemonOf(daily(work), { clockCheck: "1 hour" })
      yield* bench.time.advance("30 minutes")
      yield* bench.time.jumpTo(start + 30 * minute + 13 * hour)
      yield* bench.time.advance("1 hour")
      assert.deepStrictEqual(jumpsOf(bench), [[14 * hour, 13 * hour]])
      assert.strictEqual(work.begun.length, 1, "the run of midnight is made up for")
    }).pipe(Bench.run)
  )

  it.effect.prop(
    "delays nothing that is due or requested, whatever it is",
    [fc.integer({ min: 1, max: 86_400 }), fc.integer({ min: 1, max: 300 })],
    ([checkS, everyS]) =>
      Effect.gen(function* () {
        const work = Bench.makeWork()
        const job = work.job("sync").pipe(Job.every(everyS * 1000))
        const byHand = work.job("by hand").pipe(Job.every("30 days"))
        const bench = yield* Bench.daemonOf(Jobs.make(job, byHand), {
          clockCheck: checkS * 1000,
          store: yield* Bench.makeStore
        })
        const from = yield* bench.time.now
        yield* bench.time.advance("20 minutes")
        yield* bench.tick.request("trigger", byHand)
        yield* bench.time.settle
        const starts = work.begun.flatMap((run) => (run.jobName === "sync" ? [run.startedAt - from] : []))
        assert.deepStrictEqual(
          starts,
          Arr.makeBy(Math.floor(1200 / everyS) + 1, (n) => n * everyS * 1000)
        )
        assert.strictEqual(work.begun.at(-1)?.trigger, "manual")
      }).pipe(Bench.run),
    { fastCheck: { numRuns: 30, seed: 7 } }
  )

  it.effect("keeps a process alive to others, which take it for dead after three hours of silence", () =>
    Effect.gen(function* () {
      const store = yield* Bench.makeStore
      const registry = (version: number, name: string) => {
        const work = Bench.makeWork()
        return { work, name, jobs: Jobs.make(work.job("sync").pipe(Job.every("10 minutes"), Job.version(version))) }
      }
      const [older, newer] = [registry(1, "older"), registry(2, "newer")]
      yield* Bench.daemonOf(older.jobs, { store: store.as("older") })
      const silent = store.as("newer")
      yield* Bench.daemonOf(newer.jobs, { store: silent, clockCheck: "1 hour" })
      const { time } = yield* Bench.open(Jobs.make(), { store: store.as("third") })
      yield* time.advance("5 hours")
      assert.isAtMost(older.work.begun.length, 1, "the newer release runs it")
      assert.isAtLeast(newer.work.begun.length, 29)
      silent.fail(Number.POSITIVE_INFINITY)
      yield* time.advance("2 hours")
      assert.isAtMost(older.work.begun.length, 1, "it may live still")
      yield* time.advance("2 hours")
      assert.isAbove(older.work.begun.length, 3)
    }).pipe(Bench.run)
  )

  it.effect.each(["500 millis", "25 hours", Number.NaN] as const)("that is %s is a fault", (clockCheck) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Bench.open(daily(Bench.makeWork()), { clockCheck }))
      assert.match(
        error.message,
        /clockCheck must be a duration from 1 second to 1 day, got .*Use one such as "1 hour"/
      )
    }).pipe(Bench.run)
  )
})
