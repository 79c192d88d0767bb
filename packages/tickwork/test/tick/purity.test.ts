import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { jobsOf, type Plain, plain } from "@tickwork/test-support/Registries"
import { Effect, FastCheck as fc, Random } from "effect"

/** The whole log, the events and the rows of two minutes, as text. */
const told = (plains: ReadonlyArray<Plain>, seed: string) =>
  Effect.gen(function* () {
    const work = Bench.makeWork()
    const jobs = jobsOf(work, plains)
    const bench = yield* Bench.open(jobs)
    const fiber = yield* Bench.daemon(bench)
    yield* bench.time.advance("90 seconds")
    yield* Bench.stop(fiber)
    const rows = yield* Effect.forEach(jobs.all, ({ name }) => bench.store.state(name))
    return JSON.stringify([yield* bench.store.log, bench.events, rows, work.begun])
  }).pipe(Effect.withRandom(Random.make(seed)), Bench.run)

const dice: Plain = {
  cadence: "jittered",
  priority: 5,
  place: "serial",
  takes: 40,
  ends: ["succeeds"],
  looks: null,
  retry: "default",
  retryUnexpected: "for long",
  hasTimeout: false,
  pauseAfter: null,
  hasMemory: true
}

describe("law 9, Purity", () => {
  it.effect.prop(
    "two runs with one clock and one seed are equal to the byte, random numbers included",
    [fc.array(plain, { minLength: 1, maxLength: 6 }), fc.string()],
    ([plains, seed]) =>
      Effect.gen(function* () {
        const jobs = [dice, ...plains]
        assert.strictEqual(yield* told(jobs, seed), yield* told(jobs, seed))
      }),
    { fastCheck: { seed: 5, numRuns: 40 } }
  )

  it.effect("another seed throws other dice", () =>
    Effect.gen(function* () {
      assert.notStrictEqual(yield* told([dice], "a"), yield* told([dice], "b"))
    })
  )
})
