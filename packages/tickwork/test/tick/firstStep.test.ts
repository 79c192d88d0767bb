import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Effect, Fiber, Schedule, ScheduleDecision, ScheduleInterval } from "effect"
import { Decision, Job, JobState, Jobs } from "tickwork"
import { ManualClock } from "tickwork/testing"
import { makeLog } from "../support/log.ts"

const { minute, second, start } = Bench

const selfInterruption = Effect.withFiberRuntime<never>((fiber) =>
  Effect.zipRight(Fiber.interrupt(fiber), Effect.never)
)

/** What comes in place of an answer, what is told of it, and how long that takes. */
const ends: ReadonlyArray<readonly [string, () => Effect.Effect<void>, string, number]> = [
  ["dies", () => Effect.dieMessage("the service is away"), "the service is away", 0],
  [
    "throws",
    () => {
      throw new Error("thrown where the step is made")
    },
    "thrown where the step is made",
    0
  ],
  ["interrupts itself", () => Effect.interrupt, "interrupted", 0],
  ["interrupts its own fiber", () => selfInterruption, "interrupted", 0],
  ["never answers", () => Effect.never, "no answer within 5 seconds", 5 * second],
  ["cannot be interrupted", () => Effect.uninterruptible(Effect.never), "no answer within 5 seconds", 5 * second]
]

/** Every `ms`, but for its first questions, as many as `times`; it notes what it was asked with. */
const breaking = (end: () => Effect.Effect<void>, times: number, ms = 10_000) => {
  const inputs: Array<unknown> = []
  const schedule = Schedule.makeWithState(ms, (now, input: unknown, state) => {
    inputs.push(input)
    const answer = Effect.succeed([
      state,
      state,
      ScheduleDecision.continueWith(ScheduleInterval.after(now + ms))
    ] as const)
    return inputs.length > times ? answer : Effect.zipRight(end(), answer)
  })
  return { inputs, schedule }
}

/** Opens a registry, however long it takes, and starts its daemon. */
const daemonOf = (...args: Parameters<typeof Bench.open<never>>) =>
  Effect.gen(function* () {
    const time = yield* ManualClock.ManualClock
    const from = yield* time.now
    const opening = yield* Effect.fork(Bench.open(...args))
    yield* Effect.replicateEffect(time.settle, 4)
    while ((yield* opening.status)._tag !== "Done") yield* time.advance("1 second")
    const bench = yield* Fiber.join(opening)
    yield* Bench.daemon(bench)
    return { ...bench, tookMs: (yield* time.now) - from }
  })

const controls = (store: Bench.Store, jobName: string) =>
  Effect.map(store.logOf(jobName), (runs) =>
    runs.flatMap(({ reason, status }) => (status === "control" ? [reason] : []))
  )

describe("a schedule that, asked for the first time,", () => {
  it.effect.each(ends)("%s: leaves its job planned a minute later, when it is asked again", ([, end, error, takes]) =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const log = makeLog()
      const { inputs, schedule } = breaking(end, 2)
      const other = work.job("other").pipe(Job.every("30 seconds"))
      const jobs = Jobs.make(work.job("sole").pipe(Job.schedule(schedule)), other)
      const bench = yield* Effect.provide(daemonOf(jobs), log.layer)
      assert.strictEqual(bench.tookMs, takes)
      assert.isTrue(
        log.lines.some(
          ({ level, text }) =>
            level === "Warning" &&
            text.startsWith('The schedule of job "sole" gave no answer and is tried again: ') &&
            text.includes(error)
        )
      )
      const status = (yield* bench.tick.status).find(({ jobName }) => jobName === "sole")
      assert.deepStrictEqual(
        status?.decision,
        Decision.wait(Decision.Reason.NotDue({ until: start + minute })),
        "it is shown, and when it is asked"
      )

      yield* bench.time.advance(3 * minute - takes)
      assert.deepStrictEqual(inputs.slice(0, 3), [undefined, undefined, undefined])
      assert.strictEqual(work.starts("sole")[0], 130 * second, "it runs when it has answered, and not before")
      const failed = bench.events.filter((event) => event._tag === "CadenceFailed")
      assert.lengthOf(failed, 1)
      assert.deepInclude(failed[0], { jobName: "sole", key: "" })
      assert.include(failed[0]?.error, error)
      assert.deepStrictEqual(
        work.starts("other"),
        [takes, ...[30, 60, 90, 120, 150, 180].map((n) => n * second)].filter((at) => at <= 3 * minute)
      )
    }).pipe(Bench.run)
  )

  it.effect.each(ends)("%s: keeps no instant of a changed job from being run in the end", ([, end]) =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const other = work.job("other").pipe(Job.every("30 seconds"))
      const sound = work.job("sole").pipe(Job.repeat(Schedule.spaced("90 seconds")))
      const { store, tick, time } = yield* Bench.open(Jobs.make(sound, other))
      yield* tick.once

      yield* time.advance("10 seconds")
      const { schedule } = breaking(end, 1, 5 * minute)
      const { tookMs } = yield* daemonOf(Jobs.make(work.job("sole").pipe(Job.repeat(schedule)), other), { store })
      assert.strictEqual((yield* store.state("sole")).position.nextAt, start + 70 * second)
      yield* time.advance(4 * minute - 10 * second - tookMs)
      assert.deepStrictEqual(work.starts("sole"), [0, 90 * second], "the earlier of both instants holds")
      assert.deepStrictEqual(
        work.starts("other"),
        Array.from({ length: 9 }, (_, n) => n * 30 * second)
      )
      assert.deepStrictEqual(yield* controls(store, "sole"), ["repeat 0 became repeat 300000"])
    }).pipe(Bench.run)
  )

  it.effect("does not answer: keeps a layer from opening for five seconds, however many do the same", () =>
    Effect.gen(function* () {
      const { job } = Bench.makeWork()
      const mute = ["a", "b", "c"].map(
        (name): Job.Job<string, void, never, never> =>
          job(name).pipe(Job.schedule(breaking(() => Effect.never, 1).schedule))
      )
      assert.strictEqual((yield* daemonOf(Jobs.make(...mute))).tookMs, 5 * second)
    }).pipe(Bench.run)
  )

  it.effect("does not answer: is stepped again by a host that calls `once`, and by the next process", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const { inputs, schedule } = breaking(() => Effect.dieMessage("away"), 2)
      const jobs = Jobs.make(work.job("sole").pipe(Job.schedule(schedule)))
      const { store, tick, time } = yield* Bench.open(jobs)
      const first = yield* store.state("sole")
      assert.deepStrictEqual(yield* tick.once, [])
      yield* time.advance("1 minute")
      const [line] = yield* tick.once
      assert.deepInclude(line, { status: "skipped", trigger: "schedule", reason: "its schedule had not answered yet" })

      const next = yield* Bench.open(jobs, { store })
      assert.strictEqual(inputs.length, 2, "nobody asks before its time")
      yield* time.advance("1 hour")
      yield* next.tick.once
      assert.deepStrictEqual(work.begun, [])
      yield* time.advance("10 seconds")
      yield* next.tick.once
      assert.deepStrictEqual(work.starts("sole"), [61 * minute + 10 * second])
      const state = yield* store.state("sole")
      const folded = JobState.fold(first, yield* store.logOf("sole"))
      assert.deepStrictEqual({ ...folded, claim: state.claim }, state)
    }).pipe(Bench.run)
  )

  it.effect("does not answer: holds up no other job where it takes over a run of another process", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const seconds = work.job("other").pipe(Job.every("1 second"), Job.parallel)
      const old = yield* Bench.daemonOf(Jobs.make(work.job("sole", minute).pipe(Job.repeat(Schedule.spaced("1 hour")))))
      yield* old.time.advance("10 seconds")
      const { schedule } = breaking(() => Effect.never, 1)
      const jobs = Jobs.make(work.job("sole").pipe(Job.repeat(schedule)), seconds)
      yield* Bench.daemonOf(jobs, { store: old.store.as("young") })
      yield* old.time.advance("5 minutes")
      const starts = work.starts("other")
      assert.deepStrictEqual(
        starts,
        starts.map((_, n) => (10 + n) * second)
      )
      assert.isAbove(work.starts("sole").length, 5, "it runs, once it has answered")
    }).pipe(Bench.run)
  )

  it.effect("answers with what no store can keep: is refused when the registry is opened", () =>
    Effect.gen(function* () {
      const hiding = Schedule.unfold<unknown>(0, () => [() => 1])
      const error = yield* Effect.flip(Bench.open(Jobs.make(Bench.makeWork().job("sole").pipe(Job.schedule(hiding)))))
      assert.include(error.message, 'job "sole": schedule must hold what can be stored at state[0], got "a function".')
    }).pipe(Bench.run)
  )
})
