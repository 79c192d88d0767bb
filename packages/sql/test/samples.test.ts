/**
 * Figures leave out an entry whose row holds what no column of its kind holds, and count all others.
 */
import { SqlClient } from "@effect/sql"
import { assert, describe, it } from "@effect/vitest"
import * as Postgres from "@tickwork/test-support/Postgres"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect, Layer } from "effect"
import { Job, JobLog, Jobs, Tick } from "tickwork"
import { ManualClock, TestTime } from "tickwork/testing"
import * as Place from "./support/Place.ts"

const jobs = Jobs.make(
  Job.make("broken", Effect.void).pipe(Job.every("1 second")),
  Job.make("well", Effect.void).pipe(Job.every("1 second"))
)

const runs = Effect.map(JobLog.stats(), (all) =>
  all.map(({ jobName, lateness, runs }) => [jobName, runs, lateness?.max])
)

/** Five runs of each job, and the third entry of "broken" as it is then. */
const leavesOut = (place: string, column: string, value: string) =>
  Effect.gen(function* () {
    const time = yield* ManualClock.ManualClock
    for (let run = 0; run < 5; run++) {
      yield* Tick.once
      yield* time.advance(1000)
    }
    const expected = (broken: number) => [
      ["broken", broken, 0],
      ["well", 5, 0]
    ]
    assert.deepStrictEqual(yield* runs, expected(5))
    const sql = yield* SqlClient.SqlClient
    yield* sql.unsafe(`UPDATE job_entry SET "${column}" = ${value}
      WHERE seq = 3 AND instance = (SELECT id FROM job_state WHERE job_name = 'broken')`)
    assert.deepStrictEqual(yield* runs, expected(4))
  }).pipe(
    Effect.provide(
      Tick.layer(jobs).pipe(
        Layer.provideMerge(Place.layer(place)),
        Layer.provideMerge(TestTime.layer({ start: Date.parse("2026-03-02T12:00:00Z") }))
      )
    )
  )

describe("the figures of a log with an entry that cannot be read", () => {
  for (const [column, value] of [
    ["status", "'splendid'"],
    ["trigger", "x'00ff'"],
    ["verdict", "x'00ff'"],
    ["started_at", "'soon'"],
    ["scheduled_at", "'soon'"],
    ["duration_ms", "-1"],
    ["duration_ms", "9e999"],
    ["attempt", "'first'"]
  ] as const) {
    it.scoped(`leave that one out: ${column} = ${value}, in a SQLite file`, () =>
      Effect.flatMap(TemporaryFile.make, (place) => leavesOut(place, column, value))
    )
  }
})

Postgres.describeOnPostgres("the figures of a log on PostgreSQL with an entry that cannot be read", () => {
  it.scoped("leave that one out", () =>
    Effect.flatMap(Postgres.schema, (place) => leavesOut(place, "status", "'splendid'"))
  )
})
