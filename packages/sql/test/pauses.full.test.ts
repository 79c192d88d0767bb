/** Pauses that end or begin by themselves, on real databases and over a kill at each write that they need. */
import { assert, describe, it } from "@effect/vitest"
import { Simulation, Timeline } from "@tickwork/simulation"
import * as Bench from "@tickwork/test-support/Bench"
import { Effect } from "effect"
import { Job, Jobs, Tick } from "tickwork"
import * as EveryStore from "./support/EveryStore.ts"

const { minute, start: from } = Bench
const [pausedAt, until] = [from + 25 * minute, from + 57 * minute]

const sync = Job.make("sync", Effect.void).pipe(Job.every("10 minutes"))
const charge = Job.make("charge", Effect.fail("declined" as const)).pipe(
  Job.every("10 minutes"),
  Bench.withoutRetry,
  Job.pauseAfter(3)
)
const jobs = Jobs.make(sync, charge)
const actions = [{ at: pausedAt, effect: Effect.orDie(Tick.pause(sync, { by: "alice", until })) }]
const options = { from, for: "3 hours", actions } as const

/** When the runs of a job began, in minutes from the start. */
const startsOf = (timeline: Timeline.Timeline, { name }: Job.Any) =>
  timeline.runs.flatMap((run) => (run.jobName === name ? [Math.floor((run.startedAt - from) / minute)] : []))

const reasonsOf = (timeline: Timeline.Timeline, { name }: Job.Any) =>
  timeline.controls.flatMap(({ jobName, reason }) => (jobName === name ? [reason] : []))

for (const [name, describe, database] of EveryStore.databases) {
  describe(`on ${name}`, () => {
    it.scopedLive("a pause ends, or begins, by itself, once, wherever the process is killed", () =>
      EveryStore.play(
        jobs,
        database,
        { ...options, kills: [pausedAt, from + 20 * minute, until, until + 3 * minute] },
        (timeline) => {
          const starts = startsOf(timeline, sync)
          assert.deepStrictEqual(
            starts.filter((at) => at > 25 && at < 57),
            [],
            "none while it is paused"
          )
          assert.include(starts, 57, "one run makes up for those that it missed")
          const [paused, ...others] = reasonsOf(timeline, sync)
          assert.strictEqual(paused, "paused by alice until 2026-03-02T12:57:00.000Z")
          assert.deepStrictEqual(others, ["resumed: its pause has ended"])
          assert.deepStrictEqual(reasonsOf(timeline, charge), ["paused by tickwork: 3 failures in a row: declined"])
          const failures = timeline.runs.filter(({ jobName, status }) => jobName === "charge" && status === "error")
          assert.strictEqual(failures.length, 3)
        }
      )
    )
  })
}

describe("a simulation", () => {
  it.effect("shows pauses in its chart and in its picture, each with its legend, and keeps them as JSON", () =>
    Effect.gen(function* () {
      const timeline = yield* Simulation.run(jobs, options)
      const text = Timeline.toText(timeline)
      assert.match(text, /sync +│.*==.*/)
      assert.match(text, /charge +│.*=+$/m, "to the end")
      assert.match(text, /(?:^| )= paused/m)
      assert.include(Timeline.toSvg(timeline), ">paused<")
      assert.deepStrictEqual(timeline.pauses, [
        { jobName: "charge", key: "", from: from + 20 * minute, to: from + 180 * minute },
        { jobName: "sync", key: "", from: pausedAt, to: until }
      ])
      const saved = Timeline.fromJson(Timeline.toJson(timeline))
      assert.deepStrictEqual(saved._tag === "Right" ? saved.right.pauses : null, timeline.pauses)
    })
  )
})
