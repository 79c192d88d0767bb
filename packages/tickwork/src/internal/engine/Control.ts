/**
 * What the engine does about a request: a change of the plan, or something that the runner or the store has to do.
 *
 * It makes no store call and reads no clock.
 *
 * @internal
 */
import type { StoredRequest } from "../../Control.ts"
import * as JobState from "../../JobState.ts"
import type { Ref } from "../../JobStore.ts"
import * as Attempt from "./Attempt.ts"
import * as ControlTransition from "./ControlTransition.ts"
import type { Admission, Engine } from "./Engine.ts"
import * as Instance from "./Instance.ts"
import * as Transitions from "./Transitions.ts"

/**
 * What remains to be done about a request: nothing; to wait until the instance is free; to interrupt its run; to
 * conclude its occurrence without another attempt.
 */
export type RequestOutcome =
  | { readonly _tag: "Done" }
  | { readonly _tag: "Later" }
  | { readonly _tag: "CutShort"; readonly started: Attempt.Started }
  | { readonly _tag: "CallOff"; readonly started: Attempt.Started }

/** Instances that begin, and requests about runs that are over: the store takes both at once. */
export interface Creations {
  readonly admitted: ReadonlyArray<Admission>
  readonly obsolete: ReadonlyArray<StoredRequest>
}

export const nextCreations = ({ admissions, obsolete }: Engine): Creations => ({
  admitted: [...admissions],
  obsolete: [...obsolete]
})

/** The store holds these instances, as it says, and their requests are done. */
export const created = (
  engine: Engine,
  { admitted, obsolete }: Creations,
  states: ReadonlyArray<JobState.JobState>,
  now: number
): void => {
  engine.admissions.splice(0, admitted.length)
  engine.obsolete.splice(0, obsolete.length)
  for (const { request } of admitted) if (request !== undefined) engine.requests.done(request.id)
  for (const { id } of obsolete) engine.requests.done(id)
  Transitions.admit(engine, states, now)
}

/** The next request that an instance be forgotten. */
export const nextDeletion = ({ forgets }: Engine): StoredRequest | undefined => forgets[0]

/** The store has forgotten the instance of the first such request; false where another process runs it. */
export const deleted = (engine: Engine, isForgotten: boolean, now: number): void => {
  const request = engine.forgets.shift()
  if (request === undefined) return
  if (isForgotten) {
    engine.requests.done(request.id)
    forgot(engine, request, now)
  } else engine.requests.requeue(request.id)
}

/** True where something can be asked of it: whether a run is enqueued is known to the store alone. */
export const knows = (engine: Engine, ref: Ref): boolean => {
  const isEnqueued = ref.key !== "" && (engine.registry.get(ref.jobName)?.job.payload ?? null) !== null
  return isEnqueued || engine.instances.find(ref) !== undefined
}

/**
 * Everything that is asked for and not done, as it is stored now, and what was done of late; answers which instances
 * somebody else has changed with that.
 */
export const sync = (engine: Engine, asked: ReadonlyArray<StoredRequest>): ReadonlyArray<Ref> =>
  engine.requests.sync(asked).filter((request) => {
    const instance = engine.instances.find(request)
    if (instance === undefined) return request.verb === "enqueue"
    // a claim of ours was accepted since, and what waits to be written is refused where it has to be
    return instance.unsaved === null && Instance.isNotClaimed(instance)
  })

/** Does what somebody asks for, or says who has to. */
export const process = (engine: Engine, request: StoredRequest, now: number): RequestOutcome => {
  const instance = engine.instances.find(request)
  const registered = engine.registry.get(request.jobName)
  if (request.verb === "forget" && registered !== undefined) return forget(engine, request, instance, now)
  const isEnqueued = registered !== undefined && registered.job.payload !== null
  if (isEnqueued && (request.verb === "enqueue" || instance === undefined)) {
    engine.requests.take(request)
    const { dueAt, key, payload } = request
    // nothing is left to be done about a run that is over
    if (request.verb !== "enqueue") engine.obsolete.push(request)
    else engine.admissions.push({ registered, key, payload, at: dueAt ?? now, request })
    return { _tag: "Done" }
  }
  // another process may know the job, or a newer version of it
  if (instance === undefined || Instance.isMismatched(instance)) return { _tag: "Done" }
  const started = engine.running.get(instance)
  if (instance.phase === "held" || instance.phase === "ended") return { _tag: "Later" }
  if (started !== undefined) {
    const isCut = request.verb === "cancel" && !engine.cancelled.has(started)
    // a run by hand comes after this one; and the record of a transaction is made by itself
    const isAlone = request.verb === "trigger" || instance.registered.job.isTransactional
    if (!isCut && (isAlone || request.verb === "cancel")) return { _tag: "Later" }
    engine.requests.take(request)
    if (isCut) {
      engine.cancelled.add(started)
      return { _tag: "CutShort", started }
    }
  } else {
    engine.requests.take(request)
    const { scheduledAt } = instance.state.position
    if (request.verb === "pause" && (Instance.isInLane(instance) || instance.deferredByBudget))
      engine.catchUp.paused(instance, scheduledAt ?? now)
    Transitions.withdraw(engine, instance, now)
  }
  if (request.verb === "cancel" && instance.state.position.attempt > 1) {
    const { position } = instance.state
    instance.state = { ...instance.state, position: { ...position, manual: null } }
    engine.wakes.set(instance, null)
    Transitions.markEnded(engine, instance)
    return { _tag: "CallOff", started: Attempt.start(instance, now) }
  }
  control(engine, instance, request, now)
  return { _tag: "Done" }
}

const forget = (
  engine: Engine,
  request: StoredRequest,
  instance: Instance.Instance | undefined,
  now: number
): RequestOutcome => {
  if (instance !== undefined) {
    Transitions.withdraw(engine, instance, now)
    if (instance.phase !== "waiting" || instance.unsaved !== null) return { _tag: "Later" }
  }
  engine.requests.take(request)
  engine.forgets.push(request)
  return { _tag: "Done" }
}

/** Nothing is stored of it any more: where it is still wanted, it begins anew. */
export const forgot = (engine: Engine, ref: Ref, now: number): void => {
  const instance = engine.instances.find(ref)
  if (instance === undefined) return
  const { absences, registered } = instance
  const { keys, payload } = registered.job
  engine.wakes.set(instance, null)
  engine.waiters.leave(instance)
  engine.instances.remove(instance.state)
  Transitions.wakeDependents(engine, instance, now)
  const isWanted = payload === null && (keys === null ? ref.key === "" : absences === 0)
  if (isWanted) engine.admissions.push({ registered, key: ref.key })
}

const control = (engine: Engine, instance: Instance.Instance, request: StoredRequest, now: number): void => {
  const { state } = instance
  const line = ControlTransition.entryOf(state, request, now)
  if (request.verb === "resume" && state.position.paused !== null)
    engine.catchUp.resumed(instance, { from: state.position.paused.at, to: now, why: "paused" })
  const change = {
    state: JobState.applyControl(state, line),
    entries: [line],
    acknowledgements: [{ id: request.id, at: now }]
  }
  if (engine.running.has(instance)) engine.outbox.add(instance, change)
  else Transitions.change(engine, instance, change, now)
}
