/** What a run reports, and how far it is, on real databases and over a kill at each write that they need. */
import { assert, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Effect, Schema } from "effect"
import { Job, Jobs } from "tickwork"
import * as EveryStore from "./support/EveryStore.ts"

const { minute, second, start: from } = Bench

const copy = Job.make("copy", { report: Schema.Struct({ attempt: Schema.Number }) }, (run) =>
  Effect.gen(function* () {
    for (let done = 1; done <= 20; done++) yield* Effect.zipRight(Effect.sleep("500 millis"), run.progress(done, 20))
    yield* run.report({ attempt: run.attempt })
  })
).pipe(Job.every("10 minutes"))

for (const [name, describe, database] of EveryStore.databases) {
  describe(`on ${name}`, () => {
    it.scopedLive("a report is with its record or not there, and no progress outlives its run", () =>
      EveryStore.play(
        Jobs.make(copy),
        database,
        {
          from,
          for: "31 minutes",
          kills: [from + 10 * minute, from + 10 * minute + 5 * second, from + 10 * minute + 9 * second]
        },
        ({ runs }, [state], log) => {
          assert.isAtLeast(runs.filter(({ status }) => status === "success").length, 3)
          for (const { attempt, report, status } of log)
            assert.deepStrictEqual(report, status === "success" ? { value: { attempt } } : null)
          assert.isNull(state?.claim.progress)
        }
      )
    )
  })
}
