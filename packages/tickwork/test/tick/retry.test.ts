import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import {
  type Cause,
  Duration,
  Effect,
  type Exit,
  Option,
  Schedule,
  ScheduleDecision,
  ScheduleInterval,
  Schema
} from "effect"
import { Job, Jobs, type LogEntry, Run } from "tickwork"
import { attempts, type End, ending, told } from "../support/attempts.ts"

const { hour, minute, second, start } = Bench

const recurs = (n: number, apart: Duration.DurationInput) =>
  Schedule.intersect(Schedule.spaced(apart), Schedule.recurs(n))

/** The instants of the log, and what is said of each. */
const logOf = (bench: Bench.Bench, name: string) => Effect.map(bench.store.logOf(name), told)

/** Delays between the ends of attempts that take no time, in ms. */
const gaps = (starts: ReadonlyArray<number>) => starts.slice(1).map((at, n) => at - (starts[n] ?? 0))

describe("law 1, Repeat: an attempt that failed", () => {
  it.effect("is made again as its policy says: the same instant and runKey, attempt one higher", () =>
    Effect.gen(function* () {
      const { begun, job } = ending("sync", "fails", "fails", "fails", "succeeds")
      const bench = yield* Bench.daemonOf(
        Jobs.make(job.pipe(Job.every("1 hour"), Job.retry(Schedule.exponential("2 seconds"))))
      )
      yield* bench.time.advance("1 minute")
      assert.deepStrictEqual(attempts(begun), [
        [1, 0, 0],
        [2, 0, 2 * second],
        [3, 0, 6 * second],
        [4, 0, 14 * second]
      ])
      assert.deepStrictEqual(
        begun.map(({ runKey, trigger }) => [runKey, trigger]),
        ["schedule", "retry", "retry", "retry"].map((trigger) => [Run.keyOf("sync", "", start), trigger])
      )
      assert.deepStrictEqual(yield* logOf(bench, "sync"), ["error 1 0", "error 2 0", "error 3 0", "success 4 0"])
      assert.deepNestedInclude(yield* bench.store.state("sync"), {
        totalRuns: 4,
        totalErrors: 3,
        failures: 0,
        "position.attempt": 1,
        "position.retry": null,
        "position.nextAt": start + hour
      })
    }).pipe(Bench.run)
  )

  it.effect("is tried again by a policy that is asked about the job's own error", () =>
    Effect.gen(function* () {
      const asked: Array<unknown> = []
      const ofErrors = Schedule.spaced("1 second").pipe(
        Schedule.whileInput((error: string) => {
          asked.push(error)
          return asked.length < 3
        })
      )
      const { begun, job } = ending("sync", "fails")
      const bench = yield* Bench.daemonOf(Jobs.make(job.pipe(Job.every("1 hour"), Job.retry(ofErrors))))
      yield* bench.time.advance("1 minute")
      assert.deepStrictEqual(asked, ["no luck", "no luck", "no luck"])
      assert.strictEqual(begun.length, 3)
      assert.deepNestedInclude(yield* bench.store.state("sync"), { failures: 1, "position.attempt": 1 })
    }).pipe(Bench.run)
  )

  it.effect("is not tried again by `Schedule.stop`", () =>
    Effect.gen(function* () {
      const { begun, job } = ending("sync", "fails", "dies", "fails")
      const bench = yield* Bench.daemonOf(Jobs.make(job.pipe(Job.every("1 minute"), Bench.withoutRetry)))
      yield* bench.time.advance("2 minutes")
      assert.deepStrictEqual(attempts(begun), [
        [1, 0, 0],
        [1, minute, minute],
        [1, 2 * minute, 2 * minute]
      ])
    }).pipe(Bench.run)
  )

  it.effect("begins its policy anew with each occurrence", () =>
    Effect.gen(function* () {
      const { begun, job } = ending("sync", "fails", "fails", "fails", "succeeds", "fails", "fails", "succeeds")
      const growing = Schedule.intersect(Schedule.exponential("1 second"), Schedule.recurs(3))
      const bench = yield* Bench.daemonOf(Jobs.make(job.pipe(Job.every("1 minute"), Job.retry(growing))))
      yield* bench.time.advance("90 seconds")
      assert.deepStrictEqual(attempts(begun), [
        [1, 0, 0],
        [2, 0, second],
        [3, 0, 3 * second],
        [4, 0, 7 * second],
        [1, minute, minute],
        [2, minute, minute + second],
        [3, minute, minute + 3 * second]
      ])
    }).pipe(Bench.run)
  )

  it.effect("waits for its place as any other run does, and goes on from when it ended", () =>
    Effect.gen(function* () {
      const { begun, job } = ending("sync", "fails", "fails", "succeeds")
      const other = Bench.makeWork().job("other", "30 seconds").pipe(Job.cron("1 0 12 * * *"), Job.priority(1))
      const bench = yield* Bench.daemonOf(
        Jobs.make(job.pipe(Job.every("1 hour"), Job.retry(Schedule.spaced("5 seconds"))), other)
      )
      yield* bench.time.advance("1 minute")
      assert.deepStrictEqual(attempts(begun), [
        [1, 0, 0],
        [2, 0, 31 * second],
        [3, 0, 36 * second]
      ])
    }).pipe(Bench.run)
  )
})

const unexpected: ReadonlyArray<readonly [End, LogEntry.Status]> = [
  ["dies", "error"],
  ["interrupts itself", "interrupted"],
  ["takes too long", "timeout"]
]

describe("an attempt that ends as nobody expected", () => {
  it.effect.each(unexpected)("is made again as the policy for unexpected ends says: one that %s", ([end, status]) =>
    Effect.gen(function* () {
      const asked: Array<string> = []
      const ofCauses = Schedule.spaced("10 seconds").pipe(
        Schedule.whileInput((cause: Cause.Cause<never>) => {
          asked.push(cause._tag)
          return true
        })
      )
      const { begun, job } = ending("sync", end, end, "succeeds")
      const policies = job.pipe(
        Job.every("1 hour"),
        Job.timeout("1 second"),
        Job.retry(Schedule.stop),
        Job.retryUnexpected(ofCauses)
      )
      const bench = yield* Bench.daemonOf(Jobs.make(policies))
      yield* bench.time.advance("1 minute")
      const took = end === "takes too long" ? second : 0
      assert.deepStrictEqual(attempts(begun), [
        [1, 0, 0],
        [2, 0, 10 * second + took],
        [3, 0, 20 * second + 2 * took]
      ])
      assert.deepStrictEqual(yield* logOf(bench, "sync"), [`${status} 1 0`, `${status} 2 0`, "success 3 0"])
      const expected = end === "interrupts itself" ? "Interrupt" : "Die"
      assert.deepStrictEqual(asked, [expected, expected])
    }).pipe(Bench.run)
  )

  it.effect("has a policy and a state of its own: each counts what it was asked about alone", () =>
    Effect.gen(function* () {
      const { begun, job } = ending("sync", "fails", "dies", "fails", "dies", "fails", "succeeds")
      const policies = job.pipe(
        Job.every("1 hour"),
        Job.retry(Schedule.exponential("1 second")),
        Job.retryUnexpected(Schedule.exponential("10 seconds"))
      )
      const bench = yield* Bench.daemonOf(Jobs.make(policies))
      yield* bench.time.advance("10 minutes")
      assert.deepStrictEqual(gaps(begun.map(({ startedAt }) => startedAt)), [
        second, // the first failure
        10 * second, // the first defect
        2 * second,
        20 * second,
        4 * second
      ])
    }).pipe(Bench.run)
  )

  it.effect.each([
    [["fails", "dies", "fails"], 3],
    [["dies", "fails", "dies"], 3],
    [["dies", "fails", "fails", "fails"], 4]
  ] as const)("ends the occurrence where the policy that was just asked is done: %s", ([ends, made]) =>
    Effect.gen(function* () {
      const { begun, job } = ending("sync", ...ends, "succeeds")
      const policies = job.pipe(
        Job.every("1 hour"),
        Job.retry(recurs(ends.length === 4 ? 2 : 1, "1 second")),
        Job.retryUnexpected(recurs(1, "1 second"))
      )
      const bench = yield* Bench.daemonOf(Jobs.make(policies))
      yield* bench.time.advance("10 minutes")
      assert.strictEqual(begun.length, made)
      assert.deepNestedInclude(yield* bench.store.state("sync"), {
        "position.attempt": 1,
        "position.retry": null,
        failures: 1
      })
    }).pipe(Bench.run)
  )

  it.effect("by a crash is retried at once the first time, and by the policy the second time", () =>
    Effect.gen(function* () {
      const store = yield* Bench.makeStore
      const { begun, job } = ending("sync", "takes too long", "takes too long", "succeeds")
      const jobs = Jobs.make(job.pipe(Job.every("1 hour"), Job.retryUnexpected(Schedule.spaced("20 seconds"))))
      const crashed = Effect.gen(function* () {
        const n = begun.length
        const own = store.as(`${n}`, [`${n - 1}`])
        const { time } = yield* Bench.daemonOf(jobs, { store: own })
        yield* time.advance("25 seconds")
        own.fail(Number.POSITIVE_INFINITY)
      })
      yield* crashed
      yield* crashed
      const last = yield* Bench.daemonOf(jobs, { store: store.as("2", ["1"]) })
      yield* last.time.advance("25 seconds")
      assert.deepStrictEqual(attempts(begun), [
        [1, 0, 0],
        [2, 0, 25 * second],
        [3, 0, 70 * second]
      ])
      assert.deepStrictEqual(yield* Effect.map(store.log, told), ["interrupted 1 0", "interrupted 2 0", "success 3 0"])
    }).pipe(Bench.run)
  )
})

describe("where no policy is named", () => {
  const within = (delays: ReadonlyArray<number>) => {
    for (const [n, delay] of delays.entries()) {
      assert.isAtLeast(delay, 800 * 2 ** n)
      assert.isAtMost(delay, 1200 * 2 ** n + 1)
    }
  }

  it.effect.each(["fails", "dies"] as const)(
    "an attempt that %s is made again after a second, doubling, jittered, ten times",
    (end) =>
      Effect.gen(function* () {
        const { job, starts } = ending("sync", end)
        const bench = yield* Bench.daemonOf(Jobs.make(job.pipe(Job.every("1 day"))))
        yield* bench.time.advance("12 hours")
        const delays = gaps(starts("sync"))
        assert.strictEqual(delays.length, 10)
        within(delays)
        assert.isTrue(delays.some((delay, n) => delay !== 1000 * 2 ** n))
        assert.deepNestedInclude(yield* bench.store.state("sync"), {
          "position.attempt": 1,
          "position.nextAt": start + 24 * hour,
          failures: 1
        })
      }).pipe(Bench.run)
  )

  it.effect("two jobs do not throw the same dice, nor do two instants", () =>
    Effect.gen(function* () {
      const [a, b] = [ending("a", "fails"), ending("b", "fails")]
      const jobs = [a.job, b.job].map((job) => job.pipe(Job.every("10 seconds"), Job.parallel))
      const bench = yield* Bench.daemonOf(Jobs.make(...jobs))
      yield* bench.time.advance("19 seconds")
      const delays = [...gaps(a.starts("a")), ...gaps(b.starts("b"))]
      assert.strictEqual(new Set(delays).size, delays.length)
    }).pipe(Bench.run)
  )

  it.effect("no attempt is made at or after the next instant of a calendar, a new occurrence", () =>
    Effect.gen(function* () {
      const { begun, job } = ending("sync", "fails")
      const bench = yield* Bench.daemonOf(Jobs.make(job.pipe(Job.every("10 seconds"))))
      yield* bench.time.advance("1 minute")
      const firsts = begun.filter(({ attempt }) => attempt === 1)
      assert.deepStrictEqual(
        firsts.map(({ startedAt }) => startedAt - start),
        [0, 10, 20, 30, 40, 50, 60].map((n) => n * second)
      )
      for (const { scheduledAt, startedAt } of begun) assert.isBelow(startedAt, scheduledAt + 10 * second)
      const ofOne = begun.filter(({ scheduledAt }) => scheduledAt === start)
      assert.isAtLeast(ofOne.length, 3)
      const lines = yield* bench.store.log
      assert.isTrue(
        lines.every(({ status }) => status === "error"),
        "nothing is superseded"
      )
      assert.strictEqual((yield* bench.store.state("sync")).failures, 6)
    }).pipe(Bench.run)
  )

  it.effect("a schedule has no next instant to make way for: all ten attempts are made", () =>
    Effect.gen(function* () {
      const { begun, job } = ending("sync", "fails")
      const bench = yield* Bench.daemonOf(Jobs.make(job.pipe(Job.repeat(Schedule.spaced("10 seconds")))))
      yield* bench.time.advance("2 hours")
      assert.deepStrictEqual(
        begun.slice(0, 12).map(({ attempt }) => attempt),
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 1]
      )
      const [, , , , , , , , , , last, next] = begun
      assert.strictEqual(next?.startedAt, (last?.startedAt ?? 0) + 10 * second)
    }).pipe(Bench.run)
  )

  it.effect("an attempt that waits until the next instant is not made, and its occurrence has failed", () =>
    Effect.gen(function* () {
      const { begun, job } = ending("sync", "fails", "succeeds")
      const jobs = Jobs.make(job.pipe(Job.every("10 seconds")))
      const bench = yield* Bench.open(jobs)
      yield* bench.tick.once
      yield* bench.time.advance("14 seconds")
      yield* bench.tick.once
      assert.deepStrictEqual(attempts(begun), [
        [1, 0, 0],
        [1, 10 * second, 14 * second]
      ])
      assert.deepStrictEqual(yield* logOf(bench, "sync"), [
        "error 1 0",
        "skipped 2 0 not tried again: the next instant has come",
        `success 1 ${10 * second}`
      ])
    }).pipe(Bench.run)
  )
})

describe("a policy of the user's", () => {
  it.effect("outlives instants of the cadence: one entry names the run, and none of them runs", () =>
    Effect.gen(function* () {
      const { begun, job } = ending("sync", "fails", "fails", "fails", "fails", "succeeds")
      const bench = yield* Bench.daemonOf(
        Jobs.make(job.pipe(Job.every("1 minute"), Job.retry(Schedule.spaced("50 seconds"))))
      )
      yield* bench.time.advance("5 minutes")
      assert.deepStrictEqual(attempts(begun), [
        [1, 0, 0],
        [2, 0, 50 * second],
        [3, 0, 100 * second],
        [4, 0, 150 * second],
        [5, 0, 200 * second],
        [1, 4 * minute, 4 * minute],
        [1, 5 * minute, 5 * minute]
      ])
      const superseded = (yield* bench.store.log).filter(({ status }) => status === "skipped")
      assert.deepStrictEqual(
        superseded.map(({ count, reason, scheduledAt }) => [count, reason, scheduledAt - start]),
        [[3, `superseded by attempt 5 of ${Run.keyOf("sync", "", start)}`, minute]]
      )
    }).pipe(Bench.run)
  )

  it.effect("that gives up beyond instants of the cadence has superseded them all the same", () =>
    Effect.gen(function* () {
      const { begun, job } = ending("sync", "fails", "fails", "fails", "succeeds")
      const bench = yield* Bench.daemonOf(
        Jobs.make(job.pipe(Job.cron("* * * * *"), Job.retry(recurs(2, "50 seconds"))))
      )
      yield* bench.time.advance("4 minutes")
      assert.deepStrictEqual(attempts(begun), [
        [1, minute, minute],
        [2, minute, minute + 50 * second],
        [3, minute, minute + 100 * second],
        [1, 3 * minute, 3 * minute],
        [1, 4 * minute, 4 * minute]
      ])
      const { failures } = yield* bench.store.state("sync")
      assert.strictEqual(failures, 0)
      assert.deepStrictEqual((yield* logOf(bench, "sync")).slice(0, 4), [
        `error 1 ${minute}`,
        `error 2 ${minute}`,
        `skipped 1 ${2 * minute} superseded by attempt 3 of ${Run.keyOf("sync", "", start + minute)}`,
        `error 3 ${minute}`
      ])
    }).pipe(Bench.run)
  )

  it.effect("whose attempt begins late has superseded no instant but those up to its plan", () =>
    Effect.gen(function* () {
      const { begun, job } = ending("sync", "fails", "succeeds")
      const bench = yield* Bench.open(
        Jobs.make(job.pipe(Job.every("10 seconds"), Job.retry(Schedule.spaced("15 seconds"))))
      )
      yield* bench.tick.once
      yield* bench.time.advance("41 seconds")
      yield* bench.tick.once
      yield* bench.tick.once
      assert.deepStrictEqual(attempts(begun), [
        [1, 0, 0],
        [2, 0, 41 * second],
        [1, 40 * second, 41 * second]
      ])
      assert.deepStrictEqual(
        (yield* bench.store.log)
          .filter(({ count, status }) => status === "skipped" && count > 0)
          .map(({ missedBecause }) => missedBecause),
        [null, "overtaken"]
      )
    }).pipe(Bench.run)
  )

  it.effect.each([
    ["dies", Schedule.spaced("5 minutes").pipe(Schedule.mapEffect(() => Effect.dieMessage("no answer"))), /no answer/],
    ["never answers", Schedule.spaced("5 minutes").pipe(Schedule.mapEffect(() => Effect.never)), /within 2 seconds/],
    [
      "comes to hold what no store can keep",
      Schedule.makeWithState<unknown, unknown, number>(0, (now, _input, _state) =>
        Effect.succeed([() => 1, 0, ScheduleDecision.continueWith(ScheduleInterval.after(now + 300_000))])
      ),
      /a function/
    ]
  ] as const)("that %s is told of, and the usual one stands in for it", ([, policy, error]) =>
    Effect.gen(function* () {
      const { begun, job } = ending("sync", "fails", "succeeds")
      const bench = yield* Bench.daemonOf(Jobs.make(job.pipe(Job.every("1 hour"), Job.retry(policy))))
      yield* bench.time.advance("1 minute")
      assert.deepStrictEqual(
        begun.map(({ attempt }) => attempt),
        [1, 2]
      )
      assert.isBelow(begun[1]?.startedAt ?? 0, start + 4 * second)
      const failed = bench.events.filter((event) => event._tag === "RetryFailed")
      assert.strictEqual(failed.length, 1)
      assert.match(failed[0]?.error ?? "", error)
      assert.deepInclude(failed[0], { jobName: "sync", key: "" })
    }).pipe(Bench.run)
  )

  it.effect("that asks for no delay is slowed down, and keeps no other job from running", () =>
    Effect.gen(function* () {
      const { begun, job } = ending("hasty", "fails")
      const other = Bench.makeWork()
      const bench = yield* Bench.daemonOf(
        Jobs.make(
          job.pipe(Job.every("1 hour"), Job.retry(Schedule.forever)),
          other.job("other").pipe(Job.every("2 seconds"))
        )
      )
      yield* bench.time.advance("5 seconds")
      assert.isBelow(begun.length, 700)
      assert.isAbove(begun.length, 400)
      assert.deepStrictEqual(
        other.starts("other"),
        [0, 2, 4].map((n) => n * second)
      )
      assert.isTrue(bench.events.some((event) => event._tag === "Throttled"))
      assert.isTrue(begun.every(({ attempt, scheduledAt }, n) => attempt === n + 1 && scheduledAt === start))
    }).pipe(Bench.run)
  )

  const grown = Schema.Struct({ delay: Schema.DurationFromMillis })
  const throughSchema = () =>
    Schedule.makeWithState<{ readonly delay: Duration.Duration }, unknown, number>(
      { delay: Duration.seconds(1) },
      (now, _input, { delay }) =>
        Effect.succeed([
          { delay: Duration.times(delay, 3) },
          0,
          ScheduleDecision.continueWith(ScheduleInterval.after(now + Duration.toMillis(delay)))
        ])
    )

  it.effect.each([
    ["kept as it is", () => Job.retry(Schedule.exponential("1 second", 3)), 27],
    ["kept through a Schema", () => Job.retry(throughSchema(), { state: grown }), 27],
    ["kept in memory only, which begins anew", () => Job.retry(throughSchema(), { state: "memory only" }), 1]
  ] as const)("goes on after a restart between two attempts at the planned instant: state %s", ([, policy, last]) =>
    Effect.gen(function* () {
      const { job, starts } = ending("sync", "fails", "fails", "fails", "fails", "succeeds")
      const jobs = () => Jobs.make(job.pipe(Job.every("1 hour"), policy()))
      const bench = yield* Bench.open(jobs())
      const fiber = yield* Bench.daemon(bench)
      yield* bench.time.advance("5 seconds")
      yield* Bench.stop(fiber)
      const store = yield* Bench.throughJson(bench.store)
      assert.deepNestedInclude(yield* store.state("sync"), {
        "position.attempt": 4,
        "position.nextAt": start + 13 * second,
        "position.scheduledAt": start
      })
      yield* Bench.daemonOf(jobs(), { store })
      yield* bench.time.advance("1 minute")
      assert.deepStrictEqual(
        gaps(starts("sync")),
        [1, 3, 9, last].map((n) => n * second)
      )
    }).pipe(Bench.run)
  )

  it.effect("that has changed between two attempts begins anew, at the planned instant", () =>
    Effect.gen(function* () {
      const { job, starts } = ending("sync", "fails", "fails", "fails", "fails", "succeeds")
      const hourly = job.pipe(Job.every("1 hour"))
      const bench = yield* Bench.open(Jobs.make(hourly.pipe(Job.retry(Schedule.exponential("4 seconds")))))
      const fiber = yield* Bench.daemon(bench)
      yield* bench.time.advance("5 seconds")
      yield* Bench.stop(fiber)
      const { store, time } = bench
      yield* Bench.daemonOf(Jobs.make(hourly.pipe(Job.retry(Schedule.fibonacci("1 second")))), { store })
      yield* time.advance("1 minute")
      assert.deepStrictEqual(
        starts("sync"),
        [0, 4, 12, 13, 14].map((n) => n * second)
      )
    }).pipe(Bench.run)
  )

  it.effect("whose stored state its Schema does not know any more begins anew", () =>
    Effect.gen(function* () {
      const { job, starts } = ending("sync", "fails", "fails", "fails", "succeeds")
      const growing = () => Schedule.unfold(1, (n) => n * 2).pipe(Schedule.addDelay((n) => Duration.seconds(n)))
      const hourly = job.pipe(Job.every("1 hour"))
      const small = Schema.Number.pipe(Schema.lessThan(4))
      const bench = yield* Bench.open(Jobs.make(hourly.pipe(Job.retry(growing(), { state: Schema.Number }))))
      const fiber = yield* Bench.daemon(bench)
      yield* bench.time.advance("1 second")
      yield* Bench.stop(fiber)
      const { store, time } = bench
      yield* Bench.daemonOf(Jobs.make(hourly.pipe(Job.retry(growing(), { state: small }))), { store })
      yield* time.advance("1 minute")
      assert.deepStrictEqual(gaps(starts("sync")), [second, 2 * second, second])
    }).pipe(Bench.run)
  )
})

describe("between two attempts", () => {
  it.effect("a restart changes neither the instant of the next one nor the dice of those to come", () =>
    Effect.gen(function* () {
      const startsWith = (restarts: ReadonlyArray<number>) =>
        Effect.gen(function* () {
          const { job, starts } = ending("sync", ...Array<End>(7).fill("fails"), "succeeds")
          const jobs = Jobs.make(job.pipe(Job.every("1 day")))
          let { store, time, ...bench } = yield* Bench.open(jobs)
          let fiber = yield* Bench.daemon({ ...bench, store, time })
          for (const ms of restarts) {
            yield* time.advance(ms)
            yield* Bench.stop(fiber)
            store = yield* Bench.throughJson(store)
            fiber = yield* Bench.daemon(yield* Bench.open(jobs, { store }))
          }
          yield* time.advance("1 hour")
          return starts("sync")
        }).pipe(Bench.run)
      const undisturbed = yield* startsWith([])
      assert.strictEqual(undisturbed.length, 8)
      assert.deepStrictEqual(yield* startsWith([500, 1000, 1000, 3000, 20_000, 30_000, 7000]), undisturbed)
    })
  )

  it.effect("an instant that passed while the process was down is that of an attempt, not a missed one", () =>
    Effect.gen(function* () {
      const { begun, job } = ending("sync", "fails", "succeeds")
      const jobs = Jobs.make(
        job.pipe(Job.every("10 minutes"), Job.missed("skip"), Job.retry(Schedule.spaced("10 seconds")))
      )
      const bench = yield* Bench.open(jobs)
      const fiber = yield* Bench.daemon(bench)
      yield* bench.time.advance("1 second")
      yield* Bench.stop(fiber)
      yield* bench.time.advance("5 minutes")
      yield* Bench.daemonOf(jobs, { store: bench.store })
      assert.deepStrictEqual(attempts(begun), [
        [1, 0, 0],
        [2, 0, 5 * minute + second]
      ])
      assert.strictEqual(begun[1]?.trigger, "retry")
      assert.deepStrictEqual(yield* logOf(bench, "sync"), ["error 1 0", "success 2 0"])
    }).pipe(Bench.run)
  )

  it.effect.each([
    ["every", Job.every("1 hour")],
    ["a schedule", Job.repeat(Schedule.spaced("1 hour"))]
  ] as const)("a clock that is set back moves the next one with it: %s", ([, cadence]) =>
    Effect.gen(function* () {
      const { begun, job } = ending("sync", "fails", "succeeds")
      const bench = yield* Bench.daemonOf(
        Jobs.make(cadence(job as Job.Job<"sync", void, string, never>).pipe(Job.retry(Schedule.spaced("10 minutes"))))
      )
      yield* bench.time.advance("4 minutes")
      yield* bench.time.jumpTo(start - 56 * minute)
      yield* bench.time.advance("7 minutes")
      assert.deepStrictEqual(attempts(begun), [
        [1, 0, 0],
        [2, 0, -50 * minute]
      ])
    }).pipe(Bench.run)
  )

  it.effect("a clock that is set back supersedes no instant that has not come", () =>
    Effect.gen(function* () {
      const { begun, job } = ending("sync", "fails", "succeeds")
      const bench = yield* Bench.daemonOf(
        Jobs.make(job.pipe(Job.every("1 minute"), Job.retry(Schedule.spaced("10 minutes"))))
      )
      yield* bench.time.advance("4 minutes")
      yield* bench.time.jumpTo(start - 56 * minute)
      yield* bench.time.advance("70 minutes")
      assert.deepStrictEqual(attempts(begun).slice(0, 4), [
        [1, 0, 0],
        [2, 0, -50 * minute],
        [1, minute, minute],
        [1, 2 * minute, 2 * minute]
      ])
    }).pipe(Bench.run)
  )

  it.effect("the condition is checked again: if false, the occurrence is over without another failure", () =>
    Effect.gen(function* () {
      const { begun, job } = ending("sync", "fails", "succeeds")
      const bench = yield* Bench.daemonOf(
        Jobs.make(
          job.pipe(
            Job.every("1 minute"),
            Job.when(
              "nobody is on the line",
              Effect.sync(() => begun.length !== 1)
            ),
            Job.retry(Schedule.spaced("10 seconds"))
          )
        )
      )
      yield* bench.time.advance("50 seconds")
      assert.deepStrictEqual(yield* logOf(bench, "sync"), ["error 1 0", "skipped 2 0 nobody is on the line"])
      assert.deepNestedInclude(yield* bench.store.state("sync"), {
        failures: 0,
        totalErrors: 1,
        "position.attempt": 1,
        "position.nextAt": start + minute
      })
    }).pipe(Bench.run)
  )
})

describe("the cadence of a job that is tried again", () => {
  /** A schedule that notes what it is fed. */
  const noting = (fed: Array<unknown>) =>
    Schedule.spaced("1 minute").pipe(
      Schedule.whileInput((exit: Exit.Exit<void, string> | undefined) => {
        fed.push(
          Option.getOrElse(
            Option.map(Option.fromNullable(exit), (exit) => exit._tag),
            () => "nothing"
          )
        )
        return true
      })
    )

  it.effect("is stepped once for each occurrence, with the end of its last attempt, when that has ended", () =>
    Effect.gen(function* () {
      const fed: Array<unknown> = []
      const { begun, job } = ending(
        "sync",
        "fails",
        "fails",
        "succeeds",
        "fails",
        "fails",
        "fails",
        "fails",
        "succeeds"
      )
      const bench = yield* Bench.daemonOf(
        Jobs.make(job.pipe(Job.repeat(noting(fed)), Job.retry(recurs(3, "10 seconds"))))
      )
      yield* bench.time.advance("170 seconds")
      assert.deepStrictEqual(fed, ["Success", "Failure", "Success"])
      assert.deepStrictEqual(attempts(begun).slice(0, 8), [
        [1, 0, 0],
        [2, 0, 10 * second],
        [3, 0, 20 * second],
        [1, 80 * second, 80 * second],
        [2, 80 * second, 90 * second],
        [3, 80 * second, 100 * second],
        [4, 80 * second, 110 * second],
        [1, 170 * second, 170 * second]
      ])
    }).pipe(Bench.run)
  )

  it.effect.each([
    ["every", Job.every("1 hour")],
    ["cron", Job.cron("0 * * * *")],
    ["a schedule", Job.repeat(Schedule.spaced("1 hour"))]
  ] as const)("is ended by no failure, however many there are: %s", ([, cadence]) =>
    Effect.gen(function* () {
      const { begun, job } = ending("sync", "fails")
      const recurring = cadence(job as Job.Job<"sync", void, string, never>)
      const bench = yield* Bench.daemonOf(Jobs.make(recurring.pipe(Job.retry(recurs(1, "1 second")))))
      yield* bench.time.advance("50 hours")
      assert.isAtLeast(begun.length, 98)
      const {
        position: { nextAt }
      } = yield* bench.store.state("sync")
      assert.isNotNull(nextAt)
    }).pipe(Bench.run)
  )

  it.effect("is finished after an instant of `at` whose attempts have all failed", () =>
    Effect.gen(function* () {
      const { begun, job } = ending("sync", "fails")
      const bench = yield* Bench.daemonOf(
        Jobs.make(job.pipe(Job.at(new Date(start + minute)), Job.retry(recurs(2, "1 minute"))))
      )
      yield* bench.time.advance("1 hour")
      assert.strictEqual(begun.length, 3)
      assert.deepNestedInclude(yield* bench.store.state("sync"), { "position.nextAt": null, failures: 1 })
    }).pipe(Bench.run)
  )
})
