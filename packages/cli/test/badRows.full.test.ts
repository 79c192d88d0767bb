/**
 * The command line on rows that hold what no run of Tickwork writes: every command answers, and shows such a row as one.
 */
import * as fs from "node:fs"
import { NodeContext } from "@effect/platform-node"
import { SqlClient } from "@effect/sql"
import { SqliteClient } from "@effect/sql-sqlite-node"
import { assert, describe, it } from "@effect/vitest"
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
  ["doctor"]
]

/** Success, and what is not found or is found by the doctor. */
const answers = [0, 1]

describe("the command line on rows that cannot be read", () => {
  for (const table of ["job_state", "job_entry", "job_control"])
    it.scopedLive(
      `answers each command: every column of ${table}`,
      () =>
        Effect.gen(function* () {
          const filled = yield* TemporaryFile.make
          yield* Filled.sqlite(filled)
          const within = <A, E>(filename: string, use: Effect.Effect<A, E, SqlClient.SqlClient>) =>
            Effect.provide(use, SqliteClient.layer({ filename }))
          const closing = Effect.flatMap(SqlClient.SqlClient, (sql) => sql`PRAGMA wal_checkpoint(TRUNCATE)`)
          yield* within(filled, closing)
          const columns = yield* within(
            filled,
            Effect.flatMap(SqlClient.SqlClient, (sql) => sql`SELECT name FROM pragma_table_info(${table})`)
          )
          let told = 0
          for (const { name } of columns)
            for (const [what, value] of values) {
              if (name === "id") continue
              const db = `${filled}-${name}`
              fs.copyFileSync(filled, db)
              const damaging = Effect.flatMap(
                SqlClient.SqlClient,
                (sql) =>
                  sql`UPDATE ${sql(table)} SET ${sql(String(name))} = ${value as string} WHERE job_name = 'sync_send'`
              )
              if (Exit.isFailure(yield* Effect.exit(within(db, damaging)))) continue
              for (const command of commands) {
                const { code, errors, output } = yield* InProcess.run(...command, "--db", db)
                const where = `${command.join(" ")}, ${what} in ${name}: ${errors}`
                assert.include(answers, code, where)
                if (`${errors}${output}`.includes("cannot be read")) told += 1
              }
            }
          if (table !== "job_control") assert.isAbove(told, 20)
        }).pipe(Effect.provide(NodeContext.layer)),
      600_000
    )
})
