/**
 * Whether a tick updates the metrics of the process.
 *
 * Only a simulation unsets it.
 *
 * @internal
 */
import { FiberRef, GlobalValue } from "effect"

export const isObserved: FiberRef.FiberRef<boolean> = GlobalValue.globalValue("tickwork/engine/isObserved", () =>
  FiberRef.unsafeMake(true)
)
