import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Effect, Fiber } from "effect"
import { Job, Jobs, Limit } from "tickwork"

const hourly = Job.every("1 hour")

const names = ["a", "b", "c", "d", "e", "f"]

const limited = (work: ReturnType<typeof Bench.makeWork>, scope: Limit.Scope) =>
  names.map((name) =>
    work.job(name, "10 seconds").pipe(hourly, Job.parallel, Job.limit(Limit.make("network", 2, { scope })))
  )

/** Two processes on one database, with the same jobs. */
const two = <R>(jobs: Jobs.Jobs<R>) =>
  Effect.gen(function* () {
    const rows = yield* Bench.makeStore
    const one = yield* Bench.open(jobs, { store: rows.as("one"), concurrency: 9 })
    const other = yield* Bench.open(jobs, { store: rows.as("two"), concurrency: 9 })
    return { one, other, rows, time: one.time }
  })

const commits = ({ store }: Bench.Bench) => store.calls.filter((call) => call === "commit").length

/** The jobs that run, as both processes have them. */
const held = (rows: Bench.Store) =>
  Effect.map(Effect.forEach(names, rows.state), (states) =>
    states.filter(({ claim: { owner: claimOwner } }) => claimOwner !== null)
  )

describe("law 4, Order: a limit of the scope", () => {
  for (const [scope, most] of [
    ["database", 2],
    ["process", 4]
  ] as const) {
    it.effect(`"${scope}" lets ${most} run at once in two processes, and all of them run in the end`, () =>
      Effect.gen(function* () {
        const work = Bench.makeWork()
        const { one, other, rows, time } = yield* two(Jobs.make(...limited(work, scope)))
        yield* Bench.daemon(one)
        yield* Bench.daemon(other)
        yield* time.advance("3 minutes")
        assert.strictEqual(work.mostAtOnce(), most)
        const log = yield* rows.log
        assert.deepStrictEqual(log.map(({ jobName }) => jobName).sort(), names)
        assert.deepStrictEqual(
          [...new Set(log.map(({ status, trigger }) => `${status} ${trigger}`))],
          ["success schedule"]
        )
      }).pipe(Bench.run)
    )
  }

  it.effect('"database" has a process that finds it reached look again once a second, and no more often', () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const { one, other, time } = yield* two(Jobs.make(...limited(work, "database")))
      yield* Bench.daemon(one)
      yield* Bench.daemon(other)
      yield* time.advance("500 millis")
      const before = commits(other)
      yield* time.advance("8 seconds")
      assert.isAtLeast(commits(other) - before, 4)
      assert.isAtMost(commits(other) - before, 8)
    }).pipe(Bench.run)
  )

  it.effect('"database" makes nothing missed, however long it keeps a run waiting', () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = ["a", "b", "c"].map((name) =>
        work
          .job(name, "10 minutes")
          .pipe(Job.cron("@daily"), Job.limit(Limit.make("network", 1, { scope: "database" })))
      )
      const { one, other, rows, time } = yield* two(Jobs.make(...jobs))
      yield* Bench.daemon(one)
      yield* Bench.daemon(other)
      yield* time.advance("13 hours")
      const log = yield* rows.log
      assert.deepStrictEqual(
        log.map(({ status, trigger }) => `${status} ${trigger}`),
        Array(3).fill("success schedule")
      )
      assert.strictEqual(work.mostAtOnce(), 1)
    }).pipe(Bench.run)
  )

  it.effect('"database" counts a run that follows a verdict in the same turn', () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const share = Job.limit(Limit.make("network", 1, { scope: "database" }))
      // each run overtakes instants of its own, which its next claim has to note
      const jobs = Jobs.make(
        work.job("a", "25 seconds").pipe(Job.every("10 seconds"), share),
        work.job("b", "25 seconds").pipe(Job.every("10 seconds"), share)
      )
      const { one, other, rows, time } = yield* two(jobs)
      yield* Bench.daemon(one)
      yield* Bench.daemon(other)
      yield* time.advance("20 minutes")
      assert.strictEqual(work.mostAtOnce(), 1)
      assert.isAbove(work.names().filter((name) => name === "a").length, 5)
      assert.isAbove(work.names().filter((name) => name === "b").length, 5)
      assert.isNotEmpty(yield* rows.logOf("b"))
    }).pipe(Bench.run)
  )

  it.effect('"database" is not waited for by a call of once: what it refuses is left to a later call', () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const { one, other, rows, time } = yield* two(Jobs.make(...limited(work, "database")))
      const first = yield* Bench.fork(one.tick.once)
      assert.strictEqual((yield* held(rows)).length, 2)
      assert.deepStrictEqual(yield* other.tick.once, [])
      yield* Bench.stop(first)
      const later = yield* Bench.fork(other.tick.once)
      yield* time.advance("30 seconds")
      assert.deepStrictEqual((yield* Fiber.join(later)).map(({ jobName }) => jobName).sort(), names.slice(2))
      assert.strictEqual(work.mostAtOnce(), 2)
    }).pipe(Bench.run)
  )

  it.effect('"database" counts the claims of a process that has died, until they have passed on', () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const { one, other, time } = yield* two(Jobs.make(...limited(work, "database")))
      yield* Bench.daemon(one)
      one.store.fail(Number.POSITIVE_INFINITY)
      yield* Bench.daemon(other)
      yield* time.advance("20 seconds")
      assert.strictEqual(work.begun.length, 2)
      yield* time.advance("5 minutes")
      assert.includeMembers([...work.names()], names)
    }).pipe(Bench.run)
  )
})
