/**
 * Processes requests: changes the plan, or says what the runner or the store has to do.
 *
 * It makes no store call and reads no clock.
 *
 * @internal
 */
import type { StoredRequest } from "../../Control.ts"
import * as JobState from "../../JobState.ts"
import type { Ref } from "../../JobStore.ts"
import { InstanceMap } from "../InstanceMap.ts"
import * as PlainText from "../PlainText.ts"
import * as Registry from "../plan/Registry.ts"
import * as Attempt from "./Attempt.ts"
import * as ControlTransition from "./ControlTransition.ts"
import type { Admission, Engine } from "./Engine.ts"
import * as Instance from "./Instance.ts"
import * as Notices from "./Notices.ts"
import * as Transitions from "./Transitions.ts"

/**
 * What a request still needs: nothing; a free instance; the interruption of its run; the conclusion of its occurrence
 * without another attempt.
 */
export type RequestOutcome =
  | { readonly _tag: "Done" }
  | { readonly _tag: "Later" }
  | { readonly _tag: "CutShort"; readonly started: Attempt.Started }
  | { readonly _tag: "CallOff"; readonly started: Attempt.Started }

/** Instances to create and requests about finished runs: of these only a retry changes anything. */
export interface Creations {
  readonly admitted: ReadonlyArray<Admission>
  readonly obsolete: ReadonlyArray<StoredRequest>
}

export const nextCreations = ({ admissions, obsolete }: Engine): Creations => ({
  admitted: [...admissions],
  obsolete: [...obsolete]
})

/**
 * Takes in the created instances as the store has them. Their requests are done, but for those whose key still holds an
 * earlier run: they stay pending.
 */
export const created = (
  engine: Engine,
  { admitted, obsolete }: Creations,
  states: ReadonlyArray<JobState.JobState>,
  { now, open }: { readonly now: number; readonly open: ReadonlySet<number> }
): void => {
  engine.admissions.splice(0, admitted.length)
  engine.obsolete.splice(0, obsolete.length)
  for (const { request } of admitted) {
    if (request === undefined) continue
    if (open.has(request.id)) engine.requests.requeue(request.id)
    else engine.requests.done(request.id)
  }
  for (const { id } of obsolete) {
    if (open.has(id)) engine.requests.requeue(id)
    else engine.requests.done(id)
  }
  Transitions.admit(engine, states, now)
  for (const { request } of admitted)
    if (request !== undefined && !open.has(request.id)) logSender(engine, request, now)
}

/** Logs who enqueued a run and why, where the request says so. */
const logSender = (engine: Engine, request: StoredRequest, now: number): void => {
  const instance = engine.instances.find(request)
  const isNamed = request.by !== "" || request.why !== ""
  if (!isNamed || instance === undefined || instance.state.seq > 0 || instance.phase !== "waiting") return
  const entry = ControlTransition.entryOf(instance.state, request, now)
  Transitions.change(engine, instance, { state: JobState.applyControl(instance.state, entry), entries: [entry] }, now)
}

/** The next request to delete an instance. */
export const nextDeletion = ({ forgets }: Engine): StoredRequest | undefined => forgets[0]

/** Completes the first deletion, or requeues it where another process runs the instance. */
export const deleted = (engine: Engine, isForgotten: boolean, now: number): void => {
  const request = engine.forgets.shift()
  if (request === undefined) return
  if (isForgotten) {
    engine.requests.done(request.id)
    forgot(engine, request, now)
  } else engine.requests.requeue(request.id)
}

/** True where a request can name it; for enqueued runs the store alone knows. */
export const knows = (engine: Engine, ref: Ref): boolean => {
  const isEnqueued = Registry.isKey(ref.key) && (engine.registry.get(ref.jobName)?.job.payload ?? null) !== null
  return isEnqueued || engine.instances.find(ref) !== undefined
}

/**
 * Takes in the stored requests, pending and recently done. Returns the instances that another process changed by doing
 * some of them.
 */
export const sync = (engine: Engine, stored: ReadonlyArray<StoredRequest>, now: number): ReadonlyArray<Ref> =>
  engine.requests.sync(stored).filter((request) => {
    const instance = engine.instances.find(request)
    const first = engine.requests.begun.get(request.id)
    if (instance === undefined && first !== undefined) {
      Transitions.admit(engine, [first], now)
      return false
    }
    if (instance === undefined) return request.verb === "enqueue" && engine.share.has(request)
    // a claim of this process was accepted later, and the store refuses a stale pending write
    return instance.unsaved === null && Instance.isNotClaimed(instance)
  })

/** When requests are processed, and the instances of earlier ones that wait, or that have led to what is not written yet. */
interface Turn {
  readonly earlier: InstanceMap<true>
  readonly now: number
}

export const turn = ({ admissions, forgets }: Engine, now: number): Turn => {
  const earlier = new InstanceMap<true>()
  for (const { key, registered } of admissions) earlier.set({ jobName: registered.job.name, key }, true)
  for (const request of forgets) earlier.set(request, true)
  return { earlier, now }
}

const isPreceded = (engine: Engine, request: StoredRequest, { earlier }: Turn): boolean =>
  earlier.find(request) !== undefined || engine.outbox.has(request)

/** True where its instant was to come on the clock of its sender, and has passed on this one, which heard of it at once. */
const isOverdueOnArrival = ({ presence, requests }: Engine, { at, dueAt, id, jobName }: StoredRequest, now: number) =>
  dueAt !== null && dueAt >= at && dueAt < now && (id > requests.lastAtOpening || presence.shares(jobName))

/** Why a run is not enqueued, `null` where it is: other processes write requests, and check no key. */
const refusalOf = ({ key, verb }: StoredRequest): string | null =>
  verb === "enqueue" && !Registry.isKey(key)
    ? `a key ${Registry.rules.key[0]}, got ${PlainText.shorten(PlainText.quoted(key), PlainText.longestShown)}`
    : null

/** Processes a request, or says what it still needs. */
export const process = (engine: Engine, request: StoredRequest, turn: Turn): RequestOutcome => {
  const outcome = processed(engine, request, turn)
  if (outcome._tag === "Later") turn.earlier.set(request, true)
  return outcome
}

const processed = (engine: Engine, request: StoredRequest, turn: Turn): RequestOutcome => {
  const { now } = turn
  const instance = engine.instances.find(request)
  const registered = engine.registry.get(request.jobName)
  const isLeaving = instance !== undefined && engine.leaving.has(instance)
  // the request is for a process that has the job, or a newer release of it, and takes care of the instance
  if (!engine.presence.runs(request.jobName) || !(engine.share.has(request) || isLeaving)) return { _tag: "Done" }
  // one to a job that is not registered here is for another process
  if (request.unreadable !== undefined)
    return registered === undefined ? { _tag: "Done" } : refuse(engine, request, request.unreadable)
  // what no registry names is for the first process that hears of it
  const isUnnamed = registered === undefined && !engine.presence.isNamed(request.jobName)
  if (request.verb === "forget" && (registered !== undefined || isUnnamed))
    return forget(engine, request, instance, turn)
  const isEnqueued = registered !== undefined && registered.job.payload !== null
  if (isEnqueued && (request.verb === "enqueue" || instance === undefined)) {
    const why = refusalOf(request)
    if (why !== null) return refuse(engine, request, why)
    // what the store has accepted always runs: after the run that is there
    if (instance !== undefined || isPreceded(engine, request, turn)) return { _tag: "Later" }
    engine.requests.take(request)
    const { at, dueAt, key, payload } = request
    // a request about a finished run only needs an acknowledgement
    if (request.verb !== "enqueue") engine.obsolete.push(request)
    else {
      const isNow = dueAt === null || isOverdueOnArrival(engine, request, now)
      engine.admissions.push({ registered, key, payload, at: dueAt ?? at, isNow, request })
      turn.earlier.set(request, true)
    }
    return { _tag: "Done" }
  }
  if (instance?.state.unreadable !== undefined) return refuse(engine, request, instance.state.unreadable)
  // what is under way ends here: that can be cancelled, and the rest is for the next process
  const isOthers = instance !== undefined && engine.leaves(instance)
  if (instance === undefined || (isOthers && !(isLeaving && request.verb === "cancel"))) return { _tag: "Done" }
  const started = engine.running.get(instance)
  if (instance.phase === "held" || instance.phase === "ended") return { _tag: "Later" }
  if (started !== undefined) {
    const isCut = request.verb === "cancel" && !engine.cancelled.has(started)
    // a manual run starts after this one, and a transaction writes its own record
    const isAlone = request.verb === "trigger" || request.verb === "retry" || instance.registered.job.isTransactional
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

/** Only an acknowledgement follows. */
const refuse = (engine: Engine, request: StoredRequest, why: string): RequestOutcome => {
  engine.requests.take(request)
  engine.obsolete.push(request)
  engine.notices.push(Notices.refused(request, why))
  return { _tag: "Done" }
}

const forget = (
  engine: Engine,
  request: StoredRequest,
  instance: Instance.Instance | undefined,
  turn: Turn
): RequestOutcome => {
  if (instance !== undefined) {
    Transitions.withdraw(engine, instance, turn.now)
    const { phase, state } = instance
    const isLeft = state.unreadable !== undefined && phase === "held" && !engine.isHeldUnread(instance, state, turn.now)
    if ((phase !== "waiting" && !isLeft) || instance.unsaved !== null) return { _tag: "Later" }
    engine.wakes.set(instance, null)
  } else if (isPreceded(engine, request, turn)) return { _tag: "Later" }
  engine.requests.take(request)
  engine.forgets.push(request)
  turn.earlier.set(request, true)
  return { _tag: "Done" }
}

/** Leaves a claimed instance of a job that no registry has: nothing says when its claim ends. */
export const keepUnnamed = (engine: Engine, request: StoredRequest, owner: string): void => {
  engine.forgets.shift()
  engine.obsolete.push(request)
  engine.notices.push(Notices.refused(request, `it is claimed by ${owner}, which is not known to have ended`))
}

/** Removes a deleted instance, and creates it again where the registry still has it. */
export const forgot = (engine: Engine, ref: Ref, now: number): void => {
  const instance = engine.instances.find(ref)
  if (instance === undefined) return
  const { absences, registered } = instance
  const { keys, payload } = registered.job
  Transitions.remove(engine, instance)
  Transitions.wakeDependents(engine, instance, now)
  const isWanted = payload === null && (keys === null ? ref.key === "" : absences === 0)
  if (isWanted) engine.admissions.push({ registered, key: ref.key })
}

const control = (engine: Engine, instance: Instance.Instance, request: StoredRequest, now: number): void => {
  const { state } = instance
  const entry = ControlTransition.entryOf(state, request, now)
  if (request.verb === "resume" && state.position.paused !== null)
    engine.catchUp.resumed(instance, { from: state.position.paused.at, to: now, why: "paused" })
  const change = {
    state: JobState.applyControl(state, entry),
    entries: [entry],
    acknowledgements: [{ id: request.id, at: now }]
  }
  if (engine.running.has(instance)) engine.outbox.add(instance, change)
  else Transitions.change(engine, instance, change, now)
}
