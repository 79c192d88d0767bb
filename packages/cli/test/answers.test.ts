/**
 * What `--json` prints is what the Schemas of the JSON API say, to the field.
 */
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Answers } from "@tickwork/web/view"
import { Effect, Schema } from "effect"
import * as Filled from "./support/Filled.ts"
import * as Program from "./support/Program.ts"

const answers = [
  [["status"], Answers.Status],
  [["status", "--all", "--limit", "2"], Answers.Status],
  [["history", "--limit", "50"], Answers.History],
  [["show", "sync_send#1"], Answers.Shown],
  [["explain", "purge_expired"], Answers.Explained],
  [["explain", "upload", "--key", "grace"], Answers.Explained],
  [["stats", "--since", "2026-03-28T00:00:00Z"], Answers.Stats]
] as const

describe("tickwork --json", () => {
  it.scopedLive("prints what the Schemas of the answers say, and nothing else", () =>
    Effect.gen(function* () {
      const db = yield* TemporaryFile.make
      yield* Filled.sqlite(db)
      for (const [args, schema] of answers) {
        const { answer, code } = yield* Program.json(...args, "--db", db)
        assert.deepStrictEqual([args, code], [args, 0])
        yield* Schema.decodeUnknown(schema as Schema.Schema<unknown>)(answer, { onExcessProperty: "error" })
      }
    }).pipe(Effect.provide(NodeContext.layer))
  )
})
