/**
 * Whether what a tick does is counted among the metrics of the process.
 *
 * Only a simulation, of which nobody is to hear, unsets it.
 *
 * @internal
 */
import { FiberRef, GlobalValue } from "effect"

export const isObserved: FiberRef.FiberRef<boolean> = GlobalValue.globalValue("tickwork/engine/isObserved", () =>
  FiberRef.unsafeMake(true)
)
