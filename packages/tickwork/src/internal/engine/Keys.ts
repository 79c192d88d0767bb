/**
 * Applies a list of keys: creates instances of new keys, and deactivates those of missing keys.
 *
 * It lists nothing itself and reads no clock.
 *
 * @internal
 */
import { forKey, type Registered } from "../plan/Registered.ts"
import type { Engine } from "./Engine.ts"
import * as Instance from "./Instance.ts"
import * as Transitions from "./Transitions.ts"
import { absencesUntilInactive } from "./Tuning.ts"

/** Applies the current keys of a job; an instance whose key is missing from two lists in a row becomes inactive. */
export const listed = (engine: Engine, registered: Registered, keys: ReadonlySet<string> | null, now: number): void => {
  engine.listings.listed(registered, keys !== null, now)
  if (keys === null) return
  const { name } = registered.job
  const known = engine.instances.keyed(name)
  for (const [key, instance] of known) {
    if (keys.has(key)) {
      instance.absences = 0
      if (instance.inactiveSince !== null) reactivate(engine, instance, instance.inactiveSince, now)
    } else {
      instance.absences = Math.min(instance.absences + 1, absencesUntilInactive)
      if (instance.absences === absencesUntilInactive && instance.inactiveSince === null)
        deactivate(engine, instance, now)
    }
  }
  for (const key of keys) if (!known.has(key)) engine.admissions.push({ registered: forKey(registered, key), key })
}

const deactivate = (engine: Engine, instance: Instance.Instance, now: number): void => {
  instance.inactiveSince = now
  if (Instance.isInLane(instance)) {
    engine.catchUp.paused(instance, instance.state.position.scheduledAt ?? now)
    Transitions.withdraw(engine, instance, now)
  }
  if (instance.phase === "waiting") Transitions.reschedule(engine, instance, now)
}

const reactivate = (engine: Engine, instance: Instance.Instance, inactiveSince: number, now: number): void => {
  instance.inactiveSince = null
  engine.catchUp.resumed(instance, { from: inactiveSince, to: now, why: "not-listed" })
  if (instance.phase === "waiting") Transitions.reschedule(engine, instance, now)
}
