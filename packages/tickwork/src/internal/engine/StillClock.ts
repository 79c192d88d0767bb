/**
 * Notices a clock that no one moves: a test that closes a scope does not always move its clock meanwhile.
 *
 * It measures in real time, and a clock of the system never stands still.
 *
 * @internal
 */
import { Clock, Effect, FiberRef } from "effect"
import { passedMs } from "./ClockWatch.ts"
import { longestSleepMs } from "./LongestSleep.ts"

/** Checks in between let whatever moves the clock have its turn, also on a busy machine. */
const checks = 4

/** Keeps no process alive, as Effect's own `never` does. */
const never: Effect.Effect<never> = Effect.async(() => {})

/** Ends once the clock has stood still for this long in real time; never in a simulation, which knows no real time. */
export const whenStill = (clock: Clock.Clock, forMs: number): Effect.Effect<void> =>
  Effect.flatMap(FiberRef.get(longestSleepMs), (ms) => (Number.isFinite(ms) ? watch(clock, forMs) : never)).pipe(
    Effect.interruptible
  )

const watch = (clock: Clock.Clock, forMs: number): Effect.Effect<void> =>
  Effect.suspend(() => {
    let passed = passedMs(clock)
    let still = 0
    return Effect.whileLoop({
      while: () => still < checks,
      body: () => Effect.sleep(forMs / checks),
      step: () => {
        const now = passedMs(clock)
        still = now === passed ? still + 1 : 0
        passed = now
      }
    })
  }).pipe(Effect.withClock(Clock.make()))
