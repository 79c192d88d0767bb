/**
 * The example application as a process of its own, and the program beside it: neither knows the code of the other.
 */
import { fileURLToPath } from "node:url"
import { Command } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Deferred, Effect, Stream } from "effect"
import * as Program from "./support/Program.ts"

const messenger = fileURLToPath(new URL("../../../examples/messenger/src/main.ts", import.meta.url))

/** It is at work once it has told its first run in a line; all that it tells is read, since it ends with its reader. */
const application = (db: string) =>
  Effect.gen(function* () {
    const started = yield* Command.make(
      process.execPath,
      ...["--conditions=tickwork-source", "--import", "tsx", messenger, "--db", db]
    ).pipe(Command.env({ NODE_OPTIONS: "" }), Command.start)
    const isAtWork = yield* Deferred.make<void, string>()
    yield* started.stdout.pipe(
      Stream.decodeText(),
      Stream.splitLines,
      Stream.runForEach((line) => (/success/.test(line) ? Deferred.succeed(isAtWork, undefined) : Effect.void)),
      Effect.zipRight(Deferred.fail(isAtWork, "the messenger ended before its first run")),
      Effect.forkScoped
    )
    yield* Deferred.await(isAtWork)
  })

/** It looks every second, and a machine that other tests keep busy lets it look a little later. */
const soonMs = 2000

interface Line {
  readonly job: string
  readonly status: string
  readonly reason: string | null
  readonly startedAt: number
}

describe("beside the messenger", () => {
  it.scopedLive("a pause is in its log soon after it was asked for, with who and why, and nothing runs after it", () =>
    Effect.gen(function* () {
      const db = yield* TemporaryFile.make
      yield* application(db)
      const { answer: paused } = yield* Program.json(
        ...["pause", "write_messages", "--db", db, "--by", "ada", "--why", "the disk is slow", "--wait", "20s"]
      )
      const { answer } = yield* Program.json("history", "write_messages", "--db", db, "--limit", "100")
      const lines: ReadonlyArray<Line> = answer.lines

      const control = lines.find(({ reason }) => reason?.startsWith("paused by ada: the disk is slow") === true)
      assert.strictEqual(control?.status, "control")
      const at = control?.startedAt ?? 0
      assert.isAtLeast(at, paused.at)
      assert.isAtMost(at - paused.at, soonMs)
      assert.deepStrictEqual(
        lines.filter(({ startedAt }) => startedAt > at),
        []
      )
    }).pipe(Effect.provide(NodeContext.layer))
  )
})
