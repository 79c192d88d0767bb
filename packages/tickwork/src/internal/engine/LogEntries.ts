/**
 * The lines that the engine writes into the log: each says how something ended, and where its instance stands after it.
 *
 * Pure: it decides nothing and writes nothing itself.
 *
 * @internal
 */

import type { Manual, Paused } from "../../Control.ts"
import * as JobState from "../../JobState.ts"
import * as LogEntry from "../../LogEntry.ts"
import type { Run, Trigger } from "../../Run.ts"
import type { Planned } from "../schedule/Cadence.ts"
import type { Finding, Onward } from "../schedule/Missed.ts"
import type { RetryState } from "../schedule/Retry.ts"
import * as Outcome from "./Outcome.ts"

export interface Attempt {
  readonly trigger: Trigger
  readonly attempt: number
  readonly scheduledAt: number
  readonly startedAt: number
}

/** Where an instance stands after a line. */
export interface Next extends Onward {
  /** The number of the next attempt at its instant. */
  readonly attempt: number
  readonly retry: RetryState | null
  readonly paused: Paused | null
  readonly manual: Manual | null
}

/** Why an instant is dropped that was never planned. */
export const notStepped = "its schedule had not answered yet"

/** The plan stays as it is. */
export const unchanged = (state: JobState.JobState): Next => ({
  state: state.cadence,
  scheduledAt: state.scheduledAt,
  nextAt: state.nextAt,
  attempt: state.attempt,
  retry: state.retry,
  paused: state.paused,
  manual: state.manual
})

/** The cadence has gone on. */
export const advanced = (state: JobState.JobState, onward: Onward): Next => ({
  state: onward.state,
  scheduledAt: onward.scheduledAt,
  nextAt: onward.nextAt,
  attempt: 1,
  retry: null,
  paused: state.paused,
  manual: state.manual
})

/** A schedule goes on to its next instant. */
export const onward = ({ nextAt, state }: Planned): Onward => ({ state, nextAt, scheduledAt: nextAt })

/** What would follow at once waits until an instant. */
export const delayed = (next: Next, until: number, isManual: boolean): Next => {
  if (isManual) return { ...next, manual: next.manual === null ? null : { ...next.manual, nextAt: until } }
  return { ...next, nextAt: until, scheduledAt: next.attempt > 1 ? next.scheduledAt : until }
}

/** An occurrence ends with a line of its own: of lines that are one, all but the last instant is told once. */
const endsOccurrence = (state: JobState.JobState, { attempt }: Next): boolean => state.attempt > 1 && attempt === 1

const isSameVerdict = (state: JobState.JobState, { error, reason, status }: Outcome.Outcome, next: Next): boolean =>
  status === "skipped" &&
  state.lastStatus === status &&
  state.lastReason === reason &&
  state.lastError === error &&
  !endsOccurrence(state, next)

/** The line of an attempt; it takes the place of the last one where that says the same and ran nothing. */
export const of = (
  state: JobState.JobState,
  outcome: Outcome.Outcome,
  attempt: Attempt,
  endedAt: number,
  next: Next
): LogEntry.LogEntry => ({
  jobName: state.jobName,
  key: state.key,
  seq: isSameVerdict(state, outcome, next) ? state.seq : state.seq + 1,
  status: outcome.status,
  trigger: attempt.trigger,
  attempt: attempt.attempt,
  scheduledAt: attempt.scheduledAt,
  startedAt: attempt.startedAt,
  lastAt: attempt.startedAt,
  durationMs: Math.max(0, endedAt - attempt.startedAt),
  error: outcome.error,
  reason: outcome.reason,
  count: 1,
  nextAt: next.nextAt,
  nextScheduledAt: next.scheduledAt,
  nextAttempt: next.attempt,
  cadence: next.state,
  retry: next.retry,
  paused: next.paused,
  manual: next.manual,
  memory: outcome.memory
})

const atOnce = (scheduledAt: number, now: number, trigger: Trigger): Attempt => ({
  trigger,
  attempt: 1,
  scheduledAt,
  startedAt: now
})

/** The line of planned instants that nobody runs, since they were missed. */
export const ofMissed = (
  state: JobState.JobState,
  { count, first }: Finding,
  look: { readonly reason: string; readonly now: number },
  next: Onward
): LogEntry.LogEntry => ({
  ...of(state, Outcome.verdict(look.reason), atOnce(first, look.now, "missed"), look.now, advanced(state, next)),
  count
})

/** The line of planned instants that an occurrence stands for, since its attempts took until after them. */
export const ofSuperseded = (
  state: JobState.JobState,
  { count, first }: Pick<Finding, "count" | "first">,
  { attempt, runKey }: Run,
  now: number
): LogEntry.LogEntry => ({
  ...of(
    state,
    Outcome.verdict(`superseded by attempt ${attempt} of ${runKey}`),
    atOnce(first, now, "schedule"),
    now,
    unchanged(state)
  ),
  count
})

/** The line of an attempt that is not made, since the next instant has come: its occurrence has failed. */
export const ofYieldedRetry = (state: JobState.JobState, now: number, next: Onward): LogEntry.LogEntry =>
  of(
    state,
    { ...Outcome.verdict("not tried again: the next instant has come"), error: state.lastError },
    { ...atOnce(state.scheduledAt ?? now, now, "retry"), attempt: state.attempt },
    now,
    advanced(state, next)
  )

/**
 * Why nothing ran at the planned instants of a line: its verdict, one of few texts however conditions and runs are
 * called, with the cause of what was missed. `null` where something ran at them, or may still.
 */
export const verdictOf = (line: LogEntry.LogEntry): string | null => {
  const { nextScheduledAt, reason, scheduledAt, status } = line
  if (status !== "skipped" || nextScheduledAt === scheduledAt || reason === notStepped) return null
  const verdict = LogEntry.verdictOf(line)
  return verdict === "missed" ? reason : verdict
}

/** The line of a change to the plan itself. */
export const ofControl = (state: JobState.JobState, reason: string, now: number, next: Next): LogEntry.LogEntry =>
  of(
    state,
    Outcome.control(reason),
    { ...atOnce(state.scheduledAt ?? now, now, "schedule"), attempt: state.attempt },
    now,
    next
  )

/** The line of a clock that was set back: what waits for an instant that no calendar names moves with it. */
export const ofSetBack = (
  state: JobState.JobState,
  byMs: number,
  now: number,
  isOnGrid: boolean
): LogEntry.LogEntry => {
  const { attempt, manual, nextAt, retry, scheduledAt } = state
  const earlier = (at: number | null) => (at === null ? null : at - byMs)
  const isAgain = attempt > 1 || JobState.isRechecked(state)
  const isKept = isOnGrid && !isAgain
  return ofControl(state, `the clock was set back by ${byMs} ms`, now, {
    ...unchanged(state),
    nextAt: isKept ? nextAt : earlier(nextAt),
    // what is tried or looked at again stands for the instant it stood for before
    scheduledAt: isKept || isAgain ? scheduledAt : earlier(scheduledAt),
    // and covers no instant that has not come
    retry: retry?.coveredUntil === undefined ? retry : { ...retry, coveredUntil: retry.coveredUntil - byMs },
    manual: manual === null ? null : { ...manual, nextAt: manual.nextAt - byMs }
  })
}
