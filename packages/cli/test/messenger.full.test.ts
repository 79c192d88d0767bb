/**
 * The example application and the program as processes of their own: neither knows the code of the other.
 */
import { Command } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import * as Bundle from "@tickwork/test-support/Bundle"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect, Queue, Stream } from "effect"
import * as Program from "./support/Program.ts"

const messenger = Bundle.of(new URL("../../../examples/messenger/src/main.ts", import.meta.url))

/** The lines that the application prints: one for each run. */
const application = (db: string) =>
  Effect.gen(function* () {
    const command = Command.make(process.execPath, yield* messenger, "--db", db)
    const { stdout } = yield* Command.start(Command.env(command, { NODE_OPTIONS: "" }))
    const lines = yield* Queue.unbounded<string>()
    yield* stdout.pipe(
      Stream.decodeText(),
      Stream.splitLines,
      Stream.runForEach((line) => Queue.offer(lines, line)),
      Effect.ensuring(Queue.shutdown(lines)),
      Effect.forkScoped
    )
    return lines
  })

const lineOf = (lines: Queue.Dequeue<string>, job: string) =>
  Effect.repeat(Queue.take(lines), { until: (line) => line.includes(` ${job} `) })

interface Entry {
  readonly status: string
  readonly reason: string | null
  readonly startedAt: number
}

describe("beside the messenger", () => {
  it.scopedLive(
    "a pause is in its log, with who and why, and no run starts after it",
    () =>
      Effect.gen(function* () {
        const db = yield* TemporaryFile.make
        const lines = yield* application(db)
        yield* lineOf(lines, "write_messages")
        const { answer: paused } = yield* Program.json(
          ...["pause", "write_messages", "--db", db, "--by", "ada", "--why", "the disk is slow", "--wait", "60s"]
        )
        yield* Queue.takeAll(lines)
        // two runs of a job that recurs every 5 seconds: a job that recurs every 3 seconds would have run between them
        yield* lineOf(lines, "sync_send")
        yield* lineOf(lines, "sync_send")

        const { answer } = yield* Program.json("history", "write_messages", "--db", db, "--limit", "100")
        const entries: ReadonlyArray<Entry> = answer.entries
        const [control, ...others] = entries.filter(({ status }) => status === "control")
        assert.deepStrictEqual(others, [])
        const at = control?.startedAt ?? 0
        assert.match(control?.reason ?? "", /^paused by ada: the disk is slow/)
        assert.isAtLeast(at, paused.at)
        assert.isAtMost(at, paused.doneAt)
        assert.deepStrictEqual(
          entries.filter(({ startedAt }) => startedAt > at),
          []
        )
      }).pipe(Effect.provide(NodeContext.layer)),
    180_000
  )
})
