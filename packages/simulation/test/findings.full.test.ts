/**
 * What a check finds: each property holds of a sound registry on a sound store, and with one mistake planted in either
 * the check names the smallest case that shows it.
 */
import { assert, describe, it } from "@effect/vitest"
import { Simulation, type Timeline } from "@tickwork/simulation"
import { type Clock, DateTime, Effect, Either, Layer, Schedule } from "effect"
import { Bound, Job, type JobLog, type JobState, JobStore, Jobs, type Run } from "tickwork"

const hour = 3_600_000
const from = "2026-03-02T00:00:00Z"

type Check = Effect.Effect<void, Simulation.PropertyFailedError | { readonly _tag: string }>

/** The property holds of the sound case; with the mistake it does not. Answers the smallest case. */
const finds = ({ mistaken, sound }: { readonly sound: Check; readonly mistaken: Check }) =>
  Effect.gen(function* () {
    yield* sound
    const error = yield* Effect.flip(Effect.zipRight(mistaken, Effect.dieMessage("the mistake is not found")))
    assert.instanceOf(error, Simulation.PropertyFailedError)
    return error
  }).pipe(Effect.orDie)

/** A store in memory for each play, which outlives the play's processes; it changes the states that it loads. */
const storeThatLoads = (change: (state: JobState.JobState) => JobState.JobState) => {
  const ofPlays = new WeakMap<Clock.Clock, JobStore.Service>()
  return Layer.effect(
    JobStore.JobStore,
    Effect.gen(function* () {
      const clock = yield* Effect.clock
      const made = ofPlays.get(clock) ?? (yield* Effect.provide(JobStore.JobStore, JobStore.layerMemory))
      ofPlays.set(clock, made)
      return { ...made, load: (...query) => Effect.map(made.load(...query), (states) => states.map(change)) }
    })
  ).pipe(Layer.provideMerge(JobStore.layerMemory))
}

const idle = <Name extends string>(name: Name) => Job.make(name, Effect.void)

describe("a check", () => {
  const hourly = idle("hourly").pipe(Job.every("1 hour"))
  const jobs = Simulation.withStubs(Jobs.make(hourly), {})

  it.effect("plays every seed, however few plays the search for a smaller case may take", () =>
    Effect.gen(function* () {
      const isNot7 = ({ seed }: Timeline.Timeline) => seed !== 7
      const error = yield* Effect.flip(Simulation.check(jobs, { from, for: "2 hours", seeds: 10, atMost: 3 }, isNot7))
      assert.strictEqual(error._tag === "PropertyFailedError" && error.seed, 7)
    })
  )

  it.effect("leaves out jobs until the smallest registry that fails is left", () =>
    Effect.gen(function* () {
      const first = idle("first").pipe(Job.every("1 hour"))
      const after = idle("after").pipe(Job.after([first]))
      const three = Simulation.withStubs(Jobs.make(after, hourly, first), {})
      const isQuiet = ({ runs }: Timeline.Timeline) => runs.every(({ jobName }) => jobName !== "hourly")
      const error = yield* Effect.flip(Simulation.check(three, { from, for: "2 hours" }, isQuiet))
      assert.deepStrictEqual(error._tag === "PropertyFailedError" && error.jobs, ["hourly"])
    })
  )
})

describe("a simulation finds", () => {
  it.effect("a double run after a clock is set back", () =>
    Effect.gen(function* () {
      // the instants of a grid stand when the clock is set back; those of a schedule move back with it
      const onGrid = idle("hourly").pipe(Job.every("1 hour"))
      const onSchedule = idle("hourly").pipe(Job.schedule(Schedule.fixed("1 hour")))
      const registry = (hourly: Job.Any) =>
        Jobs.make(hourly, idle("often").pipe(Job.every("7 minutes")), idle("nightly").pipe(Job.cron("0 3 * * *"))).pipe(
          Simulation.withStubs({ takes: "1 second" })
        )
      const clockJumps = [
        { at: "2026-03-02T04:10:00Z", ahead: "20 minutes" },
        { at: "2026-03-02T12:30:00Z", back: "2 hours" }
      ] as const
      const eachInstantOnce = ({ runs }: Timeline.Timeline) => {
        const instants = runs.map(({ attempt, jobName, scheduledAt }) => `${jobName} ${scheduledAt} ${attempt}`)
        assert.deepStrictEqual(
          instants.filter((instant, index) => instants.indexOf(instant) !== index),
          []
        )
      }
      const check = (hourly: Job.Any) =>
        Simulation.check(registry(hourly), { from, for: "1 day", clockJumps, seeds: 2 }, eachInstantOnce)
      const error = yield* finds({ sound: check(onGrid), mistaken: check(onSchedule) })
      assert.deepStrictEqual(error.jobs, ["hourly"])
      assert.deepStrictEqual(error.faults, ["clock set back by 2h at 2026-03-02T12:30:00.000Z"])
      assert.isBelow(error.forMs, 6 * hour)
    })
  )

  it.effect("a retry that a crash loses", () =>
    Effect.gen(function* () {
      const failing = Job.make("failing", Effect.fail("offline" as const)).pipe(
        Job.every("1 hour"),
        Job.retry(Schedule.spaced("10 minutes").pipe(Schedule.intersect(Schedule.recurs(2))))
      )
      const jobs = Jobs.make(failing, idle("other").pipe(Job.every("20 minutes"))).pipe(
        Simulation.withStub(failing, { fails: { when: 0.5, with: "offline" } }),
        Simulation.withStubs({})
      )
      const eachIsRetried = ({ runs, to }: Timeline.Timeline) => {
        for (const { attempt, scheduledAt, startedAt, status } of runs) {
          const before = runs.filter((run) => run.scheduledAt === scheduledAt && run.attempt <= attempt)
          const failures = before.filter((run) => run.status === "error").length
          if (status !== "error" || failures === 3 || startedAt > to - hour) continue
          const isRetried = runs.some((run) => run.scheduledAt === scheduledAt && run.attempt === attempt + 1)
          assert.isTrue(isRetried, `attempt ${attempt + 1} of ${scheduledAt}`)
        }
      }
      const forgetful = storeThatLoads((state) => {
        const {
          position: { attempt, scheduledAt }
        } = state
        if (attempt === 1 || scheduledAt === null) return state
        return {
          ...state,
          position: {
            ...state.position,
            attempt: 1,
            retry: null,
            nextAt: scheduledAt + hour,
            scheduledAt: scheduledAt + hour
          }
        }
      })
      const check = (store: Layer.Layer<JobStore.JobStore | JobLog.JobLog>) => {
        const crashes = { every: "2 hours", down: "1 minute" } as const
        return Simulation.check(jobs, { from, for: "1 day", seeds: 3, crashes, store }, eachIsRetried)
      }
      const error = yield* finds({ sound: check(storeThatLoads((state) => state)), mistaken: check(forgetful) })
      assert.deepStrictEqual(error.jobs, ["failing"])
      assert.lengthOf(error.faults, 1)
    })
  )

  it.effect("a job that starves behind one without a timeout", () =>
    Effect.gen(function* () {
      const urgent = <Name extends string>(name: Name) => idle(name).pipe(Job.every("1 second"), Job.priority(1))
      const bounded = Job.timeout("10 seconds")
      const [one, other] = [urgent("one").pipe(bounded), urgent("other")]
      const seldom = idle("seldom").pipe(Job.every("10 minutes"), Job.priority(8), bounded)
      const aside = idle("aside").pipe(Job.every("1 minute"), Job.parallel)
      const boundOf = (jobs: Jobs.Jobs<never>) =>
        Either.getOrThrowWith(Bound.worstWait(jobs), (error) => error).find(({ jobName }) => jobName === "seldom")
          ?.bound
      const bound = boundOf(Jobs.make(one, other.pipe(bounded), seldom))
      const boundMs = bound?._tag === "Bounded" ? bound.ms : 0
      assert.deepStrictEqual(boundOf(Jobs.make(one, other, seldom)), Bound.Bound.Unbounded({ because: "other" }))
      const startsInTime = ({ jobs, to, from }: Timeline.Timeline) => {
        const account = jobs.find(({ jobName }) => jobName === "seldom")
        if (account === undefined || to - from < boundMs) return
        assert.isAbove(account.runs, 0, "it never starts")
        assert.isAtMost(account.worstWaitMs, boundMs)
      }
      const check = (other: Job.Any) => {
        const takes = (run: Run.RunInfo) => (run.jobName === "other" ? "1 day" : "5 seconds")
        const jobs = Jobs.make(one, other, seldom, aside).pipe(Simulation.withStubs({ takes }))
        return Simulation.check(jobs, { from, for: "2 hours", seeds: 1 }, startsInTime)
      }
      const error = yield* finds({ sound: check(other.pipe(bounded)), mistaken: check(other) })
      assert.deepStrictEqual(error.jobs, ["other", "seldom"])
      assert.include(error.reason, "it never starts")
    })
  )

  it.effect("a job that runs twice on the night when the clocks go back", () =>
    Effect.gen(function* () {
      const zone = "Europe/Berlin"
      const nightly = (fold: "first" | "both") =>
        Jobs.make(
          idle("backup").pipe(Job.cron("30 2 * * *", { zone, fold })),
          idle("sync").pipe(Job.every("15 minutes"))
        ).pipe(Simulation.withStubs({}))
      const dayOf = (at: number) => DateTime.formatIsoDate(DateTime.unsafeMakeZoned(at, { timeZone: zone }))
      const onceADay = ({ runs }: Timeline.Timeline) => {
        const days = runs.filter(({ jobName }) => jobName === "backup").map(({ scheduledAt }) => dayOf(scheduledAt))
        assert.deepStrictEqual(
          days.filter((day, index) => days.indexOf(day) !== index),
          []
        )
      }
      const month = { from: "2026-10-01T00:00:00Z", for: "31 days", seeds: 1 } as const
      yield* Simulation.check(nightly("first"), month, onceADay)
      const error = yield* Effect.flip(Simulation.check(nightly("both"), month, onceADay))
      assert.instanceOf(error, Simulation.PropertyFailedError)
      assert.deepStrictEqual(error.jobs, ["backup"])
      assert.isAtMost(error.forMs, 3 * hour)
      assert.include(error.message, '{ from: "2026-10-2')
    })
  )
})
