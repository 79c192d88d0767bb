/**
 * Waits for a condition without a signal by checking it repeatedly, up to a limit.
 */
import { Effect, Schedule } from "effect"

const often = Schedule.spaced("500 millis").pipe(Schedule.intersect(Schedule.recurs(1000)))

/** Waits until the condition holds; dies where that takes too long. */
export const isTrue = <E, R>(what: string, holds: Effect.Effect<boolean, E, R>): Effect.Effect<void, never, R> =>
  holds.pipe(
    Effect.orDie,
    Effect.filterOrFail(
      (holds) => holds,
      () => `it never comes true that ${what}`
    ),
    Effect.retry(often),
    Effect.orDieWith((message) => new Error(message)),
    Effect.asVoid
  )
