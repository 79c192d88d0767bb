/** The simulation on a real file: every process of it opens the file anew. */
import { SqlClient } from "@effect/sql"
import { assert, describe, it } from "@effect/vitest"
import { Simulation, type Timeline } from "@tickwork/simulation"
import { SqlJobStore } from "@tickwork/sql"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect, Schedule } from "effect"
import { Job, JobLog, Jobs } from "tickwork"

const from = "2026-03-02T00:00:00Z"

const sync = Job.make("sync", Effect.fail("offline" as const)).pipe(
  Job.every("10 minutes"),
  Job.retry(Schedule.exponential("10 seconds").pipe(Schedule.jittered, Schedule.intersect(Schedule.recurs(3))))
)
const nightly = Job.make("nightly", Effect.void).pipe(Job.cron("0 3 * * *", "Europe/Berlin"), Job.after([sync]))

const jobs = Jobs.make(sync, nightly).pipe(
  Simulation.withStub(sync, {
    takes: { from: "1 second", to: "40 seconds" },
    fails: { when: 0.3, with: "offline" }
  }),
  Simulation.withStubs({ takes: "5 minutes" })
)

const faults = {
  crashes: [
    { at: "2026-03-02T05:00:10Z", down: "20 minutes" },
    { at: "2026-03-02T09:00:00Z", write: "before" },
    { at: "2026-03-02T13:00:00Z", write: "after", down: "3 hours" }
  ],
  outages: [{ at: "2026-03-02T20:05:00Z", for: "12 minutes" }],
  clockJumps: [{ at: "2026-03-02T22:00:00Z", ahead: "30 minutes" }]
} as const

const whatHappened = ({ alarms, controls, downtime, runs, skips }: Timeline.Timeline) => ({
  alarms,
  controls,
  downtime,
  runs,
  skips
})

describe("a simulation on a SQLite file", () => {
  it.scoped("has the same timeline as in memory, through crashes, outages and jumps", () =>
    Effect.gen(function* () {
      const filename = yield* TemporaryFile.make
      const options = { from, for: "2 days", seed: 4, ...faults } as const
      const inMemory = yield* Simulation.run(jobs, options)
      const onFile = yield* Simulation.run(jobs, { ...options, store: SqlJobStore.layerSqlite({ filename }) })
      assert.isAbove(onFile.runs.length, 250)
      assert.deepStrictEqual(whatHappened(onFile), whatHappened(inMemory))
    })
  )

  it.scoped("leaves its log in the file, and shows it to a replay that finds no difference", () =>
    Effect.gen(function* () {
      const filename = yield* TemporaryFile.make
      const store = SqlJobStore.layerSqlite({ filename })
      const timeline = yield* Simulation.run(jobs, { from, for: "1 day", store })
      const log = yield* Effect.flatMap(JobLog.JobLog, (log) => log.entries({ limit: 100_000 })).pipe(
        Effect.provide(store)
      )
      assert.strictEqual(log.filter(({ status }) => status !== "skipped").length, timeline.runs.length)
      const difference = yield* Simulation.replay(Jobs.make(sync, nightly), log)
      assert.deepStrictEqual([difference.gone, difference.added, difference.changed], [[], [], []])
    })
  )

  it.scoped("lets a transactional job write its own rows, once for each run, whatever is killed", () =>
    Effect.gen(function* () {
      const store = SqlJobStore.layerSqlite({ filename: yield* TemporaryFile.make })
      const onFile = <A, E>(effect: (sql: SqlClient.SqlClient) => Effect.Effect<A, E>) =>
        Effect.provide(Effect.flatMap(SqlClient.SqlClient, effect), store)
      const count = Effect.flatMap(SqlClient.SqlClient, (sql) => sql`INSERT INTO counted (at) VALUES (1)`)
      const counting = Job.make("counting", count).pipe(Job.every("10 minutes"), Job.transactional)
      yield* onFile((sql) => sql`CREATE TABLE counted (at INTEGER)`)
      const crashes = { every: "1 hour" } as const
      const timeline = yield* Simulation.run(Jobs.make(counting), { from, for: "1 day", store, crashes })
      const rows = yield* onFile((sql) => sql`SELECT * FROM counted`)
      assert.isAbove(timeline.downtime.length, 10)
      assert.isAbove(rows.length, 100)
      assert.strictEqual(rows.length, timeline.runs.filter(({ status }) => status === "success").length)
    })
  )
})
