import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { type Clock, Duration, Effect, Option, Schedule } from "effect"
import { Decision, Job, Jobs } from "tickwork"
import { ManualClock } from "tickwork/testing"
import * as Calendar from "../../src/internal/schedule/Calendar.ts"

const { hour, minute, second, start } = Bench
const day = 24 * hour

/** Runs an effect on the bench's clock, and notes how long it was asked to sleep, in ms. */
const notingSleeps = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const { clock } = yield* ManualClock.ManualClock
    const sleeps: Array<number> = []
    const sleep: Clock.Clock["sleep"] = (duration) => {
      sleeps.push(Duration.toMillis(duration))
      return clock.sleep(duration)
    }
    const noting: Clock.Clock = Object.assign(Object.create(clock), { sleep })
    return { answer: yield* Effect.withClock(effect, noting), sleeps }
  })

/** A tick that is opened anew on the same store, at an instant, and drives whatever is due then. */
const reopened = <R>(jobs: Jobs.Jobs<R>, store: Bench.Store, instant: number) =>
  Effect.gen(function* () {
    const time = yield* ManualClock.ManualClock
    yield* time.jumpTo(instant)
    return yield* Bench.daemonOf(jobs, { store })
  })

const isFinished = ({ tick }: Bench.Bench) =>
  Effect.gen(function* () {
    const [status] = yield* tick.status
    assert.deepStrictEqual(status?.decision, Decision.wait(Decision.Reason.Finished()))
    assert.isTrue(Option.isNone(yield* tick.next))
  })

describe("a job that is due in two months", () => {
  it.effect(
    "runs on its day, to the millisecond; until then sleeps last a minute at most",
    () =>
      Effect.gen(function* () {
        const work = Bench.makeWork()
        const jobs = Jobs.make(
          work.job("at").pipe(Job.at(start + 60 * day + 123)),
          work.job("spaced").pipe(Job.schedule(Schedule.spaced("60 days"))),
          work.job("yearly").pipe(Job.cron("30 9 1 5 *", "Europe/Berlin"))
        )
        const { answer: bench, sleeps } = yield* notingSleeps(Bench.daemonOf(jobs))
        bench.store.calls.length = 0
        yield* bench.time.advance(59.5 * day)
        assert.deepStrictEqual(Bench.aboutJobs(bench.store.calls), [])
        yield* bench.time.advance(day)
        assert.deepStrictEqual(
          work.begun.map(({ jobName, startedAt }) => [jobName, new Date(startedAt).toISOString()]),
          [
            ["yearly", "2026-05-01T07:30:00.000Z"],
            ["spaced", "2026-05-01T12:00:00.000Z"],
            ["at", "2026-05-01T12:00:00.123Z"]
          ]
        )
        assert.isAtLeast(sleeps.length, (60 * day) / minute)
        assert.isTrue(sleeps.every((ms) => ms >= 0 && ms <= minute))
      }).pipe(Bench.run),
    60_000
  )
})

describe("a job that is due at one instant", () => {
  it.effect("runs once and never again, not even after a restart", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = Jobs.make(work.job("once").pipe(Job.at(start + hour)))
      const bench = yield* Bench.open(jobs)
      const fiber = yield* Bench.daemon(bench)
      yield* bench.time.advance("3 hours")
      yield* isFinished(bench)
      yield* Bench.stop(fiber)
      const again = yield* reopened(jobs, bench.store, start + 5 * hour)
      yield* again.time.advance("3 hours")
      yield* isFinished(again)
      assert.deepStrictEqual(work.starts("once"), [hour])
      assert.strictEqual((yield* bench.store.log).length, 1)
    }).pipe(Bench.run)
  )

  it.effect("is tried again after a crash, for the same instant, until it has run", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = Jobs.make(work.job("once", "10 seconds").pipe(Job.at(start + hour)))
      const bench = yield* Bench.open(jobs)
      yield* Bench.daemon(bench)
      yield* bench.time.advance(hour + second)
      assert.strictEqual((yield* bench.store.state("once")).claim.scheduledAt, start + hour)
      const store = bench.store.as("another", [bench.store.owner.id])
      const again = yield* Bench.daemonOf(jobs, { store })
      yield* again.time.advance("1 hour")
      yield* isFinished(again)
      assert.deepStrictEqual(
        work.begun.map(({ attempt, scheduledAt }) => [attempt, scheduledAt - start]),
        [
          [1, hour],
          [2, hour]
        ]
      )
      assert.deepStrictEqual(
        (yield* store.log).map(({ status }) => status),
        ["interrupted", "success"]
      )
    }).pipe(Bench.run)
  )

  const latest = Job.missed("latest")
  const within = Job.missed("latest", { within: "10 minutes" })
  const strict = Job.missed("latest", { within: "10 seconds" })
  const missed = "missed: down"

  it.effect.each([
    ["runs once, late, whatever the time that has passed", latest, 30 * day, "missed", [missed]],
    ["runs once, late, with the policy earliest", Job.missed("earliest"), 8 * hour, "missed", [missed]],
    ["runs once, late, with the policy all", Job.missed("all"), 8 * hour, "missed", [missed]],
    ["runs once, in time, where no more than the tolerance has passed", Job.missed("skip"), minute, "schedule", []],
    ["is finished without a run where it is skipped", Job.missed("skip"), minute + 1, null, [missed]],
    ["runs once where it is within its bound", within, 10 * minute, "missed", [missed]],
    ["is finished without a run past its bound", within, 10 * minute + 1, null, [missed]],
    ["runs once, in time, within a bound shorter than the tolerance", strict, 10 * second, "schedule", []],
    ["is finished without a run past a bound shorter than the tolerance", strict, 10 * second + 1, null, [missed]]
  ] as const)("while nobody was there, %s", ([, policy, late, trigger, verdicts]) =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const at = start + hour
      const jobs = Jobs.make(work.job("once").pipe(Job.at(at), policy))
      const { store } = yield* Bench.open(jobs)
      const bench = yield* reopened(jobs, store, at + late)
      yield* isFinished(bench)
      const again = yield* reopened(jobs, store, at + late + day)
      yield* again.time.advance("1 hour")
      yield* isFinished(again)

      assert.deepStrictEqual(
        work.begun.map((run) => [run.trigger, run.scheduledAt, run.startedAt]),
        trigger === null ? [] : [[trigger, at, at + late]]
      )
      const skipped = (yield* store.log).filter(({ status }) => status === "skipped")
      assert.deepStrictEqual(
        skipped.map(({ count, reason, scheduledAt }) => [reason, count, scheduledAt]),
        verdicts.map((reason) => [reason, 1, at])
      )
    }).pipe(Bench.run)
  )

  it.effect("runs once, late, where its instant had passed before it was first seen", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = Jobs.make(
        work.job("passed").pipe(Job.at(start - day)),
        work.job("skipped").pipe(Job.at(start - day), Job.missed("skip"))
      )
      const { store, tick, time } = yield* Bench.daemonOf(jobs)
      yield* time.advance("1 hour")
      assert.deepStrictEqual(work.names(), ["passed"])
      assert.isTrue(Option.isNone(yield* tick.next))
      assert.deepStrictEqual((yield* store.log).map(({ jobName, status }) => `${jobName} ${status}`).sort(), [
        "passed skipped",
        "passed success",
        "skipped skipped"
      ])
    }).pipe(Bench.run)
  )
})

describe("an instant past the last one that has a date", () => {
  it.effect.each([
    ["a schedule that asks for it", Job.schedule(Schedule.spaced("1000000000 days")), []],
    ["an interval that leads there", Job.every(Calendar.lastInstant), [0]]
  ] as const)("never comes: %s", ([, cadence, starts]) =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const recurring: (job: Job.Job<"sole", void, never, never>) => Job.Job<"sole", void, never, never> = cadence
      const bench = yield* Bench.daemonOf(Jobs.make(recurring(work.job("sole"))))
      yield* isFinished(bench)
      assert.deepStrictEqual(work.starts("sole"), [...starts])
    }).pipe(Bench.run)
  )

  it("is told of in a decision, whatever instant it names", () => {
    const decision = Decision.wait(Decision.Reason.NotDue({ until: 1e300 }))
    assert.strictEqual(Decision.toText(decision), "not due until 1e+300 ms")
  })
})
