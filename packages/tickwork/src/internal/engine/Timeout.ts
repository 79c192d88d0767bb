/**
 * Limits the time of an effect, for as long as a caller may say: a timer of JavaScript lasts 24.8 days at most.
 *
 * @internal
 */
import { Duration, Effect } from "effect"

/** A longer timer never fires. */
const longestTimerMs = 2 ** 31 - 1

const sleep = (ms: number): Effect.Effect<void> =>
  ms <= longestTimerMs
    ? Effect.sleep(Duration.millis(ms))
    : Effect.flatMap(Effect.sleep(Duration.millis(longestTimerMs)), () => sleep(ms - longestTimerMs))

/** Interrupts the effect after `ms`, waits until it has ended, and answers in its place. */
export const to = <A, E, R, B>(
  effect: Effect.Effect<A, E, R>,
  ms: number,
  onTimeout: () => B
): Effect.Effect<A | B, E, R> =>
  ms <= longestTimerMs
    ? Effect.timeoutTo(effect, { duration: ms, onSuccess: (value): A | B => value, onTimeout })
    : // also in a finalizer, the sleep ends with the effect
      Effect.raceFirst(effect, Effect.interruptible(Effect.map(sleep(ms), onTimeout)))
