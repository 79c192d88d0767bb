import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Effect, Exit, Schedule, ScheduleDecision, ScheduleInterval } from "effect"
import { Job, Jobs } from "tickwork"

const { minute, start } = Bench

/** Every ten minutes; notes what it is asked with. */
const noting = (initial = 0) => {
  const inputs: Array<unknown> = []
  const schedule = Schedule.makeWithState(initial, (now, input: unknown, n) => {
    inputs.push(input)
    return Effect.succeed([n + 1, n, ScheduleDecision.continueWith(ScheduleInterval.after(now + 10 * minute))] as const)
  })
  return { inputs, schedule }
}

describe("a schedule is asked with", () => {
  it.effect("undefined before the first run of `schedule`, and with the Exit of each run after it", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const ends = [Effect.succeed("fine"), Effect.fail("offline"), Effect.die("broken")]
      const end = Effect.suspend((): Effect.Effect<string, string> => ends[work.begun.length - 1] ?? Effect.never)
      const { inputs, schedule } = noting()
      const job = work.job("sole", 0, end).pipe(Job.schedule(schedule), Bench.withoutRetry)
      const { time } = yield* Bench.daemonOf(Jobs.make(job))
      yield* time.advance("35 minutes")
      assert.deepStrictEqual(inputs, [undefined, Exit.succeed("fine"), Exit.fail("offline"), Exit.die("broken")])
    }).pipe(Bench.run)
  )

  it.effect("nothing but the Exit of each run, under `repeat`", () =>
    Effect.gen(function* () {
      const { inputs, schedule } = noting()
      const job = Bench.makeWork().job("sole", 0, Effect.succeed(7)).pipe(Job.repeat(schedule))
      const { time } = yield* Bench.daemonOf(Jobs.make(job))
      assert.deepStrictEqual(inputs, [Exit.succeed(7)])
      yield* time.advance("10 minutes")
      assert.deepStrictEqual(inputs, [Exit.succeed(7), Exit.succeed(7)])
    }).pipe(Bench.run)
  )

  it.effect.each([
    ["is false", Effect.succeed(false)],
    ["fails", Effect.fail("no look")]
  ] as const)("undefined where a condition %s", ([, holds]) =>
    Effect.gen(function* () {
      const { inputs, schedule } = noting()
      const job = Bench.makeWork().job("sole").pipe(Job.repeat(schedule), Job.when("it may", holds))
      yield* Bench.daemonOf(Jobs.make(job))
      assert.deepStrictEqual(inputs, [undefined])
    }).pipe(Bench.run)
  )

  it.effect("undefined where its instant was missed and is not run", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const { inputs, schedule } = noting()
      const jobs = Jobs.make(work.job("sole").pipe(Job.repeat(schedule), Job.missed("skip")))
      const { store, tick, time } = yield* Bench.open(jobs)
      yield* tick.once
      yield* time.jumpTo(start + 60 * minute)
      yield* Bench.daemonOf(jobs, { store })
      assert.strictEqual(work.begun.length, 1)
      assert.deepStrictEqual(inputs, [Exit.void, undefined])
    }).pipe(Bench.run)
  )

  it.effect("undefined, once, where it has taken the place of another one", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const before = noting()
      const { store, tick, time } = yield* Bench.open(Jobs.make(work.job("sole").pipe(Job.repeat(before.schedule))))
      yield* tick.once
      const after = noting(100)
      const jobs = Jobs.make(work.job("sole").pipe(Job.repeat(after.schedule)))
      yield* Bench.open(jobs, { store })
      yield* Bench.daemonOf(jobs, { store })
      assert.deepStrictEqual(after.inputs, [undefined])
      yield* time.advance("10 minutes")
      assert.deepStrictEqual(after.inputs, [undefined, Exit.void])
      assert.strictEqual(before.inputs.length, 1)
    }).pipe(Bench.run)
  )
})
