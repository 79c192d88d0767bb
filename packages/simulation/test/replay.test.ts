import { assert, describe, it } from "@effect/vitest"
import { Difference, Simulation } from "@tickwork/simulation"
import { Context, Effect, Layer, Schedule } from "effect"
import { Job, JobLog, JobStore, Jobs, Tick } from "tickwork"

const from = "2026-03-02T00:00:00Z"
const everything = 1_000_000

const sync = Job.make("sync", Effect.fail("offline" as const)).pipe(
  Job.every("10 minutes"),
  Job.retry(Schedule.spaced("1 minute").pipe(Schedule.intersect(Schedule.recurs(2))))
)
const replenish = Job.make("replenish", Effect.void).pipe(
  Job.every("1 hour"),
  Job.when("stock is low", Effect.succeed(true))
)
const backup = Job.make("backup", Effect.void).pipe(Job.cron("0 3 * * *"))

const syncLike = { takes: { from: "1 second", to: "30 seconds" }, fails: { when: 0.3, with: "offline" } } as const

/** The log of three days with a crash, a pause and a triggered run; played once for all tests. */
const recorded = Effect.runSync(
  Effect.cached(
    Effect.gen(function* () {
      const jobs = Jobs.make(sync, replenish, backup).pipe(
        Simulation.withStub(sync, syncLike),
        Simulation.withStub(replenish, { conditions: 0.5, takes: "5 seconds" }),
        Simulation.withStub(backup, { takes: "4 minutes" })
      )
      const store = yield* Layer.build(JobStore.layerMemory)
      yield* Simulation.run(jobs, {
        from,
        for: "3 days",
        seed: 7,
        store: Layer.succeedContext(store),
        crashes: [{ at: "2026-03-03T05:05:00Z", down: "2 hours" }],
        actions: [
          { at: "2026-03-03T12:15:00Z", effect: Tick.pause(sync, { by: "ada", why: "maintenance" }) },
          { at: "2026-03-03T14:00:00Z", effect: Tick.resume(sync) },
          { at: "2026-03-03T16:16:16Z", effect: Tick.trigger(backup, { by: "ada" }) }
        ]
      })
      return yield* Context.get(store, JobLog.JobLog).entries({ limit: everything })
    }).pipe(Effect.scoped)
  )
)

describe("a replay", () => {
  it.effect("of the registry that wrote the log finds no difference", () =>
    Effect.gen(function* () {
      const log = yield* recorded
      const difference = yield* Simulation.replay(Jobs.make(sync, replenish, backup), log)
      assert.deepStrictEqual([difference.gone, difference.added, difference.changed], [[], [], []])
      assert.isTrue(Difference.isNone(difference), Difference.toText(difference))
      assert.isAbove(difference.jobs.find(({ jobName }) => jobName === "sync")?.runs.before ?? 0, 400)
    })
  )

  it.effect("shows run by run what a change would have changed", () =>
    Effect.gen(function* () {
      const log = yield* recorded
      const seldom = sync.pipe(Job.every("20 minutes"))
      const difference = yield* Simulation.replay(Jobs.make(seldom, replenish, backup), log)
      const isOfSync = ({ jobName }: { readonly jobName: string }) => jobName === "sync"
      assert.isTrue(difference.gone.every(isOfSync))
      const [counts] = difference.jobs.filter(isOfSync)
      assert.isAbove(difference.gone.length, 150)
      assert.strictEqual(
        (counts?.runs.before ?? 0) - (counts?.runs.after ?? 0),
        difference.gone.length - difference.added.length
      )
      const text = Difference.toText(difference, { atMost: 3 })
      assert.include(text, "fewer runs")
      assert.match(text, /sync of 2026-03-0\d/)
      assert.include(text, "more")
    })
  )

  it.effect("shows runs of jobs that are gone, and of jobs that are new", () =>
    Effect.gen(function* () {
      const log = yield* recorded
      const stats = Job.make("stats", Effect.void).pipe(Job.every("12 hours"), Job.parallel)
      const difference = yield* Simulation.replay(Jobs.make(sync, replenish, stats), log)
      const names = (entries: ReadonlyArray<{ readonly jobName: string }>) => [
        ...new Set(entries.map((e) => e.jobName))
      ]
      assert.deepStrictEqual(names(difference.gone), ["backup"])
      assert.deepStrictEqual(names(difference.added), ["stats"])
      assert.strictEqual(difference.added.length, 6)
    })
  )

  it.effect("makes the retries of the new policy, and no others", () =>
    Effect.gen(function* () {
      const log = yield* recorded
      const patient = sync.pipe(Job.retry(Schedule.stop))
      const difference = yield* Simulation.replay(Jobs.make(patient, replenish, backup), log)
      assert.isTrue(difference.gone.length > 50 && difference.gone.every(({ attempt }) => attempt > 1))
      assert.deepStrictEqual(difference.added, [])
    })
  )

  it.effect("refuses a log without an entry", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Simulation.replay(Jobs.make(sync), []))
      assert.strictEqual(error._tag, "EmptyLogError")
    })
  )
})
