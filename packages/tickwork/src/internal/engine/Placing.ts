/**
 * Leaves the instances of partitions that another process takes care of now, and takes those of others.
 *
 * What is idle is forgotten at once; what is under way here ends here first, and is handed over then.
 *
 * @internal
 */
import { type Clock, Effect } from "effect"
import type { JobState } from "../../JobState.ts"
import type { Ref, Service, StoreError } from "../../JobStore.ts"
import { InstanceMap } from "../InstanceMap.ts"
import { forKey } from "../plan/Registered.ts"
import type { Engine } from "./Engine.ts"
import * as Instance from "./Instance.ts"
import * as Releases from "./Releases.ts"
import { nowOf } from "./Runner.ts"
import * as Transitions from "./Transitions.ts"

/** True where the placement may have changed, or others have to hear of what was handed over. */
export const isDue = ({ hasHandedOver, share }: Engine): boolean => hasHandedOver || share.isStale

/**
 * Leaves the instances of partitions that this process has lost, and takes those of partitions that it has gained; but
 * first lets the processes hear that wait for what was handed over. One that does not hear looks again after a while.
 */
export const place = (engine: Engine, store: Service, clock: Clock.Clock): Effect.Effect<void, StoreError> => {
  const { share } = engine
  if (engine.hasHandedOver) {
    engine.hasHandedOver = false
    return Effect.ignore(store.announce)
  }
  const { gained, hasLost } = share.read()
  if (hasLost) leave(engine, nowOf(clock))
  if (gained.length === 0) return Effect.void
  const loaded = Effect.tapError(load(engine, store, gained), () =>
    Effect.sync(() => {
      share.isStale = true
    })
  )
  return Effect.map(loaded, (states) => take(engine, gained, states, nowOf(clock)))
}

/** Starts nothing more of what another process takes care of. */
const leave = (engine: Engine, now: number): void => {
  for (const instance of [...engine.instances]) {
    if (engine.share.has(instance.state)) continue
    Transitions.withdraw(engine, instance, now)
    if (Instance.isSettled(instance)) Transitions.remove(engine, instance)
    else {
      engine.leaving.add(instance)
      if (instance.phase === "waiting") engine.wakes.set(instance, null)
    }
  }
  engine.wakes.compact(engine.instances)
  Releases.dropAdmissions(engine)
}

/** The stored instances of partitions. */
const load = (
  { registry, share }: Engine,
  store: Service,
  partitions: ReadonlyArray<number>
): Effect.Effect<ReadonlyArray<JobState>, StoreError> => {
  const named = (isEnqueued: boolean) =>
    [...registry.values()].flatMap(({ job }) => ((job.payload !== null) === isEnqueued ? [job.name] : []))
  return Effect.zipWith(
    share.load(store, named(false), "all", partitions),
    share.load(store, named(true), "unfinished", partitions),
    (all, unfinished) => [...all, ...unfinished]
  )
}

/** Takes the instances of partitions as they are stored, and creates those that are not. */
const take = (
  engine: Engine,
  partitions: ReadonlyArray<number>,
  states: ReadonlyArray<JobState>,
  now: number
): void => {
  engine.share.take(partitions)
  // some are about these instances
  engine.requests.isBehind = true
  for (const state of states) {
    const known = engine.instances.find(state)
    if (known === undefined) admit(engine, state, now)
    // it was on its way to another process, and is back before it was left
    else if (engine.leaving.delete(known) && known.phase === "waiting") Transitions.reschedule(engine, known, now)
  }
  const stored = InstanceMap.of(states)
  const gained = new Set(partitions)
  const isMissing = (ref: Ref) => gained.has(engine.share.partitions.of(ref)) && stored.find(ref) === undefined
  for (const registered of engine.registry.values()) {
    const { keys, name: jobName, payload } = registered.job
    if (payload !== null) continue
    const listed = keys === null ? plain : engine.listings.of(jobName)
    for (const [key, cadence] of listed ?? [])
      if (isMissing({ jobName, key })) engine.admissions.push({ registered: forKey(registered, key, cadence), key })
  }
}

const plain = new Map([["", null]])

/** An instance whose key is not in the last list here is inactive, until the keys are listed again. */
const admit = (engine: Engine, state: JobState, now: number): void => {
  const isListed = engine.listings.of(state.jobName)?.has(state.key) ?? true
  if (!isListed) engine.listings.refreshNow(now, state.jobName)
  Transitions.admitState(
    engine,
    state,
    { heardAt: Number.NEGATIVE_INFINITY, inactiveSince: isListed ? null : now },
    now
  )
}

/** Instances that another process may be about to hand over: they are read as soon as something is heard. */
export const awaited = ({ awaited, heldElsewhere, instances }: Engine): ReadonlyArray<Instance.Instance> => {
  const taken = new Set(heldElsewhere)
  return [...awaited].filter((instance) => {
    const isHeld = instance.phase === "held" && instances.find(instance.state) === instance
    return (isHeld || !awaited.delete(instance)) && !taken.has(instance)
  })
}
