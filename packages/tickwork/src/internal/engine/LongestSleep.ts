/**
 * The longest sleep of a tick, within which it notices a clock that jumps.
 *
 * Only a simulation sets it, since its clock never jumps unnoticed.
 *
 * @internal
 */
import { Effect, FiberRef, GlobalValue } from "effect"

export const defaultMs = 60_000

export const longestSleepMs: FiberRef.FiberRef<number> = GlobalValue.globalValue("tickwork/engine/longestSleepMs", () =>
  FiberRef.unsafeMake(defaultMs)
)

/** The longest sleep of a tick that checks its clock this often; infinity where it need not. */
export const within = (clockCheckMs: number): Effect.Effect<number> =>
  Effect.map(FiberRef.get(longestSleepMs), (ms) => (Number.isFinite(ms) ? clockCheckMs : ms))
