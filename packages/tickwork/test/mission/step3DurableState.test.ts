import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Data, Effect, Fiber, Redacted } from "effect"
import { Job, Jobs } from "tickwork"
import * as ErrorText from "../../src/internal/engine/ErrorText.ts"
import { makeLog } from "../support/log.ts"

class LoginFailed extends Data.TaggedError("LoginFailed")<{ user: string; password: Redacted.Redacted }> {}

const hourly = Job.every("1 hour")
const selfInterruption = Effect.withFiberRuntime<never>((fiber) =>
  Effect.zipRight(Fiber.interrupt(fiber), Effect.never)
)

const endings = {
  "an error": { end: Effect.fail(new Error("offline")), status: "error", error: "Error: offline" },
  "a defect": { end: Effect.die(new TypeError("x is undefined")), status: "error", error: "TypeError: x is undefined" },
  "an interruption of itself": { end: Effect.interrupt, status: "interrupted", error: "interrupted" },
  "an interruption of its own fiber": { end: selfInterruption, status: "interrupted", error: "interrupted" }
} as const

describe("step 3, durable state", () => {
  it.effect("a job's row holds every column that was promised", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const job = work.job("sync_send", "3 seconds").pipe(Job.every("1 minute"))
      const { store, tick, time } = yield* Bench.open(Jobs.make(job))
      yield* time.advance("10 seconds")
      const pass = yield* Bench.fork(tick.once)
      yield* time.advance("3 seconds")
      yield* pass

      assert.deepInclude(yield* store.state("sync_send"), {
        jobName: "sync_send",
        lastRunAt: Bench.start + 10_000,
        lastDurationMs: 3000,
        lastStatus: "success",
        lastError: null,
        totalRuns: 1,
        totalErrors: 0,
        createdAt: Bench.start,
        updatedAt: Bench.start + 13_000
      })
    }).pipe(Bench.run)
  )

  it.effect("a job's row survives restarts and goes on counting", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = Jobs.make(work.job("purge_expired", 0, Effect.fail("disk full")).pipe(hourly, Bench.withoutRetry))
      const { store, tick, time } = yield* Bench.open(jobs)
      yield* tick.once
      const before = yield* store.state("purge_expired")

      const restarted = yield* Bench.open(jobs, { store })
      assert.deepStrictEqual(yield* store.state("purge_expired"), before)
      yield* time.advance("1 hour")
      yield* restarted.tick.once
      const { createdAt, totalErrors, totalRuns } = yield* store.state("purge_expired")
      assert.deepStrictEqual([totalRuns, totalErrors, createdAt], [2, 2, Bench.start])
    }).pipe(Bench.run)
  )

  it.effect("history can be queried by job, status, time and number of lines, the newest first", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      let attempts = 0
      const flaky = Effect.suspend(() => (++attempts % 2 === 0 ? Effect.fail("offline") : Effect.void))
      const { store, tick, time } = yield* Bench.open(
        Jobs.make(
          work.job("sync_send", 0, flaky).pipe(hourly, Bench.withoutRetry),
          work.job("purge_expired").pipe(hourly)
        )
      )
      for (let n = 0; n < 4; n++) yield* Effect.zipRight(tick.once, time.advance("1 hour"))

      const hours = (runs: ReadonlyArray<{ readonly startedAt: number }>) =>
        runs.map((run) => (run.startedAt - Bench.start) / Bench.hour)
      const [from, to] = [Bench.start + Bench.hour, Bench.start + 3 * Bench.hour]
      assert.deepStrictEqual(hours(yield* store.entries({ jobName: "sync_send" })), [3, 2, 1, 0])
      assert.deepStrictEqual(hours(yield* store.entries({ status: "error" })), [3, 1])
      assert.deepStrictEqual(hours(yield* store.entries({ jobName: "purge_expired", from, to })), [2, 1])
      assert.deepStrictEqual(hours(yield* store.entries({ limit: 3 })), [3, 3, 2])
    }).pipe(Bench.run)
  )

  it.effect.each(Object.entries(endings))(
    "%s is recorded as such, is logged with the job's name, and stops no other job",
    ([, { end, error, status }]) => {
      const log = makeLog()
      return Effect.gen(function* () {
        const work = Bench.makeWork()
        const bad = work.job("bad", 0, end).pipe(hourly, Job.priority(1))
        const { store, tick } = yield* Bench.open(Jobs.make(bad, work.job("good").pipe(hourly)))
        const runs = yield* tick.once
        assert.deepStrictEqual(
          runs.map((run) => [run.jobName, run.status, run.error]),
          [
            ["bad", status, error],
            ["good", "success", null]
          ]
        )
        const { lastError, lastStatus, totalErrors } = yield* store.state("bad")
        assert.deepStrictEqual([lastStatus, lastError, totalErrors], [status, error, 1])
        // the cause follows, with its stack
        const said = `Job "bad" ended as ${status}: ${error}`
        const lines = log.lines.map((line) => ({ ...line, text: line.text.slice(0, said.length) }))
        assert.deepStrictEqual(lines, [{ text: said, level: "Error", job: "bad" }])
      }).pipe(Bench.run, Effect.provide(log.layer))
    }
  )

  it.effect.each(Object.entries(endings))("%s does not stop the daemon", ([, { end }]) =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const { time } = yield* Bench.daemonOf(
        Jobs.make(work.job("bad", 0, end).pipe(Job.every("1 minute"), Bench.withoutRetry))
      )
      yield* time.advance("5 minutes")
      assert.deepStrictEqual(
        work.starts("bad"),
        [0, 1, 2, 3, 4, 5].map((n) => n * Bench.minute)
      )
    }).pipe(Bench.run)
  )

  it.effect("a secret in an error stays hidden in last_error, history, log messages and events", () => {
    const log = makeLog()
    return Effect.gen(function* () {
      const work = Bench.makeWork()
      const failure = Effect.fail(new LoginFailed({ user: "ada", password: Redacted.make("hunter2") }))
      const bench = yield* Bench.open(Jobs.make(work.job("login", 0, failure).pipe(hourly)))
      const runs = yield* bench.tick.once
      yield* bench.time.settle
      const { lastError } = yield* bench.store.state("login")
      assert.strictEqual(lastError, 'LoginFailed: {"user":"ada","password":"<redacted>"}')
      assert.include(log.lines[0]?.text ?? "", "<redacted>")
      assert.strictEqual(bench.events.length, 2)
      assert.notInclude(JSON.stringify([lastError, runs, yield* bench.store.log, log.lines, bench.events]), "hunter2")
    }).pipe(Bench.run, Effect.provide(log.layer))
  })

  it.effect("last_error is kept to its greatest length, in the row and in the history alike", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const job = work.job("verbose", 0, Effect.fail("no ".repeat(5000))).pipe(hourly)
      const { store, tick } = yield* Bench.open(Jobs.make(job))
      const [run] = yield* tick.once
      assert.strictEqual(run?.error?.length, ErrorText.maxLength)
      assert.strictEqual((yield* store.state("verbose")).lastError, run?.error)
    }).pipe(Bench.run)
  )
})
