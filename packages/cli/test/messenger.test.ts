/**
 * The example application and the program as processes of their own: neither knows the code of the other.
 */
import { Command } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import * as Bundle from "@tickwork/test-support/Bundle"
import * as Eventually from "@tickwork/test-support/Eventually"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect, Stream } from "effect"
import * as Program from "./support/Program.ts"

const messenger = Bundle.of(new URL("../../../examples/messenger/src/main.ts", import.meta.url))

/** Its output is read to the end, since the messenger ends with its reader. */
const application = (db: string) =>
  Effect.gen(function* () {
    const command = Command.make(process.execPath, yield* messenger, "--db", db)
    const started = yield* Command.start(Command.env(command, { NODE_OPTIONS: "" }))
    yield* Effect.forkScoped(Stream.runDrain(started.stdout))
  })

interface Entry {
  readonly status: string
  readonly reason: string | null
  readonly startedAt: number
}

const entriesOf = (db: string, job: string) =>
  Program.json("history", job, "--db", db, "--limit", "100").pipe(
    Effect.map(({ answer }): ReadonlyArray<Entry> => answer.entries),
    // the application has not created the tables or run the job yet
    Effect.orElseSucceed((): ReadonlyArray<Entry> => [])
  )

describe("beside the messenger", () => {
  it.scopedLive("a pause is in its log, with who and why, and no run starts after it", () =>
    Effect.gen(function* () {
      const db = yield* TemporaryFile.make
      yield* application(db)
      const runsAfter = (job: string, at: number) =>
        Effect.map(entriesOf(db, job), (entries) =>
          entries.filter(({ startedAt, status }) => status !== "control" && startedAt > at)
        )
      yield* Eventually.isTrue(
        "the messenger writes messages",
        Effect.map(runsAfter("write_messages", 0), (runs) => runs.length > 0)
      )
      const { answer: paused } = yield* Program.json(
        ...["pause", "write_messages", "--db", db, "--by", "ada", "--why", "the disk is slow", "--wait", "60s"]
      )
      const control = (yield* entriesOf(db, "write_messages")).find(({ status }) => status === "control")
      const at = control?.startedAt ?? 0
      assert.match(control?.reason ?? "", /^paused by ada: the disk is slow/)
      assert.isAtLeast(at, paused.at)
      assert.isAtMost(at, paused.doneAt)
      yield* Eventually.isTrue(
        "other jobs go on",
        Effect.map(runsAfter("sync_send", at + 5000), (runs) => runs.length > 0)
      )
      assert.deepStrictEqual(yield* runsAfter("write_messages", at), [])
    }).pipe(Effect.provide(NodeContext.layer))
  )
})
