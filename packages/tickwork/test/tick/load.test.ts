import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Array as Arr, Effect, Order } from "effect"
import { Job, Jobs } from "tickwork"

const crowd = (work: ReturnType<typeof Bench.makeWork>, takes: number) =>
  Array.from({ length: 1000 }, (_, n) => {
    const priority = ((n * 7) % 10) + 1
    return work
      .job(`job ${String(n).padStart(3, "0")} of ${priority}`, takes)
      .pipe(Job.every("1 hour"), Job.priority(priority))
  })

const byUrgency = Order.combine(
  Order.mapInput(Order.number, (job: Job.Any) => Job.inspect(job).priority),
  Order.mapInput(Order.string, (job: Job.Any) => job.name)
)

describe("a thousand jobs due at once", () => {
  it.effect("all run once in one call, the most urgent first, and again an hour later", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = crowd(work, 0)
      const expected = Arr.sort(jobs, byUrgency).map((job) => job.name)
      const { store, tick, time } = yield* Bench.open(Jobs.make(...jobs))
      for (let hour = 0; hour < 2; hour++) {
        assert.strictEqual((yield* tick.once).length, 1000)
        assert.deepStrictEqual(work.names().slice(hour * 1000), expected)
        yield* time.advance("1 hour")
      }
      const runs = yield* store.log
      assert.strictEqual(runs.length, 2000)
      assert.strictEqual(new Set(runs.map((run) => `${run.jobName} ${run.scheduledAt}`)).size, 2000)
    }).pipe(Bench.run)
  )

  it.effect("fill every place until none is left waiting", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = crowd(work, 1000).map(Job.parallel)
      const { tick, time } = yield* Bench.open(Jobs.make(...jobs), { concurrency: 50 })
      const pass = yield* Bench.fork(tick.once)
      yield* time.advance("20 seconds")
      assert.strictEqual((yield* pass).length, 1000)
      assert.strictEqual(work.mostAtOnce(), 50)
      assert.strictEqual(new Set(work.names()).size, 1000)
    }).pipe(Bench.run)
  )

  it.effect("are claimed a hundred at a time, the most urgent of both places first", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = crowd(work, 1000).map((job, n) => (n % 4 === 0 ? Job.serial(job) : Job.parallel(job)))
      const store = yield* Bench.makeStore
      const claims: Array<ReadonlyArray<string>> = []
      const commit: Bench.Store["commit"] = (batch) => {
        claims.push(batch.claims.map(({ state }) => state.jobName))
        return store.commit(batch)
      }
      const bench = yield* Bench.open(Jobs.make(...jobs), { store: { ...store, commit }, concurrency: 200 })
      yield* Bench.fork(bench.tick.once)
      const [serial, parallel] = Arr.partition(Arr.sort(jobs, byUrgency), (job) => Job.inspect(job).mode === "parallel")
      const expected = [...Arr.take(serial, 1), ...Arr.take(parallel, 99)].map((job) => job.name)
      assert.sameMembers([...(claims[0] ?? [])], expected)
      assert.isTrue(claims.every((names) => names.length <= 100))
    }).pipe(Bench.run)
  )
})
