/**
 * Requests from the command line to a running application, and its log meanwhile.
 */
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { SqlJobStore } from "@tickwork/sql"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Context, Effect, Layer, Logger, Schedule, Stream } from "effect"
import { Job, Jobs, type Run, Tick } from "tickwork"
import * as Program from "./support/Program.ts"
import * as Verbs from "./support/Verbs.ts"

const later = Job.make("later", Effect.void).pipe(Job.schedule(Schedule.spaced("1 hour")))

/** An application with one job that is due in an hour, and that watches for requests. */
const application = (filename: string, job: Job.Job<string, unknown, unknown, never> = later) =>
  Effect.gen(function* () {
    const store = SqlJobStore.layerSqlite({ filename })
    const live = Layer.provide(Tick.layer(Jobs.make(job), { watch: "100 millis" }), store)
    const tick = Context.get(yield* Layer.build(live), Tick.Tick)
    yield* Effect.forkScoped(tick.run)
    return tick
  }).pipe(Effect.provide(Logger.remove(Logger.defaultLogger)))

const wait = ["--wait", "60s"]

describe("a running application", () => {
  it.scopedLive("carries out pause, trigger and resume, and logs who requested them", () =>
    Effect.gen(function* () {
      const db = yield* TemporaryFile.make
      yield* application(db)
      const paused = yield* Program.run("pause", "later", "--db", db, "--by", "ada", "--why", "it rains", ...wait)
      assert.match(paused.output, /^later: paused after /)
      const { answer } = yield* Program.json("status", "later", "--db", db)
      assert.strictEqual(answer.jobs[0].state, "paused")
      assert.match(answer.jobs[0].detail, /by ada: it rains$/)

      const triggered = yield* Program.json("trigger", "later", "--db", db, "--by", "ada", ...wait)
      assert.isAtLeast(triggered.answer.doneAt, triggered.answer.at)
      assert.match((yield* Program.run("resume", "later", "--db", db, ...wait)).output, /^later: resumed after /)

      const { answer: log } = yield* Program.json("history", "--db", db, "--status", "control")
      const reasons = log.entries.map(({ reason }: { readonly reason: string }) =>
        reason.replace(/^resumed by .*/, "resumed")
      )
      assert.deepStrictEqual(reasons, ["resumed", "triggered by ada", "paused by ada: it rains"])
    }).pipe(Effect.provide(NodeContext.layer))
  )

  it.scopedLive("makes up for planned times that it has listed, and history, explain and show tell of it", () =>
    Effect.gen(function* () {
      const db = yield* TemporaryFile.make
      const body = (run: Run.Run) => (run.trigger === "manual" ? Effect.void : Effect.never)
      yield* application(db, Job.make("report", body).pipe(Job.cron("0 0 * * *", "UTC")))
      const command = ["backfill", "report", "--from", "3d", "--db", db] as const
      const listed = yield* Program.run(...command)
      assert.match(
        listed.output,
        /to run\n.*to run\n.*to run\n\nreport: 3 planned times to run\. With --yes they are run\.\n$/
      )
      const { answer: preview } = yield* Program.json(...command)
      assert.deepStrictEqual([preview.times.length, preview.keys], [3, []])
      const { output } = yield* Program.run(...command, "--yes", "--by", "ada", ...wait)
      assert.match(
        output,
        /^report: 3 planned times taken after .*\.\nTo cancel: tickwork cancel report --key @backfill-/
      )
      const success = Effect.map(
        Program.json("history", "--db", db, "--status", "success"),
        ({ answer }) => answer.entries
      )
      const entries = yield* Effect.repeat(Effect.delay(success, "50 millis"), {
        until: (entries: ReadonlyArray<unknown>) => entries.length === 3
      })
      const [newest] = entries
      assert.strictEqual(newest.verdict, "backfilled")
      assert.match((yield* Program.run("history", "--db", db)).output, /backfilled/)
      assert.match(
        (yield* Program.run("show", `report//${newest.scheduledAt}/manual`, "--db", db)).output,
        /report\/@backfill-[\s\S]*trigger +manual/
      )
      const explained = yield* Program.run("explain", "report", "--key", newest.key, "--db", db)
      assert.match(explained.output, /has finished: no further run is planned/)
      const again = yield* Program.json(...command, "--yes", ...wait)
      assert.deepStrictEqual(
        [again.answer.keys, again.answer.times.map(({ standing }: { readonly standing: string }) => standing)],
        [[], ["succeeded", "succeeded", "succeeded"]]
      )
    }).pipe(Effect.provide(NodeContext.layer))
  )

  it.scopedLive("refuses a backfill of what its code alone can tell, with the cure", () =>
    Effect.gen(function* () {
      const db = yield* TemporaryFile.make
      yield* application(db)
      const refused = yield* Program.run("backfill", "later", "--from", "3d", "--db", db)
      assert.strictEqual(refused.code, 2)
      assert.match(refused.errors, /cadence must be Job.every, Job.cron or Job.at, got .*Trigger the job/)
      const missing = yield* Program.run("backfill", "later", "--db", db)
      assert.match(missing.errors, /--from/)
    }).pipe(Effect.provide(NodeContext.layer))
  )

  it.scopedLive("enqueues, retries, cancels, pauses many and forgets, and the log says who", () =>
    Effect.gen(function* () {
      const filename = yield* TemporaryFile.make
      yield* Verbs.check(filename, SqlJobStore.layerSqlite({ filename }))
    }).pipe(Effect.provide(NodeContext.layer))
  )

  it.scopedLive("is named by explain, with a newer release that runs the job in its place", () =>
    Effect.gen(function* () {
      const db = yield* TemporaryFile.make
      yield* application(db)
      const before = (yield* Program.json("explain", "later", "--db", db)).answer.processes
      assert.deepStrictEqual(
        before.map(({ pid, runs }: { readonly pid: number; readonly runs: boolean }) => ({ pid, runs })),
        [{ pid: process.pid, runs: true }]
      )
      yield* application(db, Job.version(later, 2))
      const { answer } = yield* Program.json("explain", "later", "--db", db)
      assert.deepStrictEqual(
        answer.processes.map(({ runs }: { readonly runs: boolean }) => runs),
        [true, false]
      )
      assert.strictEqual(answer.processes[1].owner, before[0].owner)
    }).pipe(Effect.provide(NodeContext.layer))
  )

  it.scopedLive("runs a job beside one that differs by its former name alone", () =>
    Effect.gen(function* () {
      const db = yield* TemporaryFile.make
      yield* application(db)
      yield* application(db, Job.renamedFrom(later, "earlier"))
      const { answer } = yield* Program.json("explain", "later", "--db", db)
      assert.deepStrictEqual(
        answer.processes.map(({ runs }: { readonly runs: boolean }) => runs),
        [true, true]
      )
    }).pipe(Effect.provide(NodeContext.layer))
  )

  it.scopedLive("is not there: a request stays pending, and the answer says that none is known", () =>
    Effect.gen(function* () {
      const db = yield* TemporaryFile.make
      yield* Effect.scoped(application(db))
      const { output } = yield* Program.run("trigger", "later", "--db", db, "--wait", "0s")
      assert.match(output.replaceAll(/\s+/g, " "), /is pending\. No process that has this job is known to run/)
    }).pipe(Effect.provide(NodeContext.layer))
  )

  it.scopedLive("is followed entry by entry until the follower is interrupted", () =>
    Effect.gen(function* () {
      const db = yield* TemporaryFile.make
      const tick = yield* application(db)
      // new entries come until the follower, which does not say when it starts, has seen one
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
