import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Effect, Fiber } from "effect"
import { Decision, Job, Jobs, JobTransaction } from "tickwork"

const { minute, second, start } = Bench

const decisionOf = ({ tick }: Bench.Bench, jobName: string) =>
  Effect.map(tick.status, (all) => all.find((status) => status.jobName === jobName)?.decision)

describe("a run past its timeout that does not let go", () => {
  it.effect("is running up to its timeout and stuck from then on, until it ends", () =>
    Effect.gen(function* () {
      const stubborn = Job.make("stubborn", Effect.uninterruptible(Effect.sleep("90 seconds")))
      const job = stubborn.pipe(Job.every("1 hour"), Job.timeout("20 seconds"), Bench.withoutRetry)
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* bench.time.advance("20 seconds")
      assert.deepStrictEqual(
        yield* decisionOf(bench, "stubborn"),
        Decision.wait(Decision.Reason.Running({ since: start }))
      )
      yield* bench.time.advance("1 second")
      const stuck = Decision.wait(Decision.Reason.Stuck({ since: start, timeoutMs: 20 * second }))
      assert.deepStrictEqual(yield* decisionOf(bench, "stubborn"), stuck)
      assert.include(Decision.toText(stuck), "stuck")
      yield* bench.time.advance("1 minute")
      assert.deepStrictEqual(yield* decisionOf(bench, "stubborn"), stuck)
      yield* bench.time.advance("10 seconds")
      const notDue = Decision.wait(Decision.Reason.NotDue({ until: start + Bench.hour }))
      assert.deepStrictEqual(yield* decisionOf(bench, "stubborn"), notDue)
    }).pipe(Bench.run)
  )

  it.effect("is not stuck as long as its conditions may take", () =>
    Effect.gen(function* () {
      const patient = Effect.as(Effect.sleep("4 seconds"), true)
      const job = Bench.makeWork()
        .job("patient", "1500 millis")
        .pipe(Job.every("1 hour"), Job.when("somebody is there", patient), Job.timeout("2 seconds"))
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* bench.time.advance("5 seconds")
      assert.deepStrictEqual(
        yield* decisionOf(bench, "patient"),
        Decision.wait(Decision.Reason.Running({ since: start }))
      )
    }).pipe(Bench.run)
  )

  it.effect("without a timeout is never stuck", () =>
    Effect.gen(function* () {
      const job = Bench.makeWork().job("endless", 0, Effect.never).pipe(Job.every("1 hour"))
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* bench.time.advance("10 hours")
      assert.deepStrictEqual(
        yield* decisionOf(bench, "endless"),
        Decision.wait(Decision.Reason.Running({ since: start }))
      )
    }).pipe(Bench.run)
  )
})

describe("Tick.health", () => {
  const sound = { isReachable: true, error: null, since: null }

  it.effect("says whether the tick runs, and when it last looked for what is due", () =>
    Effect.gen(function* () {
      const job = Bench.makeWork().job("sync").pipe(Job.every("10 seconds"))
      const bench = yield* Bench.open(Jobs.make(job))
      assert.deepInclude(yield* bench.tick.health, { isRunning: false, lastTickAt: null, store: sound })
      const fiber = yield* Bench.daemon(bench)
      yield* bench.time.advance("25 seconds")
      assert.deepStrictEqual(yield* bench.tick.health, {
        isRunning: true,
        lastTickAt: start + 20 * second,
        oldestOverdue: null,
        stuck: [],
        starving: [],
        left: [],
        unreadable: 0,
        failure: null,
        clockDifferenceMs: null,
        store: sound,
        watch: { by: "events", everyMs: null, reason: null }
      })
      yield* Bench.stop(fiber)
      yield* bench.time.advance("1 second")
      assert.isFalse((yield* bench.tick.health).isRunning)
      yield* bench.tick.once
      assert.isFalse((yield* bench.tick.health).isRunning, "a call of `once` that has ended")
    }).pipe(Bench.run)
  )

  it.effect("is running while a call of `once` goes on", () =>
    Effect.gen(function* () {
      const job = Bench.makeWork().job("slow", "5 seconds").pipe(Job.every("1 hour"))
      const bench = yield* Bench.open(Jobs.make(job))
      yield* Bench.fork(bench.tick.once)
      assert.isTrue((yield* bench.tick.health).isRunning)
      yield* bench.time.advance("5 seconds")
      assert.isFalse((yield* bench.tick.health).isRunning)
    }).pipe(Bench.run)
  )

  it.effect("names what is due for longest and has not begun: neither what runs nor what is paused", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const long = work.job("a long one", "30 minutes").pipe(Job.every("1 day"), Job.priority(1))
      const waits = work.job("waits").pipe(Job.cron("2 * * * *"))
      const later = work.job("waits, too").pipe(Job.cron("1 0,12 * * *"))
      const paused = work.job("paused").pipe(Job.cron("1 * * * *"), Job.parallel)
      const bench = yield* Bench.daemonOf(Jobs.make(long, waits, later, paused))
      yield* bench.tick.request("pause", paused)
      assert.isNull((yield* bench.tick.health).oldestOverdue)
      yield* bench.time.advance("10 minutes")
      const expected = { jobName: "waits, too", key: "", at: start + minute }
      assert.deepStrictEqual((yield* bench.tick.health).oldestOverdue, expected)
      yield* bench.time.advance("20 minutes")
      assert.isNull((yield* bench.tick.health).oldestOverdue)
    }).pipe(Bench.run)
  )

  it.effect("names a run that somebody asked for and that has not begun", () =>
    Effect.gen(function* () {
      const job = Bench.makeWork().job("sync").pipe(Job.cron("0 0 * * *"))
      const bench = yield* Bench.open(Jobs.make(job))
      yield* bench.tick.request("trigger", job)
      yield* bench.time.advance("1 minute")
      assert.deepStrictEqual((yield* bench.tick.health).oldestOverdue, { jobName: "sync", key: "", at: start })
    }).pipe(Bench.run)
  )

  it.effect("tells the truth of the store while it fails: what with and since when, and that it is back", () =>
    Effect.gen(function* () {
      const job = Bench.makeWork().job("sync").pipe(Job.cron("10 * * * * *"))
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* bench.time.advance("5 seconds")
      assert.deepStrictEqual((yield* bench.tick.health).store, sound)
      bench.store.fail(Number.POSITIVE_INFINITY)
      const now = (yield* bench.tick.health).store
      assert.deepInclude(now, { isReachable: false, since: start + 5 * second }, "before anything is written")
      yield* bench.time.advance("40 seconds")
      const failing = yield* bench.tick.health
      assert.deepInclude(failing.store, { isReachable: false, since: start + 10 * second })
      assert.include(failing.store.error, "the test made it fail")
      assert.deepInclude(failing, {
        isRunning: true,
        oldestOverdue: { jobName: "sync", key: "", at: start + 10 * second }
      })
      bench.store.fail(0)
      yield* bench.time.advance("1 minute")
      const back = yield* bench.tick.health
      assert.deepInclude(back, { isRunning: true, oldestOverdue: null, store: sound })
    }).pipe(Bench.run)
  )

  it.effect("a commit of a job's own transaction ends the time in which nothing was written", () =>
    Effect.gen(function* () {
      const store = yield* Bench.makeStore
      const others = store.as("other")
      const transaction: JobTransaction.Service = {
        isolations: [],
        around: (_, body, saveOf) =>
          Effect.tap(Effect.flatMap(body, saveOf), (save) => others.commit({ saves: [save], claims: [] }))
      }
      const work = Bench.makeWork()
      const ledger = work
        .job("ledger", "15 seconds")
        .pipe(Job.every("1 hour"), Job.transactional, Job.timeout("30 seconds"))
      const sync = Job.parallel(work.job("sync").pipe(Job.cron("10 * * * * *")))
      const bench = yield* Bench.daemonOf(Jobs.make(ledger, sync), { store, lease: "2 minutes" }).pipe(
        Effect.provideService(JobTransaction.JobTransaction, transaction)
      )
      yield* bench.time.advance("5 seconds")
      store.fail(Number.POSITIVE_INFINITY)
      yield* bench.time.advance("35 seconds")
      const recorded = bench.events.find(({ _tag }) => _tag === "RunRecorded")
      assert.isDefined(recorded, "the transaction is recorded while the store fails")
      const { isReachable, since } = (yield* bench.tick.health).store
      assert.isFalse(isReachable)
      assert.isAtLeast(since ?? 0, start + 15 * second)
    }).pipe(Bench.run)
  )

  it.effect("says that a store which does not answer within five seconds is not reachable", () =>
    Effect.gen(function* () {
      const job = Bench.makeWork().job("sync").pipe(Job.every("1 hour"))
      const rows = yield* Bench.makeStore
      let isMute = false
      const pending = Effect.suspend(() => (isMute ? Effect.never : rows.pending))
      const bench = yield* Bench.open(Jobs.make(job), { store: { ...rows, pending } })
      isMute = true
      const health = yield* Effect.fork(bench.tick.health)
      yield* bench.time.advance("5 seconds")
      assert.isFalse((yield* health).store.isReachable)
    }).pipe(Bench.run)
  )
})

describe("health, while a read of the store gets no answer", () => {
  const withSilentReads = Effect.map(Bench.makeStore, (store): Bench.Store => ({ ...store, pending: Effect.never }))

  const healthOf = ({ tick, time }: Bench.Bench) =>
    Effect.gen(function* () {
      const asked = yield* Effect.fork(tick.health)
      yield* time.advance("3 seconds")
      return (yield* Fiber.join(asked)).store
    })

  it.effect("says that the store is reachable where a write was answered meanwhile", () =>
    Effect.gen(function* () {
      const job = Bench.makeWork().job("a").pipe(Job.every("1 second"))
      const bench = yield* Bench.daemonOf(Jobs.make(job), { store: yield* withSilentReads })
      assert.deepStrictEqual(yield* healthOf(bench), { isReachable: true, error: null, since: null })
    }).pipe(Bench.run)
  )

  it.effect("says since when it is silent where nothing else is asked of it", () =>
    Effect.gen(function* () {
      const job = Bench.makeWork().job("a").pipe(Job.every("1 hour"))
      const bench = yield* Bench.daemonOf(Jobs.make(job), { store: yield* withSilentReads })
      yield* bench.time.advance("5 seconds")
      const since = start + 5 * second
      for (let time = 0; time < 2; time++) {
        assert.deepInclude(yield* healthOf(bench), { isReachable: false, since })
        yield* bench.time.advance("2 seconds")
      }
    }).pipe(Bench.run)
  )
})
