/**
 * Waiting with daily jobs: how often anything wakes in an hour, on a clock moved by hand; and the share of a core, in real
 * time.
 */

import { type Duration, Effect, Fiber } from "effect"
import { Job, Jobs, ManualClock, Tick } from "#adapter"
import * as File from "../File.ts"
import * as Goal from "../Goal.ts"
import * as Measure from "../Measure.ts"
import * as Row from "../Row.ts"

const count = 100
const sizes = {
  table: { settle: "3 seconds", seconds: 5, windows: 2 },
  quick: { settle: "1 second", seconds: 3, windows: 2 }
} as const
interface Size {
  readonly settle: Duration.DurationInput
  readonly seconds: number
  readonly windows: number
}

const jobs = Jobs.make(
  ...Array.from({ length: count }, (_, index) => Job.make(`daily_${index}`, Effect.void).pipe(Job.every("1 day")))
)

const wakeUps = Effect.gen(function* () {
  const file = yield* File.make()
  const time = ManualClock.make(Date.now())
  return yield* Effect.gen(function* () {
    const running = yield* Effect.fork(Tick.run)
    yield* time.advance("1 minute")
    const before = yield* time.wakeUps
    yield* time.advance("1 hour")
    const after = yield* time.wakeUps
    yield* Fiber.interrupt(running)
    return after - before
  }).pipe(Effect.provide(File.tick(file, jobs)), Effect.withClock(time.clock))
}).pipe(Effect.scoped)

/**
 * % of a core, of a process that waits: the least of some windows, since the engine of JavaScript tidies its heap in one of
 * them.
 */
const shareOf = ({ seconds, settle, windows }: Size) =>
  Effect.gen(function* () {
    yield* Effect.sleep(settle)
    const all = yield* Effect.replicateEffect(Measure.spent(Effect.sleep(seconds * 1000)), windows)
    return Math.min(...all.map(({ cpu }) => cpu)) / (seconds * 10)
  })

const share = (size: Size) =>
  Effect.gen(function* () {
    const file = yield* File.make()
    const waiting = Effect.gen(function* () {
      const running = yield* Effect.fork(Tick.run)
      const measured = yield* shareOf(size)
      yield* Fiber.interrupt(running)
      return measured
    })
    return yield* Effect.provide(waiting, File.tick(file, jobs))
  }).pipe(Effect.scoped)

export const rows: Row.Family = ({ size, withFloor }) =>
  Effect.gen(function* () {
    const floor = withFloor ? yield* shareOf({ ...sizes[size], settle: "1 second", windows: 1 }) : null
    const ours = yield* share(sizes[size])
    return [
      Row.make({
        what: `idle, ${count} daily jobs, wake-ups in an hour`,
        unit: "",
        better: "less",
        ours: yield* wakeUps,
        goal: Goal.atMost(60, "")
      }),
      Row.make({
        what: `idle, ${count} daily jobs, of a core (floor: a process that only waits)`,
        unit: "%",
        better: "less",
        ours,
        floor,
        goal: Goal.atMost(0.01, "%")
      })
    ]
  })
