import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck as fc } from "effect"
import { JobRun, JobState } from "tickwork"
import * as Bench from "../support/Bench.ts"
import { jobsOf, plain } from "../support/registries.ts"

const registry = fc.array(plain, { minLength: 1, maxLength: 5 })
const stops = fc.array(fc.integer({ min: 1, max: 40_000 }), { maxLength: 3 })

describe("law 3, Record", () => {
  it.effect.prop(
    "each row is the fold of its log, and each start has exactly one line, over stops and restarts",
    [registry, stops],
    ([plains, ups]) =>
      Effect.gen(function* () {
        const work = Bench.makeWork()
        const jobs = jobsOf(work, plains)
        const bench = yield* Bench.open(jobs, { drain: "2 seconds" })
        const initial = yield* Effect.forEach(jobs.all, ({ name }) => bench.store.state(name))
        for (const up of [...ups, 45_000]) {
          const { store } = bench
          const fiber = yield* Bench.daemon(yield* Bench.open(jobs, { drain: "2 seconds", store }))
          yield* bench.time.advance(up)
          yield* Bench.stop(fiber)
        }

        for (const before of initial) {
          const lines = yield* bench.store.logOf(before.jobName)
          const { claimRenewals, claimToken } = yield* bench.store.state(before.jobName)
          const expected = { ...JobState.fold(before, lines), claimToken, claimRenewals }
          assert.deepStrictEqual(yield* bench.store.state(before.jobName), expected)
          assert.deepStrictEqual(
            lines.map((line) => line.seq),
            lines.map((_, n) => n + 1)
          )
        }
        const ran = (yield* bench.store.log).filter(JobRun.ran)
        const recorded = ran.map((run) => `${run.jobName} ${run.scheduledAt} ${run.attempt} ${run.startedAt}`)
        const begun = work.begun.map((run) => `${run.jobName} ${run.scheduledAt} ${run.attempt} ${run.startedAt}`)
        assert.deepStrictEqual(recorded.sort(), begun.sort())
      }).pipe(Bench.run),
    { fastCheck: { seed: 3, numRuns: 100 }, timeout: 60_000 }
  )
})
