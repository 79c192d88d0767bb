/**
 * An hour of waiting with daily jobs, on a clock moved by hand: how often anything wakes up.
 */
import { Effect, Fiber } from "effect"
import { Job, Jobs, Tick } from "tickwork"
import { ManualClock } from "tickwork/testing"
import * as File from "../File.ts"
import type { Family, Row } from "../Report.ts"

const count = 100
const most = 60

const jobs = Jobs.make(
  ...Array.from({ length: count }, (_, index) => Job.make(`daily_${index}`, Effect.void).pipe(Job.every("1 day")))
)

export const rows: Family = Effect.gen(function* () {
  const file = yield* File.make()
  const time = ManualClock.make(Date.now())
  const wakeUps = yield* Effect.gen(function* () {
    const running = yield* Effect.fork(Tick.run)
    yield* time.advance("1 minute")
    const before = yield* time.wakeUps
    yield* time.advance("1 hour")
    const after = yield* time.wakeUps
    yield* Fiber.interrupt(running)
    return after - before
  }).pipe(Effect.provide(File.tick(file, jobs)), Effect.withClock(time.clock))
  return [
    {
      what: `idle, ${count} daily jobs, wake-ups in an hour`,
      ours: { value: wakeUps, unit: "" },
      floor: null,
      goal: `≤ ${most}`,
      met: wakeUps <= most
    }
  ] satisfies ReadonlyArray<Row>
}).pipe(Effect.scoped)
