import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Effect, Fiber, Schedule } from "effect"
import { Job, Jobs } from "tickwork"
import { ManualClock } from "tickwork/testing"

const selfInterruption = Effect.withFiberRuntime<never>((fiber) =>
  Effect.zipRight(Fiber.interrupt(fiber), Effect.never)
)
const broken = (): never => {
  throw new Error("thrown where the body is made")
}

const neighbours: Record<string, { readonly takes: number; readonly end: Effect.Effect<void, unknown> }> = {
  fails: { takes: 0, end: Effect.fail("offline") },
  dies: { takes: 0, end: Effect.die(new Error("out of memory")) },
  throws: { takes: 0, end: Effect.suspend(broken) },
  "interrupts itself": { takes: 0, end: Effect.interrupt },
  "interrupts its own fiber": { takes: 0, end: selfInterruption },
  "is slow": { takes: 47_000, end: Effect.void },
  "never ends": { takes: 0, end: Effect.never }
}

/** What a witness does in ten minutes: when it was planned for and, beside a job in another place, when it starts. */
const witness = (beside: ReadonlyArray<Job.Job<string, unknown, unknown, never>>, place: Job.ConcurrencyMode) =>
  Effect.gen(function* () {
    const work = Bench.makeWork()
    const calendar = work.job("on a calendar").pipe(Job.every("7 seconds"))
    const spaced = work.job("on a schedule").pipe(Job.repeat(Schedule.jittered(Schedule.spaced("11 seconds"))))
    const jobs = [calendar, spaced].map((job) => (place === "serial" ? Job.serial(job) : Job.parallel(job)))
    const { time } = yield* Bench.daemonOf(Jobs.make(...jobs, ...beside))
    yield* time.advance("10 minutes")
    return work.begun.map(
      (run) => `${run.jobName} at ${run.startedAt - Bench.start} for ${run.scheduledAt - Bench.start}`
    )
  }).pipe(Bench.run)

describe("law 5, Isolation", () => {
  it.effect.each(Object.entries(neighbours))(
    "a job that %s changes no instant and no start of another",
    ([, { end, takes }]) =>
      Effect.gen(function* () {
        const { job } = Bench.makeWork()
        const bad = job("zz bad", takes, end).pipe(Job.every("5 seconds"))
        const alone = yield* witness([], "parallel")
        assert.isAbove(alone.length, 100)
        assert.deepStrictEqual(yield* witness([bad], "parallel"), alone)
      })
  )

  it.effect.each(Object.entries(neighbours).filter(([name]) => name !== "is slow" && name !== "never ends"))(
    "a job that %s changes nothing for another one in the same place",
    ([, { end }]) =>
      Effect.gen(function* () {
        const { job } = Bench.makeWork()
        const bad = job("zz bad", 0, end).pipe(Job.every("5 seconds"))
        assert.deepStrictEqual(yield* witness([bad], "serial"), yield* witness([], "serial"))
      })
  )

  it.effect("a job whose schedule dies is recorded, announced and stepped a minute later; others go on", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      let asked = 0
      const dying = Schedule.spaced("10 seconds").pipe(
        Schedule.mapEffect(() => (++asked === 2 ? Effect.die(new Error("no answer")) : Effect.void))
      )
      const bench = yield* Bench.daemonOf(
        Jobs.make(work.job("dying").pipe(Job.repeat(dying)), work.job("other").pipe(Job.every("30 seconds")))
      )
      yield* bench.time.advance("90 seconds")
      assert.deepStrictEqual(work.starts("dying"), [0, 10_000, 70_000, 80_000, 90_000])
      assert.deepStrictEqual(work.starts("other"), [0, 30_000, 60_000, 90_000])
      assert.strictEqual((yield* bench.store.logOf("dying")).filter((run) => run.status === "success").length, 5)
      assert.deepStrictEqual(
        bench.events.filter((event) => event._tag === "CadenceFailed"),
        [{ _tag: "CadenceFailed", jobName: "dying", key: "", error: "Error: no answer" }]
      )
    }).pipe(Bench.run)
  )

  it.effect("a job whose schedule never answers does not keep a call of `once` from ending", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const mute = Schedule.spaced("10 seconds").pipe(Schedule.mapEffect(() => Effect.never))
      const bench = yield* Bench.open(
        Jobs.make(work.job("mute").pipe(Job.repeat(mute)), work.job("other").pipe(Job.every("30 seconds")))
      )
      const pass = yield* Bench.fork(bench.tick.once)
      yield* bench.time.advance("10 minutes")
      assert.deepStrictEqual(work.names(), ["mute", "other"])
      assert.strictEqual((yield* pass.poll)._tag, "Some")
    }).pipe(Bench.run)
  )

  it.effect("a body that gives nobody else a turn is told of: nothing else can go on meanwhile", () =>
    Effect.gen(function* () {
      const time = yield* ManualClock.ManualClock
      const hog = Job.make(
        "hog",
        Effect.flatMap(time.now, (now) => time.jumpTo(now + 5000))
      ).pipe(Job.every("1 hour"))
      const { events } = yield* Bench.daemonOf(Jobs.make(hog, Bench.makeWork().job("other").pipe(Job.every("1 hour"))))
      assert.deepInclude(events, { _tag: "Blocked", jobNames: ["hog"], byMs: 5000 })
    }).pipe(Bench.run)
  )
})
