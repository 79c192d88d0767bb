import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Effect, Fiber, Option, Schedule } from "effect"
import { Job, JobState, Jobs } from "tickwork"

const hourly = Job.every("1 hour")
const every10s = Job.every("10 seconds")
const namesOf = (runs: ReadonlyArray<{ readonly jobName: string }>) => runs.map((run) => run.jobName)

describe("a tick that is interrupted", () => {
  it.effect("waits for bodies under way, no longer than they take, and records how they ended", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const bench = yield* Bench.open(Jobs.make(work.job("long", "5 seconds").pipe(hourly)))
      const fiber = yield* Bench.daemon(bench)
      yield* bench.time.advance("1 second")
      assert.strictEqual(yield* Bench.stop(fiber), 4000)
      assert.deepNestedInclude(yield* bench.store.state("long"), { lastStatus: "success", "claim.owner": null })
      assert.strictEqual((yield* bench.store.log)[0]?.durationMs, 5000)
    }).pipe(Bench.run)
  )

  it.effect.each(["Tick.run", "Tick.once"] as const)(
    "interrupts bodies that outlast `drain`, records them and leaves no row claimed: %s",
    (verb) =>
      Effect.gen(function* () {
        const work = Bench.makeWork()
        const bench = yield* Bench.open(Jobs.make(work.job("endless", "1 day").pipe(hourly)), { drain: "3 seconds" })
        const fiber = yield* Bench.fork<unknown, unknown, never>(verb === "Tick.run" ? bench.tick.run : bench.tick.once)
        yield* bench.time.advance("7 seconds")
        assert.strictEqual(yield* Bench.stop(fiber), 3000)
        assert.deepInclude((yield* bench.store.log)[0], {
          status: "interrupted",
          error: "the tick was stopped",
          durationMs: 10_000,
          attempt: 1
        })
        assert.deepNestedInclude(yield* bench.store.state("endless"), {
          "claim.owner": null,
          totalRuns: 1,
          totalErrors: 1
        })
      }).pipe(Bench.run)
  )

  it.effect("gives 10 seconds, unless it was told otherwise", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const bench = yield* Bench.open(Jobs.make(work.job("endless", "1 day").pipe(hourly)))
      const fiber = yield* Bench.daemon(bench)
      assert.strictEqual(yield* Bench.stop(fiber), 10_000)
    }).pipe(Bench.run)
  )

  it.effect("retries a run that was cut short at the next start: same instant and run key, attempt 2", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = Jobs.make(work.job("slow", "30 seconds").pipe(hourly))
      const bench = yield* Bench.open(jobs)
      const fiber = yield* Bench.daemon(bench)
      yield* Bench.stop(fiber)
      yield* bench.time.advance("5 minutes")

      const again = yield* Bench.daemonOf(jobs, { store: bench.store })
      const [first, second] = work.begun
      assert.strictEqual(first?.runKey, second?.runKey)
      assert.deepInclude(second, { attempt: 2, trigger: "retry", scheduledAt: Bench.start })
      yield* again.time.advance("30 seconds")
      assert.deepNestedInclude(yield* bench.store.state("slow"), {
        "position.attempt": 1,
        "position.nextAt": Bench.start + Bench.hour
      })
    }).pipe(Bench.run)
  )

  it.effect("starts nothing more, and releases claims that had not begun, without a log entry", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      let takes = 0
      const nap = Effect.suspend(() => Effect.sleep(takes))
      const jobs = Jobs.make(...["a", "b", "c"].map((name) => work.job(name, 0, nap).pipe(every10s)))
      const bench = yield* Bench.open(jobs)
      const fiber = yield* Bench.daemon(bench)
      takes = 5000
      yield* bench.time.advance("10 seconds")
      const held = yield* bench.store.state("b")
      assert.strictEqual(held.claim.owner, bench.store.owner.id, "b is claimed ahead, since it took no time before")
      assert.strictEqual(yield* Bench.stop(fiber), 5000)

      assert.deepStrictEqual(namesOf(work.begun), ["a", "b", "c", "a"])
      assert.deepStrictEqual(namesOf(yield* bench.store.log), ["a", "b", "c", "a"])
      for (const name of ["b", "c"]) {
        const freed = {
          "claim.owner": null,
          totalRuns: 1,
          "position.attempt": 1,
          "position.nextAt": Bench.start + 10_000
        }
        assert.deepNestedInclude(yield* bench.store.state(name), freed)
      }
      takes = 0
      yield* Bench.daemonOf(jobs, { store: bench.store })
      assert.deepStrictEqual(namesOf(work.begun).slice(4), ["b", "c"], "what was let go of is due at once")
      assert.isTrue(work.begun.every((run) => run.attempt === 1))
    }).pipe(Bench.run)
  )

  it.effect("is held up by a body that cannot be interrupted for `drain` and one second more, no longer", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const stubborn = work.job("stubborn", 0, Effect.uninterruptible(Effect.sleep("1 hour"))).pipe(hourly)
      const bench = yield* Bench.open(Jobs.make(stubborn), { drain: "2 seconds" })
      const fiber = yield* Bench.daemon(bench)
      assert.strictEqual(yield* Bench.stop(fiber), 3000)
      const state = yield* bench.store.state("stubborn")
      assert.isTrue(JobState.isLeftRunning(state))
      const told = { ...state, lastVerdict: "control" as const }
      assert.isFalse(JobState.isLeftRunning(told), "the reason is a text for people")
    }).pipe(Bench.run)
  )

  it.effect("records a body that goes on, also where the end of the drain is a time to read requests", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const stubborn = work.job("stubborn", 0, Effect.uninterruptible(Effect.sleep("1 hour"))).pipe(hourly)
      const bench = yield* Bench.open(Jobs.make(stubborn), { drain: "1 second", watch: "1 second" })
      const fiber = yield* Bench.daemon(bench)
      yield* Bench.stop(fiber)
      assert.isTrue(JobState.isLeftRunning(yield* bench.store.state("stubborn")))
    }).pipe(Bench.run)
  )

  it.effect("is not held up by a schedule that never answers, and its run is recorded all the same", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const mute = Schedule.spaced("1 minute").pipe(Schedule.mapEffect(() => Effect.never))
      const bench = yield* Bench.open(Jobs.make(work.job("mute").pipe(Job.repeat(mute))), { drain: "2 seconds" })
      const fiber = yield* Bench.daemon(bench)
      assert.isAtMost(yield* Bench.stop(fiber), 3000)
      assert.deepStrictEqual(namesOf(yield* bench.store.log), namesOf(work.begun))
      assert.strictEqual((yield* bench.store.state("mute")).claim.owner, null)
    }).pipe(Bench.run)
  )

  it.effect("does not stop what another caller drives", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const bench = yield* Bench.daemonOf(Jobs.make(work.job("long", "30 seconds").pipe(hourly)))
      const pass = yield* Bench.fork(bench.tick.once)
      assert.strictEqual(yield* Bench.stop(pass), 0)
      yield* bench.time.advance("30 seconds")
      assert.isTrue(Option.isSome(Option.fromNullable((yield* bench.store.state("long")).lastSuccessAt)))
    }).pipe(Bench.run)
  )

  it.effect("cuts short nothing that another caller has started meanwhile", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const endless = work.job("endless", "1 day").pipe(hourly, Job.parallel)
      const later = work.job("later", "8 seconds").pipe(Job.cron("5 0 12 * * *"))
      const bench = yield* Bench.open(Jobs.make(endless, later))
      const fiber = yield* Bench.daemon(bench)
      yield* Bench.fork(Fiber.interrupt(fiber))
      yield* bench.time.advance("5 seconds")
      yield* Bench.fork(bench.tick.once)
      yield* bench.time.advance("1 minute")
      assert.deepInclude((yield* bench.store.logOf("later"))[0], { status: "success", durationMs: 8000 })
    }).pipe(Bench.run)
  )
})
