/**
 * The doctor: nothing is wrong with what real jobs have left behind, and each thing that cannot be is found, by name.
 */
import * as fs from "node:fs"
import { SqlClient } from "@effect/sql"
import { SqliteClient } from "@effect/sql-sqlite-node"
import { assert, describe, it } from "@effect/vitest"
import { Doctor, SqlJobStore } from "@tickwork/sql"
import * as PgJobStore from "@tickwork/sql/PgJobStore"
import * as Postgres from "@tickwork/test-support/Postgres"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect, Layer, Logger, LogLevel, Redacted, Schema, Stream } from "effect"
import { Job, JobLog, type JobStore, Jobs, Tick } from "tickwork"
import { ManualClock, TestTime } from "tickwork/testing"
import * as Integrity from "../src/internal/doctor/Integrity.ts"
import * as Shape from "../src/internal/doctor/Shape.ts"
import * as Tables from "../src/internal/migrations/Tables.ts"
import * as Owner from "../src/internal/Owner.ts"
import * as Hooked from "./support/Hooked.ts"
import * as Told from "./support/Told.ts"

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
      yield* JobLog.prune({ keep: 12 })
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

const runColumns = Object.keys(Tables.runColumns).map(Tables.quote).join(", ")

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
      "DELETE FROM job_log WHERE job_name = 'sync' AND seq = (SELECT MAX(seq) - 3 FROM job_log WHERE job_name = 'sync')"
    ],
    found: ["lines-are-missing sync"]
  },
  {
    promise: "a last line that somebody deleted",
    sql: [
      "DELETE FROM job_log WHERE job_name = 'sync' AND seq = (SELECT MAX(seq) FROM job_log WHERE job_name = 'sync')"
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
    found: ["baseline-contradicts-itself sync", "baseline-does-not-join sync"]
  },
  {
    promise: "a baseline whose number is not that of its state",
    sql: ["UPDATE job_baseline SET seq = seq + 1 WHERE job_name = 'sync'"],
    found: ["baseline-contradicts-itself sync"]
  },
  {
    promise: "a baseline that was made of nothing",
    sql: ["UPDATE job_baseline SET state = '[]' WHERE job_name = 'sync'"],
    found: ["value-cannot-be-read sync"]
  },
  {
    promise: "a baseline without an instance",
    sql: ["INSERT INTO job_baseline (job_name, key, seq, state) VALUES ('nobody', '', 1, '{}')"],
    found: ["baseline-without-an-instance nobody"]
  },
  {
    promise: "a line that is there twice",
    sql: [
      "DROP INDEX job_log_of_instance",
      `INSERT INTO job_log (${Object.keys(Tables.runColumns).map(Tables.quote)}) SELECT ${Object.keys(Tables.runColumns).map(Tables.quote)} FROM job_log WHERE job_name = 'mail'`
    ],
    found: ["index-is-missing", "line-twice mail1"]
  },
  {
    promise: "a claim that raised no token",
    sql: [
      "UPDATE job_state SET claim_token = 0, claim_renewals = 0, claim_owner = 'x', claimed_at = updated_at, claimed_for = updated_at, claimed_as = 'schedule' WHERE job_name = 'quiet'"
    ],
    found: ["state-contradicts-itself quiet"]
  },
  {
    promise: "a run from the future",
    sql: [
      "UPDATE job_log SET started_at = started_at + 864000000, last_at = last_at + 864000000 WHERE job_name = 'mail'"
    ],
    found: ["instant-in-the-future mail1", "state-is-not-the-fold mail1"]
  },
  {
    promise: "a text where a number belongs, in a state and in the number of a line",
    sql: [
      "UPDATE job_state SET next_at = 'soon' WHERE job_name = 'quiet'",
      "UPDATE job_log SET seq = 'one' WHERE job_name = 'mail'"
    ],
    found: ["value-cannot-be-read mail1", "value-cannot-be-read quiet"]
  },
  {
    promise: "an index that is another one",
    sql: ["DROP INDEX job_log_by_start", "CREATE INDEX job_log_by_start ON job_log (seq)"],
    found: ["index-is-missing"]
  },
  {
    promise: "a column that was dropped",
    sql: ["ALTER TABLE job_control DROP COLUMN why"],
    found: ["column-is-missing"]
  },
  {
    promise: "a log that was dropped",
    sql: ["DROP TABLE job_log"],
    found: ["table-is-missing"]
  },
  {
    promise: "half a claim",
    sql: ["UPDATE job_state SET claim_owner = 'somebody' WHERE job_name = 'quiet'"],
    found: ["half-a-claim quiet"]
  },
  {
    promise: "a run that says it succeeded, with an error",
    sql: [
      "UPDATE job_log SET error = 'no' WHERE job_name = 'peer' AND key = 'b' AND status = 'success' AND seq = (SELECT MAX(seq) FROM job_log WHERE job_name = 'peer' AND key = 'b' AND status = 'success')"
    ],
    found: ["line-contradicts-itself peerb", "state-is-not-the-fold peerb"]
  },
  {
    promise: "a run that counts twice",
    sql: ["UPDATE job_log SET count = 2 WHERE job_name = 'mail'"],
    found: ["line-contradicts-itself mail1"]
  },
  {
    promise: "JSON that is none",
    sql: ["UPDATE job_state SET cadence = '{\"definition\":' WHERE job_name = 'quiet'"],
    found: ["value-cannot-be-read quiet"]
  },
  {
    promise: "an empty text where JSON belongs",
    sql: ["UPDATE job_state SET retry = '' WHERE job_name = 'quiet'"],
    found: ["value-cannot-be-read quiet"]
  },
  {
    promise: "a status that does not exist",
    sql: ["UPDATE job_log SET status = 'fine' WHERE job_name = 'mail'"],
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
  { promise: "an index that was dropped", sql: ["DROP INDEX job_log_by_job"], found: ["index-is-missing"] },
  { promise: "a table that was dropped", sql: ["DROP TABLE job_control"], found: ["table-is-missing"] }
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
          (sql) => sql<{ readonly status: string }>`SELECT DISTINCT status FROM job_log`
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
        assert.deepStrictEqual([...new Set(told(findings))].sort(), [...found].sort())
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

  it.scoped("knows the claim of a process that has ended, one that is old, and leaves a living one alone", () =>
    Effect.gen(function* () {
      const time = yield* ManualClock.ManualClock
      const filename = yield* file
      const now = yield* time.now
      const claimedBy = (owner: string) =>
        onFile(
          filename,
          Effect.flatMap(
            SqlClient.SqlClient,
            (
              sql
            ) => sql`UPDATE job_state SET claim_token = claim_token + 1, claim_owner = ${owner}, claimed_at = ${now},
              claimed_for = ${now}, claimed_as = 'schedule' WHERE job_name = 'quiet'`
          )
        )
      const living = yield* Owner.make("host")
      yield* claimedBy(living.id)
      assert.deepStrictEqual(told(yield* looked(filename)), [])
      const ended = yield* Effect.scoped(Owner.make("host"))
      yield* claimedBy(ended.id)
      assert.deepStrictEqual(told(yield* looked(filename)), ["claim-of-the-gone quiet"])
      yield* claimedBy("another-host/1/2/3")
      assert.deepStrictEqual(told(yield* looked(filename)), [])
      yield* time.advance("2 days")
      assert.include(told(yield* looked(filename)), "claim-is-old quiet")
    }).pipe(Effect.provide(TestTime.layer({ start: end })))
  )

  it.scoped("finds a file damaged whose pages were written over, and reads on as far as that goes", () =>
    Effect.gen(function* () {
      for (const page of [3, 8, 15]) {
        const filename = yield* file
        const bytes = fs.readFileSync(filename)
        bytes.fill(0x5a, page * 4096, (page + 1) * 4096)
        fs.writeFileSync(filename, bytes)
        assert.include(told(yield* looked(filename)), "file-is-damaged")
      }
    }).pipe(Effect.provide(TestTime.layer({ start: end })))
  )

  it.scoped("leaves the file as it is", () =>
    Effect.gen(function* () {
      const filename = yield* file
      yield* looked(filename)
      assert.isTrue(original?.equals(fs.readFileSync(filename)))
    }).pipe(Effect.provide(TestTime.layer({ start: end })))
  )

  it.scoped("reads logs and lines of nobody that are longer than a page", () =>
    Effect.gen(function* () {
      const filename = yield* file
      const copies = (
        name: string,
        of: number
      ) => `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${of})
        INSERT INTO job_log (${runColumns}) SELECT ${runColumns
          .replace('"job_name"', `'${name}'`)
          .replace('"seq"', "i")} FROM job_log, n WHERE job_name = 'mail'`
      yield* onFile(
        filename,
        Effect.flatMap(SqlClient.SqlClient, (sql) =>
          Effect.forEach(
            [
              copies("long", 2500),
              `INSERT INTO job_state SELECT 'long', ${Object.keys(Tables.stateColumns).slice(1).map(Tables.quote)} FROM job_state WHERE job_name = 'mail'`.replace(
                "INTO job_state",
                `INTO job_state (${[...Object.keys(Tables.stateColumns)].map(Tables.quote)})`
              ),
              "UPDATE job_state SET seq = 2500, total_runs = 2500 WHERE job_name = 'long'",
              copies("nobody", 41_000),
              copies("nobody else", 2)
            ],
            (text) => sql.unsafe(text)
          )
        )
      )
      const findings = yield* looked(filename)
      assert.deepStrictEqual(told(findings), [
        "lines-without-an-instance nobody1",
        "lines-without-an-instance nobody else1"
      ])
      assert.deepStrictEqual(findings[0]?.found, { lines: 41_000, first: 1, last: 41_000 })
      yield* onFile(
        filename,
        Effect.flatMap(SqlClient.SqlClient, (sql) => sql`DELETE FROM job_log WHERE job_name = 'long' AND seq = 1001`)
      )
      assert.include(told(yield* looked(filename)), "lines-are-missing long1")
    }).pipe(Effect.provide(TestTime.layer({ start: end })))
  )

  it.scoped("says nothing of what the application writes while it looks", () =>
    Effect.gen(function* () {
      const filename = yield* file
      const time = yield* ManualClock.ManualClock
      // an application of its own, which writes once after each statement of the doctor
      yield* Effect.gen(function* () {
        const tick = yield* Tick.Tick
        let isWriting = false
        const after = <A, E>(statement: Effect.Effect<A, E>) =>
          Effect.tap(statement, () => {
            if (isWriting) return Effect.void
            isWriting = true
            return Effect.ensuring(
              Effect.orDie(Effect.zipRight(time.advance("1 minute"), tick.once)),
              Effect.sync(() => {
                isWriting = false
              })
            )
          })
        const before = (yield* Told.onFile(filename)).reduce((sum, { lines }) => sum + lines.length, 0)
        const findings = yield* Effect.provide(examined, Hooked.client(filename, after))
        assert.deepStrictEqual(findings.map(Integrity.toText), [])
        const now = (yield* Told.onFile(filename)).reduce((sum, { lines }) => sum + lines.length, 0)
        assert.isAbove(now - before, 20)
      }).pipe(
        Effect.provide(Layer.fresh(Layer.provide(Tick.layer(jobs), SqlJobStore.layerSqlite({ filename })))),
        Logger.withMinimumLogLevel(LogLevel.None)
      )
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
            readonly sql: string
            readonly table: string
          }>`SELECT name, sql, tbl_name AS "table" FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL`
          const written = made.map(({ name, sql, table }) => [table, name, sql.replaceAll(/\s+/g, " ")])
          const declared = Object.entries(Shape.indexes(names)).flatMap(([table, indexes]) =>
            indexes.map(({ columns, condition, isUnique, name }) => {
              const where = condition === null ? "" : ` WHERE ${condition}`
              const text = `CREATE ${isUnique ? "UNIQUE " : ""}INDEX "${name}" ON "${table}" (${columns.join(", ")})${where}`
              return [table, name, text]
            })
          )
          assert.sameDeepMembers(written, declared)
        })
      )
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
