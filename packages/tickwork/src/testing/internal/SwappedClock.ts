/**
 * A clock made of functions, for `Effect.withClock`. It reads no other clock.
 *
 * @internal
 */
import { Clock, type Duration, Effect } from "effect"

export const make = (given: {
  /** In ms since the epoch. */
  readonly now: () => number
  /** How much time has passed since the epoch, whatever the clock shows, in ms. */
  readonly passed: () => number
  readonly sleep: (duration: Duration.Duration) => Effect.Effect<void>
}): Clock.Clock => {
  const { now, passed, sleep } = given
  const nanos = () => BigInt(Math.floor(passed())) * 1_000_000n
  const live = Clock.make()
  // Effect recognises a clock by its prototype
  return Object.assign(Object.create(Object.getPrototypeOf(live)), live, {
    sleep,
    unsafeCurrentTimeMillis: now,
    unsafeCurrentTimeNanos: nanos,
    currentTimeMillis: Effect.sync(now),
    currentTimeNanos: Effect.sync(nanos)
  })
}
