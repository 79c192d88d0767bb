/**
 * No control character of a database reaches the terminal, whatever type it has there and whatever the command finds.
 */
import * as fs from "node:fs"
import { NodeContext } from "@effect/platform-node"
import { SqlClient } from "@effect/sql"
import { SqliteClient } from "@effect/sql-sqlite-node"
import { assert, describe, it } from "@effect/vitest"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Console, Effect, Exit } from "effect"
import * as CliError from "../src/CliError.ts"
import * as Cells from "../src/render/Cells.ts"
import * as FieldList from "../src/render/FieldList.ts"
import * as Filled from "./support/Filled.ts"
import * as InProcess from "./support/InProcess.ts"

/** A title, a bell and a cleared screen; a line that hides the one before; a right-to-left mark. */
const hostile = "\u001b]0;PWN\u0007\u001b[2J\rall is well\u202e\u009b31m"

const raw = /[^\P{C}\n]/u

const commands: ReadonlyArray<ReadonlyArray<string>> = [
  ["status"],
  ["history"],
  ["history", "--json"],
  ["show", "sync_send#2"],
  ["show", "sync_send#2", "--json"],
  ["next"],
  ["explain", "sync_send"],
  ["explain", "sync_send", "--json"],
  ["stats"],
  ["timeline", "--since", new Date(Filled.start).toISOString(), "--until", new Date(Filled.end).toISOString()],
  ["doctor"],
  ["prune", "--older-than", "30d"]
]

const change = (filename: string, statement: string, value: unknown) =>
  Effect.provide(
    Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe(statement, [value])),
    SqliteClient.layer({ filename })
  )

const columns: ReadonlyArray<readonly [table: string, column: string]> = [
  ["job_state", "cadence"],
  ["job_state", "paused"],
  ["job_state", "last_error"],
  ["job_state", "last_duration_ms"],
  ["job_state", "total_runs"],
  ["job_state", "attempt"],
  ["job_state", "claim_owner"],
  ["job_entry", "attempt"],
  ["job_entry", "duration_ms"],
  ["job_entry", "started_at"],
  ["job_entry", "reason"],
  ["job_entry", "status"],
  ["job_entry", "trigger"]
]

describe("a control character of a database", () => {
  for (const [kind, value] of [
    ["text", hostile],
    ["a BLOB", Buffer.from(hostile)]
  ] as const)
    it.scopedLive(`reaches no terminal as ${kind}, in every kind of column`, () =>
      Effect.gen(function* () {
        const filled = yield* TemporaryFile.make
        yield* Filled.sqlite(filled)
        for (const [n, [table, column]] of columns.entries()) {
          const db = `${filled}-${n}`
          fs.copyFileSync(filled, db)
          yield* change(
            db,
            `UPDATE ${table} SET ${column} = ? WHERE ${
              table === "job_entry"
                ? "instance = (SELECT id FROM job_state WHERE job_name = 'sync_send')"
                : "job_name = 'sync_send'"
            }`,
            value
          )
          for (const command of commands) {
            const { errors, output } = yield* InProcess.run(...command, "--db", db)
            const where = `${command.join(" ")}, ${table}.${column}`
            assert.notMatch(output, raw, where)
            assert.notMatch(errors, raw, where)
          }
        }
      }).pipe(Effect.provide(NodeContext.layer))
    )

  it.effect("reaches no terminal in the report of a bug", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const console = { ...(yield* Effect.console), error: (text: string) => Effect.sync(() => lines.push(text)) }
      for (const exit of [
        Exit.die(new SyntaxError(`Unexpected token in ${hostile}`)),
        Exit.fail({ _tag: hostile }),
        Exit.die(hostile)
      ])
        assert.strictEqual(yield* Console.withConsole(CliError.report(exit), console as Console.Console), 70)
      for (const text of lines) {
        assert.match(text, /^This is a bug in tickwork\.\n/)
        assert.match(text, /\\(x|u00)1b\]0;PWN/)
        assert.notMatch(text, raw)
      }
      assert.lengthOf(lines, 3)
    })
  )
})

describe("a value that should have been text", () => {
  it("is shown escaped, whatever it is", () => {
    const hex = "1b5d303b"
    assert.strictEqual(Cells.escape(Buffer.from(hex, "hex")), `x'${hex}'`)
    assert.match(Cells.escape(new Uint8Array(1000)), /^x'0{64}…'$/)
    assert.strictEqual(Cells.escape({ a: "\u001b" }), '{"a":"\\u001b"}')
    for (const [value, text] of [
      [7, "7"],
      [7n, "7"],
      [undefined, "undefined"],
      [null, "null"],
      [Symbol("\u001b"), "Symbol(\\x1b)"]
    ] as const)
      assert.strictEqual(Cells.escape(value), text)
    const circular: { self?: unknown } = {}
    circular.self = circular
    assert.strictEqual(Cells.escape(circular), "object")
    assert.strictEqual(Cells.escape(Object.create(null)), "{}")
  })

  it("is escaped in the name of a field, and in a painted line but for its colours", () => {
    const page = { width: Number.POSITIVE_INFINITY, colors: false }
    assert.deepStrictEqual(
      FieldList.render([{ name: `attempt ${hostile}`, text: "" }], page).filter((line) => raw.test(line)),
      []
    )
    const painted = "\u001b[31mred\u001b[0m \u001b[2J\u0007[31m"
    assert.strictEqual(Cells.escapePainted(painted), "\u001b[31mred\u001b[0m \\x1b[2J\\x07[31m")
  })
})
