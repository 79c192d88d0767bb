import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Effect } from "effect"
import { Job, Jobs } from "tickwork"

/** Ticks every second for this many seconds, as a host with a loop of its own would. */
const tickEverySecond = ({ tick, time }: Bench.Bench, seconds: number) =>
  Effect.repeatN(Effect.zipRight(time.advance("1 second"), tick.once), seconds - 1)

describe("step 2, frequency", () => {
  it.effect("a job runs at once on the first tick, whatever its interval", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const { tick } = yield* Bench.open(Jobs.make(work.job("yearly").pipe(Job.every("365 days"))))
      assert.strictEqual((yield* tick.once).length, 1)
      assert.deepStrictEqual(work.starts("yearly"), [0])
    }).pipe(Bench.run)
  )

  it.effect("a tick in between runs nothing, records nothing and answers nothing", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const { store, tick, time } = yield* Bench.open(Jobs.make(work.job("sync_send").pipe(Job.every("5 seconds"))))
      yield* tick.once
      yield* time.advance(4999)
      assert.deepStrictEqual(yield* tick.once, [])
      assert.deepStrictEqual(work.starts("sync_send"), [0])
      assert.strictEqual((yield* store.log).length, 1)

      yield* time.advance(1)
      assert.strictEqual((yield* tick.once).length, 1)
      assert.deepStrictEqual(work.starts("sync_send"), [0, 5000])
    }).pipe(Bench.run)
  )

  it.effect("a job runs only when its own interval has elapsed, however often the host ticks", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const bench = yield* Bench.open(
        Jobs.make(
          work.job("sync_send").pipe(Job.every("5 seconds")),
          work.job("purge_expired").pipe(Job.every("1 minute")),
          work.job("prekey_replenishment").pipe(Job.every("1 hour"))
        )
      )
      yield* bench.tick.once
      yield* tickEverySecond(bench, 180)

      const every5s = Array.from({ length: 37 }, (_, n) => n * 5000)
      assert.deepStrictEqual(work.starts("sync_send"), every5s)
      assert.deepStrictEqual(work.starts("purge_expired"), [0, 60_000, 120_000, 180_000])
      assert.deepStrictEqual(work.starts("prekey_replenishment"), [0])
    }).pipe(Bench.run)
  )

  it.effect("the interval counts from the last run's instant: a late tick shifts no later run", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const { tick, time } = yield* Bench.open(Jobs.make(work.job("sync_send").pipe(Job.every("5 seconds"))))
      yield* tick.once
      yield* time.advance("7 seconds")
      yield* tick.once
      yield* time.advance("3 seconds")
      yield* tick.once
      assert.deepStrictEqual(work.starts("sync_send"), [0, 7000, 10_000])
      assert.deepStrictEqual(
        work.begun.map((run) => run.scheduledAt - Bench.start),
        [0, 5000, 10_000]
      )
    }).pipe(Bench.run)
  )

  it.effect("a failed run without a retry counts: the interval elapses before the next run", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const bench = yield* Bench.open(
        Jobs.make(work.job("sync_send", 0, Effect.fail("offline")).pipe(Job.every("5 seconds"), Bench.withoutRetry))
      )
      yield* bench.tick.once
      yield* tickEverySecond(bench, 9)
      assert.deepStrictEqual(work.starts("sync_send"), [0, 5000])
    }).pipe(Bench.run)
  )

  it.effect("frequency holds over a restart: a new process waits for what is left of the interval", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = Jobs.make(work.job("prekey_replenishment").pipe(Job.every("1 hour")))
      const { store, tick, time } = yield* Bench.open(jobs)
      yield* tick.once
      yield* time.advance("59 minutes")

      const restarted = yield* Bench.open(jobs, { store })
      assert.deepStrictEqual(yield* restarted.tick.once, [])
      yield* time.advance("1 minute")
      assert.strictEqual((yield* restarted.tick.once).length, 1)
      assert.deepStrictEqual(work.starts("prekey_replenishment"), [0, Bench.hour])
    }).pipe(Bench.run)
  )
})
