/**
 * Requests for what has failed, and for many instances at once.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Array as Arr, Context, Effect, Exit, Layer, Option, Schedule, Schema } from "effect"
import { Control, Explanation, Job, JobState, JobStore, Jobs, Tick, TickClient } from "tickwork"
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

describe("a request that is not carried out yet", () => {
  it.effect("of a process that runs nothing is in status, explain, next and pending of the tick", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const sync = work.job("sync").pipe(Job.every("1 hour"))
      const send = Job.make("send", { payload: Schema.Number }, () => Effect.void)
      const jobs = Jobs.make(sync, send)
      const bench = yield* Bench.open(jobs)
      yield* bench.tick.once
      const client = yield* Layer.build(TickClient.layer(jobs)).pipe(
        Effect.provideService(JobStore.JobStore, bench.store)
      )
      const nextAt = Effect.map(bench.tick.next, (next) => Option.map(next, ({ at, jobName }) => [jobName, at]))
      assert.deepStrictEqual(yield* nextAt, Option.some(["sync", Bench.start + hour]))

      yield* Effect.provide(TickClient.pause(sync, alice), client)
      assert.deepStrictEqual(yield* nextAt, Option.none())
      yield* Effect.provide(TickClient.enqueue(send, 1, { at: Bench.start + 2 * hour }), client)
      assert.deepStrictEqual(yield* nextAt, Option.some(["send", Bench.start + 2 * hour]))
      yield* Effect.provide(TickClient.trigger(sync, { by: "bob" }), client)
      assert.deepStrictEqual(yield* nextAt, Option.some(["sync", Bench.start]))

      const [status] = (yield* bench.tick.status).filter(({ jobName }) => jobName === "sync")
      assert.deepStrictEqual(status?.pending.map(Control.pendingText), [
        "pause pending by alice: the line is back",
        "trigger pending by bob"
      ])
      assert.match(
        Explanation.toText(yield* bench.tick.explain(sync)),
        /^"sync" is not due until .*; pause pending by alice: the line is back; trigger pending by bob\.$/
      )
      assert.deepStrictEqual(
        (yield* bench.tick.pending).map(({ jobName, verb }) => `${verb} ${jobName}`),
        ["pause sync", "enqueue send", "trigger sync"]
      )
      yield* bench.tick.once
      assert.deepStrictEqual(yield* bench.tick.pending, [])
      assert.isTrue((yield* bench.tick.status).every(({ pending }) => pending.length === 0))
    }).pipe(Bench.run)
  )

  it.effect("of this process is shown while another process runs the job", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const job = work.job("sync", "1 hour").pipe(Job.every("1 day"))
      const rows = yield* Bench.makeStore
      yield* Bench.daemonOf(Jobs.make(job), { store: rows.as("other") })
      const bench = yield* Bench.open(Jobs.make(job), { store: rows.as("own") })
      yield* on(bench)(Tick.cancel(job, alice))
      const [status] = yield* bench.tick.status
      assert.deepStrictEqual(status?.pending.map(Control.pendingText), ["cancel pending by alice: the line is back"])
    }).pipe(Bench.run)
  )
})

describe("a job that no registry has any more", () => {
  const made = () => {
    const work = Bench.makeWork()
    const gone = work.job("gone").pipe(Job.every("1 hour"))
    const sync = work.job("sync").pipe(Job.every("1 hour"))
    return { gone, sync }
  }
  const named = { jobName: "gone" }

  it.effect("is forgotten by its name", () =>
    Effect.gen(function* () {
      const { gone, sync } = made()
      const store = yield* Bench.makeStore
      yield* (yield* Bench.open(Jobs.make(gone, sync), { store })).tick.once.pipe(Effect.scoped)
      const opened = yield* Layer.build(Tick.layer(Jobs.make(sync))).pipe(
        Effect.provideService(JobStore.JobStore, store.as("later", [store.owner.id]))
      )
      const tell = Effect.provide(opened)
      const exit = yield* Effect.exit(tell(Tick.forget({ jobName: "gonne" })))
      assert.isTrue(Exit.isFailure(exit), "what is not stored is not forgotten")
      yield* tell(Tick.forget(named, alice))
      assert.deepStrictEqual(yield* store.names, ["sync"])
      assert.deepStrictEqual(yield* tell(Tick.unregistered), [])
      assert.deepStrictEqual(yield* store.pending, [])
    }).pipe(Bench.run)
  )

  it.effect("is left to a living process that has it", () =>
    Effect.gen(function* () {
      const { gone, sync } = made()
      const rows = yield* Bench.makeStore
      const other = yield* Bench.open(Jobs.make(gone), { store: rows.as("other") })
      yield* other.tick.once
      const bench = yield* Bench.open(Jobs.make(sync), { store: rows.as("own") })
      yield* on(bench)(Tick.forget(named))
      assert.deepStrictEqual(
        (yield* rows.pending).map(({ verb }) => verb),
        ["forget"]
      )
      yield* bench.time.advance("1 minute")
      const [first] = yield* other.tick.once
      assert.strictEqual(first?.seq, 1, "it is forgotten, and made again as a new instance")
      assert.deepStrictEqual(yield* rows.pending, [])
    }).pipe(Bench.run)
  )

  it.effect("is not forgotten while another process has its claim, and the tick says so", () =>
    Effect.gen(function* () {
      const { gone, sync } = made()
      const rows = yield* Bench.makeStore
      yield* (yield* Bench.open(Jobs.make(gone), { store: rows.as("other") })).tick.once
      const state = yield* rows.state("gone")
      const held = JobState.claimed(state, "elsewhere", { scheduledAt: 0, trigger: "schedule" }, Bench.start)
      yield* rows.commit({ saves: [], claims: [{ state: held }] })
      for (const { id } of (yield* rows.processes).processes) yield* rows.leave([id])
      const bench = yield* Bench.open(Jobs.make(sync), { store: rows.as("own") })
      yield* on(bench)(Tick.forget(named))
      yield* bench.time.settle
      const refused = bench.events.filter(({ _tag }) => _tag === "RequestRefused")
      assert.strictEqual(refused.length, 1)
      assert.deepStrictEqual((yield* rows.names).toSorted(), ["gone", "sync"])
      const heir = yield* Bench.open(Jobs.make(sync), { store: rows.as("heir", ["elsewhere", "own"]) })
      yield* on(heir)(Tick.forget(named))
      assert.deepStrictEqual(yield* rows.names, ["sync"])
    }).pipe(Bench.run)
  )
})
