/**
 * The command line on rows that hold what no run of Tickwork writes: every command answers, and shows such a row as one.
 */
import { NodeContext } from "@effect/platform-node"
import { SqlClient } from "@effect/sql"
import { SqliteClient } from "@effect/sql-sqlite-node"
import { assert, describe, it } from "@effect/vitest"
import * as Postgres from "@tickwork/test-support/Postgres"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect, Exit } from "effect"
import * as Filled from "./support/Filled.ts"
import * as InProcess from "./support/InProcess.ts"

const values: ReadonlyArray<readonly [what: string, value: unknown]> = [
  ["bytes", Buffer.from([0x1b, 0x5d, 0xff])],
  ["junk", "junk"],
  ["an empty object", "{}"],
  ["deep JSON", `{"value":${"[".repeat(2000)}${"]".repeat(2000)}}`],
  ["a number that is too large", Number.MAX_SAFE_INTEGER],
  ["a negative number", -1]
]

const commands: ReadonlyArray<ReadonlyArray<string>> = [
  ["status"],
  ["status", "--json"],
  ["history"],
  ["show", "sync_send#2"],
  ["next"],
  ["explain", "sync_send"],
  ["stats"],
  ["timeline", "--since", new Date(Filled.start).toISOString(), "--until", new Date(Filled.end).toISOString()],
  ["doctor"],
  ["prune", "--keep", "1000"],
  ["pause", "sync_send", "--wait", "0s"]
]

/** Success, and what is not found or is found by the doctor. */
const answers = [0, 1]

const ofJob = "job_name = 'sync_send'"
const ofInstance = `instance = (SELECT id FROM job_state WHERE ${ofJob})`

/** Each table with the rows that are struck, and how often at least a command says that something cannot be read. */
const tables = [
  { table: "job_state", where: ofJob, least: 300 },
  { table: "job_entry", where: ofInstance, least: 150 },
  { table: "job_control", where: ofJob, least: 30 },
  { table: "job_baseline", where: ofInstance, least: 7 },
  { table: "job_definition", where: ofJob, least: 10 },
  { table: "job_process", where: "owner = 'another'", least: 10 }
]

/** A row for each table that the run of the fixture leaves empty. */
const completed = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql.unsafe(`INSERT INTO job_control (partition, verb, job_name, key, at, "by", why, due_at, payload)
    VALUES (0, 'trigger', 'sync_send', '', ${Filled.end}, 'alice', 'now', NULL, NULL)`)
  yield* sql.unsafe(
    `INSERT INTO job_process (owner, beat, every_ms, at, definitions) VALUES ('another', 1, 60000, ${Filled.end}, '[]')`
  )
  yield* sql.unsafe(`INSERT INTO job_baseline (instance, seq, state) SELECT id, 1, '{}' FROM job_state WHERE ${ofJob}`)
})

/** Strikes each column of a table in turn, runs every command, and puts the rows back. */
const strike = (db: string, { least, table, where }: (typeof tables)[number]) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* completed
    for (const { table } of tables) yield* sql.unsafe(`CREATE TABLE kept_${table} AS SELECT * FROM ${table}`)
    const [row = {}] = yield* sql.unsafe(`SELECT * FROM ${table} WHERE ${where}`)
    let shown = 0
    for (const column of Object.keys(row).filter((name) => name !== "id" && name !== "instance"))
      for (const [what, value] of values) {
        const striking = sql`UPDATE ${sql(table)} SET ${sql(column)} = ${value as string} WHERE ${sql.unsafe(where)}`
        // the database itself refuses it
        if (Exit.isFailure(yield* Effect.exit(striking))) continue
        for (const command of commands) {
          const { code, errors, output } = yield* InProcess.run(...command, "--db", db)
          assert.include(answers, code, `${command.join(" ")}, ${what} in ${table}.${column}: ${errors}`)
          if (`${errors}${output}`.includes("cannot be read")) shown += 1
        }
        for (const { table } of tables) {
          yield* sql.unsafe(`DELETE FROM ${table}`)
          yield* sql.unsafe(`INSERT INTO ${table} SELECT * FROM kept_${table}`)
        }
      }
    assert.isAtLeast(shown, least, table)
  })

const timeoutMs = 600_000

describe("the command line on rows of a SQLite file that cannot be read", () => {
  for (const one of tables)
    it.scopedLive(
      `answers each command: every column of ${one.table}`,
      () =>
        Effect.gen(function* () {
          const db = yield* TemporaryFile.make
          yield* Filled.sqlite(db)
          yield* Effect.provide(strike(db, one), SqliteClient.layer({ filename: db }))
        }).pipe(Effect.provide(NodeContext.layer)),
      timeoutMs
    )
})

Postgres.describeOnPostgres("the command line on rows of a PostgreSQL database that cannot be read", () => {
  for (const one of tables)
    it.scopedLive(
      `answers each command: every column of ${one.table}`,
      () =>
        Effect.gen(function* () {
          const db = yield* Postgres.schema
          yield* Filled.postgres(db)
          yield* Effect.provide(strike(db, one), Postgres.client(db, 1))
        }).pipe(Effect.provide(NodeContext.layer)),
      timeoutMs
    )
})
