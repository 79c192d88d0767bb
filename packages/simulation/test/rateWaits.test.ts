import { assert, describe, it } from "@effect/vitest"
import { Simulation, Timeline } from "@tickwork/simulation"
import { Array as Arr, Effect } from "effect"
import { Job, Jobs, Limit } from "tickwork"

const from = Date.parse("2026-03-02T12:00:00Z")
const minute = 60_000

const keys = Effect.succeed(Arr.makeBy(30, (n) => `k${n}`))
const ping = Job.make("ping", { keys }, () => Effect.void).pipe(
  Job.every("1 day"),
  Job.parallel,
  Job.limit(Limit.make("api", 10, { per: "1 minute" }))
)
const free = Job.make("free", Effect.void).pipe(Job.every("1 minute"))

describe("a simulation of a rate", () => {
  it.effect("shows when instances wait for it, as text, in its picture and over a crash", () =>
    Effect.gen(function* () {
      const timeline = yield* Simulation.run(Jobs.make(ping, free), { from, for: "8 minutes" })
      assert.deepStrictEqual(timeline.rateWaits, [{ jobName: "ping", limit: "api", from, to: from + 2 * minute }])
      const text = Timeline.toText(timeline)
      assert.match(text, /ping │▄~+▄~+▄·+\n/)
      assert.match(text, /(?:^| )~ waits for a rate/m)
      assert.match(text, /Waits for a rate\n {2}.*12:00.* – .*12:02.* {2}ping: api\n/)
      assert.include(Timeline.toSvg(timeline), ">waits for a rate<")
      const saved = Timeline.fromJson(Timeline.toJson(timeline))
      assert.deepStrictEqual(saved._tag === "Right" ? saved.right.rateWaits : null, timeline.rateWaits)

      const crashes = [{ at: from + minute + 1000, down: "10 seconds" }] as const
      const crashed = yield* Simulation.run(Jobs.make(ping, free), { from, for: "8 minutes", crashes })
      assert.strictEqual(new Set(crashed.runs.map(({ key }) => key)).size, 31)
      assert.isAbove(crashed.rateWaits?.length ?? 0, 0)
    })
  )

  it.effect("has nothing of it where no run waits", () =>
    Effect.gen(function* () {
      const timeline = yield* Simulation.run(Jobs.make(free), { from, for: "8 minutes" })
      assert.isUndefined(timeline.rateWaits)
      assert.notInclude(Timeline.toText(timeline), "rate")
    })
  )
})
