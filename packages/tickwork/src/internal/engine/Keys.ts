/**
 * Applies a list of keys: creates instances of new keys, and deactivates those of missing keys.
 *
 * It lists nothing itself and reads no clock.
 *
 * @internal
 */
import * as JobState from "../../JobState.ts"
import * as BackfillKey from "../BackfillKey.ts"
import * as Millis from "../Millis.ts"
import { forKey, type Registered } from "../plan/Registered.ts"
import type { Engine } from "./Engine.ts"
import * as Instance from "./Instance.ts"
import type { Keys } from "./KeyList.ts"
import * as Transitions from "./Transitions.ts"
import { absencesUntilInactive } from "./Tuning.ts"

/** Applies the current keys of a job; an instance whose key is missing from two lists in a row becomes inactive. */
export const listed = (engine: Engine, registered: Registered, keys: Keys | null, now: number): void => {
  const { name } = registered.job
  const before = engine.listings.of(name)
  engine.listings.listed(registered, keys, now)
  if (keys === null) return
  const known = engine.instances.keyed(name)
  for (const [key, instance] of known) {
    if (BackfillKey.is(key)) continue
    if (keys.has(key)) {
      instance.absences = 0
      // what reads alike is the same value
      if (before?.get(key) !== keys.get(key)) adopt(engine, instance, now)
      if (instance.inactiveSince !== null) reactivate(engine, instance, instance.inactiveSince, now)
      // a restart must not take it for one that has not been listed since then
      if (instance.state.lastVerdict === "not-listed")
        Transitions.note(engine, instance, now, { reason: "its key is listed again" })
    } else {
      instance.absences = Math.min(instance.absences + 1, absencesUntilInactive)
      if (instance.absences === absencesUntilInactive && instance.inactiveSince === null)
        deactivate(engine, instance, now)
      if (instance.absences === absencesUntilInactive) age(engine, instance, now)
    }
  }
  for (const [key, listed] of keys)
    if (!known.has(key) && engine.share.has({ jobName: name, key }))
      engine.admissions.push({ registered: forKey(registered, key, listed), key })
}

/** Takes in the cadence that its key brings now: the instance is planned again where that is another one. */
const adopt = (engine: Engine, instance: Instance.Instance, now: number): void => {
  const { cadence, invalid } = instance.registered
  const registered = engine.registeredOf(instance.state) ?? instance.registered
  if (registered.invalid === invalid && registered.cadence.definition === cadence.definition) return
  instance.registered = registered
  Transitions.withdraw(engine, instance, now)
  Transitions.tellInvalid(engine, instance)
  if (engine.isOutdated(instance)) engine.outdated.add(instance)
  if (instance.phase === "waiting") Transitions.reschedule(engine, instance, now)
  Transitions.noteInvalid(engine, instance, now)
}

const deactivate = (engine: Engine, instance: Instance.Instance, now: number): void => {
  instance.inactiveSince = now
  if (Instance.isInLane(instance)) {
    engine.catchUp.paused(instance, instance.state.position.scheduledAt ?? now)
    Transitions.withdraw(engine, instance, now)
  }
  if (instance.phase === "waiting") Transitions.reschedule(engine, instance, now)
}

/**
 * Notes in the log that its key is not listed, so that people and a restart know since when; where its job forgets instances
 * and that is long ago, has it forgotten.
 */
const age = (engine: Engine, instance: Instance.Instance, now: number): void => {
  const { registered, state } = instance
  const forgetAfter = registered.job.keys?.forgetAfter ?? null
  if (state.lastVerdict !== "not-listed")
    Transitions.note(engine, instance, now, { reason: JobState.notListed, verdict: "not-listed" })
  else if (
    forgetAfter !== null &&
    now - state.updatedAt >= Millis.of(forgetAfter) &&
    Transitions.isFree(engine, instance)
  )
    engine.expired.push(instance)
}

const reactivate = (engine: Engine, instance: Instance.Instance, inactiveSince: number, now: number): void => {
  instance.inactiveSince = null
  engine.catchUp.resumed(instance, { from: inactiveSince, to: now, why: "not-listed" })
  if (instance.phase === "waiting") Transitions.reschedule(engine, instance, now)
}
