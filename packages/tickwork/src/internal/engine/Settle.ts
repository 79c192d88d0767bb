/**
 * What an attempt that has ended leaves: log entries, the state after them, and whether its instance is due again.
 *
 * It makes no store call and reads no clock.
 *
 * @internal
 */
import * as Control from "../../Control.ts"
import * as JobState from "../../JobState.ts"
import type { Save } from "../../JobStore.ts"
import type { LogEntry } from "../../LogEntry.ts"
import * as Missed from "../schedule/Missed.ts"
import { alertOf } from "./Alerts.ts"
import type * as Attempt from "./Attempt.ts"
import type { Engine } from "./Engine.ts"
import * as Instance from "./Instance.ts"
import * as LogEntries from "./LogEntries.ts"
import * as Transitions from "./Transitions.ts"

const none: ReadonlyArray<never> = []

/** The body is over: its place is free. */
export const freeSlot = (engine: Engine, instance: Instance.Instance): void => {
  engine.lanes.leave(instance)
  engine.running.delete(instance)
  instance.phase = "ended"
}

/** The lines of an attempt that has ended, and the state after them. */
export const saveOf = ({ concluded, endedAt, instance, outcome, request, run }: Attempt.Settled): Save => {
  const { state } = instance
  const { next, superseded } = concluded
  const entries: Array<LogEntry> = []
  let after = state
  const add = (line: LogEntry) => {
    entries.push(line)
    after = JobState.after(after, line)
  }
  const isCutShort = request !== undefined && outcome.status !== "control"
  if (isCutShort) add(LogEntries.ofControl(after, Control.toText(request), endedAt, after.position))
  if (superseded !== null) add(LogEntries.ofSuperseded(after, superseded, run, endedAt))
  add(LogEntries.of(after, outcome, run, endedAt, next))
  return {
    expected: Instance.expectedOf(state),
    // what nobody held is fenced by a new token
    state: state.claim.owner === null ? JobState.fenced(after) : after,
    entries,
    acknowledgements: request === undefined ? none : [{ id: request.id, at: endedAt }]
  }
}

/** An attempt has ended: what follows is ready to be written, unless it was written with the job's own writes. */
export const settle = (engine: Engine, ended: Attempt.Settled): void => {
  const { endedAt, instance, run, saved, token } = ended
  // it was read anew meanwhile, since its claim had passed on: nothing of this run is recorded
  if (instance.phase !== "ended" || instance.state.claim.token !== token) {
    engine.requests.requeue(ended.request?.id)
    return
  }
  const { runThrough, generation, registered, state } = instance
  const save = saved ?? saveOf(ended)
  const alert = alertOf(state, save.state, registered.job.alertAfter)
  const last = save.entries.at(-1)
  if (alert !== null && last !== undefined) engine.alerts.set(last, alert)
  if (saved === undefined) {
    const { acknowledgements = none, expected, entries, state } = save
    Transitions.change(engine, instance, { acknowledgements, expected, generation, entries, state }, endedAt)
  } else {
    instance.state = saved.state
    for (const { id } of saved.acknowledgements ?? []) engine.requests.done(id)
    engine.committed.push(...saved.entries)
    engine.onceCalls.close(generation)
    Transitions.toWaiting(engine, instance, endedAt)
  }
  const { attempt, nextAt, paused } = instance.state.position
  // a run beside the plan, or one that began late, covers nothing of what came meanwhile
  const hasKept = run.trigger === "manual" || (nextAt !== null && nextAt < endedAt)
  if (hasKept) instance.overlappingRun = { from: run.startedAt, to: endedAt }
  const isMakingUp = run.trigger === "missed" && Missed.isCatchingUp(instance.state.position)
  instance.madeUpAt = isMakingUp ? run.startedAt : null
  // a host that asked for what was due gets all of it
  const { isCutShort } = ended.outcome
  const isAsked = isCutShort || (registered.cadence._tag === "Calendar" && attempt === 1)
  const until = isCutShort && Number.isFinite(runThrough) ? endedAt : runThrough
  if (engine.isEmptied || !isAsked || paused !== null || nextAt === null || nextAt > until) return
  engine.wakes.set(instance, null)
  if (!engine.waiters.mustWait(instance)) Transitions.enter(engine, instance, generation)
}

/** The lines that were written with the jobs' own writes since this was last asked. */
export const takeCommitted = (engine: Engine): ReadonlyArray<LogEntry> => engine.committed.splice(0)
