/**
 * Bodies that go on after their tick was stopped: until they end, no tick of this process takes over their claim at once.
 *
 * It knows only the bodies of this process, and no tick.
 *
 * @internal
 */
import { GlobalValue } from "effect"
import type { JobState } from "../../JobState.ts"

type Claimed = Pick<JobState, "claim" | "jobName" | "key">

/** Who listens to the end of each of them; one map, also where an application loads this module twice. */
const bodies = GlobalValue.globalValue("tickwork/Outliving", () => new Map<string, Set<() => void>>())

const idOf = ({ claim: { owner, token }, jobName, key }: Claimed): string =>
  JSON.stringify([owner, token, jobName, key])

export const begin = (state: Claimed): void => {
  bodies.set(idOf(state), new Set())
}

export const end = (state: Claimed): void => {
  const listeners = bodies.get(idOf(state))
  bodies.delete(idOf(state))
  for (const listener of listeners ?? []) listener()
}

/** True where the body that this claim is for goes on in this process. */
export const has = (state: Claimed): boolean => bodies.size > 0 && bodies.has(idOf(state))

/** Calls `listener` when that body ends, unless the returned function is called before. */
export const whenEnded = (state: Claimed, listener: () => void): (() => void) => {
  const listeners = bodies.get(idOf(state))
  listeners?.add(listener)
  return () => listeners?.delete(listener)
}
