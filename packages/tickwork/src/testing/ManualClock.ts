/**
 * A clock that is moved by hand: time stands still until a test moves it, and then passes at once.
 *
 * It never reads the machine's clock and never waits for it. Moving it wakes each sleeper at its own instant, in order,
 * and lets everything that is ready run on before it goes further.
 *
 * @since 0.1.0
 */
import { type Clock, Context, Duration, Effect, Fiber, Layer, Option } from "effect"
import * as SwappedClock from "./internal/SwappedClock.ts"

interface Sleeper {
  /** How much time will have passed by then. */
  readonly at: number
  readonly wake: () => void
}

/**
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
   * Sets it to an instant, while no time passes: sleepers sleep on for as long as they would have. So does a clock that
   * somebody sets, and so does a machine that was suspended.
   */
  readonly jumpTo: (instant: number) => Effect.Effect<void>
  /**
   * Runs an effect to its end, and lets time pass whenever everything sleeps: at once, up to the next sleeper's instant.
   * Time does not know of the outside world: while an answer of it is awaited, sleepers are woken all the same.
   */
  readonly until: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** How often a sleeper has been woken so far. */
  readonly wakeUps: Effect.Effect<number>
  /** Lets everything that is ready run until it waits for time, or for the outside world. */
  readonly settle: Effect.Effect<void>
}

/**
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
  let passed = 0
  let shownAtFirst = start
  let wakeUps = 0
  const sleepers: Array<Sleeper> = []

  const now = () => shownAtFirst + passed
  const sleep = (duration: Duration.Duration): Effect.Effect<void> =>
    Effect.async((resume) => {
      const sleeper = { at: passed + Duration.toMillis(duration), wake: () => resume(Effect.void) }
      if (sleeper.at <= passed) return resume(Effect.void)
      sleepers.splice(placeOf(sleepers, sleeper.at), 0, sleeper)
      return Effect.sync(() => {
        const index = sleepers.indexOf(sleeper)
        if (index >= 0) sleepers.splice(index, 1)
      })
    })
  const wakeThrough = (until: number): boolean => {
    const [first] = sleepers
    if (first === undefined || first.at > until) return false
    passed = Math.max(passed, first.at)
    while (sleepers[0] !== undefined && sleepers[0].at <= passed) {
      wakeUps += 1
      sleepers.shift()?.wake()
    }
    return true
  }
  const clock = SwappedClock.make({ now, passed: () => start + passed, sleep })

  return {
    clock,
    now: Effect.sync(now),
    advance: (duration) =>
      Effect.gen(function* () {
        const until = passed + Duration.toMillis(duration)
        yield* settle
        while (wakeThrough(until)) yield* settle
        passed = until
        yield* settle
      }),
    jumpTo: (instant) =>
      Effect.zipRight(
        Effect.sync(() => {
          shownAtFirst = instant - passed
        }),
        settle
      ),
    until: (effect) =>
      Effect.gen(function* () {
        const fiber = yield* Effect.fork(effect)
        yield* settle
        while (Option.isNone(yield* fiber.poll)) {
          wakeThrough(Number.POSITIVE_INFINITY)
          yield* settle
        }
        return yield* Fiber.join(fiber)
      }),
    wakeUps: Effect.sync(() => wakeUps),
    settle
  }
}

/** Sleepers stand in the order of their instants; equal ones in the order in which they lay down. */
const placeOf = (sleepers: ReadonlyArray<Sleeper>, at: number): number => {
  let index = sleepers.length
  while (index > 0 && (sleepers[index - 1] as Sleeper).at > at) index -= 1
  return index
}

/**
 * Swaps the clock of a program for one that shows `start`, and gives the program the hand to move it by.
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
