/**
 * A clock that the benchmark moves by hand, at no cost. Sleeping on it takes real time, so only callers of `Tick.once` can
 * use it.
 */
import { Clock, Effect } from "effect"

export interface HandClock {
  readonly clock: Clock.Clock
  /** Moves the clock on by this number of ms. */
  readonly goOn: (ms: number) => void
}

export const make = (start: number): HandClock => {
  let now = start
  const live = Clock.make()
  const nanos = () => BigInt(now) * 1_000_000n
  const clock: Clock.Clock = Object.assign(Object.create(Object.getPrototypeOf(live)), live, {
    unsafeCurrentTimeMillis: () => now,
    unsafeCurrentTimeNanos: nanos,
    currentTimeMillis: Effect.sync(() => now),
    currentTimeNanos: Effect.sync(nanos)
  })
  return {
    clock,
    goOn: (ms) => {
      now += ms
    }
  }
}
