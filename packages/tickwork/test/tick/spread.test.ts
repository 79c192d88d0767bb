import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Array as Arr, Duration, Effect, Schedule } from "effect"
import { Job, Jobs } from "tickwork"

const { hour, minute, second } = Bench
const day = 24 * hour
const keys = Arr.makeBy(600, (n) => `tenant-${n}`)

/** Keyed bodies that note when they start. */
const noted = () => {
  const starts = new Map<string, Array<number>>()
  const job = Job.make("digest", { keys: Effect.succeed(keys) }, ({ key, startedAt }) => {
    starts.set(key, [...(starts.get(key) ?? []), startedAt])
    return Effect.void
  })
  return { job, starts }
}

describe("a spread job", () => {
  it.effect("runs each key at its own phase of the hour, each day, over restarts", () =>
    Effect.gen(function* () {
      const { job, starts } = noted()
      const jobs = Jobs.make(job.pipe(Job.every("1 day"), Job.spread("1 hour"), Job.parallel))
      const life = (store?: Bench.Store) =>
        Effect.gen(function* () {
          const opened = yield* Bench.daemonOf(jobs, store === undefined ? {} : { store })
          yield* opened.time.advance("30 hours")
          return opened.store
        }).pipe(Effect.scoped)
      yield* life(yield* life())
      const perSecond = new Map<number, number>()
      for (const key of keys) {
        const [first = 0, ...others] = starts.get(key) ?? []
        assert.isBelow(first - (Bench.start + 12 * hour), hour, "its grid begins at midnight")
        assert.isAtLeast(others.length, 1)
        others.forEach((at, index) => {
          assert.isBelow(Math.abs(at - first - (index + 1) * day), 100)
        })
        const at = Math.floor(first / second)
        perSecond.set(at, (perSecond.get(at) ?? 0) + 1)
      }
      assert.isAtMost(Math.max(...perSecond.values()), 4, "they would all be in one second")
    }).pipe(Bench.run)
  )

  it.effect("is planned again where a release spreads it, and not at once", () =>
    Effect.gen(function* () {
      const { job, starts } = noted()
      const daily = job.pipe(Job.every("1 day"), Job.parallel)
      const { store, time } = yield* Effect.scoped(Effect.tap(Bench.open(Jobs.make(daily)), ({ tick }) => tick.once))
      yield* time.advance(minute)
      yield* Bench.daemonOf(Jobs.make(daily.pipe(Job.spread("6 hours"))), { store })
      yield* time.advance("1 hour")
      assert.isTrue(keys.every((key) => starts.get(key)?.length === 1))
      yield* time.advance(day)
      const seconds = keys.map((key) => Math.floor((starts.get(key)?.[1] ?? 0) / (5 * minute)))
      assert.isAtLeast(new Set(seconds).size, 60, "over six hours, in pieces of five minutes")
    }).pipe(Bench.run)
  )

  it("is refused where its time fits no grid", () => {
    const none = Job.make("sole", Effect.void)
    const faults = (job: Job.Job<"sole", void, never, never>) =>
      Jobs.faults(Jobs.make(job)).map((fault) =>
        fault._tag === "InvalidOption" ? `${fault.option} ${fault.reason}` : fault._tag
      )
    const span = ["spread must be at least 1 ms, and no longer than the interval"]
    assert.deepStrictEqual(faults(none.pipe(Job.every("1 hour"), Job.spread("2 hours"))), span)
    assert.deepStrictEqual(faults(none.pipe(Job.every("1 hour"), Job.spread(0))), span)
    assert.deepStrictEqual(faults(none.pipe(Job.cron("@daily"), Job.spread(Duration.infinity))), span)
    assert.deepStrictEqual(faults(none.pipe(Job.every("1 hour"), Job.spread("1 hour"))), [])
    assert.deepStrictEqual(faults(none.pipe(Job.repeat(Schedule.forever), Job.spread("1 hour"))), [
      "spread must be beside Job.every, Job.cron or Job.at"
    ])
  })
})
