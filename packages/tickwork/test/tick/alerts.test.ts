import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Context, Effect, Exit, Layer, Schedule, Scope } from "effect"
import { Job, JobStore, Jobs, Tick, type TickEvent } from "tickwork"
import { ManualClock } from "tickwork/testing"
import { ending } from "../support/attempts.ts"
import { makeLog } from "../support/log.ts"

const { minute, second } = Bench

/** What is told of failures, in short. */
const alertsOf = (events: ReadonlyArray<TickEvent.TickEvent>) =>
  events.flatMap((event) =>
    event._tag === "Alert" || event._tag === "Recovered" ? [`${event._tag} ${event.jobName} ${event.failures}`] : []
  )

type Told = TickEvent.Alert | TickEvent.Recovered

describe("a job with alertAfter", () => {
  it.effect("is announced once, after the given number of failed instants, and again on recovery", () =>
    Effect.gen(function* () {
      const ends = ["fails", "dies", "fails", "fails", "succeeds", "succeeds", "fails", "fails", "fails"] as const
      const { job } = ending("sync", ...ends)
      const told: Array<readonly [Told, at: number]> = []
      const note = (alert: Told) =>
        Effect.clockWith((clock) => Effect.map(clock.currentTimeMillis, (now) => told.push([alert, now - Bench.start])))
      const bench = yield* Bench.daemonOf(
        Jobs.make(job.pipe(Job.every("1 minute"), Bench.withoutRetry, Job.alertAfter(3))),
        { onAlert: note }
      )
      yield* bench.time.advance("8 minutes")
      const base = { jobName: "sync", key: "" }
      const expected: ReadonlyArray<readonly [Told, number]> = [
        [{ _tag: "Alert", ...base, failures: 3, error: "no luck" }, 2 * minute],
        [{ _tag: "Recovered", ...base, failures: 4 }, 4 * minute],
        [{ _tag: "Alert", ...base, failures: 3, error: "no luck" }, 8 * minute]
      ]
      assert.deepStrictEqual(told, expected)
      assert.deepStrictEqual(
        bench.events.filter((event) => event._tag === "Alert" || event._tag === "Recovered"),
        expected.map(([alert]) => alert)
      )
    }).pipe(Bench.run)
  )

  it.effect("has its instants counted, not its attempts", () =>
    Effect.gen(function* () {
      const { begun, job } = ending("sync", "fails", "fails", "fails", "fails", "fails", "succeeds")
      const twice = Schedule.intersect(Schedule.spaced("1 second"), Schedule.recurs(2))
      const bench = yield* Bench.daemonOf(
        Jobs.make(job.pipe(Job.every("1 minute"), Job.retry(twice), Job.alertAfter(2)))
      )
      yield* bench.time.advance("30 seconds")
      assert.strictEqual(begun.length, 3)
      assert.deepInclude(yield* bench.store.state("sync"), { failures: 1, totalErrors: 3 })
      yield* bench.time.advance("1 minute")
      assert.strictEqual(begun.length, 6, "the second instant has succeeded at last")
      assert.deepStrictEqual(alertsOf(bench.events), [])
      assert.deepInclude(yield* bench.store.state("sync"), { failures: 0, totalErrors: 5 })
    }).pipe(Bench.run)
  )

  it.effect("counts as failed, and alerts, where the next instant comes before the attempt is made", () =>
    Effect.gen(function* () {
      const { begun, job } = ending("sync", "fails", "succeeds")
      const bench = yield* Bench.open(Jobs.make(job.pipe(Job.every("10 seconds"), Job.alertAfter(1))))
      yield* bench.tick.once
      assert.deepStrictEqual(alertsOf(bench.events), [], "it is to be tried again")
      yield* bench.time.advance("14 seconds")
      yield* bench.tick.once
      yield* bench.time.settle
      assert.strictEqual(begun.length, 2)
      assert.deepStrictEqual(alertsOf(bench.events), ["Alert sync 1", "Recovered sync 1"])
    }).pipe(Bench.run)
  )

  it.effect("keeps its count over a restart", () =>
    Effect.gen(function* () {
      const { job } = ending("sync", "fails", "fails", "fails", "succeeds")
      const jobs = Jobs.make(job.pipe(Job.every("1 minute"), Bench.withoutRetry, Job.alertAfter(2)))
      let { store, ...bench } = yield* Bench.open(jobs)
      const told: Array<ReadonlyArray<string>> = []
      for (let n = 0; n < 4; n++) {
        yield* bench.tick.once
        yield* bench.time.advance("1 minute")
        told.push(alertsOf(bench.events))
        store = yield* Bench.throughJson(store)
        bench = yield* Bench.open(jobs, { store })
      }
      assert.deepStrictEqual(told, [[], ["Alert sync 2"], [], ["Recovered sync 3"]])
    }).pipe(Bench.run)
  )

  it.effect("counts a failed check of its condition, and neither counts nor resets on a false one", () =>
    Effect.gen(function* () {
      const looks = [
        Effect.fail("no answer"),
        Effect.succeed(false),
        Effect.succeed(false),
        Effect.fail("no answer"),
        Effect.succeed(false),
        Effect.succeed(true)
      ]
      let turn = 0
      const look = Effect.suspend((): Effect.Effect<boolean, string> => looks[turn++] ?? Effect.succeed(true))
      const job = Bench.makeWork().job("sync").pipe(Job.every("1 minute"), Job.when("it may", look), Job.alertAfter(2))
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      const failures: Array<number> = []
      for (let n = 0; n < looks.length; n++) {
        failures.push((yield* bench.store.state("sync")).failures)
        yield* bench.time.advance("1 minute")
      }
      assert.deepStrictEqual(failures, [1, 1, 1, 2, 2, 0])
      assert.deepStrictEqual(alertsOf(bench.events), ["Alert sync 2", "Recovered sync 2"])
    }).pipe(Bench.run)
  )

  it.effect("counts a run that was cut short by a crash as nothing, as long as it is to be tried again", () =>
    Effect.gen(function* () {
      const rows = yield* Bench.makeStore
      const { job } = ending("sync", "takes too long", "succeeds")
      const jobs = Jobs.make(job.pipe(Job.every("1 hour"), Job.alertAfter(1)))
      const own = rows.as("dead")
      yield* Bench.daemonOf(jobs, { store: own })
      own.fail(Number.POSITIVE_INFINITY)
      const bench = yield* Bench.daemonOf(jobs, { store: rows.as("heir", ["dead"]) })
      yield* bench.time.settle
      assert.deepInclude(yield* rows.state("sync"), { totalErrors: 1, totalRuns: 2, failures: 0 })
      assert.deepStrictEqual(alertsOf(bench.events), [])
    }).pipe(Bench.run)
  )

  it.effect("is told of when its line is in the log, and not before", () =>
    Effect.gen(function* () {
      const { job } = ending("sync", "fails")
      const rows = yield* Bench.makeStore
      const lines: Array<number> = []
      const bench = yield* Bench.daemonOf(
        Jobs.make(job.pipe(Job.cron("* * * * *"), Bench.withoutRetry, Job.alertAfter(1))),
        { store: rows, onAlert: () => Effect.map(rows.log, (log) => lines.push(log.length)) }
      )
      yield* bench.time.advance("59 seconds")
      let isDown = false
      const commit = rows.commit
      Object.assign(rows, {
        commit: (batch: JobStore.Batch) => {
          if (isDown && batch.saves.length > 0) rows.fail(1)
          return commit(batch)
        }
      })
      isDown = true
      yield* bench.time.advance("3 seconds")
      assert.deepStrictEqual([lines, (yield* rows.log).length], [[], 0], "the store is down")
      isDown = false
      yield* bench.time.advance("10 seconds")
      assert.deepStrictEqual(lines, [1])
    }).pipe(Bench.run)
  )

  it.effect("that nobody gave the like is never told of", () =>
    Effect.gen(function* () {
      const { job } = ending("sync", "fails")
      const bench = yield* Bench.daemonOf(Jobs.make(job.pipe(Job.every("1 minute"), Bench.withoutRetry)))
      yield* bench.time.advance("1 hour")
      assert.deepStrictEqual(alertsOf(bench.events), [])
    }).pipe(Bench.run)
  )
})

class Pager extends Context.Tag("Pager")<Pager, { readonly page: (text: string) => Effect.Effect<void> }>() {}

const failing = () =>
  ending("bad", "fails").job.pipe(Job.every("1 minute"), Bench.withoutRetry, Job.alertAfter(1), Job.parallel)

describe("onAlert", () => {
  it.effect("gets what it needs from the layer", () =>
    Effect.gen(function* () {
      const pages: Array<string> = []
      const pager = Layer.succeed(Pager, { page: (text) => Effect.sync(() => pages.push(text)) })
      const layer = Tick.layer(Jobs.make(failing()), {
        onAlert: ({ _tag, jobName }) => Effect.flatMap(Pager, ({ page }) => page(`${_tag} ${jobName}`))
      })
      const tick = Context.get(yield* Layer.build(Layer.provide(layer, [pager, JobStore.layerMemory])), Tick.Tick)
      yield* tick.once
      yield* Effect.flatMap(ManualClock.ManualClock, ({ settle }) => settle)
      assert.deepStrictEqual(pages, ["Alert bad"])
    }).pipe(Bench.run)
  )

  it.effect.each([
    ["fails", Effect.fail("no pager")],
    ["dies", Effect.die("no pager")],
    ["interrupts itself", Effect.interrupt],
    ["hangs", Effect.never],
    ["hangs and cannot be interrupted", Effect.uninterruptible(Effect.never)],
    [
      "throws where it is made",
      Effect.suspend((): Effect.Effect<void> => {
        throw new Error("no pager")
      })
    ]
  ] as const)("that %s changes no start of any job, and is called again for the next one", ([, handler]) =>
    Effect.gen(function* () {
      const log = makeLog()
      const startsWith = (onAlert: (alert: Told) => Effect.Effect<unknown, unknown>) =>
        Effect.gen(function* () {
          const work = Bench.makeWork()
          const good = work.job("good").pipe(Job.every("7 seconds"))
          const other = ending("other", "fails").job.pipe(Job.every("3 minutes"), Bench.withoutRetry, Job.alertAfter(1))
          const bench = yield* Bench.daemonOf(Jobs.make(failing(), good, other), { onAlert, drain: 0 })
          yield* bench.time.advance("5 minutes")
          return work.starts("good")
        })
      const called: Array<string> = []
      const undisturbed = yield* Bench.run(startsWith(() => Effect.void))
      const noting = startsWith(({ jobName }) => {
        called.push(jobName)
        return handler
      })
      const starts = yield* noting.pipe(Bench.run, Effect.provide(log.layer))
      assert.deepStrictEqual(starts, undisturbed)
      assert.sameMembers(called, ["bad", "other"])
      const told = log.lines.filter(({ text }) => text.startsWith("onAlert failed"))
      assert.strictEqual(told.length, 2)
    })
  )

  it.effect("that fails with hostile text is a line of the log that shows what the text hides", () =>
    Effect.gen(function* () {
      const log = makeLog()
      const hostile = "\u001b]0;x\u0007\u001b[2J\rall is well\u202e\u009b"
      const shown = "\\u{1b}]0;x\\u{7}\\u{1b}[2J all is well\\u{202e}\\u{9b}"
      for (const handled of [Effect.fail(hostile), Effect.die(new Error(hostile))]) {
        const bench = Bench.daemonOf(Jobs.make(failing()), { onAlert: () => handled })
        const alerted = Effect.flatMap(bench, ({ time }) => time.advance("1 minute"))
        yield* alerted.pipe(Bench.run, Effect.provide(log.layer))
      }
      const lines = log.lines.filter(({ text }) => text.startsWith("onAlert failed"))
      assert.deepStrictEqual(
        [...new Set(lines.map(({ level, text }) => `${level}: ${text}`))],
        [`Error: onAlert failed for job "bad": ${shown}`, `Error: onAlert failed for job "bad": Error: ${shown}`]
      )
    })
  )

  it.effect.each([
    ["has ended by then", "3 seconds", 3000, true],
    ["takes longer", "1 minute", 5000, false]
  ] as const)("has the time of `drain` when the layer is closed: one that %s", ([, takes, waits, ends]) =>
    Effect.gen(function* () {
      const time = yield* ManualClock.ManualClock
      const done: Array<string> = []
      const layer = Tick.layer(Jobs.make(failing()), {
        drain: "5 seconds",
        onAlert: ({ jobName }) =>
          Effect.zipRight(
            Effect.sleep(takes),
            Effect.sync(() => done.push(jobName))
          )
      })
      const scope = yield* Scope.make()
      const built = yield* Layer.buildWithScope(Layer.provide(layer, JobStore.layerMemory), scope)
      yield* Context.get(built, Tick.Tick).once
      yield* time.settle
      const from = yield* time.now
      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* time.advance(waits - 1)
      assert.strictEqual((yield* closing.poll)._tag, "None")
      yield* time.advance("1 millis")
      assert.strictEqual((yield* closing.poll)._tag, "Some")
      assert.strictEqual((yield* time.now) - from, waits)
      yield* time.advance(2 * minute + second)
      assert.deepStrictEqual(done, ends ? ["bad"] : [])
    }).pipe(Bench.run)
  )
})
