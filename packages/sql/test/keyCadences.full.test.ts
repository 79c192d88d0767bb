/** A cadence for each key on each database, over kills and restarts. */
import { assert, describe, it } from "@effect/vitest"
import { Simulation, Timeline } from "@tickwork/simulation"
import { SqlJobStore } from "@tickwork/sql"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect, Logger } from "effect"
import { Job, Jobs } from "tickwork"
import * as Databases from "./support/Databases.ts"
import * as Lived from "./support/Lived.ts"

const hour = 3_600_000
const midnight = Date.parse("2026-03-02T00:00:00Z")

const registry = (rows: Record<string, Job.Cadence>) => {
  const runs: Array<string> = []
  const keys = Effect.sync(() => Object.entries(rows).map(([key, cadence]) => ({ key, cadence })))
  const digest = Job.make("digest", { keys }, ({ key, scheduledAt }) =>
    Effect.sync(() => {
      runs.push(`${key} ${(scheduledAt - midnight) / hour}`)
    })
  )
  return { rows, runs, jobs: Jobs.make(digest.pipe(Job.parallel)) }
}

const nine = (zone: string) => ({ cron: "0 9 * * *", zone })

describe("a cadence for each key on a SQLite file", () => {
  it.scoped("runs each when it runs in memory, whatever is killed, and the picture shows it", () =>
    Effect.gen(function* () {
      const { jobs } = registry({
        ada: nine("Europe/London"),
        grace: nine("America/New_York"),
        mary: { every: "5 hours" }
      })
      const crashes = [
        { at: "2026-03-02T09:00:00Z", write: "before" },
        { at: "2026-03-03T09:00:00Z", write: "after" },
        { at: "2026-03-03T13:00:00Z", down: "3 hours" }
      ] as const
      const options = { from: "2026-03-02T00:00:00Z", for: "3 days", seed: 1, crashes } as const
      const store = SqlJobStore.layerSqlite({ filename: yield* TemporaryFile.make })
      const [inMemory, onFile] = yield* Effect.all([
        Simulation.run(jobs, options),
        Simulation.run(jobs, { ...options, store })
      ])
      assert.deepStrictEqual(onFile.runs, inMemory.runs)
      const hours = (key: string) =>
        new Set(onFile.runs.filter((run) => run.key === key).map(({ scheduledAt }) => (scheduledAt - midnight) / hour))
      assert.deepStrictEqual([...hours("ada")], [9, 33, 57])
      assert.deepStrictEqual([...hours("grace")], [14, 38, 62])
      assert.strictEqual(hours("mary").size, 15)
      assert.include(Timeline.toText(onFile), "digest")
      assert.include(Timeline.toSvg(onFile), "digest")
    })
  )
})

for (const [name, describeHere, database] of Databases.all)
  describeHere(`a cadence for each key on ${name}`, () => {
    it.scopedLive("is planned again where its row has changed while no process lived, and for no other key", () =>
      Effect.gen(function* () {
        const store = yield* database
        const { jobs, rows, runs } = registry({ ada: nine("UTC"), grace: nine("UTC"), mary: nine("UTC") })
        const at = (hours: number) => Lived.at(store, jobs, midnight + hours * hour, (tick) => tick.once)
        yield* at(0)
        yield* at(9)
        rows.ada = nine("America/New_York")
        rows.mary = { cron: "0 25 * * *" }
        yield* at(10)
        yield* at(33)
        yield* at(38)
        assert.deepStrictEqual(runs.sort(), ["ada 14", "ada 38", "ada 9", "grace 33", "grace 9", "mary 9"])
        rows.mary = { cron: "0 15 * * *" }
        yield* at(38.5)
        yield* at(39)
        assert.deepStrictEqual(runs.slice(6), ["mary 39"])
        const changes = (yield* Lived.logOf(store)).filter(({ status }) => status === "control")
        assert.deepStrictEqual(
          changes.map(({ key }) => key),
          ["ada", "mary", "mary"]
        )
        assert.match(changes[1]?.reason ?? "", /^its cadence is invalid: cron must have hours from 0 to 23/)
      }).pipe(Effect.provide(Logger.remove(Logger.defaultLogger)))
    )
  })
