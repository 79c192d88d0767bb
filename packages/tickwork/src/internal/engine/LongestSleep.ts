/**
 * The longest sleep of a tick, within which it notices a clock that jumps.
 *
 * Only a simulation sets it, since its clock never jumps unnoticed.
 *
 * @internal
 */
import { FiberRef, GlobalValue } from "effect"

export const defaultMs = 60_000

export const longestSleepMs: FiberRef.FiberRef<number> = GlobalValue.globalValue("tickwork/engine/longestSleepMs", () =>
  FiberRef.unsafeMake(defaultMs)
)
