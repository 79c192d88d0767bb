/**
 * What has to be written: claims on what is about to start, with the changes that wait for a commit.
 *
 * It makes no store call: it gives the batch, and takes what was refused of it.
 *
 * @internal
 */
import * as JobState from "../../JobState.ts"
import type { Batch, Claim, Expected, Ref, Refused, Save } from "../../JobStore.ts"
import type { LogEntry } from "../../LogEntry.ts"
import * as Plan from "../plan/Plan.ts"
import * as Missed from "../schedule/Missed.ts"
import * as Attempt from "./Attempt.ts"
import { overtaken } from "./CatchUp.ts"
import type { Engine } from "./Engine.ts"
import * as Instance from "./Instance.ts"
import * as LogEntries from "./LogEntries.ts"
import * as Occurrence from "./Occurrence.ts"
import type { Sent } from "./Outbox.ts"
import * as Transitions from "./Transitions.ts"
import { claimsAtOnce } from "./Tuning.ts"

/** What has to be written, and which instances that concerns. */
export interface PendingWrite {
  readonly batch: Batch
  readonly saved: ReadonlyArray<Sent>
  readonly claimed: ReadonlyArray<{ readonly instance: Instance.Instance; readonly state: JobState.JobState }>
}

const none: ReadonlyArray<never> = []

const never = () => false

/** True for the instances of a refusal, which is mostly empty. */
const among = ({ claims, saves }: Refused): ((ref: Ref) => boolean) => {
  if (claims.length + saves.length === 0) return never
  const ids = new Set([...saves, ...claims].map(({ state }) => Instance.idOf(state)))
  return (ref) => ids.has(Instance.idOf(ref))
}

/** What has to be written now: what has ended, and claims on what is about to start. */
export const pending = (engine: Engine, now: number): PendingWrite | undefined => {
  const wanted = engine.lanes.wanted(now, claimsAtOnce).map((instance) => {
    if (JobState.isManualDue(instance.state, now)) instance.skipReason = null
    else overtake(engine, instance, now)
    return { instance, state: JobState.claimed(instance.state, engine.owner, Plan.claimOf(instance, now), now) }
  })
  const limits = engine.limits
  // no save carries a claim that a limit may refuse: that is made once it is written
  const claimed =
    limits === null
      ? wanted
      : wanted.filter(({ instance: { registered, unsaved } }) => unsaved === null || !limits.has(registered))
  const saved = engine.outbox.all()
  if (claimed.length + saved.length === 0) return undefined

  const claims: Array<Claim> = []
  const states = new Map<Instance.Instance, JobState.JobState>()
  for (const { instance, state } of claimed) {
    const shared = limits?.get(instance.registered)
    if (instance.unsaved !== null) states.set(instance, state)
    else claims.push(shared === undefined ? { state } : { state, limits: shared })
  }
  const saves = saved.map(({ instance, unsaved: { acknowledgements, expected, entries } }): Save => {
    const state = states.size === 0 ? instance.state : (states.get(instance) ?? instance.state)
    // done is what is stored: whoever watches looks for what was done of late
    return {
      expected,
      state,
      entries,
      acknowledgements: acknowledgements.length === 0 ? none : acknowledgements.map(({ id }) => ({ id, at: now }))
    }
  })
  return { batch: { saves, claims }, saved, claimed }
}

/** The batch was written, but for what was refused; answers the lines that are in the log now. */
export const written = (
  engine: Engine,
  { batch, claimed, saved }: PendingWrite,
  refused: Refused
): ReadonlyArray<LogEntry> => {
  const isLost = among(refused)
  const lines: Array<LogEntry> = []
  const states = batch.saves.map(({ acknowledgements = none, entries, state }) => {
    const isRefused = isLost(state)
    if (!isRefused) lines.push(...entries)
    for (const { id } of acknowledgements) {
      if (isRefused) engine.requests.requeue(id)
      else engine.requests.done(id)
    }
    return state
  })
  for (const { unsaved } of saved) for (const generation of unsaved.generations) engine.onceCalls.close(generation)
  engine.outbox.written(saved, states)
  for (const { instance, state } of claimed) {
    if (isLost(state)) {
      if (engine.limits?.has(instance.registered)) engine.limitRefused.add(instance)
      continue
    }
    instance.state = state
    instance.phase = "claimed"
    engine.held.add(instance)
  }
  return lines
}

/** Notes the instants that a claim taken now has overtaken. */
const overtake = (engine: Engine, instance: Instance.Instance, now: number): void => {
  const { registered } = instance
  const { cadence, missed } = registered
  const way = Occurrence.retryYields(registered, instance.state, now)
  if (way !== null) {
    const line = LogEntries.ofYieldedRetry(instance.state, now, way)
    engine.outbox.add(instance, Transitions.withEntry(engine, instance, line))
  }
  const { state } = instance
  const finding = Missed.find(cadence, missed, state.position, { now, toleranceMs: Number.POSITIVE_INFINITY })
  if (finding === null || finding.count === 0) return
  const next = Missed.catchUp(cadence, state.position.cadence, finding)
  const line = LogEntries.ofMissed(state, finding, { reason: overtaken, now }, next)
  engine.outbox.add(instance, { state: JobState.applyEntry(state, line), entries: [line] })
}

/** The next claimed instance whose place is free; it counts as running from now on. */
export const startNext = (engine: Engine, now: number): Attempt.Started | undefined => {
  const instance = engine.lanes.take(now)
  if (instance === undefined) return undefined
  instance.phase = "running"
  const started = Attempt.start(instance, now)
  engine.running.set(instance, started)
  return started
}

/** The claims that have to be renewed; one whose transaction goes on is locked, and renews itself when it begins. */
export const holdings = (engine: Engine): ReadonlyArray<Ref & Expected> =>
  [...engine.held]
    .filter((instance) => !(instance.registered.job.isTransactional && engine.running.has(instance)))
    .map(({ state }) => ({ ...Instance.refOf(state), ...Instance.expectedOf(state) }))
