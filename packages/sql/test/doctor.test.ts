/**
 * The doctor: nothing is wrong with what real jobs have left behind, and each thing that cannot be is found, by name.
 */
import * as fs from "node:fs"
import { SqlClient } from "@effect/sql"
import { SqliteClient } from "@effect/sql-sqlite-node"
import { assert, describe, it } from "@effect/vitest"
import { Doctor, SqlJobStore } from "@tickwork/sql"
import * as PgJobStore from "@tickwork/sql/PgJobStore"
import { Effect, Layer, Logger, LogLevel, Redacted, Schema, Stream } from "effect"
import { Integrity, Job, JobHistory, type JobStore, Jobs, Tick } from "tickwork"
import { ManualClock, TestTime } from "tickwork/testing"
import * as Migrations from "../src/Migrations.ts"
import * as Shape from "../src/Shape.ts"
import * as Tables from "../src/Tables.ts"
import * as Postgres from "./support/Postgres.ts"
import * as TemporaryFile from "./support/TemporaryFile.ts"

const start = Date.parse("2026-03-02T12:00:00Z")
/** When they have lived. */
const end = start + 45 * 60_000 + 8 * 3_600_000

let calls = 0
const flaky = Effect.suspend(() => (++calls % 3 === 0 ? Effect.fail("offline") : Effect.void))
const mail = Job.make("mail", { payload: Schema.String }, () => Effect.void)
const sync = Job.make("sync", flaky).pipe(Job.every("1 minute"))
const quiet = Job.make("quiet", Effect.void).pipe(Job.every("5 minutes"))

const jobs = Jobs.make(
  sync,
  quiet,
  mail,
  Job.make("peer", { keys: Effect.succeed(["a", "b"]) }, () => Effect.void).pipe(Job.every("2 minutes")),
  Job.make("choosy", Effect.void).pipe(
    Job.every("1 minute"),
    Job.when(
      "now and then",
      Effect.sync(() => calls % 4 === 0)
    )
  ),
  Job.make("report", Effect.void).pipe(Job.cron("*/10 * * * *", "UTC"), Job.missed("all")),
  Job.make("report_after", Effect.void).pipe(Job.after([sync])),
  Job.make("dying", Effect.die(new Error("out of order"))).pipe(Job.every("3 minutes"))
)

/** An hour and a night of them: failures, retries, pauses, enqueued runs, downtime, pruning, a crash. */
const lived = <E, R>(store: Layer.Layer<JobStore.JobStore | R, E>) =>
  Effect.gen(function* () {
    const time = yield* ManualClock.ManualClock
    const minutes = (count: number) =>
      Effect.gen(function* () {
        for (let minute = 0; minute < count; minute++) {
          yield* Tick.once
          yield* time.advance("20 seconds")
          yield* Tick.once
          yield* time.advance("40 seconds")
        }
      })
    const opened = <A, E, R>(use: Effect.Effect<A, E, R>) => Effect.provide(use, Layer.fresh(Tick.layer(jobs)))
    yield* Effect.gen(function* () {
      yield* opened(
        Effect.gen(function* () {
          yield* minutes(10)
          yield* Tick.pause(quiet, { by: "ada", why: "the server moves" })
          yield* Tick.enqueue(mail, "hello", { key: "1" })
          yield* minutes(20)
          yield* Tick.trigger(sync, { by: "ada" })
          yield* Tick.resume(quiet)
          yield* minutes(10)
        })
      )
      yield* JobHistory.prune({ keep: 12 })
      yield* time.advance("8 hours")
      yield* opened(Effect.zipRight(minutes(5), Tick.pause(sync)))
    }).pipe(Effect.provide(store))
  }).pipe(Logger.withMinimumLogLevel(LogLevel.None))

const examined = Effect.map(Stream.runCollect(Doctor.examine()), (findings) => [...findings])

const told = (findings: ReadonlyArray<Integrity.Finding>) =>
  findings.map((finding) =>
    `${finding.code} ${finding.jobName ?? ""}${finding.key === "" ? "" : (finding.key ?? "")}`.trim()
  )

let original: Buffer | undefined

/** A file of the test's own, as they have left it. */
const file = Effect.gen(function* () {
  const filename = yield* TemporaryFile.make
  if (original === undefined) {
    yield* lived(SqlJobStore.layerSqlite({ filename })).pipe(Effect.provide(TestTime.layer({ start })))
    original = fs.readFileSync(filename)
  }
  fs.writeFileSync(filename, original)
  return filename
})

const onFile = <A, E>(filename: string, use: Effect.Effect<A, E, SqlClient.SqlClient>) =>
  Effect.provide(use, SqliteClient.layer({ filename }))

const looked = (filename: string) =>
  Effect.provide(examined, Layer.fresh(SqlJobStore.layerExisting({ filename, access: "read" })))

interface Planted {
  readonly promise: string
  readonly sql: ReadonlyArray<string>
  readonly found: ReadonlyArray<string>
}

const planted: ReadonlyArray<Planted> = [
  {
    promise: "a count that its log does not say",
    sql: ["UPDATE job_state SET total_runs = total_runs + 7 WHERE job_name = 'quiet'"],
    found: ["state-is-not-the-fold quiet"]
  },
  {
    promise: "a next instant that its log does not say",
    sql: [
      "UPDATE job_state SET next_at = next_at + 1000, scheduled_at = scheduled_at + 1000 WHERE job_name = 'peer' AND key = 'a'"
    ],
    found: ["state-is-not-the-fold peera"]
  },
  {
    promise: "a line in the middle that somebody deleted",
    sql: [
      "DELETE FROM job_run WHERE job_name = 'sync' AND seq = (SELECT MAX(seq) - 3 FROM job_run WHERE job_name = 'sync')"
    ],
    found: ["lines-are-missing sync"]
  },
  {
    promise: "a last line that somebody deleted",
    sql: [
      "DELETE FROM job_run WHERE job_name = 'sync' AND seq = (SELECT MAX(seq) FROM job_run WHERE job_name = 'sync')"
    ],
    found: ["lines-are-missing sync"]
  },
  {
    promise: "a state that is older than its log",
    sql: ["UPDATE job_state SET seq = seq - 1 WHERE job_name = 'quiet'"],
    found: ["lines-beyond-the-state quiet", "state-is-not-the-fold quiet"]
  },
  {
    promise: "a log without an instance",
    sql: ["DELETE FROM job_state WHERE job_name = 'choosy'"],
    found: ["lines-without-an-instance choosy", "baseline-without-an-instance choosy"]
  },
  {
    promise: "a baseline that was lost",
    sql: ["DELETE FROM job_baseline WHERE job_name = 'sync'"],
    found: ["lines-are-missing sync"]
  },
  {
    promise: "a baseline that does not join its log",
    sql: [
      "UPDATE job_baseline SET state = json_set(state, '$.seq', json_extract(state, '$.seq') - 2) WHERE job_name = 'sync'"
    ],
    found: ["baseline-does-not-join sync"]
  },
  {
    promise: "half a claim",
    sql: ["UPDATE job_state SET claim_owner = 'somebody' WHERE job_name = 'quiet'"],
    found: ["half-a-claim quiet"]
  },
  {
    promise: "a run that says it succeeded, with an error",
    sql: [
      "UPDATE job_run SET error = 'no' WHERE job_name = 'peer' AND key = 'b' AND status = 'success' AND seq = (SELECT MAX(seq) FROM job_run WHERE job_name = 'peer' AND key = 'b' AND status = 'success')"
    ],
    found: ["line-contradicts-itself peerb", "state-is-not-the-fold peerb"]
  },
  {
    promise: "a run that counts twice",
    sql: ["UPDATE job_run SET count = 2 WHERE job_name = 'mail'"],
    found: ["line-contradicts-itself mail1"]
  },
  {
    promise: "JSON that is none",
    sql: ["UPDATE job_state SET cadence = '{\"definition\":' WHERE job_name = 'quiet'"],
    found: ["value-cannot-be-read quiet"]
  },
  {
    promise: "a status that does not exist",
    sql: ["UPDATE job_run SET status = 'fine' WHERE job_name = 'mail'"],
    found: ["value-cannot-be-read mail1"]
  },
  {
    promise: "more errors than runs",
    sql: ["UPDATE job_state SET total_errors = total_runs + 1 WHERE job_name = 'quiet'"],
    found: ["state-is-not-the-fold quiet"]
  },
  {
    promise: "a request for an instance that does not exist",
    sql: ["INSERT INTO job_control (verb, job_name, key, at, \"by\", why) VALUES ('pause', 'nobody', '', 0, '', '')"],
    found: ["request-for-nobody nobody"]
  },
  { promise: "an index that was dropped", sql: ["DROP INDEX job_run_by_job"], found: ["index-is-missing"] },
  { promise: "a table that was dropped", sql: ["DROP TABLE job_control"], found: ["table-is-missing"] },
  {
    promise: "a hole in the register of migrations",
    sql: ["DELETE FROM tickwork_migrations WHERE migration_id = 3"],
    found: ["migration-is-missing"]
  }
]

describe("the doctor", () => {
  it.scoped("finds nothing wrong with what real jobs have left behind", () =>
    Effect.gen(function* () {
      const filename = yield* file
      assert.deepStrictEqual((yield* looked(filename)).map(Integrity.toText), [])
      const kinds = yield* onFile(
        filename,
        Effect.flatMap(
          SqlClient.SqlClient,
          (sql) => sql<{ readonly status: string }>`SELECT DISTINCT status FROM job_run`
        )
      )
      assert.includeMembers(
        kinds.map(({ status }) => status),
        ["success", "error", "skipped", "control"]
      )
    }).pipe(Effect.provide(TestTime.layer({ start: end })))
  )

  for (const { found, promise, sql } of planted) {
    it.scoped(`finds ${promise}`, () =>
      Effect.gen(function* () {
        const filename = yield* file
        yield* onFile(
          filename,
          Effect.flatMap(SqlClient.SqlClient, (client) =>
            Effect.forEach(sql, (text) => client.unsafe(text), { discard: true })
          )
        )
        const findings = yield* looked(filename)
        assert.deepStrictEqual([...new Set(told(findings))], found)
        for (const finding of findings) {
          assert.match(Integrity.toText(finding), /^[^\n]{10,}$/)
          assert.match(Integrity.cure(finding), /^[^\n]{10,}$/)
        }
      }).pipe(Effect.provide(TestTime.layer({ start: end })))
    )
  }

  it.scoped("warns of what waits for too long", () =>
    Effect.gen(function* () {
      const time = yield* ManualClock.ManualClock
      const filename = yield* file
      yield* time.advance("3 days")
      const findings = yield* looked(filename)
      assert.isTrue(findings.every(({ severity }) => severity === "warning"))
      assert.include(told(findings), "overdue quiet")
      assert.notInclude(told(findings), "overdue sync", "it is paused")
      assert.notInclude(told(findings), "overdue report_after", "it comes when others have succeeded")
    }).pipe(Effect.provide(TestTime.layer({ start: end })))
  )

  it.scoped("knows the tables and indexes that the migrations make", () =>
    Effect.gen(function* () {
      const filename = yield* TemporaryFile.make
      const names = Tables.names("")
      yield* Effect.scoped(Layer.build(SqlJobStore.layerSqlite({ filename })))
      yield* onFile(
        filename,
        Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          for (const [table, columns] of Shape.tables(names)) {
            const rows = yield* sql.unsafe<{ readonly name: string }>(`SELECT name FROM pragma_table_info('${table}')`)
            assert.sameMembers(
              rows.map(({ name }) => name),
              [...columns],
              table
            )
          }
          const made = yield* sql<{
            readonly name: string
          }>`SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL`
          assert.sameMembers(
            made.map(({ name }) => name),
            Shape.indexes(names).map(({ name }) => name)
          )
          for (const { columns, name } of Shape.indexes(names)) {
            const rows = yield* sql.unsafe<{ readonly name: string }>(`SELECT name FROM pragma_index_info('${name}')`)
            assert.deepStrictEqual(
              rows.map(({ name }) => name),
              [...columns],
              name
            )
          }
        })
      )
      assert.strictEqual(Migrations.names.length, Migrations.latest)
    })
  )
})

Postgres.describeOnPostgres("the doctor on PostgreSQL", () => {
  it.scoped("finds nothing wrong with what real jobs have left behind, and what is planted", () =>
    Effect.gen(function* () {
      const url = Redacted.make(yield* Postgres.schema)
      yield* lived(PgJobStore.layerPg({ url }))
      const existing = PgJobStore.layerExisting({ url, access: "read" })
      assert.deepStrictEqual((yield* Effect.provide(examined, existing)).map(Integrity.toText), [])
      const some = planted.filter(({ sql }) =>
        sql.every((text) => !text.includes("json_") && !text.startsWith("DROP T"))
      )
      const expected: Array<string> = []
      yield* Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        for (const { found, promise, sql: texts } of some) {
          if (!/half a claim|deleted|without an instance|dropped|hole/.test(promise)) continue
          if (/a last line/.test(promise)) continue
          for (const text of texts) yield* sql.unsafe(text)
          expected.push(...found)
        }
      }).pipe(Effect.provide(Postgres.client(Redacted.value(url))))
      assert.sameMembers(told(yield* Effect.provide(examined, existing)), expected)
    }).pipe(Effect.provide(TestTime.layer({ start })))
  )
})
