/**
 * Settles an ended attempt: its log entries, the state after them, and whether its instance is due again.
 *
 * It makes no store call and reads no clock.
 *
 * @internal
 */
import * as Control from "../../Control.ts"
import * as JobState from "../../JobState.ts"
import type { Save } from "../../JobStore.ts"
import type { LogEntry } from "../../LogEntry.ts"
import type { Position } from "../../Position.ts"
import * as Missed from "../schedule/Missed.ts"
import { alertOf, pauseOf } from "./Alerts.ts"
import type * as Attempt from "./Attempt.ts"
import type { Engine } from "./Engine.ts"
import * as Instance from "./Instance.ts"
import * as LogEntries from "./LogEntries.ts"
import * as Report from "./Report.ts"
import * as Transitions from "./Transitions.ts"

const none: ReadonlyArray<never> = []

/** Frees the slot of an ended body. */
export const freeSlot = (engine: Engine, instance: Instance.Instance): void => {
  engine.lanes.leave(instance)
  engine.running.delete(instance)
  instance.phase = "ended"
}

/** Reads an instance again whose body has ended under a claim that had passed on. */
export const readAgain = (engine: Engine, instance: Instance.Instance): void => {
  instance.phase = "held"
  engine.heldElsewhere.push(instance)
}

/** Its body goes on after a stop: the claim is kept, and the log says so. An open transaction has locked its row. */
export const leaveRunning = (engine: Engine, instance: Instance.Instance, now: number): void => {
  const { registered, state } = instance
  engine.onceCalls.close(instance)
  if (registered.job.isTransactional) return
  const entry = LogEntries.ofLeftRunning(state, now)
  engine.outbox.add(instance, { state: JobState.applyControl(state, entry), entries: [entry] })
}

/** The position with the ends of dependencies that the occurrence knew: a first attempt sets them, another keeps them. */
const withEnds = (next: Position, { instance, outcome, run }: Attempt.Settled): Position => {
  if (instance.registered.job.after.length === 0) return next
  const isFirst = run.attempt === 1 && outcome.status !== "skipped" && outcome.status !== "control"
  const ends = isFirst ? instance.ends : (instance.state.position.cadence.after ?? null)
  const { after: _, ...cadence } = next.cadence
  return { ...next, cadence: ends === null ? cadence : { ...cadence, after: ends } }
}

/** The log entries of an ended attempt, and the state after them. */
export const saveOf = (settled: Attempt.Settled): Save => {
  const { concluded, endedAt, instance, outcome, request, run } = settled
  const { state } = instance
  const { superseded } = concluded
  const next = withEnds(concluded.next, settled)
  const entries: Array<LogEntry> = []
  let after = state
  const add = (entry: LogEntry) => {
    entries.push(entry)
    after = JobState.after(after, entry)
  }
  const isCutShort = request !== undefined && outcome.status !== "control"
  if (isCutShort) add(LogEntries.ofControl(after, Control.toText(request), endedAt, after.position))
  if (superseded !== null) add(LogEntries.ofSuperseded(after, superseded, run, endedAt))
  add(LogEntries.of(after, outcome, run, endedAt, next, { report: Report.of(run) }))
  const pause = pauseOf(state, after, instance.registered.job)
  if (pause !== null) add(pause)
  return {
    expected: Instance.expectedOf(state),
    // an unclaimed row gets a new token, so that an older writer is refused
    state: state.claim.owner === null ? JobState.fenced(after) : after,
    entries,
    acknowledgements: request === undefined ? none : [{ id: request.id, at: endedAt }]
  }
}

/** Queues what follows an ended attempt for writing, unless it was written with the job's own writes. */
export const settle = (engine: Engine, ended: Attempt.Settled): void => {
  const { endedAt, instance, run, saved, token } = ended
  // another owner has the claim now: this process records nothing of the run
  if (instance.phase !== "ended" || instance.state.claim.token !== token) {
    engine.requests.requeue(ended.request?.id)
    return
  }
  const { runThrough, registered, state } = instance
  engine.lanes.took(instance, endedAt - run.startedAt)
  const save = saved ?? saveOf(ended)
  const alert = alertOf(state, save.state, registered.job)
  const last = save.entries.findLast(({ status }) => status === ended.outcome.status)
  if (alert !== null && last !== undefined) engine.alerts.set(last, alert)
  if (ended.outcome.cause !== null && last !== undefined) engine.causes.set(last, ended.outcome.cause)
  if (saved === undefined) Transitions.change(engine, instance, save, endedAt)
  else {
    instance.state = saved.state
    for (const { id } of saved.acknowledgements ?? []) engine.requests.done(id)
    engine.committed.push(...saved.entries)
    Transitions.toWaiting(engine, instance, endedAt)
  }
  const { attempt, nextAt, paused } = instance.state.position
  // a manual run, or one that started late, covers no planned time that came while it ran
  const hasKept = run.trigger === "manual" || (nextAt !== null && nextAt < endedAt)
  if (hasKept) instance.overlappingRun = { from: run.startedAt, to: endedAt }
  const isMakingUp = run.trigger === "missed" && Missed.isCatchingUp(instance.state.position)
  instance.madeUpAt = isMakingUp ? run.startedAt : null
  // a call of `once` runs everything that was due when it was made
  const { isCutShort } = ended.outcome
  const isIncluded = isCutShort || (registered.cadence._tag === "Calendar" && attempt === 1)
  const until = isCutShort && Number.isFinite(runThrough) ? endedAt : runThrough
  const isOver = engine.isEmptied || engine.leaving.has(instance)
  if (!isOver && isIncluded && paused === null && nextAt !== null && nextAt <= until) {
    engine.wakes.set(instance, null)
    if (!engine.waiters.mustWait(instance)) Transitions.enter(engine, instance, endedAt)
  }
  Transitions.settled(engine, instance)
}

/** Takes the entries that were committed with the jobs' own writes. */
export const takeCommitted = (engine: Engine): ReadonlyArray<LogEntry> => engine.committed.splice(0)
