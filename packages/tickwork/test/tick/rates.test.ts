import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Array as Arr, Effect, Either, FastCheck as fc } from "effect"
import { Bound, Explanation, Job, Jobs, Limit, Tick } from "tickwork"

const { minute, second } = Bench

/** The most starts in any window of this length. */
const mostWithin = (starts: ReadonlyArray<number>, ms: number): number => {
  const sorted = [...starts].sort((one, other) => one - other)
  return sorted.reduce((most, at, index) => {
    const count = sorted.slice(index).filter((other) => other < at + ms).length
    return Math.max(most, count)
  }, 0)
}

const keysOf = (count: number) => Effect.succeed(Arr.makeBy(count, (n) => `key ${n}`))

describe("a limit of a rate", () => {
  it.effect("starts no more runs in any window, and all of them in the end, the most urgent first", () =>
    Effect.gen(function* () {
      const api = Job.limit(Limit.make("api", 10, { per: "1 minute" }))
      const work = Bench.makeWork()
      const job = (name: string, priority: number) =>
        Job.make(name, { keys: keysOf(25) }, (run) => Effect.sync(() => void work.begun.push(run))).pipe(
          Job.every("1 day"),
          Job.parallel,
          Job.priority(priority),
          Job.timeout("1 second"),
          api
        )
      const bench = yield* Bench.daemonOf(Jobs.make(job("other", 9), job("urgent", 1)))
      const other = job("other", 9)
      const explained = yield* Effect.provideService(Tick.explain(other, { key: "key 24" }), Tick.Tick, bench.tick)
      assert.strictEqual(
        Explanation.toText(explained),
        '"key 24" of "other" waits for the rate of api until 2026-03-02T12:01:00.000Z.'
      )
      const told = bench.events.flatMap((event) => (event._tag === "RateReached" ? [event] : []))
      assert.deepInclude(told, {
        _tag: "RateReached",
        jobName: "other",
        limit: "api",
        waiting: 25,
        until: Bench.start + minute
      })
      yield* bench.time.advance("10 minutes")
      assert.strictEqual(work.begun.length, 50)
      assert.strictEqual(
        mostWithin(
          work.begun.map(({ startedAt }) => startedAt),
          minute
        ),
        10
      )
      assert.strictEqual(work.starts("urgent").at(-1), 2 * minute)
      const bounds = Either.getOrThrow(Bound.worstWait(Jobs.make(job("other", 9), job("urgent", 1)), { keys: 25 }))
      for (const { bound, jobName } of bounds) {
        const longest = Math.max(...work.starts(jobName))
        assert.isTrue(Bound.Bound.$is("Bounded")(bound) && bound.ms >= longest, "its bound knows of the rate")
      }
      const log = yield* bench.store.log
      assert.isTrue(
        log.every(({ status }) => status === "success"),
        "what waits for a rate is late, never missed"
      )
    }).pipe(Bench.run)
  )

  it.effect("by key counts for each key by itself, retries and triggered runs included", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const each = Job.limit(Limit.make("each", 2, { per: "1 minute", by: "key" }))
      const job = Job.make("ping", { keys: Effect.succeed(["ada", "eve"]) }, (run) =>
        Effect.zipRight(
          Effect.sync(() => work.begun.push(run)),
          run.key === "eve" ? Effect.fail("away") : Effect.void
        )
      ).pipe(Job.every("10 seconds"), each)
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* Effect.provideService(Tick.trigger(job, { key: "ada" }), Tick.Tick, bench.tick)
      yield* bench.time.advance("5 minutes")
      for (const key of ["ada", "eve"]) {
        const starts = work.begun.flatMap((run) => (run.key === key ? [run.startedAt] : []))
        assert.isAtMost(mostWithin(starts, minute), 2)
        assert.isAtLeast(starts.length, 10, key)
      }
    }).pipe(Bench.run)
  )

  it.effect.prop(
    "holds over several processes and their deaths in the scope of the database",
    [
      fc.integer({ min: 1, max: 6 }),
      fc.constantFrom(0, 700, 9000),
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 3 })
    ],
    ([atMost, takes, lives]) =>
      Effect.gen(function* () {
        const work = Bench.makeWork()
        const limit = Limit.make("api", atMost, { per: "20 seconds", scope: "database" })
        const jobs = Jobs.make(
          ...Arr.makeBy(4, (n) =>
            work.job(`job ${n}`, takes).pipe(Job.every("3 seconds"), Job.parallel, Job.limit(limit))
          )
        )
        const store = yield* Bench.makeStore
        const gone: Array<string> = []
        yield* Bench.daemonOf(jobs, { store: store.as("beside", gone) })
        for (const [n, up] of lives.entries()) {
          const own = store.as(`life ${n}`, gone)
          yield* Bench.daemonOf(jobs, { store: own })
          const { time } = yield* Bench.open(Jobs.make(), { store: store.as("clock") })
          yield* time.advance(up * second)
          own.fail(Number.POSITIVE_INFINITY)
          gone.push(`life ${n}`)
        }
        const { time } = yield* Bench.open(Jobs.make(), { store: store.as("clock") })
        yield* time.advance("3 minutes")
        const starts = work.begun.map(({ startedAt }) => startedAt)
        assert.isAtMost(mostWithin(starts, 20 * second), atMost)
        assert.isAtLeast(starts.length, 8)
      }).pipe(Bench.run),
    { fastCheck: { numRuns: 25, seed: 11 } }
  )

  it.effect("of no length, and two of one name that differ, are faults that name the cure", () =>
    Effect.gen(function* () {
      const of = (name: string, limit: Limit.Limit) =>
        Job.make(name, Effect.void).pipe(Job.every("1 hour"), Job.limit(limit))
      const refused = (...jobs: ReadonlyArray<Job.Job<string, void, never, never>>) =>
        Effect.map(Effect.flip(Bench.open(Jobs.make(...jobs))), ({ message }) => message)
      const bad = Limit.make("api", 3, { per: "0 millis" })
      assert.match(yield* refused(of("one", bad)), /per of "api" must be a finite duration of at least 1 ms/)
      const two = refused(of("one", Limit.make("api", 3, { per: "1 minute" })), of("two", Limit.make("api", 3)))
      assert.match(yield* two, /per of "api" must be that of job "one".*Give both jobs one value of Limit.make/)
    }).pipe(Bench.run)
  )
})
