import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Effect, Schedule } from "effect"
import { Decision, Explanation, Job, Jobs } from "tickwork"
import { makeLog } from "../support/log.ts"

const { hour, second } = Bench

type Setup = Job.Job<"setup", void, never, never>

const soon = Bench.start + 10 * second
const hourly = Job.every("1 hour")
const fail = Effect.fail("offline")

/** Opens the same jobs again each hour, as a process that restarts; the answer stays the same. */
const restarting = (jobs: Jobs.Jobs<never>, hours: number) =>
  Effect.gen(function* () {
    const store = yield* Bench.makeStore
    for (let n = 0; n < hours; n++) {
      const bench = yield* Bench.open(jobs, { store })
      const fiber = yield* Bench.daemon(bench)
      yield* bench.time.advance("1 hour")
      yield* Bench.stop(fiber)
    }
    return yield* Bench.open(jobs, { store })
  })

const once = (jobs: Jobs.Jobs<never>, hours: number) =>
  Effect.gen(function* () {
    const bench = yield* Bench.daemonOf(jobs)
    yield* bench.time.advance(hours * hour)
    return bench
  })

describe.each([
  ["in one process", once],
  ["with a restart each hour", restarting]
] as const)("a job after one that has finished for good, %s", (_, lived) => {
  it.effect.each([
    ["an instant", (job: Setup) => Job.at(job, soon)],
    ["a schedule that has ended", (job: Setup) => Job.repeat(job, Schedule.recurs(2))]
  ] as const)("goes on at its own instants after %s that has succeeded", ([, cadence]) =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const setup = cadence(work.job("setup"))
      const sync = work.job("sync").pipe(Job.cron("5 0 * * * *"), Job.after([setup], { sameTick: true }))
      yield* lived(Jobs.make(setup, sync), 4)
      assert.lengthOf(work.starts("sync"), 4)
    }).pipe(Bench.run)
  )

  it.effect("without a cadence runs once after it, and is finished then", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const setup = work.job("setup").pipe(Job.at(soon))
      const index = work.job("index").pipe(Job.after([setup]))
      const { tick } = yield* lived(Jobs.make(setup, index), 3)
      assert.deepStrictEqual(work.names(), ["setup", "index"])
      assert.strictEqual(Explanation.toText(yield* tick.explain(index)), '"index" is finished.')
    }).pipe(Bench.run)
  )

  it.effect("without a cadence still runs after the others that it comes after", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const setup = work.job("setup").pipe(Job.at(Bench.start))
      const fetch = work.job("fetch").pipe(Job.cron("5 0 * * * *"))
      const index = work.job("index").pipe(Job.after([setup, fetch]))
      yield* lived(Jobs.make(setup, fetch, index), 4)
      assert.deepStrictEqual(work.starts("index"), work.starts("fetch"))
      assert.lengthOf(work.starts("index"), 4)
    }).pipe(Bench.run)
  )

  it.effect("and after one behind it goes on, once all of the chain is over", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const setup = work.job("setup").pipe(Job.at(soon))
      const middle = work.job("middle").pipe(Job.after([setup]))
      const digest = work.job("digest").pipe(Job.cron("30 0 * * * *"), Job.after([middle]))
      yield* lived(Jobs.make(setup, middle, digest), 3)
      assert.lengthOf(work.starts("middle"), 1)
      assert.lengthOf(work.starts("digest"), 3)
    }).pipe(Bench.run)
  )

  it.effect("waits where it has failed for good, with a warning that names the pair; `end` is enough", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const log = makeLog()
      const setup = work.job("setup", 0, fail).pipe(Job.at(soon), Job.retry(Schedule.stop))
      const sync = work.job("sync").pipe(hourly, Job.after([setup]))
      const last = work.job("last").pipe(Job.after([setup], { on: "end" }))
      const { tick } = yield* Effect.provide(lived(Jobs.make(setup, sync, last), 3), log.layer)
      assert.deepStrictEqual(work.names(), ["setup", "last"])
      assert.strictEqual(
        Explanation.toText(yield* tick.explain(sync)),
        '"sync" waits for "setup"; "setup" is finished, after the error: offline.'
      )
      const warning =
        'Job "sync" waits for "setup", which has finished without a success: trigger that one, or drop it from Job.after'
      assert.include(
        log.lines.map(({ text }) => text),
        warning
      )
    }).pipe(Bench.run)
  )

  it.effect("after one that was missed and skipped for good, `end` is met by that", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const setup = work.job("setup").pipe(Job.at(Bench.start - hour), Job.missed("skip"))
      const last = work.job("last").pipe(Job.after([setup], { on: "end" }))
      const other = work.job("other").pipe(Job.cron("5 0 * * * *"), Job.after([setup], { on: "end" }))
      yield* lived(Jobs.make(setup, last, other), 3)
      assert.lengthOf(work.starts("last"), 1)
      assert.lengthOf(work.starts("other"), 3)
    }).pipe(Bench.run)
  )

  it.effect("with keys goes on for each key; a plain one after keys once all of them have", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const keys = { keys: Effect.succeed(["ada", "bob"]) }
      const begun: Array<string> = []
      const note = (name: string) => (run: { readonly key: string }) =>
        Effect.sync(() => void begun.push(`${name} ${run.key}`))
      const setup = Job.make("setup", keys, (run) =>
        Effect.zipRight(note("setup")(run), run.key === "bob" ? fail : Effect.void)
      ).pipe(Job.at(soon), Job.retry(Schedule.stop))
      const sync = Job.make("sync", keys, note("sync")).pipe(Job.cron("5 0 * * * *"), Job.after([setup]))
      const all = work.job("all").pipe(Job.cron("5 0 * * * *"), Job.after([setup]))
      const any = work.job("any").pipe(Job.cron("5 0 * * * *"), Job.after([setup], { on: "end" }))
      yield* lived(Jobs.make(setup, sync, all, any), 3)
      assert.strictEqual(begun.filter((text) => text === "sync ada").length, 3)
      assert.notInclude(begun, "sync bob")
      assert.deepStrictEqual(work.starts("all"), [])
      assert.lengthOf(work.starts("any"), 3)
    }).pipe(Bench.run)
  )
})

describe("jobs in layers, each after all of the layer before", () => {
  it.effect("are each asked once, not once for every way from the first job to the last", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      type Work = Job.Job<string, void, never, never>
      const layers: Array<ReadonlyArray<Work>> = [[work.job("first").pipe(Job.at(soon))]]
      for (let layer = 1; layer <= 40; layer++) {
        const before = layers.at(-1) ?? []
        layers.push(["a", "b"].map((name): Work => work.job(`${name} ${layer}`).pipe(Job.after(before))))
      }
      const { tick, time } = yield* Bench.daemonOf(Jobs.make(...layers.flat()))
      yield* time.advance("1 hour")
      assert.lengthOf(work.names(), 81)
      const decisions = (yield* tick.status).map(({ decision }) => Decision.toText(decision))
      assert.deepStrictEqual([...new Set(decisions)], ["finished"])
    }).pipe(Bench.run)
  )
})

describe("a job that waits for one that has failed for good", () => {
  it.effect("runs after all once that one is triggered and succeeds", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      let isOnline = false
      const body = Effect.suspend(() => (isOnline ? Effect.void : fail))
      const setup = work.job("setup", 0, body).pipe(Job.at(soon), Job.retry(Schedule.stop))
      const middle = work.job("middle").pipe(Job.after([setup]))
      const last = work.job("last").pipe(hourly, Job.after([middle]))
      const { tick, time } = yield* Bench.daemonOf(Jobs.make(setup, middle, last))
      yield* time.advance("30 minutes")
      isOnline = true
      yield* tick.request("trigger", setup)
      yield* time.advance("3 hours")
      assert.lengthOf(work.starts("middle"), 1)
      assert.lengthOf(work.starts("last"), 4)
    }).pipe(Bench.run)
  )
})
