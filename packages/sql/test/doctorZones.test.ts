/**
 * The doctor compares the time zone data of its process with those of PostgreSQL, for the zones of the stored jobs.
 */
import { assert, describe, it } from "@effect/vitest"
import { Doctor, SqlJobStore } from "@tickwork/sql"
import * as PgJobStore from "@tickwork/sql/PgJobStore"
import * as Postgres from "@tickwork/test-support/Postgres"
import { Effect, Layer, Redacted, Stream } from "effect"
import { Job, type JobStore, Jobs, Tick } from "tickwork"
import { TestTime } from "tickwork/testing"
import * as ClientStore from "../src/internal/ClientStore.ts"
import * as Reader from "../src/internal/doctor/Reader.ts"
import * as Zones from "../src/internal/doctor/Zones.ts"

const start = Date.parse("2026-12-01T12:00:00Z")

const in_ = (name: string, zone: string) => Job.make(name, Effect.void).pipe(Job.cron("0 9 * * *", zone))

const jobs = Jobs.make(
  in_("berlin", "Europe/Berlin"),
  Job.make("berlin_too", Effect.void).pipe(
    Job.cron("0 9 L * *", { zone: "Europe/Berlin", until: "2030-01-01T00:00:00Z" })
  ),
  in_("tokyo", "Asia/Tokyo"),
  in_("utc", "UTC"),
  Job.make("hourly", Effect.void).pipe(Job.every("1 hour"))
)

const opened = <R, E>(store: Layer.Layer<JobStore.JobStore | R, E>) =>
  Effect.provide(Tick.status, Layer.provide(Tick.layer(jobs), store))

/** What is found where this process has these offsets. */
const found = (offsetAt: Zones.OffsetAt) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { connections, dialect, names } = yield* ClientStore.speaking({}, "the database of the test")
      return [...(yield* Stream.runCollect(Zones.all(Reader.make(connections, dialect, names), offsetAt)))]
    })
  )

const july = Date.parse("2027-07-01T00:00:00Z")

Postgres.describeOnPostgres("the time zones of the stored jobs on PostgreSQL", () => {
  it.scoped("are no finding where both say the same for a year", () =>
    Effect.gen(function* () {
      const url = Redacted.make(yield* Postgres.schema)
      yield* opened(PgJobStore.layerPg({ url }))
      const findings = yield* Effect.provide(found(Zones.offsetAt), Postgres.client(Redacted.value(url)))
      assert.deepStrictEqual(findings, [])
    }).pipe(Effect.provide(TestTime.layer({ start })))
  )

  it.scoped("are a finding each, once for all of its jobs, also where they differ in one season alone", () =>
    Effect.gen(function* () {
      const url = yield* Postgres.schema
      yield* opened(PgJobStore.layerPg({ url: Redacted.make(url) }))
      const winterAllYear: Zones.OffsetAt = (zone, at) =>
        zone === "Europe/Berlin" && at > july ? 60 : Zones.offsetAt(zone, at)
      const [finding, ...others] = yield* Effect.provide(found(winterAllYear), Postgres.client(url))
      assert.deepStrictEqual(others, [])
      assert.strictEqual(
        Doctor.toText(finding ?? assert.fail()),
        `at 2027-07-06T12:00:00.000Z Europe/Berlin is at UTC+01:00 in the time zone data of this process (${Doctor.zoneDataVersion()}), and at UTC+02:00 in the database's`
      )
      assert.include(finding, { code: "zone-differs", severity: "warning", jobName: null })
    }).pipe(Effect.provide(TestTime.layer({ start })))
  )

  it.scoped("are found in a job that has a last instant, and in a key that has a cadence of its own", () =>
    Effect.gen(function* () {
      const url = yield* Postgres.schema
      const until = Job.make("until", Effect.void).pipe(
        Job.cron("0 9 * * *", { zone: "Asia/Tokyo", until: "2030-01-01T00:00:00Z" })
      )
      const layer = PgJobStore.layerPg({ url: Redacted.make(url) })
      yield* Effect.provide(Tick.status, Layer.provide(Tick.layer(Jobs.make(until)), layer))
      const client = Postgres.client(url)
      const planted = Effect.scoped(
        Effect.flatMap(ClientStore.speaking({}, "the database of the test"), ({ connections, dialect, names }) => {
          const { read } = Reader.make(connections, dialect, names)
          return read("UPDATE job_state SET cadence = replace(cadence, 'Asia/Tokyo', 'Asia/Kolkata')")
        })
      )
      const findings = yield* Effect.provide(
        Effect.zipRight(
          planted,
          found(() => 0)
        ),
        client
      )
      assert.deepStrictEqual(
        findings.map(({ found }) => found.zone),
        ["Asia/Kolkata", "Asia/Tokyo"]
      )
    }).pipe(Effect.provide(TestTime.layer({ start })))
  )

  it.scoped("are a finding where the database does not know one of them", () =>
    Effect.gen(function* () {
      const url = yield* Postgres.schema
      const moved = Jobs.make(in_("moved", "Antarctica/Troll"))
      yield* Effect.provide(
        Tick.status,
        Layer.provide(Tick.layer(moved), PgJobStore.layerPg({ url: Redacted.make(url) }))
      )
      const client = Postgres.client(url)
      const unknown = yield* Effect.provide(
        Effect.zipRight(
          ClientStore.speaking({}, "the database of the test").pipe(
            Effect.flatMap(({ connections, dialect, names }) => {
              const { read } = Reader.make(connections, dialect, names)
              return read("UPDATE job_definition SET definition = replace(definition, 'Troll', 'Trollheim')")
            }),
            Effect.scoped
          ),
          found((zone, at) => Zones.offsetAt(zone.replace("heim", ""), at))
        ),
        client
      )
      assert.deepStrictEqual(unknown.map(Doctor.toText), [
        "the database does not know the time zone Antarctica/Trollheim"
      ])
    }).pipe(Effect.provide(TestTime.layer({ start })))
  )
})

describe("the time zones of the stored jobs on SQLite", () => {
  it.scoped("are no finding: it has no time zone data", () =>
    Effect.gen(function* () {
      const opened = Layer.provideMerge(Tick.layer(jobs), SqlJobStore.layerSqlite({ filename: ":memory:" }))
      const examined = Effect.zipRight(Tick.status, Stream.runCollect(Doctor.examine()))
      assert.deepStrictEqual([...(yield* Effect.provide(examined, opened))], [])
    }).pipe(Effect.provide(TestTime.layer({ start })))
  )
})
