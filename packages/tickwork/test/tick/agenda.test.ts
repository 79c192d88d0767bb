import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Effect, FastCheck as fc } from "effect"
import { Job, JobState, type JobStatus, Jobs, Tick } from "tickwork"

const { start } = Bench

const fact = fc.record({
  cron: fc.constantFrom("*/10 * * * * *", "*/20 * * * * *", "7 * * * *"),
  takes: fc.constantFrom(0, 40, 900, 12_000),
  isPaused: fc.boolean(),
  comesAfterTheFirst: fc.boolean()
})

const waits = ({ decision }: JobStatus.JobStatus): boolean =>
  !(decision._tag === "Wait" && ["Running", "Awaits", "Stuck"].includes(decision.reason._tag))

/** The earliest of all instants that the states tell. */
const earliest = (all: ReadonlyArray<JobStatus.JobStatus>): number | null => {
  const dues = all.filter(waits).flatMap(({ state }) => JobState.dueAt(state) ?? [])
  return dues.length === 0 ? null : Math.min(...dues)
}

describe("what is due first", () => {
  it.effect.prop(
    "is the earliest of all that wait, at every moment, for Tick.next and Tick.health alike",
    [fc.array(fact, { minLength: 1, maxLength: 12 }), fc.array(fc.integer({ min: 0, max: 40_000 }), { maxLength: 12 })],
    ([facts, steps]) =>
      Effect.gen(function* () {
        const work = Bench.makeWork()
        const first = work.job("first", 1500).pipe(Job.every("15 seconds"))
        const others = facts.map(({ comesAfterTheFirst, cron, takes }, n) => {
          const job = work.job(`job ${n}`, takes).pipe(Job.cron(cron))
          return comesAfterTheFirst ? Job.after(job, [first]) : job
        })
        const { tick, time } = yield* Bench.daemonOf(Jobs.make(first, ...others), { concurrency: 2 })
        for (const [n, { isPaused }] of facts.entries()) {
          const paused = isPaused ? Tick.pause(others[n] as Job.Any, { by: "alice", why: "a test" }) : Effect.void
          yield* Effect.provideService(paused, Tick.Tick, tick)
        }
        for (const step of [0, ...steps]) {
          yield* time.advance(step)
          const now = yield* time.now
          const expected = earliest(yield* tick.status)
          const next = yield* tick.next
          assert.deepStrictEqual(
            next._tag === "Some" ? next.value.at : null,
            expected,
            `${now - start} ms after the start`
          )
          const overdue = (yield* tick.health).oldestOverdue
          assert.deepStrictEqual(overdue?.at ?? null, expected !== null && expected < now ? expected : null)
        }
      }).pipe(Bench.run)
  )
})
