import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Effect, Option } from "effect"
import { Decision, Job, JobState, Jobs, Position } from "tickwork"
import * as Definition from "../../src/internal/Definition.ts"
import * as Plan from "../../src/internal/plan/Plan.ts"
import { register } from "../../src/internal/plan/Registered.ts"
import * as Cadence from "../../src/internal/schedule/Cadence.ts"

const reason = "prekeys are low"
const minimum = 10

/** The model job: once an hour, but only while some peer holds fewer prekeys than the minimum. */
const replenishment = () => {
  const held = { ada: 3, grace: 50 }
  const work = Bench.makeWork()
  const refill = Effect.sync(() => {
    held.ada = 50
  })
  const areLow = Effect.sync(() => Object.values(held).some((prekeys) => prekeys < minimum))
  const job = work.job("prekey_replenishment", 0, refill).pipe(Job.every("1 hour"), Job.when(reason, areLow))
  return { held, work, job }
}

const sole = <E>(condition: Effect.Effect<boolean, E>) => {
  const work = Bench.makeWork()
  return { work, jobs: Jobs.make(work.job("asks").pipe(Job.every("1 hour"), Job.when("it may", condition))) }
}

describe("step 4, self-scheduling", () => {
  it.effect("a job runs when its hour has come and its condition holds, and at no other time", () =>
    Effect.gen(function* () {
      const { held, job, work } = replenishment()
      const { time } = yield* Bench.daemonOf(Jobs.make(job))
      assert.deepStrictEqual(work.starts("prekey_replenishment"), [0])

      yield* time.advance("90 minutes")
      assert.deepStrictEqual(work.starts("prekey_replenishment"), [0], "the hour has come, but they are not low")
      held.ada = 9
      yield* time.advance("29 minutes")
      assert.deepStrictEqual(work.starts("prekey_replenishment"), [0], "they are low, but the hour has not come")
      yield* time.advance("1 minute")
      assert.deepStrictEqual(work.starts("prekey_replenishment"), [0, 2 * Bench.hour])
    }).pipe(Bench.run)
  )

  it.effect("while the condition is false the run is skipped, with the reason, and counts as no run", () =>
    Effect.gen(function* () {
      const { job, work } = replenishment()
      const { store, tick, time } = yield* Bench.open(Jobs.make(job))
      yield* tick.once
      yield* time.advance("1 hour")
      const [verdict] = yield* tick.once

      assert.deepStrictEqual([verdict?.status, verdict?.reason, verdict?.error], ["skipped", reason, null])
      const state = yield* store.state("prekey_replenishment")
      assert.deepStrictEqual([state.lastStatus, state.lastReason], ["skipped", reason])
      assert.deepStrictEqual([state.totalRuns, state.totalErrors, state.lastRunAt], [1, 0, Bench.start])
      assert.strictEqual(state.position.nextAt, Bench.start + 2 * Bench.hour)
      assert.strictEqual(work.begun.length, 1)
    }).pipe(Bench.run)
  )

  it.effect("equal verdicts in a row are one entry with first, last and count; a run ends the row", () =>
    Effect.gen(function* () {
      const { held, job } = replenishment()
      const { store, time } = yield* Bench.daemonOf(Jobs.make(job))
      yield* time.advance("4 hours")
      held.ada = 0
      yield* time.advance("2 hours")

      const lines = (yield* store.log).map((run) => [
        run.seq,
        run.status,
        run.count,
        (run.startedAt - Bench.start) / Bench.hour,
        (run.lastAt - Bench.start) / Bench.hour
      ])
      assert.deepStrictEqual(lines, [
        [1, "success", 1, 0, 0],
        [2, "skipped", 4, 1, 4],
        [3, "success", 1, 5, 5],
        [4, "skipped", 1, 6, 6]
      ])
    }).pipe(Bench.run)
  )

  it.effect.each([
    ["fails", Effect.fail(new Error("no such table")), "condition failed: Error: no such table"],
    ["dies", Effect.die(new Error("out of memory")), "condition failed: Error: out of memory"],
    ["interrupts itself", Effect.interrupt, "condition failed: interrupted"]
  ] as const)("a condition that %s gives a verdict that says so, and counts as no run", ([, condition, error]) =>
    Effect.gen(function* () {
      const { jobs, work } = sole(condition)
      const { store, tick } = yield* Bench.open(jobs)
      const [verdict] = yield* tick.once
      assert.deepStrictEqual([verdict?.status, verdict?.reason, verdict?.error], ["skipped", "it may", error])
      const { lastError, totalErrors, totalRuns } = yield* store.state("asks")
      assert.deepStrictEqual([lastError, totalRuns, totalErrors], [error, 0, 0])
      assert.strictEqual(work.begun.length, 0)
    }).pipe(Bench.run)
  )

  it.effect.each([
    ["hangs", Effect.never],
    ["hangs and cannot be interrupted", Effect.uninterruptible(Effect.sleep("1 hour").pipe(Effect.as(true)))]
  ] as const)("a condition that %s is given up after 5 seconds", ([, condition]) =>
    Effect.gen(function* () {
      const { jobs, work } = sole(condition)
      const { tick, time } = yield* Bench.open(jobs)
      const pass = yield* Bench.fork(tick.once)
      yield* time.advance(4999)
      assert.isTrue(Option.isNone(yield* pass.poll))
      yield* time.advance(1)
      assert.isTrue(Option.isSome(yield* pass.poll), "it is given up")
      const [verdict] = yield* pass
      assert.strictEqual(verdict?.error, "condition failed: Error: no answer within 5 seconds")
      assert.strictEqual(work.begun.length, 0)
    }).pipe(Bench.run)
  )

  it.effect("a job's scheduling can be tested on its own, with no store, no tick and no clock", () =>
    Effect.gen(function* () {
      const { held, job } = replenishment()
      const [registered] = register(Definition.of(job))
      if (registered === undefined) return assert.fail("the job is not registered")
      const begun = yield* Cadence.begin(registered.cadence, { now: 0, seed: 1, input: undefined as never })
      const decide = (state: JobState.JobState, now: number) =>
        Plan.decide([{ registered, state, runningSince: null }], { serial: 1, parallel: 4 }, now).map(
          ({ decision }) => decision
        )
      const fresh = JobState.initial(job.name, "", begun, 0)
      const planned = { ...fresh, position: Position.initial(fresh.position.cadence, Bench.hour) }

      assert.deepStrictEqual(decide(fresh, 0), [Decision.run(0)])
      assert.deepStrictEqual(decide(planned, Bench.hour - 1), [
        Decision.wait(Decision.Reason.NotDue({ until: Bench.hour }))
      ])
      assert.deepStrictEqual(decide(planned, Bench.hour), [Decision.run(Bench.hour)])
      const looks = Effect.forEach(Definition.of(job).conditions, ({ holds }) => holds)
      assert.deepStrictEqual(yield* looks, [true])
      held.ada = minimum
      assert.deepStrictEqual(yield* looks, [false])
    })
  )
})
