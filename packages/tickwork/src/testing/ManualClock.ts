/**
 * A clock that is moved by hand: time stands still until a test moves it, and then passes at once. It never reads the
 * machine's clock and never waits for it.
 *
 * @since 0.1.0
 */
import { type Clock, Context, Duration, Effect, Fiber, Layer, Option } from "effect"
import { VirtualTime } from "./VirtualTime.ts"

/**
 * A clock, and what moves it. Moving it wakes each sleeper at its own instant, in order, and lets all that is ready run on
 * before it goes further.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** The clock itself, for `Effect.withClock` and `Layer.setClock`. */
  readonly clock: Clock.Clock
  /** The instant it shows, in ms since the epoch. */
  readonly now: Effect.Effect<number>
  /** Lets this much time pass. */
  readonly advance: (duration: Duration.DurationInput) => Effect.Effect<void>
  /**
   * Sets the clock to an instant, in ms since the epoch, while no time passes: sleepers sleep on for the rest of their
   * time, as they do on a machine that was suspended or whose clock is set.
   */
  readonly jumpTo: (instant: number) => Effect.Effect<void>
  /**
   * Runs an effect to its end. Whenever everything sleeps, time passes at once up to the next sleeper's instant; it does
   * not stand still while an answer from outside is awaited.
   */
  readonly until: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** How many sleepers have been woken so far. */
  readonly wakeUps: Effect.Effect<number>
  /** Lets everything that is ready run until it waits for time, or for the outside world. */
  readonly settle: Effect.Effect<void>
}

/**
 * The clock of a program that {@link layer} or `TestTime.layer` has swapped.
 *
 * @since 0.1.0
 * @category services
 */
export class ManualClock extends Context.Tag("tickwork/testing/ManualClock")<ManualClock, Service>() {}

/** One round of the event loop: all that is ready, promises included, has run by then. */
const round = Effect.async<void>((resume) => {
  const immediate = setImmediate(() => resume(Effect.void))
  return Effect.sync(() => clearImmediate(immediate))
})

/** Enough rounds for work that hands over to other fibers a few times. */
const settle = Effect.zipRight(round, round)

/**
 * A clock that shows `start`, in ms since the epoch, and stands still.
 *
 * @example
 * ```ts
 * import { Effect, Fiber } from "effect"
 * import { ManualClock } from "tickwork/testing"
 *
 * const program = Effect.gen(function* () {
 *   const time = ManualClock.make(0)
 *   const nap = Effect.withClock(Effect.sleep("1 hour"), time.clock)
 *   const napping = yield* Effect.fork(nap)
 *   yield* time.advance("1 hour")
 *   yield* Fiber.join(napping)
 *   yield* time.until(nap)
 *   console.assert((yield* time.now) === 7_200_000)
 * })
 *
 * Effect.runPromise(program)
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (start: number): Service => {
  const time = new VirtualTime(start)
  const moving = (move: () => void) => Effect.zipRight(Effect.sync(move), settle)
  return {
    clock: time.clock,
    now: Effect.sync(() => time.now),
    advance: (duration) =>
      Effect.gen(function* () {
        const until = time.passed + Duration.toMillis(duration)
        yield* settle
        while (time.nextAt <= until) yield* moving(() => time.passTo(time.nextAt))
        yield* moving(() => time.passBefore(until))
      }),
    jumpTo: (instant) => moving(() => time.jump(instant - time.now)),
    until: (effect) =>
      Effect.gen(function* () {
        const fiber = yield* Effect.fork(effect)
        yield* settle
        while (Option.isNone(yield* fiber.poll)) {
          yield* moving(() => {
            if (Number.isFinite(time.nextAt)) time.passTo(time.nextAt)
          })
        }
        return yield* Fiber.join(fiber)
      }),
    wakeUps: Effect.sync(() => time.wakeUps),
    settle
  }
}

/**
 * Swaps the clock of a program for one that shows `start`, in ms since the epoch, and provides what moves it.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (start: number): Layer.Layer<ManualClock> =>
  // Layer.merge does not put the clock back when its scope ends
  Layer.scoped(
    ManualClock,
    Effect.suspend(() => {
      const time = make(start)
      return Effect.as(Effect.withClockScoped(time.clock), time)
    })
  )
