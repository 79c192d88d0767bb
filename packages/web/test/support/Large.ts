/**
 * A file with very many instances and a very long log: a tick writes a few rows, and SQL makes many of them.
 */
import { SqlClient } from "@effect/sql"
import { SqliteClient } from "@effect/sql-sqlite-node"
import { SqlJobStore } from "@tickwork/sql"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect, Layer } from "effect"
import { Job, Jobs, Tick } from "tickwork"

const plain = 50

const intervalMs = 5000

/** Its last runs are older than those of all others. */
const rare = "rare"

const jobs = Jobs.make(
  Job.make("deliver", { keys: Effect.succeed(["k0"]) }, () => Effect.void).pipe(Job.every("1 hour")),
  ...Array.from({ length: plain }, (_, index) => Job.make(`job_${index}`, Effect.void).pipe(Job.every("1 hour"))),
  Job.make(rare, Effect.void).pipe(Job.every("1 day"))
)

/** Rows of a table, each made of another one with some columns changed; `i` counts from 1. */
const multiply = (
  table: string,
  count: number,
  changed: Readonly<Record<string, string>>,
  where: string
): Effect.Effect<void, unknown, SqlClient.SqlClient> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const columns = yield* sql<{ readonly name: string }>`SELECT name FROM pragma_table_info(${table})`
    const names = columns.map(({ name }) => name).filter((name) => name !== "id")
    const list = names.map((name) => `"${name}"`).join(", ")
    const values = names.map((name) => changed[name] ?? `"${name}"`).join(", ")
    yield* sql.unsafe(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
       INSERT INTO ${table} (${list}) SELECT ${values} FROM ${table}, n WHERE ${where}`
    )
  })

/** The file of `instances` keys of one job, and of a log of `entries` of fifty others. */
export const make = ({ entries, instances }: { readonly entries: number; readonly instances: number }) =>
  Effect.gen(function* () {
    const filename = yield* TemporaryFile.make
    yield* Tick.once.pipe(
      Effect.provide(Layer.provide(Tick.layer(jobs), SqlJobStore.layerSqlite({ filename }))),
      Effect.scoped
    )
    const each = Math.round(entries / plain)
    yield* Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* multiply("job_state", instances - 1, { key: "'k' || i" }, "job_name = 'deliver' AND key = 'k0'")
      const ofPlain = `instance IN (SELECT id FROM job_state WHERE job_name NOT IN ('deliver', '${rare}'))`
      yield* sql.unsafe(`UPDATE job_entry SET seq = ${each} WHERE ${ofPlain}`)
      const earlier = (column: string) => `${column} - i * ${intervalMs}`
      yield* multiply(
        "job_entry",
        each - 1,
        {
          seq: "seq - i",
          started_at: earlier("started_at"),
          last_at: earlier("last_at"),
          scheduled_at: earlier("scheduled_at"),
          ended_at: earlier("ended_at")
        },
        `seq = ${each} AND ${ofPlain}`
      )
      yield* sql.unsafe(`UPDATE job_state SET seq = ${each} WHERE job_name NOT IN ('deliver', '${rare}')`)
      yield* sql.unsafe(
        `UPDATE job_entry SET started_at = ${earlier("started_at").replace("i", String(each))}
         WHERE instance IN (SELECT id FROM job_state WHERE job_name = '${rare}')`
      )
    }).pipe(Effect.provide(SqliteClient.layer({ filename })))
    return filename
  })
