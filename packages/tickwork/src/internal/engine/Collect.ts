/**
 * Collects due instances, defers them, and finds those that a new definition or a moved clock has to plan again.
 *
 * It makes no store call and reads no clock.
 *
 * @internal
 */
import * as JobState from "../../JobState.ts"
import type { Save } from "../../JobStore.ts"
import * as Missed from "../schedule/Missed.ts"
import type { Jump } from "./ClockWatch.ts"
import type { Engine } from "./Engine.ts"
import * as Instance from "./Instance.ts"
import * as LogEntries from "./LogEntries.ts"
import * as Reschedule from "./Reschedule.ts"
import * as Transitions from "./Transitions.ts"
import { headStartMs } from "./Tuning.ts"

/**
 * Moves due instances into their lanes and logs what was missed. Where it `isPaced`, catch-up runs are spread over time;
 * else they start as soon as possible.
 */
export const collect = (engine: Engine, now: number, isPaced: boolean): void => {
  engine.isEmptied = false
  engine.isPaced = isPaced
  const catchingUp: Array<Instance.Instance> = []
  const runThrough = isPaced ? Number.NEGATIVE_INFINITY : now
  const over = new Map()
  for (let instance = engine.wakes.take(now); instance !== undefined; instance = engine.wakes.take(now)) {
    const isPassed = engine.passed.delete(instance) && isPaced && instance.phase === "waiting"
    if (isPassed && !JobState.isManualDue(instance.state, now)) {
      instance.isOthers = true
      engine.wakes.set(instance, now + headStartMs)
      continue
    }
    instance.runThrough = runThrough
    if (instance.registered.job.keys !== null) engine.listings.due(instance.registered, now)
    if (instance.phase === "held" || (instance.isOthers && instance.unsaved === null)) {
      engine.onceCalls.open(instance)
      engine.heldElsewhere.push(instance)
    } else if (Transitions.endsPause(engine, instance, now)) {
      // it is collected again where its instant has come
    } else if (JobState.isManualDue(instance.state, now)) Transitions.queue(engine, instance, runThrough, now)
    else if (!engine.waiters.mustWait(instance, over) && !Transitions.isMissed(engine, instance, now)) {
      if (isPaced && instance.catchUpAt === null && Missed.isCatchingUp(instance.state.position))
        catchingUp.push(instance)
      else Transitions.queue(engine, instance, runThrough, now)
    }
  }
  if (catchingUp.length === 0) return
  for (const { instance, slot } of engine.catchUp.spread(catchingUp, now)) {
    instance.catchUpAt = slot
    if (slot <= now) Transitions.queue(engine, instance, runThrough, now)
    else engine.wakes.set(instance, slot)
  }
}

/** Applies a clock jump: leases start again, and instants that are not from a calendar move with the clock. */
export const jumped = (engine: Engine, jump: Jump, now: number): void => {
  const { byMs } = jump
  engine.catchUp.jumped(jump, now)
  engine.rates.moved(byMs)
  if (byMs < 0) engine.listings.moveBack(-byMs)
  const moved = { byMs: -byMs, reason: LogEntries.movedBecause.setBack(-byMs) }
  for (const instance of engine.instances) {
    instance.seenClaim = null
    instance.queuedAt += byMs
    if (instance.phase === "held") Transitions.reschedule(engine, instance, now)
    if (byMs > 0) continue
    instance.heardAt += byMs
    const { phase, registered, catchUpAt, state } = instance
    if (catchUpAt !== null) instance.catchUpAt = catchUpAt + byMs
    if (catchUpAt !== null && phase === "waiting") engine.wakes.set(instance, catchUpAt + byMs)
    if (phase !== "waiting" || engine.leaves(instance) || !Reschedule.movesBack(registered, state)) continue
    const entry = LogEntries.ofSetBack(state, moved, now, registered.cadence._tag === "Calendar")
    Transitions.change(engine, instance, { state: JobState.applyEntry(state, entry), entries: [entry] }, now)
  }
}

/** Defers what a call collected and did not start to a later call: it counts as late, not as missed. */
export const postpone = (engine: Engine, call: ReadonlySet<Instance.Instance>, now: number): void => {
  const waiting = engine.lanes.all().filter((instance) => call.has(instance))
  if (waiting.length === 0) return
  const seen = waiting.filter((instance) => Instance.isSeenInTime(instance, now))
  for (const instance of waiting) instance.runThrough = Number.NEGATIVE_INFINITY
  Transitions.release(engine, waiting, now)
  for (const instance of seen) instance.deferredByBudget = true
}

/** Empties the lanes and releases claims, so that nothing more starts. */
export const empty = (engine: Engine, now: number): void => {
  engine.isEmptied = true
  Transitions.release(engine, engine.lanes.all(), now)
}

/** Takes in a new plan of an instance. */
export const rescheduled = (engine: Engine, save: Save, now: number): void => {
  const instance = engine.instances.find(save.state)
  if (instance?.phase === "waiting") Transitions.change(engine, instance, save, now)
}

/** Free instances that another definition has planned, to be planned again. */
export const outdated = (engine: Engine): ReadonlyArray<Instance.Instance> => {
  if (engine.outdated.size === 0) return []
  // they stay listed until a new plan is written, since another process may be faster
  const free = [...engine.outdated].filter(({ phase, unsaved }) => phase === "waiting" && unsaved === null)
  return free.filter((instance) => engine.isOutdated(instance) || !engine.outdated.delete(instance))
}
