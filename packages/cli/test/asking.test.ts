/**
 * What is asked from the command line while an application runs, and what is seen of it meanwhile.
 */
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { SqlJobStore } from "@tickwork/sql"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Context, Effect, Layer, Logger, Schedule, Stream } from "effect"
import { Job, Jobs, Tick } from "tickwork"
import * as Program from "./support/Program.ts"

const later = Job.make("later", Effect.void).pipe(Job.schedule(Schedule.spaced("1 hour")))

/** An application that has one job in an hour's time, and hears of what others ask. */
const application = (filename: string) =>
  Effect.gen(function* () {
    const store = SqlJobStore.layerSqlite({ filename })
    const live = Layer.provide(Tick.layer(Jobs.make(later), { watch: "100 millis" }), store)
    const tick = Context.get(yield* Layer.build(live), Tick.Tick)
    yield* Effect.forkScoped(tick.run)
    return tick
  }).pipe(Effect.provide(Logger.remove(Logger.defaultLogger)))

const wait = ["--wait", "60s"]

describe("from the command line, a running application", () => {
  it.scopedLive("is told to pause, to trigger and to resume, which it does and the log tells", () =>
    Effect.gen(function* () {
      const db = yield* TemporaryFile.make
      yield* application(db)
      const paused = yield* Program.run("pause", "later", "--db", db, "--by", "ada", "--why", "it rains", ...wait)
      assert.match(paused.output, /^later: paused after /)
      const { answer } = yield* Program.json("status", "later", "--db", db)
      assert.strictEqual(answer.jobs[0].condition, "paused")
      assert.match(answer.jobs[0].matter, /by ada: it rains$/)

      const triggered = yield* Program.json("trigger", "later", "--db", db, "--by", "ada", ...wait)
      assert.isAtLeast(triggered.answer.doneAt, triggered.answer.at)
      assert.match((yield* Program.run("resume", "later", "--db", db, ...wait)).output, /^later: resumed after /)

      const { answer: log } = yield* Program.json("history", "--db", db, "--status", "control")
      const reasons = log.lines.map(({ reason }: { readonly reason: string }) =>
        reason.replace(/^resumed by .*/, "resumed")
      )
      assert.deepStrictEqual(reasons, ["resumed", "triggered by ada", "paused by ada: it rains"])
    }).pipe(Effect.provide(NodeContext.layer))
  )

  it.scopedLive("is followed line by line, until whoever follows it is interrupted", () =>
    Effect.gen(function* () {
      const db = yield* TemporaryFile.make
      const tick = yield* application(db)
      // nothing tells when it has begun to follow: there is something new until it has
      yield* Effect.forkScoped(
        Effect.repeat(Effect.provideService(Tick.trigger(later), Tick.Tick, tick), Schedule.spaced("200 millis"))
      )
      const following = yield* Program.start("watch", "--db", db, "--json")
      const [first] = yield* following.stdout.pipe(
        Stream.decodeText(),
        Stream.splitLines,
        Stream.take(1),
        Stream.runCollect
      )
      assert.strictEqual(JSON.parse(first ?? "").job, "later")
      yield* Effect.fork(following.kill("SIGINT"))
      assert.strictEqual(yield* following.exitCode, 0)
    }).pipe(Effect.provide(NodeContext.layer))
  )
})
