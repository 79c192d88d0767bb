/**
 * Moves instances from one phase to the next.
 *
 * It makes no store call and reads no clock.
 *
 * @internal
 */
import { Cause } from "effect"
import * as JobState from "../../JobState.ts"
import type { ControlVerdict, LogEntry } from "../../LogEntry.ts"
import * as Position from "../../Position.ts"
import * as BackfillKey from "../BackfillKey.ts"
import type { Registered } from "../plan/Registered.ts"
import * as LeftOut from "../schedule/LeftOut.ts"
import * as Missed from "../schedule/Missed.ts"
import { alertOf, pauseOf } from "./Alerts.ts"
import type { Engine } from "./Engine.ts"
import * as ErrorText from "./ErrorText.ts"
import * as Instance from "./Instance.ts"
import * as LogEntries from "./LogEntries.ts"
import * as Notices from "./Notices.ts"
import * as Occurrence from "./Occurrence.ts"
import type { Change } from "./Outbox.ts"
import * as Outcome from "./Outcome.ts"
import * as Outliving from "./Outliving.ts"
import * as SeenClaim from "./SeenClaim.ts"
import type { Opened } from "./Startup.ts"

/** An enqueued run or a backfill that is over needs no memory. */
const isSpent = ({ job: { payload } }: Registered, state: JobState.JobState): boolean =>
  (payload !== null || BackfillKey.is(state.key)) && JobState.isFinished(state) && state.unreadable === undefined

/** Tells that the row of an instance cannot be read. */
export const tellUnreadable = (engine: Engine, state: JobState.JobState): void => {
  if (state.unreadable === undefined) return
  engine.unreadable.set(state, Instance.refOf(state))
  engine.notices.push(Notices.unreadable(state, state.unreadable))
}

/** Tells that the cadence of a key is wrong. */
export const tellInvalid = (engine: Engine, { registered: { invalid }, state }: Instance.Instance): void => {
  if (invalid !== null) engine.notices.push(Notices.invalidCadence(state, invalid))
}

/** True where nothing of it is under way here, so that its log may be added to. */
export const isFree = ({ presence }: Engine, { phase, state, unsaved }: Instance.Instance): boolean =>
  phase === "waiting" && unsaved === null && state.unreadable === undefined && !presence.leaves(state.jobName)

/** Adds an entry that says something of a free instance, and changes nothing else. */
export const note = (
  engine: Engine,
  instance: Instance.Instance,
  now: number,
  { reason, verdict }: { readonly reason: string; readonly verdict?: ControlVerdict }
): void => {
  if (!isFree(engine, instance)) return
  const { state } = instance
  const entry = LogEntries.ofControl(state, reason, now, state.position, verdict)
  change(engine, instance, { state: JobState.applyEntry(state, entry), entries: [entry] }, now)
}

/** Notes that the cadence of its key is wrong, or is right again, so that people see it who have no code of the job. */
export const noteInvalid = (engine: Engine, instance: Instance.Instance, now: number): void => {
  const { lastReason, lastVerdict } = instance.state
  const invalid = instance.registered.invalid?.startsWith(JobState.invalidCadence) ? instance.registered.invalid : null
  const was = lastVerdict === "invalid-cadence" ? lastReason : null
  if (invalid === was) return
  if (invalid === null) note(engine, instance, now, { reason: "its cadence is valid again" })
  else note(engine, instance, now, { reason: invalid, verdict: "invalid-cadence" })
}

type Admitted = Pick<Instance.Instance, "heardAt" | "inactiveSince">

export const admitState = (engine: Engine, state: JobState.JobState, admitted: Admitted, now: number): void => {
  const registered = engine.registeredOf(state)
  if (registered !== undefined) admitInstance(engine, registered, state, admitted, now)
}

/** Adds an instance of a registered job, unless it needs no memory here. */
const admitInstance = (
  engine: Engine,
  registered: Registered,
  state: JobState.JobState,
  { heardAt, inactiveSince }: Admitted,
  now: number
): void => {
  if (isSpent(registered, state) || !engine.share.has(state)) return
  const { keys, payload } = registered.job
  // another release has keys where this one has none, or the other way round; a backfill is due by its list alone
  const isOther = payload === null && ((keys === null) !== (state.key === "") || BackfillKey.is(state.key))
  const instance = Instance.make(registered, state)
  instance.inactiveSince = isOther ? (inactiveSince ?? now) : inactiveSince
  instance.heardAt = heardAt
  engine.instances.set(state, instance)
  tellUnreadable(engine, state)
  if (instance.inactiveSince === null) tellInvalid(engine, instance)
  if (engine.isOutdated(instance)) engine.outdated.add(instance)
  reschedule(engine, instance, now)
  noteInvalid(engine, instance, now)
}

/** Adds the instances of the registry at start-up. What was paused meanwhile is left to the policy of its job. */
export const open = (engine: Engine, { instances, unlisted }: Opened<never>, now: number): void => {
  for (const [registered, state] of instances) {
    // where each instance has one process, an instant that passed while it was down was missed
    const isInHand = state.position.paused === null && engine.share.isAll && engine.presence.shares(state.jobName)
    const inactiveSince = unlisted.size > 0 && unlisted.has(state) ? now : null
    admitInstance(engine, registered, state, { inactiveSince, heardAt: isInHand ? now : Number.NEGATIVE_INFINITY }, now)
    const isPassed = engine.share.isAll && engine.presence.passes(state)
    const instance = isPassed ? engine.instances.find(state) : undefined
    if (instance !== undefined) engine.passed.add(instance)
  }
}

/** Adds a stored instance that the engine did not know: what is wanted at once is late from now on, on this clock. */
export const admitHeard = (engine: Engine, state: JobState.JobState, now: number, heardAt = now): void => {
  const { position } = state
  const heard = Position.isAtOnce(position) ? { ...state, position: Position.atOnce(position, now) } : state
  admitState(engine, heard, { inactiveSince: null, heardAt }, now)
}

/** Adds the instances that this process has created, as the store has them. */
export const admit = (engine: Engine, states: ReadonlyArray<JobState.JobState>, now: number): void => {
  for (const state of states)
    if (engine.instances.find(state) === undefined) admitHeard(engine, state, now, Number.NEGATIVE_INFINITY)
}

export const change = (engine: Engine, instance: Instance.Instance, change: Change, now: number): void => {
  engine.outbox.add(instance, change)
  instance.isOthers = false
  toWaiting(engine, instance, now)
}

export const toWaiting = (engine: Engine, instance: Instance.Instance, now: number): void => {
  instance.phase = "waiting"
  instance.skip = null
  instance.deferredByBudget = false
  instance.catchUpAt = null
  engine.held.delete(instance)
  reschedule(engine, instance, now)
}

/** Sets the next wake-up of an instance: its next instant, or the next look at the claim of another. */
export const reschedule = (engine: Engine, instance: Instance.Instance, now: number): void => {
  const { registered, state } = instance
  if (isSpent(registered, state)) engine.instances.remove(state)
  engine.waiters.leave(instance)
  engine.rates.dropped(instance)
  vacate(engine, instance)
  if (state.claim.owner === null) {
    instance.seenClaim = null
    engine.wakes.set(instance, engine.leaves(instance) ? null : Instance.wakeAt(instance, now))
  } else {
    instance.phase = "held"
    const seen = SeenClaim.look(state.claim, instance.seenClaim, now)
    instance.seenClaim = seen
    const { isAll } = engine.share
    // the process that hands it over tells of it, where the store can
    if (!isAll) engine.awaited.add(instance)
    const ofLooks = isAll ? seen : { ...seen, looks: 0 }
    engine.wakes.set(instance, engine.isGone(state) ? now : SeenClaim.lookAt(ofLooks, engine.settings.leaseMs, now))
    if (Outliving.has(state)) occupy(engine, instance)
  }
  wakeDependents(engine, instance, now)
}

/** Takes the slots of an instance whose body a stopped tick of this process has left; they are free once it ends. */
const occupy = (engine: Engine, instance: Instance.Instance): void => {
  const { state } = instance
  const stopListening = Outliving.whenEnded(state, () => {
    vacate(engine, instance)
    if (engine.isGone(state)) engine.wakes.set(instance, Number.NEGATIVE_INFINITY)
    engine.wake()
  })
  engine.lanes.occupy(instance)
  engine.outlived.set(instance, stopListening)
}

/** Frees the slots that a body of a stopped tick has taken. */
export const vacate = (engine: Engine, instance: Instance.Instance): void => {
  const stopListening = engine.outlived.get(instance)
  if (stopListening === undefined) return
  stopListening()
  engine.outlived.delete(instance)
  engine.lanes.leave(instance)
}

/** Queues the dependents of a changed instance that wait for nothing else. */
export const wakeDependents = (engine: Engine, instance: Instance.Instance, now: number): void => {
  for (const dependent of engine.waiters.changed(instance)) {
    dependent.runThrough = instance.runThrough
    if (engine.isEmptied) engine.wakes.set(dependent, dependent.state.position.nextAt)
    else if (!isMissed(engine, dependent, now)) enter(engine, dependent, now, instance)
  }
}

/** Logs what was missed. True where it did: then the instance is collected again. */
export const isMissed = (engine: Engine, instance: Instance.Instance, now: number): boolean => {
  const { registered, state } = instance
  if (state.position.cadence.unanswered !== undefined) {
    // nothing was planned, so nothing is missed and no body runs: the schedule is only stepped
    instance.skip = Outcome.notStepped
    return false
  }
  const { cadence, missed, windowMs } = registered
  const toleranceMs = windowMs + Math.min(engine.settings.toleranceMs, missed.withinMs)
  const onward = Occurrence.retryYields(registered, state, now)
  if (onward !== null) {
    const entry = LogEntries.ofYieldedRetry(state, now, onward)
    log(engine, instance, entry, now)
    return true
  }
  if (isLeftOut(engine, instance, now)) return true
  // an instance that waited for its dependencies is late, not missed
  const { nextAt } = state.position
  if (nextAt !== null && instance.metAt > nextAt && now - instance.metAt <= toleranceMs) return false
  if (nextAt !== null && nextAt <= instance.heardAt) return false
  if (instance.catchUpAt !== null && now - instance.catchUpAt <= toleranceMs) return false
  if (instance.deferredByBudget || overlapped(engine, instance, now)) return false
  const finding = Missed.find(cadence, missed, state.position, { now, toleranceMs })
  instance.skip = null
  if (finding === null || finding.count === 0) return false
  if (isLeftOut(engine, instance, now, finding.last)) return true

  const because = engine.catchUp.missedBecause(instance, finding.first, now - finding.first > toleranceMs)
  if (finding.run === null && cadence._tag === "Schedule") {
    // only the schedule knows its next instant, and it is stepped at the end of a run
    instance.skip = Outcome.missed(because)
    return false
  }
  const entry = LogEntries.ofMissed(
    state,
    finding,
    { because, now },
    Missed.catchUp(cadence, state.position.cadence, finding)
  )
  log(engine, instance, entry, now)
  return true
}

/** Logs what was left out before the planned time, or up to the last one that was missed. True where it did. */
const isLeftOut = (
  engine: Engine,
  instance: Instance.Instance,
  now: number,
  through = Number.NEGATIVE_INFINITY
): boolean => {
  const { registered, state } = instance
  if (registered.cadence._tag === "Schedule" || registered.cadence.leftOut === null) return false
  try {
    const finding = LeftOut.find(registered.cadence, state.position, through)
    if (finding !== null) log(engine, instance, LogEntries.ofLeftOut(state, finding, now), now)
    return finding !== null
  } catch (error) {
    engine.notices.push(Notices.exceptFailed(state, ErrorText.render(Cause.die(error))))
    return false
  }
}

/** Ends a pause whose time is over. True where it did: then the instance is collected again. */
export const endsPause = (engine: Engine, instance: Instance.Instance, now: number): boolean => {
  const { position } = instance.state
  const { at: from = 0, until: to } = position.paused ?? {}
  if (to === undefined || to > now || instance.inactiveSince !== null) return false
  engine.catchUp.resumed(instance, { from, to, why: "paused" })
  log(engine, instance, LogEntries.ofPauseEnd(instance.state, now), now)
  return true
}

/** True where its instant came during a run that did not cover it: it is late, not missed. */
const overlapped = (engine: Engine, { overlappingRun, state }: Instance.Instance, now: number): boolean => {
  const { nextAt } = state.position
  if (overlappingRun === null || nextAt === null) return false
  return (
    nextAt >= overlappingRun.from &&
    nextAt <= overlappingRun.to &&
    now - overlappingRun.to <= engine.settings.toleranceMs
  )
}

const log = (engine: Engine, instance: Instance.Instance, entry: LogEntry, now: number): void => {
  engine.onceCalls.open(instance)
  change(engine, instance, withEntry(engine, instance, entry), now)
}

export const withEntry = (engine: Engine, { registered, state }: Instance.Instance, entry: LogEntry): Change => {
  const after = JobState.applyEntry(state, entry)
  const alert = alertOf(state, after, registered.job)
  if (alert !== null) engine.alerts.set(entry, alert)
  const pause = pauseOf(state, after, registered.job)
  return pause === null
    ? { state: after, entries: [entry] }
    : { state: JobState.applyEntry(after, pause), entries: [entry, pause] }
}

export const queue = (engine: Engine, instance: Instance.Instance, runThrough: number, now: number): void => {
  instance.runThrough = runThrough
  enter(engine, instance, now)
}

/** Puts a due instance into its lane; a call of `once` that waits for its `cause` waits for it, too. */
export const enter = (engine: Engine, instance: Instance.Instance, now: number, cause = instance): void => {
  instance.phase = "due"
  instance.queuedAt = now
  engine.onceCalls.open(instance, cause)
  engine.lanes.add(instance)
}

export const markEnded = (engine: Engine, instance: Instance.Instance): void => {
  instance.phase = "ended"
  engine.onceCalls.open(instance)
}

/** Ends the wait of the calls of `once` for it, where nothing of it is left to do; then another process may have it. */
export const settled = (engine: Engine, instance: Instance.Instance): void => {
  if (!Instance.isSettled(instance)) return
  engine.onceCalls.close(instance)
  if (engine.leaving.size === 0 || !engine.leaving.has(instance)) return
  remove(engine, instance)
  engine.hasHandedOver = true
}

/** Forgets an instance in memory. */
export const remove = (engine: Engine, instance: Instance.Instance): void => {
  engine.wakes.set(instance, null)
  engine.waiters.leave(instance)
  engine.rates.dropped(instance)
  for (const some of [engine.awaited, engine.leaving, engine.outdated, engine.passed]) some.delete(instance)
  engine.instances.remove(instance.state)
}

/** Takes a waiting instance out of its lane. */
export const withdraw = (engine: Engine, instance: Instance.Instance, now: number): void => {
  if (Instance.isInLane(instance)) release(engine, [instance], now)
}

/** Takes these instances out of their lanes, and releases their claims. */
export const release = (engine: Engine, waiting: ReadonlyArray<Instance.Instance>, now: number): void => {
  for (const instance of waiting) {
    const { phase, state } = instance
    instance.phase = "waiting"
    if (phase === "claimed") change(engine, instance, { state: JobState.released(state), entries: [] }, now)
    else reschedule(engine, instance, now)
    settled(engine, instance)
  }
  engine.lanes.retain(Instance.isInLane)
}
