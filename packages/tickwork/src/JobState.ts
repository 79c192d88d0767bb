/**
 * What is known of an instance of a job, and its pure transitions.
 *
 * The state is the fold of the log: `after` takes one line and steps nothing. Claims are outside the fold.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { Manual, Paused } from "./Control.ts"
import type { Planned } from "./internal/schedule/Cadence.ts"
import { EncodedValue } from "./internal/schedule/EncodedValue.ts"
import { RetryState } from "./internal/schedule/Retry.ts"
import * as LogEntry from "./LogEntry.ts"
import { Trigger } from "./Run.ts"

/**
 * A row of the table `job_state`. Instants are milliseconds since the epoch, durations are milliseconds.
 *
 * @since 0.1.0
 * @category models
 */
export const JobState = Schema.Struct({
  jobName: Schema.String,
  /** Which instance of the job; empty for the job of the whole device. */
  key: Schema.String,
  lastRunAt: Schema.NullOr(Schema.Int),
  lastDurationMs: Schema.NullOr(Schema.NonNegative),
  lastStatus: Schema.NullOr(LogEntry.Status),
  lastError: Schema.NullOr(Schema.String),
  /** Why the last line of the log ran nothing. */
  lastReason: Schema.NullOr(Schema.String),
  lastSuccessAt: Schema.NullOr(Schema.Int),
  /** When the last success ended. */
  succeededAt: Schema.NullOr(Schema.Int),
  /** When the last occurrence began: its first attempt. */
  occurrenceAt: Schema.NullOr(Schema.Int),
  /** When the last occurrence that has ended did so, by a success or by giving up. */
  concludedAt: Schema.NullOr(Schema.Int),
  /** Attempts made. */
  totalRuns: Schema.NonNegativeInt,
  /** Attempts that did not succeed. */
  totalErrors: Schema.NonNegativeInt,
  /** Occurrences in a row that did not succeed; a look at a condition that failed counts as one. */
  failures: Schema.NonNegativeInt,
  createdAt: Schema.Int,
  updatedAt: Schema.Int,
  /** When the instance is next looked at; `null` when its cadence has ended. */
  nextAt: Schema.NullOr(Schema.Int),
  /** What that instant stands for: the same, unless an attempt is made or a condition is looked at again. */
  scheduledAt: Schema.NullOr(Schema.Int),
  /** The number of the next attempt at `scheduledAt`. */
  attempt: Schema.Positive,
  cadence: LogEntry.StoredCadence,
  /** What the policies have come to, while an attempt is to be made again. */
  retry: Schema.NullOr(RetryState),
  /** Since when it does not run by itself, by whom and why; `null` unless it is paused. */
  paused: Schema.NullOr(Paused),
  /** The occurrence beside the plan that somebody asked for. */
  manual: Schema.NullOr(Manual),
  /** What the instance remembers; `null` before it has remembered anything. */
  memory: Schema.NullOr(EncodedValue),
  /** What its run is handed; `null` unless it was enqueued. */
  payload: Schema.NullOr(EncodedValue),
  /** The number of the last line in the log. */
  seq: Schema.NonNegativeInt,
  claimOwner: Schema.NullOr(Schema.String),
  /** The fencing token: it rises with each claim, and only its holder may record. */
  claimToken: Schema.NonNegativeInt,
  /** Rises while the holder lives. */
  claimRenewals: Schema.NonNegativeInt,
  claimedAt: Schema.NullOr(Schema.Int),
  /** The instant that the claimed run stands for. */
  claimedFor: Schema.NullOr(Schema.Int),
  /** Why the claimed run is made. */
  claimedAs: Schema.NullOr(Trigger)
})

/**
 * @since 0.1.0
 * @category models
 */
export interface JobState extends Schema.Schema.Type<typeof JobState> {}

/**
 * An instance that has never run.
 *
 * @since 0.1.0
 * @category transitions
 */
export const initial = (
  jobName: string,
  key: string,
  planned: Planned,
  now: number,
  payload: EncodedValue | null = null
): JobState => ({
  jobName,
  key,
  lastRunAt: null,
  lastDurationMs: null,
  lastStatus: null,
  lastError: null,
  lastReason: null,
  lastSuccessAt: null,
  succeededAt: null,
  occurrenceAt: null,
  concludedAt: null,
  totalRuns: 0,
  totalErrors: 0,
  failures: 0,
  createdAt: now,
  updatedAt: now,
  nextAt: planned.nextAt,
  scheduledAt: planned.nextAt,
  attempt: 1,
  cadence: planned.state,
  retry: null,
  paused: null,
  manual: null,
  memory: null,
  payload,
  seq: 0,
  claimOwner: null,
  claimToken: 0,
  claimRenewals: 0,
  claimedAt: null,
  claimedFor: null,
  claimedAs: null
})

/**
 * What an instance is claimed for: an instant, and why.
 *
 * @since 0.1.0
 * @category models
 */
export interface Claimed {
  readonly scheduledAt: number
  readonly trigger: Trigger
}

/**
 * When something of the instance is due: its planned instant, unless it is paused, or what somebody asked for. `null`
 * where nothing is. In ms since the epoch.
 *
 * @since 0.1.0
 * @category questions
 */
export const dueAt = ({ manual, nextAt, paused }: JobState): number | null => {
  const planned = paused === null ? nextAt : null
  if (manual === null) return planned
  return planned === null ? manual.nextAt : Math.min(planned, manual.nextAt)
}

/**
 * True where nothing is to come: its cadence has ended, nobody runs it, and nobody has asked for a run.
 *
 * @since 0.1.0
 * @category questions
 */
export const isFinished = ({ claimOwner, manual, nextAt }: JobState): boolean =>
  nextAt === null && claimOwner === null && manual === null

/**
 * True where somebody has asked for a run and its time has come: it goes before the planned one.
 *
 * @since 0.1.0
 * @category questions
 */
export const isManualDue = ({ manual }: JobState, now: number): boolean => manual !== null && manual.nextAt <= now

/**
 * True while the planned instant has been seen, and a condition that said no is asked about it again: it is late then,
 * never missed.
 *
 * @since 0.1.0
 * @category questions
 */
export const isRechecked = ({ attempt, nextAt, scheduledAt }: Pick<JobState, "attempt" | "nextAt" | "scheduledAt">) =>
  attempt === 1 && nextAt !== scheduledAt

const unclaimed = { claimOwner: null, claimedAt: null, claimedFor: null, claimedAs: null } as const

/** One literal, as in `after`, since each is made for every run: a copy by spreading takes fifty times as long. */
const withClaim = (
  state: JobState,
  claim: Pick<JobState, "claimOwner" | "claimToken" | "claimedAt" | "claimedFor" | "claimedAs">
): JobState => ({
  jobName: state.jobName,
  key: state.key,
  lastRunAt: state.lastRunAt,
  lastDurationMs: state.lastDurationMs,
  lastStatus: state.lastStatus,
  lastError: state.lastError,
  lastReason: state.lastReason,
  lastSuccessAt: state.lastSuccessAt,
  succeededAt: state.succeededAt,
  occurrenceAt: state.occurrenceAt,
  concludedAt: state.concludedAt,
  totalRuns: state.totalRuns,
  totalErrors: state.totalErrors,
  failures: state.failures,
  createdAt: state.createdAt,
  updatedAt: state.updatedAt,
  nextAt: state.nextAt,
  scheduledAt: state.scheduledAt,
  attempt: state.attempt,
  cadence: state.cadence,
  retry: state.retry,
  paused: state.paused,
  manual: state.manual,
  memory: state.memory,
  payload: state.payload,
  seq: state.seq,
  claimOwner: claim.claimOwner,
  claimToken: claim.claimToken,
  claimRenewals: state.claimRenewals,
  claimedAt: claim.claimedAt,
  claimedFor: claim.claimedFor,
  claimedAs: claim.claimedAs
})

/**
 * Claimed by an owner, to run for an instant: the one that is planned, or a later one that has passed since.
 *
 * @since 0.1.0
 * @category transitions
 */
export const claimed = (state: JobState, owner: string, run: Claimed, now: number): JobState =>
  withClaim(state, {
    claimOwner: owner,
    claimToken: state.claimToken + 1,
    claimedAt: now,
    claimedFor: run.scheduledAt,
    claimedAs: run.trigger
  })

/**
 * Let go of by its owner before its body began.
 *
 * @since 0.1.0
 * @category transitions
 */
export const released = (state: JobState): JobState => withClaim(state, { ...unclaimed, claimToken: state.claimToken })

/** No further attempt is made at the instant that the line stands for. */
const isOver = (run: LogEntry.LogEntry): boolean =>
  run.trigger === "manual" ? run.manual === null : run.nextAttempt === 1

/** An occurrence is over by its last attempt, or by a line that takes the place of the next one. */
const concludedAt = (state: JobState, run: LogEntry.LogEntry): number | null => {
  if (LogEntry.ran(run)) return isOver(run) ? LogEntry.endedAt(run) : state.concludedAt
  // equal verdicts that follow are one line with this one, and only their last instant changes
  return state.attempt > 1 && run.nextAttempt === 1 ? run.startedAt : state.concludedAt
}

/** An attempt that is made again has not failed for good; where a condition failed, nothing ran and there is an error. */
const failuresOf = (run: LogEntry.LogEntry): number => {
  if (run.status === "skipped") return run.error === null ? 0 : run.count
  return LogEntry.failed(run) && isOver(run) ? 1 : 0
}

/**
 * The state after a line of the log; the claim is let go of.
 *
 * @since 0.1.0
 * @category transitions
 */
export const after = (state: JobState, run: LogEntry.LogEntry): JobState => {
  const ran = LogEntry.ran(run)
  return {
    jobName: state.jobName,
    key: state.key,
    lastRunAt: ran ? run.startedAt : state.lastRunAt,
    lastDurationMs: ran ? run.durationMs : state.lastDurationMs,
    lastStatus: run.status === "control" ? state.lastStatus : run.status,
    lastError: run.status === "control" ? state.lastError : run.error,
    lastReason: run.reason,
    lastSuccessAt: run.status === "success" ? run.startedAt : state.lastSuccessAt,
    succeededAt: run.status === "success" ? LogEntry.endedAt(run) : state.succeededAt,
    occurrenceAt: ran && run.attempt === 1 ? run.startedAt : state.occurrenceAt,
    concludedAt: concludedAt(state, run),
    totalRuns: state.totalRuns + (ran ? 1 : 0),
    totalErrors: state.totalErrors + (LogEntry.failed(run) ? 1 : 0),
    failures: run.status === "success" ? 0 : state.failures + failuresOf(run),
    createdAt: state.createdAt,
    updatedAt: LogEntry.endedAt(run),
    nextAt: run.nextAt,
    scheduledAt: run.nextScheduledAt,
    attempt: run.nextAttempt,
    cadence: run.cadence,
    retry: run.retry,
    paused: run.paused,
    manual: run.manual,
    memory: run.memory ?? state.memory,
    payload: state.payload,
    seq: run.seq,
    claimOwner: null,
    claimToken: state.claimToken,
    claimRenewals: state.claimRenewals,
    claimedAt: null,
    claimedFor: null,
    claimedAs: null
  }
}

/**
 * The state after a line that no run wrote. The claim token rises, so that whoever has not seen the line cannot claim.
 *
 * @since 0.1.0
 * @category transitions
 */
export const applyEntry = (state: JobState, line: LogEntry.LogEntry): JobState =>
  withClaim(after(state, line), { ...unclaimed, claimToken: state.claimToken + 1 })

/**
 * The state after a line that says what somebody asked for: a run that goes on keeps its claim.
 *
 * @since 0.1.0
 * @category transitions
 */
export const applyControl = (state: JobState, line: LogEntry.LogEntry): JobState => {
  if (state.claimOwner === null) return applyEntry(state, line)
  return withClaim(after(state, line), state)
}

/**
 * What was known of an instance before its first line: where the fold of a whole log begins.
 *
 * @since 0.1.0
 * @category transitions
 */
export const emptyState = ({ cadence, createdAt, jobName, key, payload }: JobState): JobState =>
  initial(jobName, key, { state: cadence, nextAt: null }, createdAt, payload)

/**
 * What a log says of an instance: a whole one, from what was known before it, or what is left of one, from its baseline.
 *
 * @since 0.1.0
 * @category transitions
 */
export const fold = (initial: JobState, runs: Iterable<LogEntry.LogEntry>): JobState => {
  let state = initial
  for (const run of runs) state = after(state, run)
  return state
}
