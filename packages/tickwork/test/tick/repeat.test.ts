import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { counted, type Make } from "@tickwork/test-support/Schedules"
import { Clock, Effect, FastCheck as fc, Schedule } from "effect"
import { Job, Jobs } from "tickwork"
import { ManualClock } from "tickwork/testing"

const schedules: Record<string, Make> = {
  spaced: () => Schedule.spaced("5 seconds"),
  fixed: () => Schedule.fixed("7 seconds"),
  windowed: () => Schedule.windowed("7 seconds"),
  "windows of nothing": () => Schedule.windowed(0),
  exponential: () => Schedule.exponential("250 millis"),
  fibonacci: () => Schedule.fibonacci("100 millis"),
  cron: () => Schedule.cron("*/2 * * * *", "UTC"),
  recurs: () => Schedule.recurs(4),
  union: () => Schedule.union(Schedule.exponential("1 second"), Schedule.spaced("10 seconds")),
  intersect: () => Schedule.intersect(Schedule.spaced("2 seconds"), Schedule.recurs(3)),
  andThen: () => Schedule.andThen(Schedule.intersect(Schedule.recurs(2), Schedule.spaced(10)), Schedule.spaced(300)),
  upTo: () => Schedule.spaced("5 seconds").pipe(Schedule.upTo("21 seconds")),
  resetAfter: () => Schedule.exponential("1 second").pipe(Schedule.resetAfter("20 seconds")),
  "of what runs answer": () => Schedule.spaced("1 second").pipe(Schedule.whileInput((input) => counted(input) < 4)),
  "until a failure": () => Schedule.spaced("1 second").pipe(Schedule.whileInput((input) => counted(input) !== 0))
}

const enough = 10

/** A body that takes these times in turn, counts, and fails now and again. */
const counting = (durations: ReadonlyArray<number>, failsAt: number) => {
  const starts: Array<number> = []
  const body = Effect.gen(function* () {
    starts.push((yield* Clock.currentTimeMillis) - Bench.start)
    if (starts.length > enough) return yield* Effect.never
    const run = starts.length
    yield* Effect.sleep(durations[(run - 1) % durations.length] ?? 0)
    return yield* run === failsAt ? Effect.fail("no luck") : Effect.succeed(run)
  })
  return { starts, body }
}

const byEffect = (drive: "repeat" | "schedule", make: Make, durations: ReadonlyArray<number>, failsAt: number) =>
  Effect.gen(function* () {
    const { body, starts } = counting(durations, failsAt)
    const attempt = Effect.exit(body)
    const driven = drive === "repeat" ? Effect.repeat(attempt, make()) : Effect.schedule(attempt, make())
    const fiber = yield* Effect.forkDaemon(driven)
    yield* Effect.flatMap(ManualClock.ManualClock, (time) => time.advance("30 minutes"))
    yield* Bench.stop(fiber)
    return starts
  }).pipe(Bench.run)

const byTick = (drive: "repeat" | "schedule", make: Make, durations: ReadonlyArray<number>, failsAt: number) =>
  Effect.gen(function* () {
    const { body, starts } = counting(durations, failsAt)
    const job = Job.make("alone", body).pipe(
      drive === "repeat" ? Job.repeat(make()) : Job.schedule(make()),
      Job.retry(Schedule.stop)
    )
    const { time } = yield* Bench.daemonOf(Jobs.make(job))
    yield* time.advance("30 minutes")
    return starts
  }).pipe(Bench.run)

const all = Object.entries(schedules)

describe("law 1, Repeat", () => {
  it.effect.each(all)("a job alone on a daemon starts when Effect.repeat starts it: %s", ([, make]) =>
    Effect.gen(function* () {
      const expected = yield* byEffect("repeat", make, [0, 12, 900, 4000, 60_000], 5)
      assert.isAtLeast(expected.length, 4)
      assert.deepStrictEqual(yield* byTick("repeat", make, [0, 12, 900, 4000, 60_000], 5), expected)
    })
  )

  it.effect.each(all)("a job alone on a daemon starts when Effect.schedule starts it: %s", ([, make]) =>
    Effect.gen(function* () {
      const expected = yield* byEffect("schedule", make, [3, 0, 7001, 20], 4)
      assert.deepStrictEqual(yield* byTick("schedule", make, [3, 0, 7001, 20], 4), expected)
    })
  )

  it.effect.prop(
    "a job alone on a daemon starts when Effect starts it, whatever its durations and failures",
    [
      fc.constantFrom(...all.map(([name]) => name)),
      fc.constantFrom("repeat" as const, "schedule" as const),
      fc.array(fc.constantFrom(0, 1, 900, 4000, 7001, 60_000, 600_000), { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 8 })
    ],
    ([name, drive, durations, failsAt]) =>
      Effect.gen(function* () {
        const make = schedules[name] ?? assert.fail(name)
        const expected = yield* byEffect(drive, make, durations, failsAt)
        assert.deepStrictEqual(yield* byTick(drive, make, durations, failsAt), expected)
      }),
    { fastCheck: { seed: 1, numRuns: 40 } }
  )
})
