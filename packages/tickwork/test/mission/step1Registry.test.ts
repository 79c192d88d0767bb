import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Context, Effect } from "effect"
import { Job, JobState, Jobs, type Run } from "tickwork"

class Peers extends Context.Tag("test/Peers")<Peers, ReadonlyArray<string>>() {}

describe("step 1, the registry", () => {
  it.effect("the tick takes jobs from the registry, all of them, and each under its own name", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = ["sync_send", "purge_expired", "prekey_replenishment"].map((name) =>
        work.job(name).pipe(Job.every("5 seconds"))
      )
      const { tick } = yield* Bench.open(Jobs.make(...jobs))

      const runs = yield* tick.once
      assert.deepStrictEqual(work.names(), ["prekey_replenishment", "purge_expired", "sync_send"])
      assert.deepStrictEqual(
        runs.map((run) => run.jobName),
        work.names()
      )
    }).pipe(Bench.run)
  )

  it.effect("the tick takes jobs from the registry alone: a stored row of another job never runs", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const kept = work.job("kept").pipe(Job.every("5 seconds"))
      const retired = work.job("retired").pipe(Job.every("5 seconds"))
      const { store } = yield* Bench.open(Jobs.make(kept, retired))

      const { tick, time } = yield* Bench.open(Jobs.make(kept), { store })
      yield* tick.once
      yield* time.advance("1 minute")
      yield* tick.once
      assert.deepStrictEqual(work.names(), ["kept", "kept"])
      assert.deepStrictEqual(yield* store.logOf("retired"), [])
      assert.strictEqual((yield* store.state("retired")).position.nextAt, Bench.start)
    }).pipe(Bench.run)
  )

  it.effect("each job gets its parameters: the services it needs are those the tick was given", () =>
    Effect.gen(function* () {
      const told: Array<string> = []
      const send = Job.make(
        "sync_send",
        Effect.map(Peers, (peers) => told.push(...peers))
      ).pipe(Job.every("5 seconds"))
      const { tick } = yield* Bench.open(Jobs.make(send)).pipe(Effect.provideService(Peers, ["ada", "grace"]))

      const runs = yield* tick.once
      assert.deepStrictEqual(told, ["ada", "grace"])
      assert.strictEqual(runs[0]?.status, "success")
    }).pipe(Bench.run)
  )

  it.effect("each job gets its parameters: its body is told which run it is", () =>
    Effect.gen(function* () {
      const told: Array<Run.RunInfo> = []
      const body = ({ progress: _, ...run }: Run.Run) => Effect.sync(() => told.push(run))
      const report = Job.make("report", {}, body).pipe(Job.every("1 hour"))
      const { tick, time } = yield* Bench.open(Jobs.make(report))
      yield* tick.once
      yield* time.advance("61 minutes")
      yield* tick.once
      const later = Bench.start + Bench.hour

      assert.deepStrictEqual(told, [
        {
          jobName: "report",
          key: "",
          runKey: `report//${Bench.start}`,
          scheduledAt: Bench.start,
          startedAt: Bench.start,
          attempt: 1,
          trigger: "schedule",
          lastSuccessAt: null
        },
        {
          jobName: "report",
          key: "",
          runKey: `report//${later}`,
          scheduledAt: later,
          startedAt: later + Bench.minute,
          attempt: 1,
          trigger: "schedule",
          lastSuccessAt: Bench.start
        }
      ])
    }).pipe(Bench.run)
  )

  it.effect("work is committed job by job: what a job did stands while a later one is still running", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const first = work.job("first", "1 second").pipe(Job.every("1 hour"), Job.priority(1))
      const second = work.job("second", "10 seconds").pipe(Job.every("1 hour"))
      const bench = yield* Bench.open(Jobs.make(first, second))

      const pass = yield* Bench.fork(bench.tick.once)
      yield* bench.time.advance("5 seconds")
      assert.deepStrictEqual(work.names(), ["first", "second"])
      const { lastDurationMs, lastStatus } = yield* bench.store.state("first")
      assert.deepStrictEqual([lastStatus, lastDurationMs], ["success", 1000])
      assert.strictEqual((yield* bench.store.state("second")).lastStatus, null)
      yield* bench.time.advance("10 seconds")
      yield* pass
    }).pipe(Bench.run)
  )

  it.effect("work is committed job by job: a later job's failure leaves the earlier ones recorded", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const good = work.job("good").pipe(Job.every("1 hour"), Job.priority(1))
      const bad = work.job("bad", 0, Effect.die(new Error("out of memory"))).pipe(Job.every("1 hour"))
      const last = work.job("last").pipe(Job.every("1 hour"), Job.priority(9))
      const { store, tick } = yield* Bench.open(Jobs.make(good, bad, last))
      const before = yield* store.state("good")

      const runs = yield* tick.once
      assert.deepStrictEqual(
        runs.map((run) => [run.jobName, run.status]),
        [
          ["good", "success"],
          ["bad", "error"],
          ["last", "success"]
        ]
      )
      const after = yield* store.state("good")
      assert.deepStrictEqual(
        { ...after, claim: { ...after.claim, token: 0 } },
        JobState.fold(before, yield* store.logOf("good"))
      )
    }).pipe(Bench.run)
  )
})
