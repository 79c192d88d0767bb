import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck as fc } from "effect"
import { Job, Jobs } from "tickwork"
import * as Bench from "../support/Bench.ts"

const fact = fc.record({
  priority: fc.integer({ min: 1, max: 10 }),
  place: fc.constantFrom("serial" as const, "parallel" as const),
  takes: fc.constantFrom(0, 1, 50, 700, 3000, 20_000)
})

/** Told anew from the law: one better for each 30 seconds waited, never better than 1. */
const urgency = (priority: number, since: number, now: number) => {
  let effective = priority
  for (let at = since + 30_000; at <= now && effective > 1; at += 30_000) effective -= 1
  return effective
}

describe("law 4, Order", () => {
  it.effect.prop(
    "no job starts while a due one of higher effective priority, or of equal and older or earlier by name, waits",
    [fc.array(fact, { minLength: 20, maxLength: 50 }), fc.integer({ min: 1, max: 4 })],
    ([facts, concurrency]) =>
      Effect.gen(function* () {
        const work = Bench.makeWork()
        const all = facts.map((one, n) => ({ ...one, name: `job ${n}` }))
        const jobs = all.map(({ name, place, priority, takes }) =>
          work
            .job(name, takes)
            .pipe(Job.every("1 hour"), Job.priority(priority), place === "serial" ? Job.serial : Job.parallel)
        )
        const { tick, time } = yield* Bench.open(Jobs.make(...jobs), { concurrency })
        // the second hour claims ahead, by what each took in the first
        for (const due of [Bench.start, Bench.start + Bench.hour]) {
          yield* time.advance(due - (yield* time.now))
          const pass = yield* Bench.fork(tick.once)
          yield* time.advance("20 minutes")
          assert.strictEqual((yield* pass).length, all.length)

          const starts = new Map(work.begun.splice(0).map((run, n) => [run.jobName, { at: run.startedAt, n }]))
          const ranked = all.map((one) => ({ ...one, ...(starts.get(one.name) ?? assert.fail(one.name)) }))
          for (const a of ranked) {
            for (const b of ranked) {
              if (a.place !== b.place || a.n >= b.n) continue
              const [first, then] = [urgency(a.priority, due, a.at), urgency(b.priority, due, a.at)]
              assert.isTrue(first < then || (first === then && a.name < b.name), `${a.name} before ${b.name}`)
            }
          }
        }
      }).pipe(Bench.run),
    { fastCheck: { seed: 4, numRuns: 30 }, timeout: 60_000 }
  )

  it.effect("a job that becomes due while others wait starts before those that are less urgent", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const load = ["a", "b", "c", "d"].map((name) => work.job(name, "4 seconds").pipe(Job.every("1 hour")))
      const urgent = work.job("urgent").pipe(Job.cron("5 0 12 * * *"), Job.priority(1))
      const { time } = yield* Bench.daemonOf(Jobs.make(...load, urgent))
      yield* time.advance("1 minute")
      assert.deepStrictEqual(work.names(), ["a", "b", "urgent", "c", "d"])
    }).pipe(Bench.run)
  )

  it.effect("a job that was claimed ahead lets a more urgent one go first", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      let takes = 0
      const load = ["a", "b", "c"].map((name) =>
        work.job(
          name,
          0,
          Effect.suspend(() => Effect.sleep(takes))
        )
      )
      const urgent = work.job("urgent").pipe(Job.cron("5 1 12 * * *"), Job.priority(1))
      const bench = yield* Bench.daemonOf(Jobs.make(...load.map(Job.every("1 minute")), urgent))
      takes = 8000
      yield* bench.time.advance("1 minute")
      assert.notStrictEqual((yield* bench.store.state("b")).claimOwner, null, "it is claimed, and waits")
      yield* bench.time.advance("50 seconds")
      assert.deepStrictEqual(work.names().slice(3), ["a", "urgent", "b", "c"])
    }).pipe(Bench.run)
  )
})
