/** Phases on each database: the same after each restart, and on a database that has lost its rows. */
import { assert, describe, it } from "@effect/vitest"
import { Simulation, Timeline } from "@tickwork/simulation"
import { SqlJobStore } from "@tickwork/sql"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Array as Arr, Effect, Logger } from "effect"
import { Job, JobStore, Jobs } from "tickwork"
import * as Databases from "./support/Databases.ts"
import * as Lived from "./support/Lived.ts"

const hour = 3_600_000
const midnight = Date.parse("2026-03-02T00:00:00Z")
const keys = Arr.makeBy(40, (n) => `tenant-${n}`)

const digest = Job.make("digest", { keys: Effect.succeed(keys) }, () => Effect.void).pipe(
  Job.cron("0 9 * * *"),
  Job.spread("1 hour"),
  Job.parallel
)
const jobs = Jobs.make(digest)

describe("a spread job on a SQLite file", () => {
  it.scoped("starts when it starts in memory, whatever is killed, and its picture shows it", () =>
    Effect.gen(function* () {
      const options = { from: "2026-03-02T00:00:00Z", for: "34 hours", seed: 1, crashes: { every: "7 hours" } } as const
      const stubbed = jobs.pipe(Simulation.withStub(digest, { keys }))
      const store = SqlJobStore.layerSqlite({ filename: yield* TemporaryFile.make })
      const [inMemory, onFile] = yield* Effect.all([
        Simulation.run(stubbed, options),
        Simulation.run(stubbed, { ...options, store })
      ])
      assert.deepStrictEqual(onFile.runs, inMemory.runs)
      const minutes = new Set(inMemory.runs.map(({ scheduledAt }) => Math.floor(scheduledAt / 60_000) % (24 * 60)))
      assert.isAtLeast(minutes.size, 20)
      assert.isTrue([...minutes].every((minute) => minute >= 540 && minute < 600))
      assert.include(Timeline.toText(onFile), "digest")
      assert.include(Timeline.toSvg(onFile), "digest")
    })
  )
})

for (const [name, describeHere, database] of Databases.all)
  describeHere(`a spread job on ${name}`, () => {
    it.scopedLive("plans each key at the phase of its name, whichever database and process it is", () =>
      Effect.gen(function* () {
        const planned = (store: Databases.Store, now: number) =>
          Lived.at(store, jobs, now, (tick) =>
            Effect.zipRight(
              tick.once,
              Effect.map(
                Effect.flatMap(JobStore.JobStore, (rows) => rows.load(["digest"])),
                (states) => new Map(states.map(({ key, position }) => [key, position.nextAt]))
              )
            )
          )
        const [one, other] = [yield* database, yield* database]
        const before = yield* planned(one, midnight)
        assert.deepStrictEqual(yield* planned(one, midnight + hour), before)
        assert.deepStrictEqual(yield* planned(other, midnight + hour), before)
        assert.isAtLeast(new Set(before.values()).size, 38)
        const next = yield* planned(one, midnight + 10 * hour)
        for (const key of keys) assert.strictEqual(next.get(key), (before.get(key) ?? 0) + 24 * hour)
      }).pipe(Effect.provide(Logger.remove(Logger.defaultLogger)))
    )
  })
