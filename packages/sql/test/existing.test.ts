/**
 * A store that is there already, opened by a tool: nothing is made, nothing is migrated, and what is read is what the
 * application has written.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { SqlClient } from "@effect/sql"
import { SqliteClient } from "@effect/sql-sqlite-node"
import { assert, describe, it } from "@effect/vitest"
import { type DatabaseError, SqlJobStore } from "@tickwork/sql"
import * as PgJobStore from "@tickwork/sql/PgJobStore"
import * as Postgres from "@tickwork/test-support/Postgres"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect, Layer, Redacted } from "effect"
import { type Control, Job, JobLog, JobStore, Jobs, Tick } from "tickwork"
import { ManualClock } from "tickwork/testing"
import * as Unreleased from "./support/Unreleased.ts"

const hello = Job.make("hello", Effect.void).pipe(Job.every("5 seconds"))

const runOnce = <E>(store: Layer.Layer<JobStore.JobStore, E>) =>
  Tick.once.pipe(
    Effect.provide(
      Layer.provide(Tick.layer(Jobs.make(hello)), store).pipe(Layer.provideMerge(ManualClock.layer(1_000)))
    )
  )

const existing = (filename: string, access: "read" | "write" = "read", prefix = "") =>
  SqlJobStore.layerExisting({ filename, access, prefix })

const refusal = <A>(layer: Layer.Layer<A, DatabaseError.DatabaseError>) =>
  Effect.flip(Effect.scoped(Layer.build(layer)))

const tables = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql<{ readonly sql: string }>`SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name`
)

type Stored = JobStore.JobStore | JobLog.JobLog

const writes: ReadonlyArray<readonly [string, Effect.Effect<unknown, JobStore.StoreError, Stored>]> = [
  ["ask", JobStore.JobStore.pipe(Effect.flatMap((store) => store.submit([request])))],
  ["commit", JobStore.JobStore.pipe(Effect.flatMap((store) => store.commit({ saves: [], claims: [] })))],
  ["prune", JobLog.JobLog.pipe(Effect.flatMap((log) => log.prune([{ jobName: "hello", key: "", upTo: 1 }])))],
  ["rename", JobStore.JobStore.pipe(Effect.flatMap((store) => store.rename("hello", "bye", [])))]
]

const request: Control.Request = {
  ...{ verb: "pause", jobName: "hello", key: "", at: 0, by: "", why: "" },
  ...{ dueAt: null, payload: null }
}

describe("a store that is there already", () => {
  it.scoped("is read as the application has written it, and refuses what would write", () =>
    Effect.gen(function* () {
      const filename = yield* TemporaryFile.make
      yield* runOnce(SqlJobStore.layerSqlite({ filename }))
      const before = fs.readFileSync(filename)
      yield* Effect.gen(function* () {
        const log = yield* JobLog.JobLog
        const [line] = yield* log.history({})
        assert.deepStrictEqual([line?.jobName, line?.status], ["hello", "success"])
        assert.strictEqual((yield* JobLog.stats())[0]?.runs, 1)
        for (const [verb, write] of writes) {
          const { message } = yield* Effect.flip(write)
          assert.include(message, "it was opened read-only", verb)
        }
        const sql = yield* SqlClient.SqlClient
        assert.isTrue((yield* Effect.exit(sql`DELETE FROM job_entry`))._tag === "Failure")
      }).pipe(Effect.provide(existing(filename)))
      assert.isTrue(before.equals(fs.readFileSync(filename)))
    })
  )

  it.scoped("takes a request where it may be written to, which the application then does", () =>
    Effect.gen(function* () {
      const filename = yield* TemporaryFile.make
      yield* runOnce(SqlJobStore.layerSqlite({ filename }))
      const asked = Effect.flatMap(JobStore.JobStore, (store) => store.submit([{ ...request, by: "ada" }]))
      assert.isNull((yield* Effect.provide(asked, existing(filename, "write"))).ended)
      yield* runOnce(SqlJobStore.layerSqlite({ filename }))
      const lines = Effect.flatMap(JobLog.JobLog, (log) => log.history({ status: "control" }))
      assert.strictEqual((yield* Effect.provide(lines, existing(filename)))[0]?.reason, "paused by ada")
    })
  )

  it.scoped("is read while the application has it open", () =>
    Effect.gen(function* () {
      const filename = yield* TemporaryFile.make
      yield* Effect.gen(function* () {
        const store = yield* JobStore.JobStore
        yield* runOnce(Layer.succeed(JobStore.JobStore, store))
        const seen = Effect.flatMap(JobLog.JobLog, (log) => log.history({}))
        assert.strictEqual((yield* Effect.provide(seen, existing(filename))).length, 1)
      }).pipe(Effect.provide(SqlJobStore.layerSqlite({ filename })))
    })
  )

  it.scoped("is never made: a missing file stays missing, and one without tables stays without", () =>
    Effect.gen(function* () {
      for (const access of ["read", "write"] as const) {
        const filename = yield* TemporaryFile.make
        assert.strictEqual((yield* refusal(existing(filename, access))).reason, "missing")
        assert.deepStrictEqual(fs.readdirSync(path.dirname(filename)), [])
        fs.writeFileSync(filename, "")
        assert.strictEqual((yield* refusal(existing(filename, access))).reason, "no tables")
        assert.strictEqual(fs.statSync(filename).size, 0)
        fs.writeFileSync(filename, "dear diary, and so on")
        assert.strictEqual((yield* refusal(existing(filename, access))).reason, "not a database")
      }
    })
  )

  it.scoped("is found under its prefix alone, and a wrong one is told which there are", () =>
    Effect.gen(function* () {
      const filename = yield* TemporaryFile.make
      yield* runOnce(SqlJobStore.layerSqlite({ filename, prefix: "app_" }))
      assert.strictEqual((yield* refusal(existing(filename))).reason, "no tables")
      assert.include((yield* refusal(existing(filename))).message, 'under the prefix "app_"')
      const names = Effect.flatMap(JobStore.JobStore, ({ names }) => names)
      assert.deepStrictEqual(yield* Effect.provide(names, existing(filename, "read", "app_")), ["hello"])
    })
  )

  it.scoped("refuses tables of an unreleased layout, and leaves them as they are", () =>
    Effect.gen(function* () {
      const filename = yield* TemporaryFile.make
      const client = SqliteClient.layer({ filename })
      yield* Effect.provide(Unreleased.numbered, client)
      const before = yield* Effect.provide(tables, client)
      for (const access of ["read", "write"] as const) {
        assert.strictEqual((yield* refusal(existing(filename, access))).reason, "unreleased layout")
      }
      assert.deepStrictEqual(yield* Effect.provide(tables, client), before)
    })
  )

  it.scoped("of a later release is refused", () =>
    Effect.gen(function* () {
      const filename = yield* TemporaryFile.make
      yield* runOnce(SqlJobStore.layerSqlite({ filename }))
      yield* Effect.provide(
        Effect.flatMap(
          SqlClient.SqlClient,
          (sql) => sql`INSERT INTO tickwork_migrations (migration_id, name, layout) VALUES (101, 'later', '')`
        ),
        SqliteClient.layer({ filename })
      )
      assert.strictEqual((yield* refusal(existing(filename))).reason, "newer")
    })
  )
})

Postgres.describeOnPostgres("a store on PostgreSQL that is there already", () => {
  it.scoped("is read, refuses what would write, and is never made", () =>
    Effect.gen(function* () {
      const url = Redacted.make(yield* Postgres.schema)
      const options = { url, access: "read" } as const
      assert.strictEqual((yield* refusal(PgJobStore.layerExisting(options))).reason, "no tables")
      yield* runOnce(PgJobStore.layerPg({ url }))
      yield* Effect.gen(function* () {
        const log = yield* JobLog.JobLog
        assert.strictEqual((yield* log.history({ jobName: "hello" })).length, 1)
        for (const [verb, write] of writes) assert.include((yield* Effect.flip(write)).message, "read-only", verb)
      }).pipe(Effect.provide(PgJobStore.layerExisting(options)))
      const { message, reason } = yield* refusal(PgJobStore.layerExisting({ ...options, prefix: "no_" }))
      assert.strictEqual(reason, "no tables")
      assert.include(message, 'under the prefix ""')
    })
  )
})
