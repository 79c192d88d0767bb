/**
 * Builds the next batch to write: claims on what is about to start, and changes that wait for a commit.
 *
 * It makes no store call.
 *
 * @internal
 */
import * as JobState from "../../JobState.ts"
import type { Batch, Claim, Expected, Ref, Refused, Save } from "../../JobStore.ts"
import type { LogEntry } from "../../LogEntry.ts"
import { InstanceMap } from "../InstanceMap.ts"
import * as Plan from "../plan/Plan.ts"
import * as Missed from "../schedule/Missed.ts"
import * as Attempt from "./Attempt.ts"
import type { Engine } from "./Engine.ts"
import * as Instance from "./Instance.ts"
import * as LogEntries from "./LogEntries.ts"
import * as Notices from "./Notices.ts"
import * as Occurrence from "./Occurrence.ts"
import type { Sent } from "./Outbox.ts"
import type * as Rates from "./Rates.ts"
import * as SharedLimits from "./SharedLimits.ts"
import * as Transitions from "./Transitions.ts"
import { claimsAtOnce } from "./Tuning.ts"

/** A batch, and the instances in it. */
export interface PendingWrite {
  readonly batch: Batch
  readonly saved: ReadonlyArray<Sent>
  readonly claimed: ReadonlyArray<{ readonly instance: Instance.Instance; readonly state: JobState.JobState }>
}

const none: ReadonlyArray<never> = []

/** Those that may start within the rates of their limits; what waits for a rate leaves its lane until then. */
const withinRates = (engine: Engine, wanted: ReadonlyArray<Instance.Instance>, now: number) => {
  const { lanes, rates, wakes } = engine
  if (rates.isEmpty) return wanted
  const held = new Map<string, Rates.Reached>()
  const taken = wanted.filter((instance) => {
    const reached = rates.take(instance, now)
    if (reached !== null)
      for (const id of rates.idsOf(instance)) if (id.startsWith(idOf(reached))) held.set(id, reached)
    return reached === null
  })
  if (held.size === 0) return taken
  const isTaken = new Set(taken)
  const waiting = lanes.all().flatMap((instance) => {
    const reached = rates.idsOf(instance).flatMap((id) => held.get(id) ?? [])[0]
    if (reached === undefined || instance.phase !== "due" || isTaken.has(instance)) return []
    return [{ instance, reached, isInTime: Instance.isSeenInTime(instance, now) }]
  })
  Transitions.release(
    engine,
    waiting.map(({ instance }) => instance),
    now
  )
  for (const { instance, isInTime, reached } of waiting) {
    instance.deferredByBudget = isInTime
    rates.hold(instance, reached)
    wakes.set(instance, reached.until)
  }
  const reached = waiting.map(({ instance: { state }, reached }) => ({ jobName: state.jobName, ...reached }))
  engine.notices.push(...Notices.ratesReached(reached))
  return taken
}

const idOf = ({ limit }: Rates.Reached): string => `[${JSON.stringify(limit)},`

/** The batch to write now; `undefined` where there is nothing to write. */
export const pending = (engine: Engine, now: number): PendingWrite | undefined => {
  const wanted = withinRates(engine, engine.lanes.wanted(now, claimsAtOnce), now).map((instance) => {
    if (JobState.isManualDue(instance.state, now)) instance.skip = null
    else overtake(engine, instance, now)
    return { instance, state: JobState.claimed(instance.state, engine.owner.id, Plan.claimOf(instance, now), now) }
  })
  const limits = engine.limits
  // a claim that a limit may refuse is never part of a save: it follows once the save is written
  const isApart = ({ registered, unsaved }: Instance.Instance) =>
    unsaved === null || limits?.has(registered.job.name) !== true
  const claimed = wanted.filter(({ instance }) => isApart(instance))
  const saved = engine.outbox.all()
  if (claimed.length + saved.length === 0) return undefined

  const claims: Array<Claim> = []
  const states = new Map<Instance.Instance, JobState.JobState>()
  for (const { instance, state } of claimed) {
    const shared = limits?.get(instance.state.jobName)
    if (instance.unsaved !== null) states.set(instance, state)
    else if (shared === undefined) claims.push({ state })
    else claims.push({ state, limits: shared.map(SharedLimits.ofClaim(state.key, now)) })
  }
  const saves = saved.map(({ instance, unsaved: { acknowledgements, expected, entries } }): Save => {
    const state = states.size === 0 ? instance.state : (states.get(instance) ?? instance.state)
    // a request is done when it is stored: watchers search by that time
    return {
      expected,
      state,
      entries,
      acknowledgements: acknowledgements.length === 0 ? none : acknowledgements.map(({ id }) => ({ id, at: now }))
    }
  })
  return { batch: { saves, claims }, saved, claimed }
}

/** Takes in a written batch and what the store refused of it. Returns the committed entries. */
export const written = (
  engine: Engine,
  { batch, claimed, saved }: PendingWrite,
  refused: Refused
): ReadonlyArray<LogEntry> => {
  const lost = InstanceMap.of([...refused.saves, ...refused.claims].map(({ state }) => state))
  const isLost = (ref: Ref) => lost.find(ref) !== undefined
  const committed: Array<LogEntry> = []
  const states = batch.saves.map(({ acknowledgements = none, entries, state }) => {
    const isRefused = isLost(state)
    if (!isRefused) committed.push(...entries)
    for (const { id } of acknowledgements) {
      if (isRefused) engine.requests.requeue(id)
      else engine.requests.done(id)
    }
    return state
  })
  engine.outbox.written(saved, states)
  for (const { instance } of saved) Transitions.settled(engine, instance)
  for (const { instance, state } of claimed) {
    if (isLost(state)) {
      engine.rates.dropped(instance)
      if (engine.limits?.has(instance.state.jobName)) engine.limitRefused.add(instance)
      continue
    }
    instance.state = state
    instance.phase = "claimed"
    engine.held.add(instance)
  }
  return committed
}

/** Logs the planned times that a claim taken now has overtaken. */
const overtake = (engine: Engine, instance: Instance.Instance, now: number): void => {
  const { registered } = instance
  const { cadence, missed } = registered
  const onward = Occurrence.retryYields(registered, instance.state, now)
  if (onward !== null) {
    const entry = LogEntries.ofYieldedRetry(instance.state, now, onward)
    engine.outbox.add(instance, Transitions.withEntry(engine, instance, entry))
  }
  const { state } = instance
  const finding = Missed.find(cadence, missed, state.position, { now, toleranceMs: Number.POSITIVE_INFINITY })
  if (finding === null || finding.count === 0) return
  const next = Missed.catchUp(cadence, state.position.cadence, finding)
  const entry = LogEntries.ofMissed(state, finding, { because: "overtaken", now }, next)
  engine.outbox.add(instance, { state: JobState.applyEntry(state, entry), entries: [entry] })
}

/** Starts the next claimed instance whose slots are free. */
export const startNext = (engine: Engine, now: number): Attempt.Started | undefined => {
  const instance = engine.lanes.take(now)
  if (instance === undefined) return undefined
  instance.phase = "running"
  instance.ends = engine.waiters.ends(instance)
  engine.rates.started(instance, now)
  const started = Attempt.start(instance, now)
  engine.running.set(instance, started)
  return started
}

/** The claims to renew; an open transaction has locked its row and renewed the claim when it began. */
export const holdings = (engine: Engine): ReadonlyArray<Ref & Expected> =>
  [...engine.held]
    .filter((instance) => !(instance.registered.job.isTransactional && engine.running.has(instance)))
    .map(({ state }) => ({ ...Instance.refOf(state), ...Instance.expectedOf(state) }))
