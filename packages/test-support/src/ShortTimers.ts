/**
 * A clock on which durations are tried that are longer than a timer of JavaScript lasts.
 */
import { type Clock, Duration, Effect } from "effect"

/** Runs an effect on the test's clock, whose longer sleeps never end, as those of the real clock. */
export const onShortTimers = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.clockWith((clock) => {
    const sleep = (duration: Duration.Duration) =>
      Duration.toMillis(duration) > 2 ** 31 - 1 ? Effect.never : clock.sleep(duration)
    const short: Clock.Clock = Object.assign(Object.create(Object.getPrototypeOf(clock)), clock, { sleep })
    return Effect.withClock(effect, short)
  })
