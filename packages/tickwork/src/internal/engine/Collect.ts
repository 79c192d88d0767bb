/**
 * What becomes due, what is put off, and what another definition or a clock that was set has to plan again.
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

/**
 * Moves what is due into its lane. What was missed is noted, and what makes up for it is spread where it is `paced`,
 * and begins as soon as it can where a host asks for what is due now.
 */
export const collect = (engine: Engine, now: number, isPaced: boolean): void => {
  engine.isEmptied = false
  const makingUp: Array<Instance.Instance> = []
  const dueBy = isPaced ? Number.NEGATIVE_INFINITY : now
  for (let instance = engine.wakes.take(now); instance !== undefined; instance = engine.wakes.take(now)) {
    instance.runThrough = dueBy
    instance.generation = engine.onceCalls.current
    if (instance.registered.job.keys !== null) engine.listings.due(instance.registered, now)
    if (instance.phase === "held") engine.expiredLeases.push(instance)
    else if (JobState.isManualDue(instance.state, now)) Transitions.queue(engine, instance, dueBy)
    else if (!engine.waiters.mustWait(instance) && !Transitions.isMissed(engine, instance, now)) {
      if (isPaced && instance.catchUpAt === null && Missed.isCatchingUp(instance.state.position))
        makingUp.push(instance)
      else Transitions.queue(engine, instance, dueBy)
    }
  }
  if (makingUp.length === 0) return
  for (const { instance, slot } of engine.catchUp.spread(makingUp, now)) {
    instance.catchUpAt = slot
    if (slot <= now) Transitions.queue(engine, instance, dueBy)
    else engine.wakes.set(instance, slot)
  }
}

/** The clock was moved: leases begin anew, and what waits for an instant that no calendar names moves with it. */
export const jumped = (engine: Engine, jump: Jump, now: number): void => {
  const { byMs } = jump
  engine.catchUp.jumped(jump, now)
  if (byMs < 0) engine.listings.moveBack(-byMs)
  for (const instance of engine.instances) {
    if (instance.phase === "held") Transitions.reschedule(engine, instance, now)
    if (byMs > 0) continue
    const { phase, registered, catchUpAt, state } = instance
    if (catchUpAt !== null) instance.catchUpAt = catchUpAt + byMs
    if (catchUpAt !== null && phase === "waiting") engine.wakes.set(instance, catchUpAt + byMs)
    if (phase !== "waiting" || Instance.isMismatched(instance) || !Reschedule.movesBack(registered, state)) continue
    const line = LogEntries.ofSetBack(state, -byMs, now, registered.cadence._tag === "Calendar")
    Transitions.change(engine, instance, { state: JobState.applyEntry(state, line), entries: [line] }, now)
  }
}

/** What a call has found due and not begun waits for a later one: it was seen in time. */
export const postpone = (engine: Engine, generation: number, now: number): void => {
  const waiting = engine.lanes.all().filter((instance) => instance.generation <= generation)
  if (waiting.length === 0) return
  const seen = waiting.filter((instance) => Instance.isSeenInTime(instance, now))
  for (const instance of waiting) instance.runThrough = Number.NEGATIVE_INFINITY
  Transitions.letGo(engine, waiting, now)
  for (const instance of seen) instance.deferredByBudget = true
}

/** Nothing more is started: what is due waits again, what is claimed is let go of. */
export const empty = (engine: Engine, now: number): void => {
  engine.isEmptied = true
  Transitions.letGo(engine, engine.lanes.all(), now)
}

/** A plan that was made anew. */
export const rescheduled = (engine: Engine, save: Save, now: number): void => {
  const instance = engine.instances.find(save.state)
  if (instance?.phase === "waiting") Transitions.change(engine, instance, save, now)
}

/** Instances whose older plan nobody runs any more: they have to be planned anew. */
export const outdated = (engine: Engine): ReadonlyArray<Instance.Instance> => {
  if (engine.outdated.size === 0) return []
  // a new plan holds only once it is written: whoever is faster than that has it made again
  const free = [...engine.outdated].filter(({ phase, unsaved }) => phase === "waiting" && unsaved === null)
  return free.filter((instance) => Instance.isOutdated(instance) || !engine.outdated.delete(instance))
}
