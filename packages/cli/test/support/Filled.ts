/**
 * Ten minutes of some jobs on virtual time: one that succeeds, one with keys of which one fails, one whose condition is
 * false, one that hangs, one that is paused, one that has finished, one with a wide name.
 */
import { SqlClient } from "@effect/sql"
import { SqliteClient } from "@effect/sql-sqlite-node"
import { SqlJobStore } from "@tickwork/sql"
import * as PgJobStore from "@tickwork/sql/PgJobStore"
import * as Postgres from "@tickwork/test-support/Postgres"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect, Fiber, Layer, Logger, Random, Redacted, Schedule } from "effect"
import { Job, JobStore, Jobs, Tick } from "tickwork"
import { ManualClock } from "tickwork/testing"

export const start = Date.parse("2026-03-28T23:00:00Z")
export const end = start + 570_000

/** Text that must reach no terminal unescaped. */
export const dangerous = "offline \u001b[2J\nand \u202egone"

const succeeds = Job.make("sync_send", Effect.sleep("40 millis")).pipe(Job.every("1 minute"))

const upload = Job.make("upload", { keys: Effect.succeed(["ada", "grace"]) }, ({ key }) =>
  key === "grace" ? Effect.fail(dangerous) : Effect.void
).pipe(Job.every("2 minutes"), Job.retry(Schedule.spaced("10 seconds").pipe(Schedule.intersect(Schedule.recurs(2)))))

const conditional = Job.make("prekey_replenishment", Effect.void).pipe(
  Job.every("1 minute"),
  Job.when("prekeys are low", Effect.succeed(false))
)

const hangs = Job.make("hangs", Effect.never).pipe(Job.cron("9 * * * *", "UTC"), Job.timeout("2 seconds"))

const paused = Job.make("purge_expired", Effect.void).pipe(Job.every("1 minute"))

const finished = Job.make("welcome", Effect.void).pipe(Job.at(new Date(start + 60_000)))

const wide = Job.make("日本語の仕事", Effect.void).pipe(Job.every("5 minutes"))

export const jobs = Jobs.make(succeeds, upload, conditional, hangs, paused, finished, wide)

export const fill = <E>(store: Layer.Layer<JobStore.JobStore, E>) =>
  Effect.gen(function* () {
    const time = yield* ManualClock.ManualClock
    const tick = yield* Tick.Tick
    yield* Tick.pause(paused, { by: "alice", why: "the server moves" })
    const running = yield* Effect.fork(tick.run)
    // half a minute after the last start no run is under way
    yield* time.advance("9 minutes")
    yield* time.advance("30 seconds")
    yield* Fiber.interrupt(running)
  }).pipe(
    Effect.provide(
      Layer.provide(Tick.layer(jobs), store).pipe(
        Layer.provideMerge(ManualClock.layer(start)),
        Layer.provideMerge(Logger.remove(Logger.defaultLogger))
      )
    ),
    Effect.withRandom(Random.make("cli"))
  )

export const sqlite = (filename: string, prefix = "") => fill(SqlJobStore.layerSqlite({ filename, prefix }))

const tables = ["job_state", "job_entry", "job_baseline", "job_control", "job_definition", "job_process"]

const rowsOf = (table: string) => Effect.flatMap(SqlClient.SqlClient, (sql) => sql`SELECT * FROM ${sql(table)}`)

/** The same rows, copied: virtual time does not wait for a server. */
export const postgres = (url: string) =>
  Effect.gen(function* () {
    const filename = yield* TemporaryFile.make
    yield* sqlite(filename)
    yield* Effect.provide(JobStore.JobStore, PgJobStore.layerPg({ url: Redacted.make(url) }))
    const copied = Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      for (const table of tables) {
        const rows = yield* Effect.provide(rowsOf(table), SqliteClient.layer({ filename }))
        // entries name instances by their numbers; the server counts on from its own in the other tables
        const values = rows.map(
          ({ id, ...row }) => (table === "job_state" ? { id, ...row } : row) as Record<string, string>
        )
        if (values.length > 0) yield* sql`INSERT INTO ${sql(table)} ${sql.insert(values)}`
      }
    })
    yield* Effect.provide(copied, Postgres.client(url, 1))
  }).pipe(Effect.scoped)
