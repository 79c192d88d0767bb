/**
 * How long a tick sleeps at most, however far away the next instant is: a clock that jumps is noticed within this time.
 *
 * Only a simulation, which knows that no clock jumps, sets it.
 *
 * @internal
 */
import { FiberRef, GlobalValue } from "effect"

export const defaultMs = 60_000

export const longestSleepMs: FiberRef.FiberRef<number> = GlobalValue.globalValue("tickwork/engine/longestSleepMs", () =>
  FiberRef.unsafeMake(defaultMs)
)
