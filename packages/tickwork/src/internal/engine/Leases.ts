/**
 * Leases of other processes that have expired, and instances that another process has changed.
 *
 * It makes no store call: it names the rows to read, and applies the rows that were read.
 *
 * @internal
 */
import type * as JobState from "../../JobState.ts"
import type { Claim, Ref } from "../../JobStore.ts"
import * as LogEntry from "../../LogEntry.ts"
import { InstanceMap } from "../InstanceMap.ts"
import * as Attempt from "./Attempt.ts"
import * as Control from "./Control.ts"
import type { Engine } from "./Engine.ts"
import * as Instance from "./Instance.ts"
import * as Transitions from "./Transitions.ts"
import { headStartMs, limitRetryMs } from "./Tuning.ts"

/** Those whose holder has ended or has not renewed its claim for a whole lease, with their stored states. */
export const expired = (
  engine: Engine,
  held: ReadonlyArray<Instance.Instance>,
  states: ReadonlyArray<JobState.JobState>,
  now: number
): ReadonlyMap<Instance.Instance, JobState.JobState> => {
  const stored = InstanceMap.of(states)
  return new Map(
    held.flatMap((instance) => {
      const { claim } = instance.state
      const state = stored.find(instance.state)
      if (state?.claim.owner !== claim.owner || state.claim.token !== claim.token) return []
      return engine.isLost(instance, state, now) ? [[instance, state] as const] : []
    })
  )
}

/**
 * Leaves the instances that another process has claimed to it for a while, and answers the claims that are to be read at
 * once: those that a shared limit may have refused, and all of a caller of `once`.
 */
export const passOver = (engine: Engine, refused: ReadonlyArray<Claim>, now: number): ReadonlyArray<Claim> => {
  if (refused.length === 0) return refused
  const atOnce: Array<Claim> = []
  for (const claim of refused) {
    const instance = engine.instances.find(claim.state)
    if (!engine.isPaced || instance?.phase !== "due" || engine.limitRefused.has(instance)) atOnce.push(claim)
    else {
      instance.phase = "waiting"
      instance.isOthers = true
      engine.wakes.set(instance, now + headStartMs)
      Transitions.settled(engine, instance)
    }
  }
  engine.lanes.retain(Instance.isInLane)
  return atOnce
}

/** Takes over the run of an owner that has ended or stopped renewing, so that this process concludes it. */
export const takeOver = (engine: Engine, instance: Instance.Instance, state: JobState.JobState): Attempt.Started => {
  // its owner may have written log entries under its claim
  instance.state = state
  instance.ends = null
  instance.isOthers = false
  Transitions.vacate(engine, instance)
  Transitions.markEnded(engine, instance)
  return Attempt.start(instance, state.claim.claimedAt ?? state.position.scheduledAt ?? 0)
}

/** Leaves a claim whose holder is lost on a row that cannot be read: nothing but a request to forget it follows. */
export const leave = (engine: Engine, instance: Instance.Instance, state: JobState.JobState): void => {
  if (instance.state.unreadable !== state.unreadable) Transitions.tellUnreadable(engine, state)
  instance.state = state
  engine.wakes.set(instance, null)
  Transitions.settled(engine, instance)
}

/**
 * Applies the stored states of instances that another process changed or deleted. Returns those whose body runs here
 * under a claim that has passed on: they are read again once it has ended.
 */
export const reload = (
  engine: Engine,
  refs: ReadonlyArray<Ref>,
  states: ReadonlyArray<JobState.JobState>,
  now: number
): ReadonlyArray<Instance.Instance> => {
  const stored = InstanceMap.of(states)
  const lost: Array<Instance.Instance> = []
  const free: Array<Instance.Instance> = []
  engine.requests.markStale()
  for (const ref of refs) {
    const instance = engine.instances.find(ref)
    if (instance === undefined) {
      if (!engine.share.has(ref)) continue
      const enqueued = stored.find(ref)
      if (enqueued !== undefined) Transitions.admitHeard(engine, enqueued, now)
      suspect(engine, enqueued && engine.instances.find(ref), now)
      continue
    }
    const started = engine.running.get(instance)
    if (started !== undefined) {
      const state = stored.find(ref)
      // its end writes the whole row again
      if (state?.unreadable !== undefined) continue
      if (state?.claim.owner !== engine.owner.id || state.claim.token !== started.token) lost.push(instance)
      else if (instance.unsaved === null) instance.state = state
      continue
    }
    const isLimited = engine.limitRefused.delete(instance)
    // the store decides about a pending change when it is written
    if (instance.phase === "waiting" && instance.unsaved !== null) continue
    engine.held.delete(instance)
    instance.phase = "waiting"
    instance.deferredByBudget = false
    engine.wakes.set(instance, null)
    const state = stored.find(ref)
    if (state === undefined) Control.forgot(engine, ref, now)
    else replace(engine, instance, state, now)
    suspect(engine, engine.instances.find(ref), now)
    Transitions.settled(engine, instance)
    if (isLimited && instance.phase === "waiting" && instance.wakeAt <= now) free.push(instance)
  }
  engine.lanes.retain(Instance.isInLane)
  if (free.length > 0) awaitLimits(engine, free, now)
  return lost
}

/** Where another definition has planned an instance, or its row is gone, a newer release may have taken the job over. */
const suspect = (engine: Engine, instance: Instance.Instance | undefined, now: number): void => {
  if (instance !== undefined && !engine.isOutdated(instance)) return
  engine.presence.isStale = true
  if (instance === undefined) return
  const { jobName, key } = instance.state
  // another process may have listed the cadence of its key later than this one
  if (engine.listings.of(jobName)?.get(key)) engine.listings.refreshNow(now, jobName)
  else engine.outdated.add(instance)
}

const replace = (engine: Engine, instance: Instance.Instance, state: JobState.JobState, now: number): void => {
  const { paused } = instance.state.position
  // what passed during a pause is the policy's
  if (paused === null) instance.heardAt = now
  else if (state.position.paused === null) engine.catchUp.resumed(instance, { from: paused.at, to: now, why: "paused" })
  instance.isOthers = engine.isPaced && isTaken(instance.state, state)
  if (instance.state.unreadable !== state.unreadable) Transitions.tellUnreadable(engine, state)
  instance.state = state
  Transitions.reschedule(engine, instance, now)
}

/** True where another process has claimed it since, and not only done a request; read again as it was, it is free. */
const isTaken = (before: JobState.JobState, { claim, lastVerdict }: JobState.JobState): boolean =>
  claim.owner !== null ||
  (claim.token !== before.claim.token && (lastVerdict === "left-running" || !LogEntry.isControl(lastVerdict)))

/** Delays these refused instances, which no process holds, and all due ones under the same reached limits. */
const awaitLimits = (engine: Engine, refused: ReadonlyArray<Instance.Instance>, now: number): void => {
  const limitsOf = ({ state }: Instance.Instance) =>
    (engine.limits?.get(state.jobName) ?? []).map(({ name, rate }) =>
      JSON.stringify([name, rate?.by === "key" ? state.key : null])
    )
  const reached = new Set(refused.flatMap(limitsOf))
  const isLimited = (instance: Instance.Instance) => limitsOf(instance).some((id) => reached.has(id))
  const due = engine.lanes.all().filter((instance) => instance.phase === "due" && isLimited(instance))
  Transitions.release(engine, due, now)
  for (const instance of [...refused, ...due]) {
    instance.deferredByBudget = Instance.isSeenInTime(instance, now)
    engine.wakes.set(instance, now + limitRetryMs)
  }
}
