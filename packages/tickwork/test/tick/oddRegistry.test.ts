import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Effect } from "effect"
import { Job, Jobs } from "tickwork"
import { makeLog } from "../support/log.ts"

const warningsOf = <R>(jobs: Jobs.Jobs<R>) =>
  Effect.gen(function* () {
    const log = makeLog()
    yield* Effect.provide(Bench.open(jobs), log.layer)
    return log.lines.filter(({ level }) => level === "Warning").map(({ text }) => text)
  })

describe("a registry that no one means", () => {
  it.effect("has no job: a warning when the tick is opened", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* warningsOf(Jobs.make()), [
        "The registry has no job, so nothing runs: give the jobs to Jobs.make"
      ])
    }).pipe(Bench.run)
  )

  it.effect("gives a job two cadences: a warning that says which one holds", () =>
    Effect.gen(function* () {
      const sync = Job.make("sync", Effect.void).pipe(Job.cron("0 3 * * *"), Job.every("1 hour"), Job.priority(1))
      assert.deepStrictEqual(yield* warningsOf(Jobs.make(sync)), [
        'Job "sync": a job should have one cadence, got 2: the last one holds, every 1 h. Drop the others, or make a job for each'
      ])
    }).pipe(Bench.run)
  )
})
