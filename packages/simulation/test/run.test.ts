import { readFile } from "node:fs/promises"
import { assert, describe, it } from "@effect/vitest"
import { Simulation } from "@tickwork/simulation"
import { Cause, Context, Effect, Exit, Fiber, Layer, Schedule } from "effect"
import { InvalidJobs, Job, JobStore, Jobs, Tick } from "tickwork"

const from = "2026-03-02T00:00:00Z"
const midnight = Date.parse(from)
const minute = 60_000
const hour = 60 * minute

const sync = Job.make("sync", Effect.fail("offline" as const)).pipe(Job.every("5 minutes"), Job.priority(1))
const replenish = Job.make("replenish", Effect.void).pipe(
  Job.every("1 hour"),
  Job.when("stock is low", Effect.succeed(true))
)
const purge = Job.make("purge", Effect.void).pipe(Job.cron("0 3 * * *", "Europe/Berlin"), Job.after([sync]))

const jobs = Jobs.make(sync, replenish, purge).pipe(
  Simulation.withStub(sync, {
    takes: { from: "1 second", to: "20 seconds" },
    busy: "500 millis",
    fails: { when: 0.2, with: "offline" }
  }),
  Simulation.withStub(replenish, { takes: "2 seconds", conditions: { "stock is low": 0.25 } }),
  Simulation.withStub(purge, { takes: "1 minute" })
)

const startsOf = (timeline: { readonly runs: ReadonlyArray<{ jobName: string; startedAt: number }> }, name: string) =>
  timeline.runs.filter(({ jobName }) => jobName === name).map(({ startedAt }) => startedAt - midnight)

/** Answered by a thread, outside simulated time. */
const ofTheWorld = Effect.promise(() => readFile(import.meta.filename))

describe("a simulation", () => {
  it.effect("gives the same timeline to the byte for the same seed, and another for another seed", () =>
    Effect.gen(function* () {
      const options = { from, for: "3 days", crashes: { every: "7 hours", down: "10 minutes" } } as const
      const text = (seed: number) => Effect.map(Simulation.run(jobs, { ...options, seed }), JSON.stringify)
      assert.strictEqual(yield* text(1), yield* text(1))
      assert.notStrictEqual(yield* text(1), yield* text(2))
    })
  )

  it.effect("draws the same random numbers for a job whatever other jobs there are", () =>
    Effect.gen(function* () {
      const alone = Jobs.make(replenish).pipe(Simulation.withStub(replenish, { conditions: 0.25 }))
      const crowd = Jobs.make(replenish, sync).pipe(
        Simulation.withStub(replenish, { conditions: 0.25 }),
        Simulation.withStubs({})
      )
      const [one, other] = yield* Effect.all([
        Simulation.run(alone, { from, for: "3 days" }),
        Simulation.run(crowd, { from, for: "3 days" })
      ])
      assert.isNotEmpty(startsOf(one, "replenish"))
      assert.deepStrictEqual(startsOf(one, "replenish"), startsOf(other, "replenish"))
    })
  )

  it.effect("runs a stub as long, and fails it as often, as the stub says", () =>
    Effect.gen(function* () {
      const timeline = yield* Simulation.run(jobs, { from, for: "30 days" })
      const [first] = timeline.jobs
      assert(first !== undefined)
      const firsts = timeline.runs.filter(({ attempt, jobName }) => jobName === "sync" && attempt === 1)
      const failed = firsts.filter(({ status }) => status === "error")
      assert.closeTo(failed.length / firsts.length, 0.2, 0.02)
      const lengths = firsts.map(({ durationMs }) => durationMs)
      assert.isAtLeast(Math.min(...lengths), 1000)
      assert.isAtMost(Math.max(...lengths), 20_000)
      assert.closeTo(lengths.reduce((sum, ms) => sum + ms, 0) / lengths.length, 10_500, 300)
      assert.strictEqual(first.busyMs, 500 * first.runs)
      assert.isAbove(first.retries, 0)
      const [, second] = timeline.jobs
      assert.closeTo(second?.runs ?? 0, 180, 40)
      // the last of 721 instants waits for its place
      assert.deepStrictEqual(second?.skips, [
        { verdict: "condition-false", reason: "stock is low", count: 720 - (second?.runs ?? 0) }
      ])
    })
  )

  it.effect("lets a job run its own effect with services of its own, in simulated time", () =>
    Effect.gen(function* () {
      class Outbox extends Context.Tag("Outbox")<Outbox, { readonly sent: Array<number> }>() {}
      const send = Effect.gen(function* () {
        const { sent } = yield* Outbox
        yield* ofTheWorld
        yield* Effect.sleep("2 minutes")
        sent.push(yield* Effect.clockWith((clock) => clock.currentTimeMillis))
      })
      const own = Jobs.make(Job.make("send", send).pipe(Job.every("1 hour")))
      const sent: Array<number> = []
      const timeline = yield* Simulation.run(own, { from, for: "5 hours" }).pipe(
        Effect.provideService(Outbox, { sent })
      )
      assert.deepStrictEqual(
        sent.map((at) => at - midnight),
        [2, 62, 122, 182, 242].map((minutes) => minutes * minute)
      )
      assert.deepStrictEqual(
        timeline.runs.map(({ durationMs }) => durationMs),
        sent.map(() => 2 * minute)
      )
    })
  )

  it.effect("goes on past what waits for something that never comes", () =>
    Effect.gen(function* () {
      const stuck = Job.make("stuck", Effect.never).pipe(Job.every("1 hour"), Job.timeout("10 minutes"), Job.parallel)
      const timeline = yield* Simulation.run(Jobs.make(stuck.pipe(Job.retryUnexpected(Schedule.stop))), {
        from,
        for: "150 minutes",
        patience: "20 millis"
      })
      assert.deepStrictEqual(
        timeline.runs.map(({ startedAt, status }) => [startedAt - midnight, status]),
        [0, 1, 2].map((hours) => [hours * hour, "timeout"])
      )
    })
  )

  it.effect("dies, and does not hang, where a process never waits", () =>
    Effect.gen(function* () {
      const forever = Simulation.run(jobs, { from, for: "1 hour", process: Effect.forever(Tick.once) })
      const exit = yield* Effect.exit(forever)
      assert.include(Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "", "has to sleep in between")
    })
  )

  it.effect("has closed its store once it is interrupted", () =>
    Effect.gen(function* () {
      let isOpen = false
      const set = (open: boolean) =>
        Effect.sync(() => {
          isOpen = open
        })
      const open = Layer.scopedDiscard(Effect.acquireRelease(set(true), () => set(false)))
      const store = Layer.provideMerge(JobStore.layerMemory, open)
      const long = yield* Effect.fork(Simulation.run(jobs, { from, for: "1000 days", store }))
      yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
      assert.isTrue(isOpen)
      yield* Fiber.interrupt(long)
      assert.isFalse(isOpen)
    })
  )

  it.effect("waits for a store that does not answer at once", () =>
    Effect.gen(function* () {
      const store = Layer.effect(
        JobStore.JobStore,
        Effect.map(JobStore.JobStore, (own) => ({
          ...own,
          commit: (batch) => Effect.zipRight(ofTheWorld, own.commit(batch))
        }))
      ).pipe(Layer.provideMerge(JobStore.layerMemory))
      const every = Job.make("every", Effect.void).pipe(Job.every("5 minutes"))
      const { runs } = yield* Simulation.run(Jobs.make(every), { from, for: "1 hour", store })
      assert.strictEqual(runs.length, 13)
    })
  )

  it.effect("checks a condition again after a crash, with other random numbers", () =>
    Effect.gen(function* () {
      const one = Jobs.make(replenish).pipe(Simulation.withStub(replenish, { conditions: 0.5 }))
      const { runs } = yield* Simulation.run(one, { from, for: "4 days", crashes: { every: "1 hour" } })
      assert.isAbove(runs.length, 25)
      assert.isBelow(runs.length, 75)
    })
  )

  it.effect("begins nothing in a killed process", () =>
    Effect.gen(function* () {
      const begun: Array<number> = []
      const first = Job.make("first", Effect.sleep("10 minutes")).pipe(Job.every("1 hour"), Job.priority(1))
      const second = Job.make("second", {}, ({ startedAt }) =>
        Effect.sync(() => begun.push(startedAt - midnight))
      ).pipe(Job.every("1 hour"))
      const crashes = [{ at: "2026-03-02T00:05:00Z", down: "1 minute" }] as const
      yield* Simulation.run(Jobs.make(first, second), { from, for: "55 minutes", crashes })
      // not when the first was killed, but when another process is there
      assert.deepStrictEqual(begun, [6 * minute])
    })
  )

  it.effect("counts a run that a crash has ended as ended", () =>
    Effect.gen(function* () {
      const own = Job.make("own", Effect.sleep("10 minutes")).pipe(Job.every("1 hour"))
      const options = { from, for: "3 hours", crashes: [{ at: "2026-03-02T00:05:00Z" }] } as const
      const { jobs, runs } = yield* Simulation.run(Jobs.make(own), options)
      assert.deepStrictEqual(
        runs.map(({ startedAt, status }) => [startedAt - midnight, status]),
        [
          [0, "interrupted"],
          [5 * minute + 1000, "success"],
          [hour, "success"],
          [2 * hour, "success"]
        ]
      )
      assert.strictEqual(jobs[0]?.busyMs, 35 * minute)
      // at its starts a process is awake; while a run goes on, so is the machine
      assert.strictEqual(jobs[0]?.wakeUps, 3)
    })
  )

  it.effect("counts a wake-up of an idle machine, for the jobs that it wakes for", () =>
    Effect.gen(function* () {
      const parallel = <Name extends string>(name: Name) => Job.make(name, Effect.void).pipe(Job.parallel)
      const shared = Jobs.make(
        parallel("often").pipe(Job.every("30 seconds")),
        parallel("seldom").pipe(Job.every("1 minute"))
      ).pipe(Simulation.withStubs({ takes: "10 seconds" }))
      const timeline = yield* Simulation.run(shared, { from, for: "59 seconds" })
      // at its start a process is awake; then one wake-up for the instant, and none at the end of a run
      assert.strictEqual(timeline.wakeUps, 1)
      const later = yield* Simulation.run(shared, { from, for: "179 seconds" })
      assert.deepStrictEqual(
        later.jobs.map(({ wakeUps }) => wakeUps),
        [4, 1]
      )
      assert.strictEqual(later.wakeUps, 5)
    })
  )

  it.effect("counts the clock checks of an idle tick as if it had woken for each", () =>
    Effect.gen(function* () {
      const options = { from, for: "3 days", crashes: [{ at: "2026-03-03T07:00:00Z", down: "90 minutes" }] } as const
      const counted = yield* Simulation.run(jobs, options)
      // too little for a jump, but the tick has to check for it
      const clockJumps = [{ at: "2026-03-04T00:00:00Z", ahead: "1 millis" }] as const
      const woken = yield* Simulation.run(jobs, { ...options, clockJumps })
      assert.isAbove(counted.idleWakeUps, 3000)
      assert.strictEqual(counted.idleWakeUps, woken.idleWakeUps)
      assert.strictEqual(counted.wakeUps, woken.wakeUps)
    })
  )

  it.effect("compares with every job at every tick, with the same work", () =>
    Effect.gen(function* () {
      const { busyMs, everyTick, runs } = yield* Simulation.run(
        Jobs.make(sync, replenish).pipe(Simulation.withStubs({ takes: "100 millis" })),
        { from, for: "1 hour", everyTick: "5 seconds" }
      )
      assert.strictEqual(busyMs, 100 * runs.length)
      // what has a condition does no more than it did: one run that had ended
      assert.deepStrictEqual(everyTick, { everyMs: 5000, runs: 1440, wakeUps: 720, busyMs: 72_000 + 100 })
    })
  )

  it.effect("runs actions at their instants, and records alerts", () =>
    Effect.gen(function* () {
      const failing = sync.pipe(Job.retry(Schedule.stop), Job.alertAfter(3))
      const quiet = { by: "ada", why: "quiet, please" }
      const timeline = yield* Simulation.run(
        Jobs.make(failing).pipe(Simulation.withStub(failing, { fails: { when: () => true, with: "offline" } })),
        {
          from,
          for: "1 hour",
          actions: [
            { at: "2026-03-02T00:12:00Z", effect: Tick.pause(failing, quiet) },
            { at: "2026-03-02T00:32:00Z", effect: Tick.resume(failing) }
          ]
        }
      )
      assert.deepStrictEqual(
        timeline.alarms.map(({ at, failures, jobName, kind }) => [at - midnight, failures, jobName, kind]),
        [[10 * minute, 3, "sync", "alert"]]
      )
      assert.strictEqual(timeline.controls.length, 2)
      assert.notInclude(
        startsOf(timeline, "sync").map((at) => at / minute),
        20
      )
    })
  )

  it.effect("refuses an invalid registry and an invalid option, with the cure", () =>
    Effect.gen(function* () {
      const bad = Jobs.make(Job.make("bad", Effect.void).pipe(Job.every("0 seconds")))
      assert.instanceOf(yield* Effect.flip(Simulation.run(bad, { from, for: "1 day" })), InvalidJobs.InvalidJobs)
      const refused = (options: Partial<Simulation.Options>) =>
        Effect.map(Effect.flip(Simulation.run(jobs, { from, for: "1 day", ...options })), (error) =>
          error._tag === "SimulationOptionError" ? error.message : error._tag
        )
      assert.include(
        yield* refused({ from: "yesterday" }),
        'Simulation option from must be an instant, got "yesterday". Write it as'
      )
      assert.include(yield* refused({ for: "Infinity" as never }), "Simulation option for")
      assert.include(yield* refused({ seed: 0.5 }), "Simulation option seed must be a whole number, got 0.5. Round it.")
      for (const from of ["01-02-2027", "2027/02/30", "Feb 30", "foo 12 Z", "2027-01-01"])
        assert.include(yield* refused({ from }), "Simulation option from must be an instant")
      assert.include(yield* refused({ zone: "BST" }), "Simulation option zone")
      assert.include(yield* refused({ zone: "Berlin" }), "Simulation option zone")
      assert.include(yield* refused({ crashes: [{ at: "2026-04-02T00:00:00Z" }] }), "Simulation option crashes.at")
      const seeds = Simulation.check(jobs, { from, for: "1 day", seeds: 0 }, () => true)
      assert.strictEqual((yield* Effect.flip(seeds))._tag, "SimulationOptionError")
      assert.include(yield* refused({ clockJumps: [{ at: from, back: "-1 hour" as never }] }), "clockJumps.back")
    })
  )
})
