/**
 * How the body of a run ended, in the words of the log, and what its cadence is fed.
 *
 * Pure: it plans nothing and writes nothing.
 *
 * @internal
 */
import { Cause, Exit } from "effect"
import type * as Cadence from "../Cadence.ts"
import * as ErrorText from "../ErrorText.ts"
import type { JobRun, Status } from "../JobRun.ts"
import type { JobState } from "../JobState.ts"
import type { Trigger } from "../Run.ts"

/** What a body answers instead of running, since a condition did not hold. */
export class Skipped {
  readonly reason: string
  readonly error: string | null
  constructor(reason: string, error: string | null) {
    this.reason = reason
    this.error = error
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
export interface Next extends Cadence.Planned {
  readonly scheduledAt: number | null
  readonly attempt: number
}

/** The cadence goes on to its next instant. */
export const onward = ({ nextAt, state }: Cadence.Planned): Next => ({ state, nextAt, scheduledAt: nextAt, attempt: 1 })

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
