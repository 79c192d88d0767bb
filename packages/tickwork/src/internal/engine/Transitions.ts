/**
 * How an instance goes from one phase to the next: due, waiting, inactive, and back.
 *
 * It makes no store call and reads no clock.
 *
 * @internal
 */
import * as JobState from "../../JobState.ts"
import type { LogEntry } from "../../LogEntry.ts"
import * as Missed from "../schedule/Missed.ts"
import { alertOf } from "./Alerts.ts"
import type { Engine } from "./Engine.ts"
import * as Instance from "./Instance.ts"
import * as LogEntries from "./LogEntries.ts"
import * as Occurrence from "./Occurrence.ts"
import type { Change } from "./Outbox.ts"
import type { Opened } from "./Startup.ts"

export const admitState = (
  engine: Engine,
  state: JobState.JobState,
  inactiveSince: number | null,
  now: number
): void => {
  const registered = engine.registry.get(state.jobName)
  if (registered === undefined || (registered.job.payload !== null && JobState.isFinished(state))) return
  const instance = Instance.make(registered, Instance.sharing(registered, state))
  instance.inactiveSince = inactiveSince
  engine.instances.set(instance.state, instance)
  if (Instance.isOutdated(instance)) engine.outdated.add(instance)
  reschedule(engine, instance, now)
}

/** Takes in the instances of the registry at start-up. */
export const open = (engine: Engine, { absent, states }: Opened, now: number): void => {
  for (const state of states) admitState(engine, state, absent.has(state) ? now : null, now)
}

/** Takes in what is stored and was not known. */
export const admit = (engine: Engine, states: ReadonlyArray<JobState.JobState>, now: number): void => {
  for (const state of states) if (engine.instances.find(state) === undefined) admitState(engine, state, null, now)
}

export const change = (engine: Engine, instance: Instance.Instance, change: Change, now: number): void => {
  engine.outbox.add(instance, change)
  toWaiting(engine, instance, now)
}

export const toWaiting = (engine: Engine, instance: Instance.Instance, now: number): void => {
  instance.phase = "waiting"
  instance.skipReason = null
  instance.deferredByBudget = false
  instance.catchUpAt = null
  engine.held.delete(instance)
  reschedule(engine, instance, now)
}

/** Puts an instance on the agenda, for its next instant or for the end of its holder's lease. */
export const reschedule = (engine: Engine, instance: Instance.Instance, now: number): void => {
  const { registered, state } = instance
  // a run that was enqueued and is over is nothing to be held in memory
  if (registered.job.payload !== null && JobState.isFinished(state)) engine.instances.remove(state)
  engine.waiters.leave(instance)
  if (state.claim.owner === null) {
    engine.wakes.set(instance, Instance.isMismatched(instance) ? null : Instance.dueAt(instance))
  } else {
    instance.phase = "held"
    engine.wakes.set(instance, engine.isGone(state.claim.owner) ? now : now + engine.leaseMs)
  }
  wakeDependents(engine, instance, now)
}

/** An instance has changed, for which others may have waited: those that wait for nothing else are due. */
export const wakeDependents = (engine: Engine, instance: Instance.Instance, now: number): void => {
  for (const dependent of engine.waiters.changed(instance)) {
    dependent.runThrough = instance.runThrough
    if (engine.isEmptied) engine.wakes.set(dependent, dependent.state.position.nextAt)
    else if (!isMissed(engine, dependent, now)) enter(engine, dependent, instance.generation)
  }
}

/** Notes what was missed; then the instance is looked at again. */
export const isMissed = (engine: Engine, instance: Instance.Instance, now: number): boolean => {
  const { registered, state } = instance
  if (state.position.cadence.unanswered !== undefined) {
    // nothing was planned, so nothing is missed and nothing runs: the schedule is asked
    instance.skipReason = LogEntries.notStepped
    return false
  }
  const { cadence, missed, windowMs } = registered
  const toleranceMs = windowMs + Math.min(engine.toleranceMs, missed.withinMs)
  const way = Occurrence.retryYields(registered, state, now)
  if (way !== null) {
    const line = LogEntries.ofYieldedRetry(state, now, way)
    enterLog(engine, instance, line, now)
    return true
  }
  // what waited for others was seen in time, and is only late
  if (state.position.nextAt !== null && instance.metAt > state.position.nextAt && now - instance.metAt <= toleranceMs)
    return false
  if (instance.catchUpAt !== null && now - instance.catchUpAt <= toleranceMs) return false
  if (instance.deferredByBudget || overlapped(engine, instance, now)) return false
  const finding = Missed.find(cadence, missed, state.position, { now, toleranceMs })
  instance.skipReason = null
  if (finding === null || finding.count === 0) return false

  const reason = engine.catchUp.reasonOf(instance, finding.first, now - finding.first > toleranceMs)
  if (finding.run === null && cadence._tag === "Schedule") {
    // only the schedule knows its next instant, and it is asked at the end of a run
    instance.skipReason = reason
    return false
  }
  const line = LogEntries.ofMissed(
    state,
    finding,
    { reason, now },
    Missed.catchUp(cadence, state.position.cadence, finding)
  )
  enterLog(engine, instance, line, now)
  return true
}

/** True where its instant came while a run of it went on that did not cover it: it is only late. */
const overlapped = (engine: Engine, { overlappingRun, state }: Instance.Instance, now: number): boolean => {
  const { nextAt } = state.position
  if (overlappingRun === null || nextAt === null) return false
  return nextAt >= overlappingRun.from && nextAt <= overlappingRun.to && now - overlappingRun.to <= engine.toleranceMs
}

const enterLog = (engine: Engine, instance: Instance.Instance, line: LogEntry, now: number): void => {
  const generation = engine.onceCalls.current
  engine.onceCalls.open(generation)
  change(engine, instance, { ...withEntry(engine, instance, line), generation }, now)
}

export const withEntry = (engine: Engine, { registered, state }: Instance.Instance, line: LogEntry): Change => {
  const after = JobState.applyEntry(state, line)
  const alert = alertOf(state, after, registered.job.alertAfter)
  if (alert !== null) engine.alerts.set(line, alert)
  return { state: after, entries: [line] }
}

export const queue = (engine: Engine, instance: Instance.Instance, dueBy: number): void => {
  instance.runThrough = dueBy
  enter(engine, instance, engine.onceCalls.current)
}

export const enter = (engine: Engine, instance: Instance.Instance, generation: number): void => {
  instance.phase = "due"
  instance.generation = generation
  engine.onceCalls.open(generation)
  engine.lanes.add(instance)
}

export const markEnded = (engine: Engine, instance: Instance.Instance): void => {
  instance.phase = "ended"
  engine.onceCalls.open(instance.generation)
}

/** Takes back what waits for its place. */
export const withdraw = (engine: Engine, instance: Instance.Instance, now: number): void => {
  const { generation, phase, state } = instance
  if (!Instance.isInLane(instance)) return
  instance.phase = "waiting"
  engine.lanes.retain(Instance.isInLane)
  if (phase === "claimed") change(engine, instance, { state: JobState.released(state), entries: [], generation }, now)
  else engine.onceCalls.close(generation)
}

export const letGo = (engine: Engine, waiting: ReadonlyArray<Instance.Instance>, now: number): void => {
  for (const instance of waiting) {
    const { phase } = instance
    instance.phase = "waiting"
    if (phase === "claimed") {
      const { generation, state } = instance
      change(engine, instance, { state: JobState.released(state), entries: [], generation }, now)
    } else {
      engine.onceCalls.close(instance.generation)
      reschedule(engine, instance, now)
    }
  }
  engine.lanes.retain(Instance.isInLane)
}
