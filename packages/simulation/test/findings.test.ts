/**
 * What a simulation finds: each property holds of the product as it is, and finds the bug that is planted, in the
 * smallest case that shows it.
 */
import { assert, describe, it } from "@effect/vitest"
import { Simulation, type Timeline } from "@tickwork/simulation"
import { DateTime, Effect, Either, Schedule } from "effect"
import { Bound, Job, Jobs } from "tickwork"
import { vi } from "vitest"

const planted = vi.hoisted(() => ({ bug: "none" }))

vi.mock("../../src/engine/Line.ts", async (original) => {
  const line = await original<typeof import("../../tickwork/src/internal/engine/LogEntries.ts")>()
  const ofSetBack: typeof line.ofSetBack = (state, byMs, now, isOnGrid) =>
    line.ofSetBack(state, byMs, now, isOnGrid && planted.bug !== "instants of a grid move back with the clock")
  return { ...line, ofSetBack }
})

vi.mock("../../src/engine/Replan.ts", async (original) => {
  const replan = await original<typeof import("../../tickwork/src/internal/engine/Reschedule.ts")>()
  const movesBack: typeof replan.movesBack = (...args) =>
    planted.bug === "instants of a grid move back with the clock" || replan.movesBack(...args)
  return { ...replan, movesBack }
})

vi.mock("../../src/engine/MemoryStore.ts", async (original) => {
  const store = await original<typeof import("../../tickwork/src/internal/store/MemoryStore.ts")>()
  const make: typeof store.make = (...args) => {
    const made = store.make(...args)
    const load: typeof made.load = (...query) =>
      Effect.map(made.load(...query), (states) =>
        states.map((state) =>
          planted.bug === "tries again are forgotten" && state.attempt > 1 && state.scheduledAt !== null
            ? {
                ...state,
                attempt: 1,
                retry: null,
                nextAt: state.scheduledAt + hour,
                scheduledAt: state.scheduledAt + hour
              }
            : state
        )
      )
    return { ...made, load }
  }
  return { ...store, make }
})

vi.mock("../../src/Plan.ts", async (original) => {
  const plan = await original<typeof import("../../tickwork/src/internal/plan/Plan.ts")>()
  // whoever waits does not age
  const order: typeof plan.order = (now) =>
    planted.bug === "nobody ages" ? (a, b) => a.priority - b.priority || a.since - b.since : plan.order(now)
  return { ...plan, order }
})

const hour = 3_600_000
const from = "2026-03-02T00:00:00Z"

/** The property holds of the product; with the bug it does not, and the smallest case is told. */
const finds = (
  bug: string,
  check: Effect.Effect<void, Simulation.PropertyFailedError | { readonly _tag: string }>
): Effect.Effect<Simulation.PropertyFailedError> =>
  Effect.gen(function* () {
    planted.bug = "none"
    yield* check
    planted.bug = bug
    const error = yield* Effect.flip(Effect.zipRight(check, Effect.die(`nothing is found of: ${bug}`)))
    assert.instanceOf(error, Simulation.PropertyFailedError)
    return error
  }).pipe(
    Effect.orDie,
    Effect.ensuring(
      Effect.sync(() => {
        planted.bug = "none"
      })
    )
  )

const idle = <Name extends string>(name: Name) => Job.make(name, Effect.void)

describe("a check", () => {
  const hourly = idle("hourly").pipe(Job.every("1 hour"))
  const jobs = Simulation.withStubs(Jobs.make(hourly), {})

  it.effect("plays every seed that it is asked for, however few plays a smaller case may take", () =>
    Effect.gen(function* () {
      const isNot7 = ({ seed }: Timeline.Timeline) => seed !== 7
      const error = yield* Effect.flip(Simulation.check(jobs, { from, for: "2 hours", seeds: 10, atMost: 3 }, isNot7))
      assert.strictEqual(error._tag === "PropertyFailedError" && error.seed, 7)
    })
  )

  it.effect("leaves out what a smaller registry cannot be, and tells of the property", () =>
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
  it.effect("a double run after a clock was set back", () =>
    Effect.gen(function* () {
      const jobs = Jobs.make(
        idle("hourly").pipe(Job.every("1 hour")),
        idle("often").pipe(Job.repeat(Schedule.spaced("7 minutes"))),
        idle("nightly").pipe(Job.cron("0 3 * * *"))
      ).pipe(Simulation.withStubs({ takes: "1 second" }))
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
      const error = yield* finds(
        "instants of a grid move back with the clock",
        Simulation.check(jobs, { from, for: "1 day", clockJumps, seeds: 2 }, eachInstantOnce)
      )
      assert.deepStrictEqual(error.jobs, ["hourly"])
      assert.deepStrictEqual(error.faults, ["clock set back by 2h at 2026-03-02T12:30:00.000Z"])
      assert.isBelow(error.forMs, 6 * hour)
    })
  )

  it.effect("a try again that is lost in a crash", () =>
    Effect.gen(function* () {
      const failing = Job.make("failing", Effect.fail("offline" as const)).pipe(
        Job.every("1 hour"),
        Job.retry(Schedule.spaced("10 minutes").pipe(Schedule.intersect(Schedule.recurs(2))))
      )
      const jobs = Jobs.make(failing, idle("other").pipe(Job.every("20 minutes"))).pipe(
        Simulation.withStub(failing, { fails: { when: 0.5, with: "offline" } }),
        Simulation.withStubs({})
      )
      const eachIsTriedAgain = ({ runs, to }: Timeline.Timeline) => {
        for (const { attempt, scheduledAt, startedAt, status } of runs) {
          const before = runs.filter((run) => run.scheduledAt === scheduledAt && run.attempt <= attempt)
          const failures = before.filter((run) => run.status === "error").length
          if (status !== "error" || failures === 3 || startedAt > to - hour) continue
          const isTriedAgain = runs.some((run) => run.scheduledAt === scheduledAt && run.attempt === attempt + 1)
          assert.isTrue(isTriedAgain, `attempt ${attempt + 1} of ${scheduledAt}`)
        }
      }
      const options = { from, for: "1 day", seeds: 3, crashes: { every: "2 hours", down: "1 minute" } } as const
      const error = yield* finds("tries again are forgotten", Simulation.check(jobs, options, eachIsTriedAgain))
      assert.deepStrictEqual(error.jobs, ["failing"])
      assert.lengthOf(error.faults, 1)
    })
  )

  it.effect("a job that starves", () =>
    Effect.gen(function* () {
      const urgent = <Name extends string>(name: Name) =>
        idle(name).pipe(Job.every("1 second"), Job.priority(1), Job.timeout("10 seconds"))
      const [one, other] = [urgent("one"), urgent("other")]
      const seldom = idle("seldom").pipe(Job.every("10 minutes"), Job.priority(8), Job.timeout("10 seconds"))
      const jobs = Jobs.make(one, other, seldom, idle("aside").pipe(Job.every("1 minute"), Job.parallel)).pipe(
        Simulation.withStubs({ takes: "5 seconds" })
      )
      const bounds = Either.getOrThrowWith(Bound.worstWait(Jobs.make(one, other, seldom)), (error) => error)
      const boundMs = bounds.flatMap(({ bound, jobName }) =>
        jobName === "seldom" && bound._tag === "Bounded" ? [bound.ms] : []
      )
      const startsInTime = ({ jobs, to, from }: Timeline.Timeline) => {
        const account = jobs.find(({ jobName }) => jobName === "seldom")
        if (account === undefined || to - from < (boundMs[0] ?? 0)) return
        assert.isAbove(account.runs, 0, "it never starts")
        assert.isAtMost(account.worstWaitMs, boundMs[0] ?? 0)
      }
      const error = yield* finds(
        "nobody ages",
        Simulation.check(jobs, { from, for: "2 hours", seeds: 1 }, startsInTime)
      )
      assert.deepStrictEqual(error.jobs, ["one", "other", "seldom"])
      assert.include(error.reason, "it never starts")
    })
  )

  it.effect("a night on which the clocks go back, and a job that runs twice", () =>
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
