import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { type Duration, Effect, Exit, Scope } from "effect"
import { Explanation, Job, JobState, Jobs, Limit, type LogEntry } from "tickwork"

const hourly = Job.every("1 hour")
const drain = "1 second"

type Work = ReturnType<typeof Bench.makeWork>

/** A body that no interruption reaches. */
const stubborn = (work: Work, takes: Duration.DurationInput) =>
  work.job("stubborn", 0, Effect.uninterruptible(Effect.sleep(takes))).pipe(hourly)

const entries = (log: ReadonlyArray<LogEntry.LogEntry>) =>
  log.map(({ error, reason, status }) => [status, error ?? reason])

const left = ["control", JobState.leftRunning]

/** A tick that is stopped a second after its bodies have begun, and stays open; the stop takes two seconds. */
const stopped = (jobs: Jobs.Jobs<never>, store: Bench.Store) =>
  Effect.gen(function* () {
    const bench = yield* Bench.open(jobs, { store, drain })
    const fiber = yield* Bench.daemon(bench)
    yield* bench.time.advance("1 second")
    assert.strictEqual(yield* Bench.stop(fiber), 2000)
    return bench
  })

/** A tick that is stopped so and closed, as by a layer that is built again. */
const closed = (jobs: Jobs.Jobs<never>, store: Bench.Store) =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const { time } = yield* Scope.extend(stopped(jobs, store), scope)
    yield* Scope.close(scope, Exit.void)
    return time
  })

describe("a body that goes on after a stop", () => {
  it.effect("keeps its claim for a lease: another process says why it waits, and takes over then", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const job = stubborn(work, "1 day")
      const store = yield* Bench.makeStore
      yield* stopped(Jobs.make(job), store.as("old"))
      const held = yield* store.state("stubborn")
      assert.deepStrictEqual(entries(yield* store.log), [left])

      const next = yield* Bench.daemonOf(Jobs.make(job), { store: store.as("new"), lease: "30 seconds" })
      yield* next.time.advance("29 seconds")
      assert.deepStrictEqual((yield* store.state("stubborn")).claim, held.claim)
      assert.strictEqual(
        Explanation.toText(yield* next.tick.explain(job)),
        `"stubborn" is held by old: ${JobState.leftRunning}.`
      )
      assert.lengthOf(work.begun, 1)
      yield* next.time.advance("1 second")
      assert.lengthOf(work.begun, 2)
      assert.deepStrictEqual(entries(yield* store.log), [left, ["interrupted", "its owner did not renew its claim"]])
    }).pipe(Bench.run)
  )

  it.effect("is recorded as it ended when it does, where its tick is still open", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const store = yield* Bench.makeStore
      const { time } = yield* stopped(Jobs.make(stubborn(work, "10 seconds")), store)
      yield* time.advance("6 seconds")
      assert.deepStrictEqual(entries(yield* store.log), [left])
      yield* time.advance("1 second")
      assert.deepStrictEqual(entries(yield* store.log), [left, ["interrupted", "the tick was stopped"]])
      assert.deepNestedInclude(yield* store.state("stubborn"), { "claim.owner": null, lastDurationMs: 10_000 })
    }).pipe(Bench.run)
  )

  it.effect("is not waited for by a later call of its tick, which begins what fits beside it", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const beside = work.job("beside").pipe(Job.every("5 seconds"), Job.parallel)
      const bench = yield* stopped(Jobs.make(stubborn(work, "10 minutes"), beside), yield* Bench.makeStore)
      yield* bench.time.advance("5 seconds")
      const recorded = yield* bench.tick.once
      assert.deepStrictEqual(
        recorded.map(({ jobName, status }) => [jobName, status]),
        [["beside", "success"]]
      )
    }).pipe(Bench.run)
  )

  it.effect("keeps its place in its tick, and its claim is renewed when that goes on", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = Jobs.make(stubborn(work, "10 minutes").pipe(Job.priority(1)), work.job("serial").pipe(hourly))
      const store = yield* Bench.makeStore
      const bench = yield* stopped(jobs, store.as("old"))
      yield* Bench.daemon(bench)
      yield* Bench.daemonOf(jobs, { store: store.as("new") })
      yield* bench.time.advance("9 minutes")
      assert.deepStrictEqual(work.names(), ["stubborn"])
    }).pipe(Bench.run)
  )

  it.effect("counts for its limit over all processes until its claim passes on", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const limit = Job.limit(Limit.make("network", 1, { scope: "database" }))
      const first = stubborn(work, "20 seconds").pipe(limit, Job.priority(1))
      const jobs = Jobs.make(first, work.job("other").pipe(hourly, Job.parallel, limit))
      const store = yield* Bench.makeStore
      yield* stopped(jobs, store.as("old"))
      const { time } = yield* Bench.daemonOf(jobs, { store: store.as("new") })
      yield* time.advance("1 minute")
      assert.include(work.names(), "other")
      assert.strictEqual(work.mostAtOnce(), 1)
    }).pipe(Bench.run)
  )

  it.effect("keeps claim and place in its process when its tick is closed; the next one begins later", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const job = stubborn(work, "10 seconds")
      const serial = work.job("serial").pipe(hourly)
      const store = yield* Bench.makeStore
      yield* closed(Jobs.make(job.pipe(Job.priority(1)), serial), store.as("old"))
      const next = yield* Bench.daemonOf(Jobs.make(job, serial), { store: store.as("new", ["old"]) })
      yield* next.time.advance("6 seconds")
      assert.deepStrictEqual(work.names(), ["stubborn"])
      assert.strictEqual(
        Explanation.toText(yield* next.tick.explain(serial)),
        `"serial" waits for a slot: serial; "stubborn" is held by old: ${JobState.leftRunning}.`
      )
      yield* next.time.advance("2 seconds")
      assert.sameMembers(work.names(), ["stubborn", "serial", "stubborn"])
      assert.strictEqual(work.mostAtOnce(), 1)
    }).pipe(Bench.run)
  )

  it.effect("is not taken over by its own process while it lives, though the owner of the claim is gone", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = Jobs.make(stubborn(work, "1 day"))
      const store = yield* Bench.makeStore
      yield* closed(jobs, store.as("old"))
      const next = yield* Bench.daemonOf(jobs, { store: store.as("new", ["old"]), lease: "30 seconds" })
      yield* next.time.advance("29 seconds")
      assert.lengthOf(work.begun, 1)
      yield* next.time.advance("1 second")
      assert.lengthOf(work.begun, 2, "a lease is the most")
    }).pipe(Bench.run)
  )

  it.effect("was cancelled before: the cancellation holds for the process that takes over", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const job = stubborn(work, "1 day")
      const store = yield* Bench.makeStore
      const bench = yield* Bench.open(Jobs.make(job), { store: store.as("old"), drain })
      const fiber = yield* Bench.daemon(bench)
      yield* Bench.fork(bench.tick.request("cancel", job, { by: "ada" }))
      yield* Bench.stop(fiber)
      const next = yield* Bench.daemonOf(Jobs.make(job), { store: store.as("new") })
      yield* next.time.advance("1 minute")
      assert.lengthOf(work.begun, 1)
      assert.deepStrictEqual(
        (yield* store.log).map(({ status }) => status),
        ["control", "interrupted", "control"]
      )
    }).pipe(Bench.run)
  )

  it.effect("is left twice: the second stop does not wait for it again", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const bench = yield* stopped(Jobs.make(stubborn(work, "1 day")), yield* Bench.makeStore)
      assert.strictEqual(yield* Bench.stop(yield* Bench.daemon(bench)), 0)
    }).pipe(Bench.run)
  )

  it.effect("goes on after its claim has passed on: it does not begin beside itself when it is free", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const bench = yield* Bench.daemonOf(Jobs.make(stubborn(work, "5 minutes")))
      const { claim, seq, ...held } = yield* bench.store.state("stubborn")
      const state = JobState.fenced({ ...held, seq, claim })
      yield* bench.store.commit({ saves: [{ expected: { ...claim, seq }, state, entries: [] }], claims: [] })
      yield* bench.time.advance("10 minutes")
      assert.deepStrictEqual(work.starts("stubborn"), [0, 300_000])
    }).pipe(Bench.run)
  )
})
