/**
 * Waits for an effect of the application for a limited time.
 *
 * It knows nothing of what the effect answers.
 *
 * @internal
 */
import { Effect } from "effect"
import * as Timeout from "./Timeout.ts"

export const noneWithin = (ms: number): Error => new Error(`no answer within ${ms / 1000} seconds`)

/** Fails where there is no answer in time; disconnected, so that this also ends an effect that cannot be interrupted. */
export const within = <A, E, R>(effect: Effect.Effect<A, E, R>, ms: number): Effect.Effect<A, E | Error, R> =>
  Effect.flatten(
    Timeout.to(Effect.map(Effect.disconnect(effect), Effect.succeed), ms, () => Effect.fail(noneWithin(ms)))
  )
