/** Backfills on real databases, over a kill at each write that they need, and in the simulation's text and picture. */
import { assert, describe, it } from "@effect/vitest"
import { Simulation, Timeline } from "@tickwork/simulation"
import * as Bench from "@tickwork/test-support/Bench"
import { Effect } from "effect"
import { Job, Jobs, Tick } from "tickwork"
import * as EveryStore from "./support/EveryStore.ts"

const { hour, minute, start: from } = Bench
const day = 24 * hour
const askedAt = from + 10 * minute

const report = Job.make("report", Effect.sleep("2 minutes")).pipe(Job.cron("0 9 * * *"))
const jobs = Jobs.make(report)
const backfill = (atOnce: number) =>
  Effect.orDie(Tick.backfill(report, { from: from - 6 * day, to: from, atOnce, by: "alice" }))
const options = { from, for: "2 hours", tick: { lease: "30 seconds" } } as const
const kills = [askedAt, askedAt + minute, askedAt + 3 * minute, askedAt + 11 * minute]

const isOfBackfill = ({ verdict }: Timeline.Entry) => verdict === "backfilled"

for (const [name, describe, database] of EveryStore.databases) {
  describe(`on ${name}`, () => {
    it.scopedLive(
      "a backfill runs each planned time, in order, wherever the process is killed",
      () => {
        let unheard = 0
        return EveryStore.play(
          jobs,
          database,
          { ...options, kills, actions: [{ at: askedAt, effect: backfill(1) }] },
          ({ runs }, states) => {
            // killed before the request was stored, its answer never came
            if (runs.length === 0) return assert.isAtMost(++unheard, 1)
            const times = runs.filter(({ status }) => status === "success").map(({ scheduledAt }) => scheduledAt)
            assert.deepStrictEqual(
              times,
              [-5, -4, -3, -2, -1, 0].map((days) => from - 3 * hour + days * day)
            )
            assert.isTrue(runs.filter(({ attempt }) => attempt === 1).every(isOfBackfill))
            const plain = states.find(({ key }) => key === "")
            assert.strictEqual(plain?.seq, 0, "its plan is as it was")
          }
        )
      },
      120_000
    )
  })
}

describe("a simulation", () => {
  it.effect("shows a backfill in its chart and in its picture, each with its legend", () =>
    Effect.gen(function* () {
      const actions = [{ at: askedAt, effect: backfill(3) }]
      const timeline = yield* Simulation.run(jobs, { ...options, actions })
      assert.lengthOf(timeline.runs.filter(isOfBackfill), 6)
      const text = Timeline.toText(timeline)
      assert.match(text, /report +│.*\+/)
      assert.match(text, /(?:^| )\+ backfilled/m)
      assert.include(Timeline.toSvg(timeline), ">backfilled<")
    })
  )
})
