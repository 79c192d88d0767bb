import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Effect, Fiber, FastCheck as fc } from "effect"
import { Job, Jobs, LogEntry } from "tickwork"
import type * as Missed from "../../src/internal/schedule/Missed.ts"

const pass = (bench: Bench.Bench, duration: number) =>
  Effect.gen(function* () {
    const call = yield* Bench.fork(bench.tick.once)
    yield* bench.time.advance(duration)
    return yield* Fiber.join(call)
  })

const crowd = (work: ReturnType<typeof Bench.makeWork>, takes: number, names: ReadonlyArray<string>) =>
  names.map((name, n) => work.job(name, takes).pipe(Job.every("1 hour"), Job.priority(n + 1)))

const claimed = (bench: Bench.Bench) =>
  Effect.map(bench.tick.status, (all) => all.filter(({ state }) => state.claim.owner !== null).map((_) => _.jobName))

describe("law 4, Order: a budget", () => {
  it.effect("lets each call begin the most urgent work, and leaves the rest to the next one", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = Jobs.make(...crowd(work, 20, ["a", "b", "c", "d", "e", "f", "g"]))
      const bench = yield* Bench.open(jobs, { budget: "50 millis" })
      const calls = [yield* pass(bench, 100), yield* pass(bench, 100), yield* pass(bench, 100)]
      assert.deepStrictEqual(
        calls.map((runs) => runs.map(({ jobName }) => jobName).join("")),
        ["abc", "def", "g"]
      )
      assert.strictEqual((yield* bench.tick.once).length, 0)
    }).pipe(Bench.run)
  )

  it.effect("that is spent leaves nothing claimed, and the call ends with what runs", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = crowd(work, 30_000, ["a", "b", "c"]).map(Job.parallel)
      const bench = yield* Bench.open(Jobs.make(...jobs, ...crowd(work, 0, ["d"])), { budget: 50, concurrency: 2 })
      const call = yield* Bench.fork(bench.tick.once)
      yield* bench.time.advance("60 millis")
      assert.deepStrictEqual(yield* claimed(bench), ["a", "b"])
      assert.isNull(yield* Effect.map(Fiber.poll(call), (exit) => (exit._tag === "None" ? null : exit)))
      yield* bench.time.advance("30 seconds")
      assert.deepStrictEqual((yield* Fiber.join(call)).map(({ jobName }) => jobName).sort(), ["a", "b", "d"])
    }).pipe(Bench.run)
  )

  it.effect("begins one body in each call, however small it is", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const bench = yield* Bench.open(Jobs.make(...crowd(work, 10, ["a", "b", "c"])), { budget: 0 })
      for (const name of ["a", "b", "c"]) {
        assert.deepStrictEqual(
          (yield* pass(bench, 20)).map(({ jobName }) => jobName),
          [name]
        )
      }
    }).pipe(Bench.run)
  )

  it.effect.each(["latest", "earliest", "all", "skip"] satisfies ReadonlyArray<Missed.Policy>)(
    "leaves to a later call what is late there, and not missed: %s",
    (policy) =>
      Effect.gen(function* () {
        const work = Bench.makeWork()
        const jobs = crowd(work, 100, ["a", "b", "c"]).map((job) => job.pipe(Job.missed(policy)))
        const bench = yield* Bench.open(Jobs.make(...jobs), { budget: 50 })
        yield* pass(bench, 200)
        // nobody calls for half an hour
        yield* bench.time.advance("30 minutes")
        const late = [...(yield* pass(bench, 200)), ...(yield* pass(bench, 200))]
        assert.deepStrictEqual(
          late.map(({ jobName, scheduledAt, status, trigger }) => [jobName, scheduledAt, status, trigger]),
          ["b", "c"].map((name) => [name, Bench.start, "success", "schedule"])
        )
        assert.isTrue(late.every(({ startedAt }) => startedAt - Bench.start >= 30 * Bench.minute))
      }).pipe(Bench.run)
  )

  it.effect("lets later instants be missed, and what a late run overtakes is in the log", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const bench = yield* Bench.open(
        Jobs.make(
          work.job("a", 100).pipe(Job.every("1 minute"), Job.priority(1)),
          work.job("b", 100).pipe(Job.every("1 minute"), Job.priority(2))
        ),
        { budget: 50 }
      )
      yield* pass(bench, 200)
      yield* bench.time.advance("10 minutes")
      const next = yield* pass(bench, 200)
      const last = yield* pass(bench, 200)
      const told = [...next, ...last].map(({ count, jobName, reason, status }) => [jobName, status, count, reason])
      assert.deepStrictEqual(
        told.filter(([name]) => name === "b"),
        [
          ["b", "skipped", 10, "missed: overtaken"],
          ["b", "success", 1, null]
        ]
      )
      assert.deepStrictEqual(told.filter(([name, status]) => name === "a" && status === "skipped").length, 1)
    }).pipe(Bench.run)
  )

  it.effect("releases claims as soon as it is spent, however long the call waits for what runs", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      let takes = 0
      const jobs = ["a", "b", "c"].map((name) =>
        work
          .job(
            name,
            0,
            Effect.suspend(() => Effect.sleep(takes))
          )
          .pipe(Job.every("1 hour"))
      )
      const bench = yield* Bench.open(Jobs.make(...jobs), { budget: 50 })
      for (let calls = 0; calls < 2; calls += 1) {
        yield* pass(bench, 10)
        yield* bench.time.advance(Bench.hour - 10)
      }
      takes = 10_000
      yield* Bench.fork(bench.tick.once)
      assert.sameMembers([...(yield* claimed(bench))], ["a", "b", "c"], "they are claimed ahead")
      yield* bench.time.advance("60 millis")
      assert.deepStrictEqual(yield* claimed(bench), ["a"])
    }).pipe(Bench.run)
  )

  it.effect("ends a call also where the job that runs has more instants that are due", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const job = work.job("a", 30).pipe(Job.every("1 second"), Job.missed("all"))
      const bench = yield* Bench.open(Jobs.make(job), { budget: 50 })
      yield* bench.time.advance("4 seconds")
      const instants: Array<ReadonlyArray<number>> = []
      for (let calls = 0; calls < 3; calls += 1) {
        instants.push((yield* pass(bench, 100)).map(({ scheduledAt }) => scheduledAt - Bench.start))
      }
      assert.deepStrictEqual(instants, [[0, 1000], [2000, 3000], [4000]])
    }).pipe(Bench.run)
  )

  it.effect("leaves what is paused meanwhile to its missed policy", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const a = work.job("a", 100).pipe(Job.every("1 hour"), Job.missed("skip"))
      const b = work.job("b", 100).pipe(Job.every("1 hour"), Job.missed("skip"))
      const bench = yield* Bench.open(Jobs.make(a, b), { budget: 50 })
      yield* pass(bench, 200)
      yield* bench.tick.request("pause", b)
      yield* bench.time.advance("30 minutes")
      yield* bench.tick.request("resume", b)
      yield* pass(bench, 200)
      assert.deepStrictEqual(work.names(), ["a"])
      const reasons = (yield* bench.store.logOf("b")).map(({ reason }) => reason)
      assert.include(reasons, "missed: paused")
    }).pipe(Bench.run)
  )

  it.effect("does not bound a daemon beside it, which goes on with the rest", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const bench = yield* Bench.daemonOf(Jobs.make(...crowd(work, 1000, ["a", "b", "c", "d"])), { budget: 50 })
      yield* pass(bench, 10_000)
      assert.deepStrictEqual(["a", "b", "c", "d"].flatMap(work.starts), [0, 1000, 2000, 3000])
    }).pipe(Bench.run)
  )

  it.effect.prop(
    "loses and doubles nothing: several calls run what one unbudgeted call does, in order",
    [
      fc.array(fc.record({ priority: fc.integer({ min: 1, max: 10 }), takes: fc.constantFrom(0, 5, 30, 80) }), {
        minLength: 1,
        maxLength: 20
      }),
      fc.constantFrom(0, 20, 50, 200)
    ],
    ([facts, budget]) =>
      Effect.gen(function* () {
        const jobs = (work: ReturnType<typeof Bench.makeWork>) =>
          Jobs.make(
            ...facts.map(({ priority, takes }, n) =>
              work.job(`job ${n}`, takes).pipe(Job.every("1 hour"), Job.priority(priority))
            )
          )
        const [whole, parts] = [Bench.makeWork(), Bench.makeWork()]
        yield* pass(yield* Bench.open(jobs(whole)), 5000)
        const bench = yield* Bench.open(jobs(parts), { budget })
        let runs: ReadonlyArray<LogEntry.LogEntry> = []
        for (let more = yield* pass(bench, 500); more.length > 0; more = yield* pass(bench, 500)) {
          const spent = (more.at(-1)?.startedAt ?? 0) - (more[0]?.startedAt ?? 0)
          assert.isTrue(more.length === 1 || spent < budget, `${spent} ms`)
          runs = [...runs, ...more]
        }
        assert.deepStrictEqual(parts.names(), whole.names())
        assert.isTrue(runs.every(LogEntry.ran) && runs.length === facts.length)
      }).pipe(Bench.run),
    { fastCheck: { seed: 4, numRuns: 60 } }
  )
})
