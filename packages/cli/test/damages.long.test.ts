/**
 * The command line on a file with random damages: an answer, or an error of the database; never a bug, never a change.
 */
import * as fs from "node:fs"
import { NodeContext } from "@effect/platform-node"
import { SqlClient } from "@effect/sql"
import { SqliteClient } from "@effect/sql-sqlite-node"
import { assert, describe, it } from "@effect/vitest"
import * as Damage from "@tickwork/test-support/Damage"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect, FastCheck as fc } from "effect"
import * as Filled from "./support/Filled.ts"
import * as InProcess from "./support/InProcess.ts"

const commands: ReadonlyArray<ReadonlyArray<string>> = [
  ["status"],
  ["history", "--limit", "1000"],
  ["show", "upload/grace#2"],
  ["next"],
  ["explain", "sync_send"],
  ["stats"],
  ["timeline", "--since", new Date(Filled.start).toISOString(), "--until", new Date(Filled.end).toISOString()],
  ["doctor"]
]

/** Success; not found, or findings of the doctor; a database that cannot be used. */
const answers = [0, 1, 3]

const cases = 60

const written = Effect.gen(function* () {
  const filename = yield* TemporaryFile.make
  yield* Filled.sqlite(filename)
  const closing = Effect.flatMap(SqlClient.SqlClient, (sql) => sql`PRAGMA wal_checkpoint(TRUNCATE)`)
  yield* Effect.provide(closing, SqliteClient.layer({ filename }))
  return filename
})

describe("the command line", () => {
  it.scopedLive(
    "answers on a damaged file with an exit code of its own, and does not change the file",
    () =>
      Effect.gen(function* () {
        const good = yield* written
        const seen = new Set<number>()
        const damages = fc.sample(fc.oneof(Damage.ofBytes, Damage.ofRows), { numRuns: cases, seed: 3 })
        for (const [n, damage] of damages.entries()) {
          const filename = `${good}-${n}`
          fs.copyFileSync(good, filename)
          yield* Damage.strike(filename, damage)
          const before = fs.readFileSync(filename)
          for (const command of commands) {
            const { code, errors } = yield* InProcess.run(...command, "--db", filename)
            const where = `${command.join(" ")} after ${JSON.stringify(damage)}: ${errors}`
            assert.include(answers, code, where)
            if (code === 3) assert.match(errors, /^tickwork: .*\.\n/, where)
            assert.isTrue(fs.readFileSync(filename).equals(before), where)
            seen.add(code)
          }
        }
        assert.deepStrictEqual([...seen].sort(), answers)
      }).pipe(Effect.provide(NodeContext.layer)),
    300_000
  )
})
