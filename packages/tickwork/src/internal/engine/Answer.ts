/**
 * Waits for an effect of the application for a limited time.
 *
 * It knows nothing of what the effect answers.
 *
 * @internal
 */
import { Effect } from "effect"

export const noneWithin = (ms: number): Error => new Error(`no answer within ${ms / 1000} seconds`)

/** Fails where there is no answer in time; disconnected, so that this also ends an effect that cannot be interrupted. */
export const within = <A, E, R>(effect: Effect.Effect<A, E, R>, ms: number): Effect.Effect<A, E | Error, R> =>
  Effect.timeoutFail(Effect.disconnect(effect), { duration: ms, onTimeout: () => noneWithin(ms) })
