/** A rate over all processes of a database, and over a kill at each write that it needs. */
import { assert, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Array as Arr, Effect } from "effect"
import { Job, Jobs, Limit } from "tickwork"
import * as EveryStore from "./support/EveryStore.ts"

const { minute, second, start: from } = Bench

const api = Limit.make("api", 5, { per: "1 minute", scope: "database" })
const keys = Effect.succeed(Arr.makeBy(12, (n) => `key ${n}`))
const poll = Job.make("poll", { keys }, () => Effect.sleep("2 seconds")).pipe(
  Job.every("1 day"),
  Job.parallel,
  Job.limit(api)
)

for (const [name, describe, database] of EveryStore.databases) {
  describe(`on ${name}`, () => {
    it.scopedLive("a rate holds in every window, wherever a process is killed, and each run is made", () =>
      EveryStore.play(
        Jobs.make(poll),
        database,
        { from, for: "8 minutes", kills: [from, from + 2 * second, from + minute + 1 * second] },
        ({ runs }) => {
          const starts = runs.map(({ startedAt }) => startedAt).sort((one, other) => one - other)
          for (const [index, at] of starts.entries())
            assert.isAtLeast(at - (starts[index - 5] ?? Number.NEGATIVE_INFINITY), minute, `start ${index}`)
          assert.strictEqual(new Set(runs.filter(({ status }) => status === "success").map(({ key }) => key)).size, 12)
        }
      )
    )
  })
}
