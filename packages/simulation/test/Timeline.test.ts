import { assert, describe, it } from "@effect/vitest"
import { Timeline } from "@tickwork/simulation"
import { Effect, Either, Option } from "effect"
import { Job } from "tickwork"
import * as Timelines from "./support/timelines.ts"

const { account, empty, entry, hour, minute } = Timelines

const exceeded = (timeline: Timeline.Timeline, budget: Timeline.Budget) =>
  Effect.runSync(Effect.either(Timeline.assertBudget(timeline, budget)))

const excesses = (timeline: Timeline.Timeline, budget: Timeline.Budget) =>
  Either.match(exceeded(timeline, budget), { onRight: () => [], onLeft: ({ excesses }) => excesses })

const twoHours: Timeline.Timeline = {
  ...empty(0, 2 * hour),
  jobs: [
    account({
      jobName: "a",
      runs: 3,
      wakeUps: 3,
      busyMs: 100,
      lateness: { p50: 1, p95: 1, p99: 40, max: 900 },
      worstWaitMs: 7
    }),
    account({
      jobName: "b",
      runs: 9,
      wakeUps: 17,
      busyMs: 500,
      lateness: { p50: 1, p95: 1, p99: 60, max: 60 },
      worstWaitMs: 90
    }),
    account({ jobName: "never", lateness: { p50: 5000, p95: 5000, p99: 5000, max: 5000 }, worstWaitMs: 5000 })
  ],
  runs: [entry({ jobName: "b", startedAt: 5 }), entry({ jobName: "a", startedAt: 6 })],
  wakeUps: 20,
  busyMs: 600,
  everyTick: { everyMs: minute, runs: 8, wakeUps: 100, busyMs: 6000 },
  cost: { wakeUp: 10, busyMs: 1 }
}

describe("the questions to a timeline", () => {
  it("are answered by the hour, and with nothing for a span of no length", () => {
    assert.strictEqual(Timeline.wakeUpsPerHour(twoHours), 10)
    assert.strictEqual(Timeline.busyMsPerHour(twoHours), 300)
    assert.strictEqual(Timeline.wakeUpsPerHour({ ...empty(5), wakeUps: 3 }), 0)
    assert.strictEqual(Timeline.busyMsPerHour({ ...empty(5), busyMs: 3 }), 0)
  })

  it("are answered in joules, by the timeline's own cost", () => {
    assert.strictEqual(Timeline.energy(twoHours), (20 * 10 + 600) / 1000)
    assert.strictEqual(Timeline.energyOf(twoHours), (20 * 100 + 600 * 0.5) / 1000)
  })

  it("say what share of every job at every tick is saved", () => {
    const { busyMs, energy, runs, wakeUps } = Timeline.saving(twoHours)
    assert.deepStrictEqual([runs, wakeUps, busyMs], [0.75, 0.8, 0.9])
    assert.approximately(energy, 1 - 0.8 / 7, 1e-12)
  })

  it("are below 0 for a plan that costs more than every tick, and 0 with nothing to save", () => {
    assert.strictEqual(Timeline.saving({ ...twoHours, wakeUps: 150 }).wakeUps, -0.5)
    assert.deepStrictEqual(Timeline.saving(empty(0, hour)), { runs: 0, wakeUps: 0, busyMs: 0, energy: 0 })
  })

  it("take a job by its value", () => {
    const b = Job.make("b", Effect.void)
    assert.deepStrictEqual(Timeline.runsOf(twoHours, b), [entry({ jobName: "b", startedAt: 5 })])
    assert.strictEqual(Option.getOrThrow(Timeline.jobOf(twoHours, b)).wakeUps, 17)
    assert.deepStrictEqual(Timeline.jobOf(twoHours, { name: "z" }), Option.none())
  })
})

describe("a budget", () => {
  it("is kept at the limit itself, and by a timeline in which nothing ran", () => {
    const limits = { wakeUpsPerHour: 10, busyMsPerHour: 300, joulesPerHour: 0.4, latenessMs: 60, worstWaitMs: 90 }
    assert.deepStrictEqual(exceeded(twoHours, limits), Either.void)
    assert.deepStrictEqual(exceeded(twoHours, {}), Either.void)
    const nothing = { wakeUpsPerHour: 0, busyMsPerHour: 0, joulesPerHour: 0, latenessMs: 0, worstWaitMs: 0 }
    assert.deepStrictEqual(exceeded({ ...empty(7), jobs: twoHours.jobs.slice(2) }, nothing), Either.void)
  })

  it("names each exceeded limit, the amount, and the jobs with the largest part in it", () => {
    assert.deepStrictEqual(excesses(twoHours, { wakeUpsPerHour: 9, joulesPerHour: 1, latenessMs: 50 }), [
      {
        ...{ limit: "wakeUpsPerHour", measured: 10, allowed: 9 },
        jobs: [
          { jobName: "b", measured: 8.5 },
          { jobName: "a", measured: 1.5 }
        ]
      },
      { limit: "latenessMs", measured: 60, allowed: 50, jobs: [{ jobName: "b", measured: 60 }] }
    ])
    assert.deepStrictEqual(
      excesses(twoHours, { busyMsPerHour: 1, joulesPerHour: 0.1, worstWaitMs: 6 }).map(({ limit, measured }) => [
        limit,
        measured
      ]),
      [
        ["busyMsPerHour", 300],
        ["joulesPerHour", 0.4],
        ["worstWaitMs", 90]
      ]
    )
  })

  it("is kept where nothing ran that could be late", () => {
    const never = [
      account({ jobName: "never", lateness: { p50: Number.NaN, p95: Number.NaN, p99: Number.NaN, max: Number.NaN } })
    ]
    assert.deepStrictEqual(exceeded({ ...empty(0, hour), jobs: never }, { latenessMs: 0 }), Either.void)
  })

  it("of NaN is exceeded by every timeline", () => {
    assert.lengthOf(excesses(twoHours, { wakeUpsPerHour: Number.NaN }), 1)
  })

  it("names the cure", () => {
    const error = Option.getOrThrow(Either.getLeft(exceeded(twoHours, { wakeUpsPerHour: 9 })))
    assert.strictEqual(
      error.message,
      'A timeline must keep its budget, got 1 exceeded:\n  wakeUpsPerHour must be at most 9 wake-ups an hour, got 10, the most by "b" 8.5, "a" 1.5. Let jobs share a wake-up (Job.window), or let the costliest run less often.'
    )
  })
})
