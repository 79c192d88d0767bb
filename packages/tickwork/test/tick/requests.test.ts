/**
 * Requests for what has failed, and for many instances at once.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Array as Arr, Context, Effect, Layer, Schedule, Schema } from "effect"
import { Job, JobStore, Jobs, Tick, TickClient } from "tickwork"
import { attempts, ending } from "../support/attempts.ts"

const { hour, minute, second } = Bench

const alice = { by: "alice", why: "the line is back" }

const on =
  ({ tick }: Pick<Bench.Bench, "tick">) =>
  <A, E>(effect: Effect.Effect<A, E, Tick.Tick>) =>
    Effect.provideService(effect, Tick.Tick, tick)

const controls = (store: Bench.Store, jobName: string) =>
  Effect.map(store.logOf(jobName), (runs) => runs.filter(({ status }) => status === "control").map((run) => run.reason))

/** An enqueued job that fails so often, then succeeds, without retries. */
const sending = (failures: number) => {
  const runs: Array<readonly [runKey: string, attempt: number, payload: number]> = []
  const job = Job.make("send", { payload: Schema.Number }, ({ attempt, payload, runKey }) => {
    runs.push([runKey, attempt, payload])
    return runs.length <= failures ? Effect.fail("offline") : Effect.void
  }).pipe(Job.retry(Schedule.recurs(0)))
  return { job, runs }
}

describe("a retry by hand", () => {
  it.effect("runs an enqueued run that failed for good again, as the same run, and the log says who", () =>
    Effect.gen(function* () {
      const { job, runs } = sending(2)
      const bench = yield* Bench.open(Jobs.make(job))
      const { runKey } = yield* on(bench)(Tick.enqueue(job, 7, { key: "a" }))
      yield* bench.tick.once
      for (const _ of [1, 2]) {
        yield* bench.time.advance("1 hour")
        assert.deepStrictEqual(yield* bench.tick.once, [])
        yield* on(bench)(Tick.retry(job, { key: "a", ...alice }))
        yield* bench.tick.once
      }
      assert.deepStrictEqual(
        runs,
        [1, 2, 3].map((attempt) => [runKey, attempt, 7])
      )
      const said = "retried by alice: the line is back"
      assert.deepStrictEqual(yield* controls(bench.store, "send"), [said, said])
      const { failures, lastStatus, position } = yield* bench.store.state("send")
      assert.deepStrictEqual([failures, lastStatus, position.nextAt], [0, "success", null])
    }).pipe(Bench.run)
  )

  it.effect("that another process stored is carried out, too, and one of two alone runs it", () =>
    Effect.gen(function* () {
      const { job, runs } = sending(1)
      const bench = yield* Bench.open(Jobs.make(job))
      yield* on(bench)(Tick.enqueue(job, 7, { key: "a" }))
      yield* bench.tick.once
      const client = yield* Layer.build(TickClient.layer(Jobs.make(job))).pipe(
        Effect.provideService(JobStore.JobStore, bench.store)
      )
      for (const _ of [1, 2]) yield* Effect.provide(TickClient.retry(job, { key: "a" }), client)
      yield* bench.time.advance("1 minute")
      yield* bench.tick.once
      assert.strictEqual(runs.length, 2)
      assert.deepStrictEqual(yield* bench.store.pending, [])
    }).pipe(Bench.run)
  )

  it.effect("makes an attempt that waits for its backoff now, with its number", () =>
    Effect.gen(function* () {
      const { begun, job: failing } = ending("sync", "fails", "succeeds")
      const job = failing.pipe(Job.every("1 day"), Job.retry(Schedule.spaced("1 hour")))
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* bench.time.advance("1 minute")
      yield* on(bench)(Tick.retry(job, alice))
      yield* bench.time.advance("2 hours")
      assert.deepStrictEqual(attempts(begun), [
        [1, 0, 0],
        [2, 0, minute]
      ])
    }).pipe(Bench.run)
  )

  it.effect("of a job whose last occurrence failed is a run beside its plan", () =>
    Effect.gen(function* () {
      const { begun, job: failing } = ending("sync", "fails", "succeeds")
      const job = failing.pipe(Job.every("1 day"), Bench.withoutRetry)
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* bench.time.advance("1 hour")
      yield* on(bench)(Tick.retry(job, alice))
      yield* bench.time.settle
      assert.deepStrictEqual(
        begun.map(({ startedAt, trigger }) => [trigger, startedAt - Bench.start]),
        [
          ["schedule", 0],
          ["manual", hour]
        ]
      )
    }).pipe(Bench.run)
  )

  it.effect("of a job that has not failed leaves its plan, and is in the log", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const job = work.job("sync").pipe(Job.every("1 day"))
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* bench.time.advance("1 hour")
      yield* on(bench)(Tick.retry(job, alice))
      yield* bench.time.advance("1 hour")
      assert.deepStrictEqual(work.starts("sync"), [0])
      assert.deepStrictEqual(yield* controls(bench.store, "sync"), ["retried by alice: the line is back"])
    }).pipe(Bench.run)
  )
})

describe("a request for many", () => {
  const made = () => {
    const work = Bench.makeWork()
    const upload = Job.make("upload", { keys: Effect.succeed(["ada", "grace"]) }, () => Effect.void).pipe(
      Job.every("1 minute")
    )
    const sync = work.job("sync").pipe(Job.every("1 minute"))
    return { sync, upload, jobs: Jobs.make(sync, upload) }
  }
  const names = Arr.map(({ jobName, key }: JobStore.Ref) => `${jobName}/${key}`)

  it.effect("pauses what its filter chooses and what is not paused, and resumes what is", () =>
    Effect.gen(function* () {
      const { jobs, sync, upload } = made()
      const bench = yield* Bench.open(jobs)
      const tell = on(bench)
      const pause = Tick.pauseAll((job, key) => job === sync || key === "ada", alice)
      assert.deepStrictEqual(names(yield* tell(pause)), ["sync/", "upload/ada"])
      assert.deepStrictEqual(yield* tell(pause), [])
      assert.deepStrictEqual(names(yield* bench.tick.once), ["upload/grace"])
      assert.deepStrictEqual(yield* controls(bench.store, "upload"), ["paused by alice: the line is back"])
      assert.deepStrictEqual(names(yield* tell(Tick.resumeAll((job) => job === upload))), ["upload/ada"])
      yield* bench.time.advance(10 * second)
      assert.deepStrictEqual(names(yield* bench.tick.once), ["upload/ada"])
    }).pipe(Bench.run)
  )

  it.effect("of a process that runs nothing counts what it has asked for before", () =>
    Effect.gen(function* () {
      const { jobs } = made()
      const bench = yield* Bench.open(jobs)
      const built = yield* Layer.build(TickClient.layer(jobs)).pipe(
        Effect.provideService(JobStore.JobStore, bench.store)
      )
      const client = Context.get(built, TickClient.TickClient)
      const tell = Effect.provideService(TickClient.TickClient, client)
      assert.strictEqual((yield* tell(TickClient.pauseAll(() => true))).length, 3)
      assert.deepStrictEqual(yield* tell(TickClient.pauseAll(() => true)), [])
      assert.strictEqual((yield* tell(TickClient.resumeAll((_, key) => key === "ada"))).length, 1)
      yield* bench.time.advance("1 minute")
      assert.deepStrictEqual([...new Set(names(yield* bench.tick.once))], ["upload/ada"])
    }).pipe(Bench.run)
  )
})
