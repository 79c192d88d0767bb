/**
 * The doctor finds nothing in what real jobs leave behind, and finds a planted fault of each code.
 */
import * as fs from "node:fs"
import { SqlClient } from "@effect/sql"
import { SqliteClient } from "@effect/sql-sqlite-node"
import { assert, describe, it } from "@effect/vitest"
import { Doctor, SqlJobStore } from "@tickwork/sql"
import * as PgJobStore from "@tickwork/sql/PgJobStore"
import * as Postgres from "@tickwork/test-support/Postgres"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Clock, Effect, Layer, Logger, LogLevel, Redacted, Schema, Stream } from "effect"
import { Job, JobLog, type JobStore, Jobs, Tick } from "tickwork"
import { ManualClock, TestTime } from "tickwork/testing"
import { severities } from "../src/internal/doctor/Finding.ts"
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

const told = (findings: ReadonlyArray<Doctor.Finding>) =>
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

const entryColumns = ["instance", ...Object.keys(Tables.columnsOfEntry).map(Tables.quote)].join(", ")

const of = (job: string): string => `instance IN (SELECT id FROM job_state WHERE job_name = '${job}')`

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
    found: ["state-mismatch quiet"]
  },
  {
    promise: "a next instant that its log does not say",
    sql: ["UPDATE job_state SET next_at = next_at + 1000 WHERE job_name = 'peer' AND key = 'a'"],
    found: ["state-mismatch peera"]
  },
  {
    promise: "an entry that was deleted from the middle of a log",
    sql: [
      `DELETE FROM job_entry WHERE ${of("sync")} AND seq = (SELECT MAX(seq) - 3 FROM job_log WHERE job_name = 'sync')`
    ],
    found: ["missing-entries sync"]
  },
  {
    promise: "an entry that was deleted from the end of a log",
    sql: [`DELETE FROM job_entry WHERE ${of("sync")} AND seq = (SELECT MAX(seq) FROM job_log WHERE job_name = 'sync')`],
    found: ["missing-entries sync"]
  },
  {
    promise: "a baseline that was deleted",
    sql: [`DELETE FROM job_baseline WHERE ${of("sync")}`],
    found: ["missing-entries sync"]
  },
  {
    promise: "a state that is older than its log",
    sql: ["UPDATE job_state SET seq = seq - 1 WHERE job_name = 'quiet'"],
    found: ["state-mismatch quiet", "unexpected-entries quiet"]
  },
  {
    promise: "an entry that is stored twice",
    sql: [
      "DROP INDEX job_entry_of_instance",
      `INSERT INTO job_entry (${entryColumns}) SELECT ${entryColumns} FROM job_log WHERE job_name = 'mail'`
    ],
    found: ["unexpected-entries mail1"]
  },
  {
    promise: "a log without an instance",
    sql: ["DELETE FROM job_state WHERE job_name = 'choosy'"],
    found: ["orphan-rows"]
  },
  {
    promise: "a baseline without an instance",
    sql: ["INSERT INTO job_baseline (instance, seq, state) VALUES (99, 1, '{}')"],
    found: ["orphan-rows"]
  },
  {
    promise: "a baseline that is not the state of an instance",
    sql: [`UPDATE job_baseline SET state = '[]' WHERE ${of("sync")}`],
    found: ["unreadable-value sync"]
  },
  {
    promise: "a baseline whose number is not that of its state",
    sql: [`UPDATE job_baseline SET seq = seq + 1 WHERE ${of("sync")}`],
    found: ["unreadable-value sync"]
  },
  {
    promise: "a text where a number belongs, in a state and in the number of an entry",
    sql: [
      "UPDATE job_state SET next_at = 'soon' WHERE job_name = 'quiet'",
      `UPDATE job_entry SET seq = 'one' WHERE ${of("mail")}`
    ],
    found: ["unreadable-value mail1", "unreadable-value quiet"]
  },
  {
    promise: "a text that is not JSON",
    sql: ["UPDATE job_state SET cadence = '{\"definition\":' WHERE job_name = 'quiet'"],
    found: ["unreadable-value quiet"]
  },
  {
    promise: "an empty text where JSON belongs",
    sql: ["UPDATE job_state SET retry = '' WHERE job_name = 'quiet'"],
    found: ["unreadable-value quiet"]
  },
  {
    promise: "a status that does not exist",
    sql: [`UPDATE job_entry SET status = 'fine' WHERE ${of("mail")}`],
    found: ["unreadable-value mail1"]
  },
  {
    promise: "a definition and a process that cannot be read",
    sql: [
      "UPDATE job_definition SET version = 'new' WHERE job_name = 'quiet'",
      "INSERT INTO job_process (owner, beat, every_ms, at, definitions) VALUES ('another', 1, 60000, 1, '{}')"
    ],
    found: ["unreadable-value", "unreadable-value quiet"]
  },
  {
    promise: "a partial claim",
    sql: ["UPDATE job_state SET claim_owner = 'ada' WHERE job_name = 'quiet'"],
    found: ["partial-claim quiet"]
  },
  {
    promise: "a request to an instance that does not exist",
    sql: [
      "INSERT INTO job_control (partition, verb, job_name, key, at, \"by\", why) VALUES (0, 'pause', 'gone', '', 0, '', '')"
    ],
    found: ["orphan-request gone"]
  }
]

const page = fs.readFileSync(new URL("../../../docs/doctor.md", import.meta.url), "utf8")

describe("the page of the doctor", () => {
  it("has a row for each code, with its severity, and for no other", () => {
    const rows = [...page.matchAll(/^\| `([a-z-]+)` +\| (\w+)/gm)].map(([, code, severity]) => [code, severity])
    assert.sameDeepMembers(rows, Object.entries(severities))
  })
})

describe("the doctor", () => {
  it.scoped("finds nothing wrong with what real jobs have left behind", () =>
    Effect.gen(function* () {
      const filename = yield* file
      assert.deepStrictEqual((yield* looked(filename)).map(Doctor.toText), [])
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
          assert.match(Doctor.toText(finding), /^[^\n]{10,}$/)
          assert.match(Doctor.cure(finding), /^[^\n]{10,}$/)
        }
      }).pipe(Effect.provide(TestTime.layer({ start: end })))
    )
  }

  it.scoped("names a memory, a payload and a baseline that cannot be read, and never what they hold", () =>
    Effect.gen(function* () {
      const filename = yield* file
      const damaged = [
        `UPDATE job_state SET memory = '"SECRET"' WHERE job_name = 'quiet'`,
        `UPDATE job_state SET payload = '"SECRET' WHERE job_name = 'choosy'`,
        `UPDATE job_entry SET memory = '["SECRET"]' WHERE ${of("mail")}`,
        `UPDATE job_baseline SET state = '{"memory":"SECRET"}' WHERE ${of("sync")}`,
        `INSERT INTO job_control (partition, verb, job_name, key, at, "by", why, due_at, payload)
          VALUES (0, 'enqueue', 'mail', 'x', 1, '', '', 1, '{"value":1,SECRET')`
      ]
      yield* onFile(
        filename,
        Effect.flatMap(SqlClient.SqlClient, (sql) => Effect.forEach(damaged, (text) => sql.unsafe(text)))
      )
      const findings = yield* Effect.provide(
        Stream.runCollect(Doctor.examine()),
        Layer.fresh(SqlJobStore.layerExisting({ filename, access: "read" }))
      )
      const texts = [...findings].map((finding) => Doctor.toText(finding))
      for (const column of ["job_state.memory", "job_state.payload", "job_entry.memory", "job_baseline.state"])
        assert.include(texts.join("\n"), `${column} cannot be read: `)
      assert.include(texts.join("\n"), "job_control.payload cannot be read: it is not JSON")
      assert.notInclude(JSON.stringify([[...findings], texts, [...findings].map(Doctor.cure)]), "SECRET")
    })
  )

  it.scoped("finds the claim of a process that has ended and one that is older than a day, and no other", () =>
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
      assert.deepStrictEqual(told(yield* looked(filename)), ["stale-claim quiet"])
      yield* claimedBy("another-host/1/2/3")
      assert.deepStrictEqual(told(yield* looked(filename)), [])
      yield* time.advance("2 days")
      assert.deepStrictEqual(told(yield* looked(filename)), ["stale-claim quiet"])
    }).pipe(Effect.provide(TestTime.layer({ start: end })))
  )

  it.scoped("finds a damaged file, and reads on as far as the damage lets it", () =>
    Effect.gen(function* () {
      for (const name of ["job_state", "job_entry", "job_entry_of_instance"]) {
        const filename = yield* file
        const roots = Effect.flatMap(
          SqlClient.SqlClient,
          (sql) => sql<{ readonly rootpage: number }>`SELECT rootpage FROM sqlite_master WHERE name = ${name}`
        )
        const [root] = yield* onFile(filename, roots)
        const bytes = fs.readFileSync(filename)
        bytes.fill(0x5a, ((root?.rootpage ?? 0) - 1) * 4096, (root?.rootpage ?? 0) * 4096)
        fs.writeFileSync(filename, bytes)
        assert.include(told(yield* looked(filename)), "damaged-file")
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

  it.scoped("finds faults in logs that are longer than a page, and orphan rows once for each instance", () =>
    Effect.gen(function* () {
      const filename = yield* file
      const copies = (instance: string, count: number) =>
        `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
          INSERT INTO job_entry (${entryColumns}) SELECT ${entryColumns
            .replace("instance", instance)
            .replace('"seq"', "i")} FROM job_log, n WHERE job_name = 'mail'`
      const [, ...others] = Object.keys(Tables.stateColumns).map(Tables.quote)
      yield* onFile(
        filename,
        Effect.flatMap(SqlClient.SqlClient, (sql) =>
          Effect.forEach(
            [
              `INSERT INTO job_state (partition, job_name, ${others}) SELECT partition, 'long', ${others} FROM job_state WHERE job_name = 'mail'`,
              copies("(SELECT id FROM job_state WHERE job_name = 'long')", 2500),
              "UPDATE job_state SET seq = 2500, total_runs = 2500 WHERE job_name = 'long'",
              copies("901", 41_000),
              copies("902", 2)
            ],
            (text) => sql.unsafe(text)
          )
        )
      )
      const findings = yield* looked(filename)
      assert.deepStrictEqual(
        findings.map(({ code, found }) => [code, found.instance]),
        [
          ["orphan-rows", "901"],
          ["orphan-rows", "902"]
        ]
      )
      yield* onFile(
        filename,
        Effect.flatMap(SqlClient.SqlClient, (sql) =>
          sql.unsafe(`DELETE FROM job_entry WHERE ${of("long")} AND seq = 1001`)
        )
      )
      assert.include(told(yield* looked(filename)), "missing-entries long1")
    }).pipe(Effect.provide(TestTime.layer({ start: end })))
  )

  it.scoped("finds nothing in what the application writes meanwhile", () =>
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
        assert.deepStrictEqual(findings.map(Doctor.toText), [])
        const now = (yield* Told.onFile(filename)).reduce((sum, { lines }) => sum + lines.length, 0)
        assert.isAbove(now - before, 20)
      }).pipe(
        Effect.provide(Layer.fresh(Layer.provide(Tick.layer(jobs), SqlJobStore.layerSqlite({ filename })))),
        Logger.withMinimumLogLevel(LogLevel.None)
      )
    }).pipe(Effect.provide(TestTime.layer({ start: end })))
  )

  it.scoped("fails where a table or a column was dropped, and names it", () =>
    Effect.gen(function* () {
      for (const [sql, name] of [
        ["DROP TABLE job_baseline", "job_baseline"],
        ["ALTER TABLE job_control DROP COLUMN why", "why"],
        ["DROP TABLE tickwork_migrations", "tickwork_migrations"]
      ] as const) {
        const filename = yield* file
        const examining = Effect.flatMap(SqlClient.SqlClient, (client) => Effect.zipRight(client.unsafe(sql), examined))
        const error = yield* Effect.flip(onFile(filename, examining))
        assert.include(error, { _tag: "StoreError" })
        assert.include(error.message, name)
      }
    }).pipe(Effect.provide(TestTime.layer({ start: end })))
  )

  it("has one line of text and one of cure for every code, which name the instance", () => {
    const facts = { field: "totalRuns", set: ["claimOwner"], missing: ["claimedAt"], at: 0, claimedAt: 0, now: 0 }
    for (const code of Doctor.codes) {
      const at = { jobName: "sync", key: "peer 1", seq: null }
      const finding = { ...at, code, severity: severities[code], found: facts }
      assert.match(Doctor.toText(finding), /^instance "peer 1" of job "sync": \S[^\n]{10,}$/)
      assert.match(Doctor.cure(finding), /^[^\n]{10,}$/)
    }
  })

  it("names the cure of a value by its table: an instance is forgotten, another row is deleted", () => {
    const cureOf = (table: string) =>
      Doctor.cure({
        ...{ jobName: "sync", key: "", seq: null, code: "unreadable-value", severity: "error" },
        found: { table, column: "seq", reason: "it is out of range" }
      })
    for (const table of ["job_state", "job_entry", "app_job_baseline"])
      assert.include(cureOf(table), "forget the instance")
    for (const table of ["job_control", "job_definition", "job_process"])
      assert.include(cureOf(table), "delete the row")
  })
})

Postgres.describeOnPostgres("the doctor on PostgreSQL", () => {
  it.scoped("finds nothing wrong with what real jobs have left behind, and what is planted", () =>
    Effect.gen(function* () {
      const url = Redacted.make(yield* Postgres.schema)
      yield* lived(PgJobStore.layerPg({ url }))
      const existing = PgJobStore.layerExisting({ url, access: "read" })
      const [clock, ...others] = yield* Effect.provide(examined, existing)
      assert.deepStrictEqual(others.map(Doctor.toText), [])
      assert.match(Doctor.toText(clock ?? assert.fail()), /^the database's clock is \d+ ms (ahead of|behind) the clock/)
      assert.deepStrictEqual(yield* Effect.provide(Effect.withClock(examined, Clock.make()), existing), [])
      const expected = ["clock-differs"]
      const isForSqlite = /a text where a number belongs|from the end of a log|older than its log/
      yield* Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const [seen, own] = [new Set<string>(), planted.filter(({ promise }) => !isForSqlite.test(promise))]
        for (const { found, sql: texts } of own) {
          // one fault for each code and instance, since one may hide another
          if (found.some((finding) => seen.has(finding.split(" ")[1] ?? ""))) continue
          for (const text of texts) yield* sql.unsafe(text)
          for (const finding of found) seen.add(finding.split(" ")[1] ?? "")
          expected.push(...found)
        }
      }).pipe(Effect.provide(Postgres.client(Redacted.value(url))))
      assert.sameMembers([...new Set(told(yield* Effect.provide(examined, existing)))], expected)
    }).pipe(Effect.provide(TestTime.layer({ start })))
  )
})
