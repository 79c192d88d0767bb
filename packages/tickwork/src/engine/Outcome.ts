/**
 * How the body of a run ended, in the words of the log, and what its cadence is fed.
 *
 * Pure: it plans nothing and writes nothing.
 *
 * @internal
 */
import { Cause, Duration, Exit } from "effect"
import type { Planned } from "../Cadence.ts"
import * as ErrorText from "../ErrorText.ts"
import type { JobRun, Status } from "../JobRun.ts"
import type { JobState } from "../JobState.ts"
import type { Finding, Onward } from "../Missed.ts"
import type { Trigger } from "../Run.ts"
import type * as TickEvent from "../TickEvent.ts"

/** What a body answers instead of running, since a condition did not hold. */
export class Skipped {
  readonly reason: string
  readonly error: string | null
  constructor(reason: string, error: string | null) {
    this.reason = reason
    this.error = error
  }
}

/** What a body answers that was interrupted since its time was up. */
export class TimedOut extends Error {
  constructor(timeoutMs: number) {
    super(`it was interrupted after ${Duration.format(Duration.millis(timeoutMs))}`)
  }
}

export interface Outcome {
  readonly status: Status
  readonly error: string | null
  readonly reason: string | null
  /** What the cadence is fed: `undefined` where no run ended. */
  readonly input: Exit.Exit<unknown, unknown> | undefined
}

export const of = (exit: Exit.Exit<unknown, unknown>): Outcome => {
  if (Exit.isFailure(exit)) {
    const status = Cause.isInterruptedOnly(exit.cause) ? "interrupted" : "error"
    return { status, error: ErrorText.render(exit.cause), reason: null, input: exit }
  }
  if (exit.value instanceof TimedOut) {
    return { status: "timeout", error: exit.value.message, reason: null, input: Exit.die(exit.value) }
  }
  return exit.value instanceof Skipped
    ? { status: "skipped", error: exit.value.error, reason: exit.value.reason, input: undefined }
    : { status: "success", error: null, reason: null, input: exit }
}

/** A run cut short from outside: nobody knows how far it came. */
export const cutShort = (error: string): Outcome => ({ status: "interrupted", error, reason: null, input: undefined })

export interface Attempt {
  readonly trigger: Trigger
  readonly scheduledAt: number
  readonly startedAt: number
  readonly endedAt: number
}

/** When the next attempt is made, which instant it stands for, and where the cadence stands then. */
export interface Next extends Onward {
  readonly attempt: number
}

/** A schedule goes on to its next instant. */
export const onward = ({ nextAt, state }: Planned): Onward => ({ state, nextAt, scheduledAt: nextAt })

const longestBackoffMs = 3_600_000

/** The same instant is tried again: at once the first time, then after 1 s, 2 s, 4 s … up to an hour. */
export const again = (state: JobState, scheduledAt: number, endedAt: number): Next => ({
  state: state.cadence,
  nextAt: state.attempt === 1 ? endedAt : endedAt + Math.min(1000 * 2 ** (state.attempt - 2), longestBackoffMs),
  scheduledAt,
  attempt: state.attempt + 1
})

const isSameVerdict = (state: JobState, { error, reason, status }: Outcome): boolean =>
  status === "skipped" && state.lastStatus === status && state.lastReason === reason && state.lastError === error

/** The line of the log; it takes the place of the last one where that says the same and ran nothing. */
export const toRun = (state: JobState, outcome: Outcome, attempt: Attempt, next: Next): JobRun => ({
  jobName: state.jobName,
  key: state.key,
  seq: isSameVerdict(state, outcome) ? state.seq : state.seq + 1,
  status: outcome.status,
  trigger: attempt.trigger,
  attempt: state.attempt,
  scheduledAt: attempt.scheduledAt,
  startedAt: attempt.startedAt,
  lastAt: attempt.startedAt,
  durationMs: Math.max(0, attempt.endedAt - attempt.startedAt),
  error: outcome.error,
  reason: outcome.reason,
  count: 1,
  nextAt: next.nextAt,
  nextScheduledAt: next.scheduledAt,
  nextAttempt: next.attempt,
  cadence: next.state
})

/** The line of planned instants that nobody runs, since they were missed. */
export const toVerdict = (
  state: JobState,
  { count, first }: Finding,
  look: { readonly reason: string; readonly now: number },
  next: Onward
): JobRun => {
  const { now, reason } = look
  const outcome: Outcome = { status: "skipped", error: null, reason, input: undefined }
  const attempt: Attempt = { trigger: "missed", scheduledAt: first, startedAt: now, endedAt: now }
  return { ...toRun(state, outcome, attempt, { ...next, attempt: 1 }), count }
}

/** The line of a change to the plan itself. */
export const toControl = (state: JobState, reason: string, now: number, next: Next): JobRun =>
  toRun(
    state,
    { status: "control", error: null, reason, input: undefined },
    { trigger: "schedule", scheduledAt: state.scheduledAt ?? now, startedAt: now, endedAt: now },
    next
  )

/** The line of a clock that was set back: what waits for an instant that no calendar names moves with it. */
export const setBack = (state: JobState, byMs: number, now: number): JobRun => {
  const { attempt, cadence, nextAt, scheduledAt } = state
  const earlier = (at: number | null) => (at === null ? null : at - byMs)
  return toControl(state, `the clock was set back by ${byMs} ms`, now, {
    state: cadence,
    nextAt: earlier(nextAt),
    // an attempt that is made again stands for the instant it stood for before
    scheduledAt: attempt > 1 ? scheduledAt : earlier(scheduledAt),
    attempt
  })
}

/** What somebody has to be told of a line that leads from one state to another. */
export const alertOf = (
  before: JobState,
  after: JobState,
  alertAfter: number | null
): TickEvent.Alert | TickEvent.Recovered | null => {
  if (alertAfter === null) return null
  const { jobName, key } = after
  const wasTold = before.failures >= alertAfter
  if (!wasTold && after.failures >= alertAfter) {
    return { _tag: "Alert", jobName, key, failures: after.failures, error: after.lastError }
  }
  return wasTold && after.failures === 0 ? { _tag: "Recovered", jobName, key, failures: before.failures } : null
}
