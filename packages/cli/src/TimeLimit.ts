/**
 * Ends an effect after a time, however long: a timer of JavaScript lasts 24.8 days at most.
 *
 * @internal
 */
import { Effect } from "effect"

/** A longer timer never fires. */
const longestTimerMs = 2 ** 31 - 1

const sleep = (ms: number): Effect.Effect<void> =>
  ms <= longestTimerMs
    ? Effect.sleep(ms)
    : Effect.flatMap(Effect.sleep(longestTimerMs), () => sleep(ms - longestTimerMs))

/** Interrupts the effect after `ms`. */
export const end = <A, E, R>(effect: Effect.Effect<A, E, R>, ms: number): Effect.Effect<void, E, R> =>
  Effect.raceFirst(Effect.asVoid(effect), sleep(ms))
