import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Effect, Layer, Schedule } from "effect"
import { Decision, type InvalidJobs, Job, JobState, JobStore, Jobs, Tick } from "tickwork"
import { makeLog } from "../support/log.ts"

const { hour, minute, start } = Bench

const decisionOf = (tick: Tick.Service, jobName: string) =>
  Effect.map(tick.status, (all) => {
    const status = all.find((status) => status.jobName === jobName) ?? assert.fail(jobName)
    return Decision.toText(status.decision)
  })

const controls = (store: Bench.Store, jobName: string) =>
  Effect.map(store.logOf(jobName), (runs) =>
    runs.flatMap(({ reason, status }) => (status === "control" ? [reason] : []))
  )

describe("a version of a job", () => {
  const poll = (work: ReturnType<typeof Bench.makeWork>, version: number) =>
    Jobs.make(work.job("poll").pipe(Job.schedule(Schedule.spaced("1 hour")), Job.version(version)))

  it.effect("that rises plans again, though nothing else has changed, and the log says so", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const { store, time } = yield* Bench.open(poll(work, 1))
      yield* time.jumpTo(start + 30 * minute)
      yield* Bench.open(poll(work, 2), { store })
      const state = yield* store.state("poll")
      assert.deepNestedInclude(state, { "position.nextAt": start + hour, seq: 1 })
      assert.deepInclude(state.position.cadence, { version: 2, steps: 1 })
      assert.deepStrictEqual(yield* controls(store, "poll"), ["version 1 became version 2"])
      yield* Bench.open(poll(work, 2), { store })
      assert.deepStrictEqual(yield* store.state("poll"), state)
    }).pipe(Bench.run)
  )

  it.effect("that is lower leaves the job alone, and says why", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const young = Bench.makeWork()
      const { store, time } = yield* Bench.daemonOf(poll(young, 3))
      const old = yield* Bench.daemonOf(poll(work, 2), { store: store.as("old") })
      yield* time.advance("2 hours")
      assert.deepStrictEqual(work.begun, [])
      assert.deepStrictEqual(young.starts("poll"), [hour, 2 * hour])
      assert.deepStrictEqual(yield* controls(store, "poll"), [])
      assert.strictEqual(yield* decisionOf(old.tick, "poll"), "not run here: version 3 of the job has taken over")
    }).pipe(Bench.run)
  )

  it.effect("that rises while an older process still runs takes the job away from it", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const old = yield* Bench.daemonOf(poll(work, 1))
      yield* old.time.advance("30 minutes")
      const young = Bench.makeWork()
      const { tick } = yield* Bench.daemonOf(poll(young, 2), { store: old.store.as("young") })
      yield* old.time.advance("3 hours")
      assert.deepStrictEqual(work.begun, [])
      assert.deepStrictEqual(young.starts("poll"), [hour, 2 * hour, 3 * hour])
      assert.include(yield* decisionOf(old.tick, "poll"), "version 2 of the job has taken over")
      assert.include(yield* decisionOf(tick, "poll"), "not due")
    }).pipe(Bench.run)
  )

  it.effect("that rises while an older process runs the job plans again when that run is over", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const every = (interval: "10 minutes" | "1 hour", takes: number) =>
        Jobs.make(work.job("sole", takes).pipe(Job.every(interval)))
      const old = yield* Bench.daemonOf(every("1 hour", 5 * minute))
      yield* old.time.advance("1 minute")
      const { store } = yield* Bench.daemonOf(every("10 minutes", 0), { store: old.store.as("young") })
      yield* old.time.advance("29 minutes")
      assert.deepStrictEqual(work.starts("sole"), [0, 10 * minute, 20 * minute, 30 * minute])
      assert.deepStrictEqual(yield* controls(store, "sole"), ["every 1 h became every 10 min"])
    }).pipe(Bench.run)
  )

  it.effect("of the same number and another definition belongs to the process that opened last", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const every = (interval: "10 minutes" | "15 minutes") => Jobs.make(work.job("sole").pipe(Job.every(interval)))
      const first = yield* Bench.daemonOf(every("10 minutes"))
      yield* first.time.advance("1 minute")
      yield* Bench.daemonOf(every("15 minutes"), { store: first.store.as("last") })
      yield* first.time.advance("59 minutes")
      assert.deepStrictEqual(
        work.starts("sole").map((at) => at / minute),
        [0, 15, 30, 45, 60]
      )
      assert.include(yield* decisionOf(first.tick, "sole"), "its plan is another one: every 15 min")
    }).pipe(Bench.run)
  )
})

describe("a renamed job", () => {
  it.effect("goes on where it was, with its history, and only once", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const { store, tick, time } = yield* Bench.open(Jobs.make(work.job("purge").pipe(Job.every("1 hour"))))
      yield* tick.once
      yield* time.advance("30 minutes")
      const renamed = Jobs.make(work.job("purge_expired").pipe(Job.every("1 hour"), Job.renamedFrom("purge")))
      const before = yield* store.state("purge")
      const log = makeLog()
      const bench = yield* Effect.provide(Bench.open(renamed, { store }), log.layer)
      assert.deepStrictEqual(
        log.lines.map(({ level, text }) => [level, text]),
        [["Info", 'Job "purge_expired" goes on with the state and the history of "purge"']]
      )
      assert.deepStrictEqual(yield* store.state("purge_expired"), { ...before, jobName: "purge_expired" })
      assert.strictEqual((yield* store.logOf("purge_expired")).length, 1)
      assert.deepStrictEqual(yield* store.load(["purge"]), [])
      yield* time.advance("30 minutes")
      yield* bench.tick.once
      yield* Bench.open(renamed, { store })
      assert.strictEqual((yield* store.state("purge_expired")).totalRuns, 2)
    }).pipe(Bench.run)
  )

  it.effect("that was claimed by a process that is gone tries its run again under the new name", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const { store } = yield* Bench.open(Jobs.make(work.job("purge").pipe(Job.every("1 hour"))))
      const state = JobState.claimed(
        yield* store.state("purge"),
        "gone",
        { scheduledAt: start, trigger: "schedule" },
        start
      )
      yield* store.commit({ saves: [], claims: [{ state }] })
      const renamed = Jobs.make(work.job("purge_expired").pipe(Job.every("1 hour"), Job.renamedFrom("purge")))
      const { tick } = yield* Bench.open(renamed, { store: store.as("heir", ["gone"]) })
      yield* tick.once
      assert.deepStrictEqual(
        (yield* store.logOf("purge_expired")).map(({ attempt, scheduledAt, status }) => [status, attempt, scheduledAt]),
        [
          ["interrupted", 1, start],
          ["success", 2, start]
        ]
      )
    }).pipe(Bench.run)
  )

  it.effect.each([
    [
      "a job bears the name still",
      [
        ["b", "a"],
        ["a", null]
      ]
    ],
    [
      "two jobs claim the name",
      [
        ["b", "a"],
        ["c", "a"]
      ]
    ],
    ["it is the job's own name", [["a", "a"]]]
  ] as const)("is refused where %s", ([, names]) =>
    Effect.gen(function* () {
      const jobs = names.map(([name, from]): Job.Job<string, void, never, never> => {
        const job = Job.make(name, Effect.void).pipe(Job.every("1 hour"))
        return from === null ? job : job.pipe(Job.renamedFrom(from))
      })
      const error: InvalidJobs.InvalidJobs | JobStore.StoreError = yield* Layer.build(
        Tick.layer(Jobs.make(...jobs))
      ).pipe(Effect.provide(JobStore.layerMemory), Effect.flip)
      assert.match(error.message, /renamedFrom must .*, got "a"/)
      assert.include(error.message, "Use the name that this job alone had before.")
    }).pipe(Effect.scoped)
  )
})

describe("what is stored of jobs that the registry does not name", () => {
  it.effect("is kept, never run, and told as such", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const kept = work.job("kept").pipe(Job.every("1 hour"))
      const { store } = yield* Bench.open(Jobs.make(kept, work.job("away").pipe(Job.every("1 hour"))))
      const state = yield* store.state("away")
      const bench = yield* Bench.daemonOf(Jobs.make(kept), { store })
      yield* bench.time.advance("3 hours")
      assert.notInclude(work.names(), "away")
      assert.deepStrictEqual(yield* bench.tick.unregistered, [state])
      assert.deepStrictEqual(
        (yield* bench.tick.status).map(({ jobName }) => jobName),
        ["kept"]
      )
    }).pipe(Bench.run)
  )
})
