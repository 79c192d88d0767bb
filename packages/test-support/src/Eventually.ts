/**
 * What comes true by itself, and of which nothing tells: it is asked for again and again, but not for ever.
 */
import { Effect, Schedule } from "effect"

const often = Schedule.spaced("500 millis").pipe(Schedule.intersect(Schedule.recurs(1000)))

/** Waits until it is true; dies where that takes too long. */
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
