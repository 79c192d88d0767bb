/** Days that are left out and bounds, on each store: the same year as in memory, whatever is killed. */
import { assert, describe, it } from "@effect/vitest"
import { Simulation, Timeline } from "@tickwork/simulation"
import { SqlJobStore } from "@tickwork/sql"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect, Logger } from "effect"
import { Job, Jobs } from "tickwork"
import * as Databases from "./support/Databases.ts"
import * as Lived from "./support/Lived.ts"

const holidays = new Set(["2026-04-03", "2026-04-06", "2026-05-01", "2026-05-14", "2026-05-25"])

const jobs = Jobs.make(
  Job.make("report", Effect.void).pipe(
    Job.cron("0 9 * * MON-FRI", { zone: "Europe/Berlin", from: "2026-03-16T00:00Z", until: "2026-06-12T12:00Z" }),
    Job.except(({ date }) => holidays.has(date)),
    Job.missed("all")
  )
).pipe(Simulation.withStubs({ takes: "20 minutes" }))

// killed before and after it writes that days were left out, in a run, and for two weeks with holidays in them
const crashes = [
  { at: "2026-04-07T07:00:00Z", write: "before", down: "2 minutes" },
  { at: "2026-05-04T07:00:00Z", write: "after", down: "2 minutes" },
  { at: "2026-05-06T07:10:00Z", down: "5 minutes" },
  { at: "2026-05-12T12:00:00Z", down: "14 days" }
] as const

const options = { from: "2026-03-02T00:00:00Z", for: "110 days", seed: 1, crashes } as const

describe("days that are left out, on a SQLite file", () => {
  it.scoped("have one verdict each, as has every other day, whatever is killed", () =>
    Effect.gen(function* () {
      const store = SqlJobStore.layerSqlite({ filename: yield* TemporaryFile.make })
      const inMemory = yield* Simulation.run(jobs, options)
      const stored = yield* Simulation.run(jobs, { ...options, store })
      assert.deepStrictEqual(stored.skips, inMemory.skips)
      assert.deepStrictEqual(stored.runs, inMemory.runs)
      const counted = (verdict: string) =>
        stored.skips.reduce((sum, skip) => (skip.verdict === verdict ? sum + skip.count : sum), 0)
      assert.strictEqual(counted("left-out"), holidays.size)
      const planned = new Set(stored.runs.map(({ scheduledAt }) => new Date(scheduledAt).toISOString().slice(0, 10)))
      assert.strictEqual(planned.size, 65 - holidays.size, "thirteen weeks of five days")
      assert.isFalse([...holidays].some((date) => planned.has(date)))
      assert.include(Timeline.toText(stored), "its day is left out")
      assert.include(Timeline.toSvg(stored), "skipped")
    })
  )
})

for (const [name, describeHere, database] of Databases.all)
  describeHere(`days that are left out, on ${name}`, () => {
    it.scopedLive("are logged once, over restarts and days on which no process lives", () =>
      Effect.gen(function* () {
        const store = yield* database
        const dates = ["2026-03-31", "2026-04-01", "2026-04-02", "2026-04-03", "2026-04-07", "2026-04-09", "2026-04-10"]
        for (const date of dates)
          yield* Lived.at(store, jobs, Date.parse(`${date}T07:00:00Z`), (tick) => Effect.zipRight(tick.once, tick.once))
        const log = yield* Lived.logOf(store)
        assert.deepStrictEqual(
          log.map(
            ({ count, scheduledAt, verdict }) =>
              `${verdict} ${new Date(scheduledAt).toISOString().slice(0, 10)} ${count}`
          ),
          [
            "ran 2026-04-01 1",
            "ran 2026-04-02 1",
            "left-out 2026-04-03 2",
            "ran 2026-04-07 1",
            "missed 2026-04-08 1",
            "late 2026-04-08 1",
            "ran 2026-04-09 1",
            "ran 2026-04-10 1"
          ]
        )
      }).pipe(Effect.provide(Logger.remove(Logger.defaultLogger)))
    )
  })
