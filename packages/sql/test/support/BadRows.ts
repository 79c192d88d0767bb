/**
 * Rows that hold what no run of Tickwork writes: each value in each column of each table, one at a time.
 *
 * After each of them it says what the doctor finds, and what a tick does on the same rows.
 */
import { SqlClient } from "@effect/sql"
import { assert } from "@effect/vitest"
import { Doctor } from "@tickwork/sql"
import { Cause, Clock, Effect, Exit, Schema, Stream } from "effect"
import { Job, JobStore, Jobs, Tick } from "tickwork"
import * as Tables from "../../src/internal/migrations/Tables.ts"
import * as Place from "./Place.ts"

/** A value that a column may hold, and how SQL writes it. */
interface Value {
  readonly what: string
  readonly of: unknown
}

const deep = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`

const texts: ReadonlyArray<Value> = [
  { what: "junk", of: "junk" },
  { what: "nothing", of: "" },
  { what: "a control character", of: "\u001b" },
  { what: "null as JSON", of: "null" },
  { what: "a number as JSON", of: "5" },
  { what: "a text as JSON", of: '"x"' },
  { what: "a list", of: "[]" },
  { what: "an empty object", of: "{}" },
  { what: "a prototype", of: '{"__proto__": {"value": 1}}' },
  { what: "deep JSON", of: deep(2000) },
  { what: "deep JSON as a value", of: `{"value":${deep(2000)}}` }
]

const numbers: ReadonlyArray<Value> = [-1, 0, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER].map((of) => ({
  what: `${of}`,
  of
}))

/** SQLite's columns hold values of every type. */
const ofAnyType: ReadonlyArray<Value> = [
  ...texts,
  ...numbers,
  { what: "bytes", of: Buffer.from([0x1b, 0x5d, 0xff]) },
  { what: "a fraction", of: 1.5 },
  { what: "a huge number", of: 1e300 }
]

const tables = {
  job_state: Tables.stateColumns,
  job_entry: Tables.columnsOfEntry,
  job_control: Tables.controlColumns,
  job_baseline: {
    seq: { kind: "integer", field: "seq", isNullable: false },
    state: { kind: "json", field: "state", isNullable: false }
  },
  job_definition: Tables.definitionColumns,
  job_process: Tables.processColumns
} as const satisfies Record<string, Tables.Columns>

/** Renamed and moved rows are about other instances. */
const named = new Set(["job_state.job_name", "job_control.job_name"])

export interface Case {
  readonly table: keyof typeof tables
  readonly column: string
  readonly value: Value
}

export const cases = (isSqlite: boolean): ReadonlyArray<Case> =>
  Object.entries(tables).flatMap(([table, columns]) =>
    Object.entries(columns).flatMap(([column, { kind }]) =>
      named.has(`${table}.${column}`)
        ? []
        : (isSqlite ? ofAnyType : kind === "integer" ? numbers : texts).map(
            (value): Case => ({ table: table as Case["table"], column, value })
          )
    )
  )

const ofJobs = (...names: ReadonlyArray<string>): string =>
  `instance IN (SELECT id FROM job_state WHERE job_name IN (${names.map((name) => `'${name}'`).join()}))`

const whereOf = (table: Case["table"]): string => {
  if (table === "job_process") return "owner = 'another'"
  return table === "job_entry" || table === "job_baseline" ? ofJobs("broken", "mail") : "job_name IN ('broken', 'mail')"
}

const ran: Array<string> = []
const work = (name: string) => Effect.sync(() => ran.push(name))

const jobs = Jobs.make(
  Job.make("broken", work("broken")).pipe(Job.every("1 hour")),
  Job.make("well", work("well")).pipe(Job.every("1 hour")),
  Job.make("mail", { payload: Schema.Number }, () => work("mail"))
)

const bodies = (place: string) => Effect.provide(Tick.once, Tick.layer(jobs)).pipe(Effect.provide(Place.layer(place)))

/** What one case has come to. */
export interface Outcome {
  /** The columns that the doctor cannot read. */
  readonly unread: ReadonlyArray<string>
  readonly ran: ReadonlyArray<string>
  readonly unreadable: number
}

/** Runs all cases in one database, one after the other, on the same rows. */
export const each = (place: string, all: ReadonlyArray<Case>, check: (one: Case, outcome: Outcome) => void) =>
  Effect.gen(function* () {
    yield* bodies(place)
    const sql = yield* SqlClient.SqlClient
    const names = Object.keys(tables)
    const now = yield* Clock.currentTimeMillis
    // both are due, one was pruned, and a request waits
    yield* sql.unsafe(`UPDATE job_state SET next_at = ${now - 1000}, scheduled_at = ${now - 1000}`)
    const store = yield* JobStore.JobStore
    const [state] = yield* store.get([{ jobName: "broken", key: "" }])
    yield* sql`INSERT INTO job_baseline (instance, seq, state)
      SELECT id, seq, ${JSON.stringify(state)} FROM job_state WHERE job_name = 'broken'`
    yield* sql.unsafe(`DELETE FROM job_entry WHERE ${ofJobs("broken")}`)
    yield* sql.unsafe(`INSERT INTO job_control (partition, verb, job_name, key, at, "by", why, due_at, payload)
      VALUES (0, 'enqueue', 'mail', 'k', ${now}, '', '', ${now}, '{"value":1}')`)
    yield* sql.unsafe(
      `INSERT INTO job_process (owner, beat, every_ms, at, definitions) VALUES ('another', 1, 60000, ${now - 600_000}, '[]')`
    )
    for (const name of names) yield* sql.unsafe(`CREATE TABLE kept_${name} AS SELECT * FROM ${name}`)
    for (const one of all) {
      const { column, table, value } = one
      const where = whereOf(table)
      const damaged = yield* Effect.exit(
        sql`UPDATE ${sql(table)} SET ${sql(column)} = ${value.of as string} WHERE ${sql.unsafe(where)}`
      )
      // the database itself refuses it
      if (Exit.isFailure(damaged)) continue
      ran.length = 0
      const findings = yield* Stream.runCollect(Doctor.examine())
      const unread = [...findings].flatMap(({ code, found }) =>
        code === "unreadable-value" ? [`${found.column}`] : []
      )
      const exit = yield* Effect.exit(
        Effect.provide(
          Effect.zipRight(
            Tick.once,
            Effect.map(Tick.health, ({ unreadable }) => unreadable)
          ),
          Tick.layer(jobs)
        )
      )
      const title = `${table}.${column} holds ${value.what}`
      if (Exit.isFailure(exit)) assert.fail(`${title}: ${Cause.pretty(exit.cause)}`)
      check(one, { unread, ran: [...ran], unreadable: Exit.isSuccess(exit) ? exit.value : 0 })
      for (const name of names) {
        yield* sql.unsafe(`DELETE FROM ${name}`)
        yield* sql.unsafe(`INSERT INTO ${name} SELECT * FROM kept_${name}`)
      }
    }
  }).pipe(Effect.provide(Place.layer(place)))
