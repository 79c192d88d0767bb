import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Effect, FastCheck as fc } from "effect"
import { Job, Jobs, LogEntry } from "tickwork"

const fact = fc.record({
  priority: fc.integer({ min: 1, max: 10 }),
  place: fc.constantFrom("serial" as const, "parallel" as const),
  takes: fc.constantFrom(0, 1, 50, 700, 3000, 20_000),
  /** In which second of the hour it becomes due. */
  dueIn: fc.constantFrom(0, 1, 29, 30, 31, 61, 100, 200)
})

/** Told anew from the law: one better for each 30 seconds waited, never better than 1. */
const urgency = (priority: number, since: number, now: number) => {
  let effective = priority
  for (let at = since + 30_000; at <= now && effective > 1; at += 30_000) effective -= 1
  return effective
}

describe("law 4, Order", () => {
  it.effect.prop(
    "no job starts while a due one that comes before it waits",
    [fc.array(fact, { minLength: 20, maxLength: 50 }), fc.integer({ min: 1, max: 4 })],
    ([facts, concurrency]) =>
      Effect.gen(function* () {
        const work = Bench.makeWork()
        const all = facts.map((one, n) => ({ ...one, name: `job ${n}` }))
        const jobs = all.map(({ dueIn, name, place, priority, takes }) =>
          work
            .job(name, takes)
            .pipe(
              Job.cron(`${dueIn % 60} ${Math.floor(dueIn / 60)} * * * *`),
              Job.priority(priority),
              place === "serial" ? Job.serial : Job.parallel
            )
        )
        const { tick, time } = yield* Bench.open(Jobs.make(...jobs), { concurrency })
        for (const hour of [0, 1, 2].map((n) => Bench.start + n * Bench.hour)) {
          yield* time.advance(hour + 200_000 - (yield* time.now))
          const pass = yield* Bench.fork(tick.once)
          yield* time.advance("20 minutes")
          const runs = yield* pass
          // what is due at noon sharp begins an hour later; the last hour claims ahead, by what each took before
          if (hour === Bench.start) {
            work.begun.length = 0
            continue
          }
          assert.strictEqual(runs.filter(LogEntry.ran).length, all.length)
          const starts = new Map(work.begun.splice(0).map((run, n) => [run.jobName, { at: run.startedAt, n }]))
          const ranked = all.map((one) => {
            const started = starts.get(one.name) ?? assert.fail(one.name)
            const since = hour + one.dueIn * 1000
            return { ...one, ...started, since, urgencyAt: (at: number) => urgency(one.priority, since, at) }
          })
          for (const a of ranked) {
            for (const b of ranked) {
              if (a.place !== b.place || a.n >= b.n) continue
              const order = a.urgencyAt(a.at) - b.urgencyAt(a.at) || a.since - b.since || (a.name < b.name ? -1 : 1)
              assert.isBelow(order, 0, `${a.name} before ${b.name}`)
            }
          }
        }
      }).pipe(Bench.run),
    { fastCheck: { seed: 4, numRuns: 30 } }
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
      assert.notStrictEqual((yield* bench.store.state("b")).claim.owner, null, "it is claimed, and waits")
      yield* bench.time.advance("50 seconds")
      assert.deepStrictEqual(work.names().slice(3), ["a", "urgent", "b", "c"])
    }).pipe(Bench.run)
  )

  it.effect("a condition is checked when its job's turn has come and it is claimed, by urgency", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const looks: Array<string> = []
      const store = yield* Bench.makeStore
      const asked = (name: string, priority: number) => {
        const look = Effect.gen(function* () {
          const {
            claim: { owner: claimOwner }
          } = yield* store.state(name)
          looks.push(`${name}, ${claimOwner === null ? "free" : "claimed"}, after ${work.names().join()}`)
          return true
        })
        return work.job(name).pipe(Job.every("1 hour"), Job.priority(priority), Job.when("it may", look))
      }
      const { time } = yield* Bench.daemonOf(
        Jobs.make(
          asked("last", 9),
          asked("second", 5),
          work.job("first", "10 seconds").pipe(Job.every("1 hour"), Job.priority(1))
        ),
        { store }
      )
      yield* time.advance("9 seconds")
      assert.deepStrictEqual(looks, [], "nobody looks ahead")
      yield* time.advance("1 second")
      assert.deepStrictEqual(looks, ["second, claimed, after first", "last, claimed, after first,second"])
    }).pipe(Bench.run)
  )
})
