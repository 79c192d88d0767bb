import { assert, describe, it } from "@effect/vitest"
import { Array as Arr, Effect } from "effect"
import { Job, JobState, Jobs } from "tickwork"
import * as Bench from "../support/Bench.ts"

const hourly = Job.every("1 hour")

/** A row that somebody else has claimed, and what was to be run. */
const claimedBy = (owner: string, work = Bench.makeWork()) =>
  Effect.gen(function* () {
    const jobs = Jobs.make(work.job("orphan").pipe(hourly))
    const { store } = yield* Bench.open(jobs)
    const state = JobState.claimed(yield* store.state("orphan"), owner, Bench.start, Bench.start)
    yield* store.commit({ saves: [], claims: [{ state }] })
    return { jobs, state, store, work, renew: store.renew([{ ...state, owner, token: state.claimToken }]) }
  })

describe("law 6, Once: claims", () => {
  it.effect("of two ticks on one store, exactly one runs each instant of each job, over an hour", () =>
    Effect.gen(function* () {
      const store = yield* Bench.makeStore
      const workers = yield* Effect.forEach(["a", "b"], (id) =>
        Effect.gen(function* () {
          const work = Bench.makeWork()
          const jobs = Jobs.make(
            work.job("every 10 s").pipe(Job.every("10 seconds")),
            work.job("every 45 s", "12 seconds").pipe(Job.every("45 seconds"), Job.parallel),
            work.job("each quarter").pipe(Job.cron("*/15 * * * *"))
          )
          yield* Bench.daemonOf(jobs, { store: store.as(id) })
          return work
        })
      )
      const { time } = yield* Bench.open(Jobs.make())
      yield* time.advance("1 hour")

      const begun = workers.flatMap((work) => work.begun).map((run) => run.runKey)
      assert.strictEqual(new Set(begun).size, begun.length)
      const every = (seconds: number) => Arr.makeBy(3600 / seconds + 1, (n) => Bench.start + n * seconds * 1000)
      const runs = yield* store.log
      const recorded = (jobName: string) => runs.filter((run) => run.jobName === jobName).map((run) => run.scheduledAt)
      assert.deepStrictEqual(recorded("every 10 s"), every(10))
      assert.deepStrictEqual(recorded("every 45 s").slice(0, 80), every(45).slice(0, 80))
      assert.deepStrictEqual(recorded("each quarter"), every(900).slice(1))
      assert.isTrue(runs.every((run) => run.status === "success" && run.attempt === 1))
    }).pipe(Bench.run)
  )

  it.effect("one of two ticks takes over all work when the other is gone", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = Jobs.make(work.job("shared").pipe(Job.every("10 seconds")))
      const first = yield* Bench.open(jobs, { store: (yield* Bench.makeStore).as("a") })
      const holder = yield* Bench.daemon(first)
      yield* Bench.daemonOf(jobs, { store: first.store.as("b") })
      yield* first.time.advance("1 minute")
      yield* Bench.stop(holder)
      yield* first.time.advance("2 minutes")
      const instants = (yield* first.store.log).map((run) => run.scheduledAt - Bench.start)
      assert.deepStrictEqual(
        instants.slice(-8),
        Arr.makeBy(8, (n) => (n + 11) * 10_000)
      )
      assert.strictEqual(new Set(instants).size, instants.length)
    }).pipe(Bench.run)
  )

  it.effect("an orphan whose owner is gone is found at the start, recorded, and run again at once", () =>
    Effect.gen(function* () {
      const { jobs, store, work } = yield* claimedBy("gone")
      const heir = yield* Bench.open(jobs, { store: store.as("heir", ["gone"]) })
      yield* heir.time.advance("3 seconds")
      yield* heir.tick.once
      const [line] = yield* store.log
      assert.deepInclude(line, { status: "interrupted", scheduledAt: Bench.start, startedAt: Bench.start, attempt: 1 })
      assert.strictEqual(line?.error, "its process ended before it did")
      const again = { attempt: 2, trigger: "retry", scheduledAt: Bench.start, startedAt: Bench.start + 3000 } as const
      assert.deepInclude(work.begun[0], again)
      assert.deepInclude(yield* store.state("orphan"), { totalRuns: 2, totalErrors: 1, attempt: 1 })
    }).pipe(Bench.run)
  )

  it.effect(
    "a run that is cut again and again is tried at once, then after 1 s, 2 s, 4 s, each time with one line",
    () =>
      Effect.gen(function* () {
        const { jobs, store } = yield* claimedBy("owner 1")
        const delays: Array<number> = []
        for (let n = 1; n <= 5; n++) {
          const owner = `owner ${n + 1}`
          const { time } = yield* Bench.open(jobs, { store: store.as(owner, [`owner ${n}`]) })
          const freed = yield* store.state("orphan")
          const nextAt = freed.nextAt ?? Number.NaN
          delays.push(nextAt - (yield* time.now))
          yield* time.jumpTo(nextAt)
          const state = JobState.claimed(freed, owner, Bench.start, nextAt)
          yield* store.commit({ saves: [], claims: [{ state }] })
        }
        assert.deepStrictEqual(delays, [0, 1000, 2000, 4000, 8000])
        assert.deepStrictEqual(
          (yield* store.log).map((run) => run.attempt),
          [1, 2, 3, 4, 5]
        )
      }).pipe(Bench.run)
  )

  it.effect("an orphan of an unknown owner is taken over after a full lease without a renewal, and not before", () =>
    Effect.gen(function* () {
      const { jobs, store, work } = yield* claimedBy("unknown")
      const { time } = yield* Bench.daemonOf(jobs, { store: store.as("heir"), lease: "20 seconds" })
      yield* time.advance(19_999)
      assert.deepStrictEqual(yield* store.log, [])
      yield* time.advance(1)
      const [line] = yield* store.log
      assert.deepInclude(line, { status: "interrupted", error: "its owner did not renew its claim" })
      assert.deepStrictEqual([work.starts("orphan"), work.begun[0]?.attempt], [[20_000], 2])
    }).pipe(Bench.run)
  )

  it.effect("a claim is not taken over while its renewals rise, however long that is", () =>
    Effect.gen(function* () {
      const { jobs, renew, store, work } = yield* claimedBy("busy")
      const { time } = yield* Bench.daemonOf(jobs, { store: store.as("heir"), lease: "20 seconds" })
      for (let n = 0; n < 30; n++) yield* Effect.zipRight(time.advance("19 seconds"), renew)
      assert.deepStrictEqual(yield* store.log, [])
      yield* time.advance("40 seconds")
      assert.strictEqual(work.begun.length, 1)
    }).pipe(Bench.run)
  )
})
