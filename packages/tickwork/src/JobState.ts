/**
 * The state of one instance of a job, and its pure transitions.
 *
 * The state is the fold of the log: `after` takes one entry and steps nothing. Claims are outside the fold.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import type { Planned } from "./internal/schedule/Cadence.ts"
import { EncodedValue } from "./internal/schedule/EncodedValue.ts"
import * as LogEntry from "./LogEntry.ts"
import * as Position from "./Position.ts"
import { Progress, Trigger } from "./Run.ts"

/**
 * The right of one owner to run an instance.
 *
 * @since 0.1.0
 * @category models
 */
export const Claim = Schema.Struct({
  /** Who holds the claim; `null` where the instance is free. */
  owner: Schema.NullOr(Schema.String),
  /** The fencing token: it rises with each claim, and only its holder may record. */
  token: Schema.NonNegativeInt,
  /** Rises while the holder lives. */
  renewals: Schema.NonNegativeInt,
  claimedAt: Schema.NullOr(Schema.Int),
  /** The planned time of the claimed run. */
  scheduledAt: Schema.NullOr(Schema.Int),
  /** Why the claimed run is made. */
  trigger: Schema.NullOr(Trigger),
  /** How far the claimed run is, as its body says; `null` where it says nothing. */
  progress: Schema.NullOr(Progress)
})

/**
 * @since 0.1.0
 * @category models
 */
export interface Claim extends Schema.Schema.Type<typeof Claim> {}

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
  /** The verdict of the last entry of the log. */
  lastVerdict: Schema.NullOr(LogEntry.Verdict),
  lastError: Schema.NullOr(Schema.String),
  /** Why the last entry of the log ran nothing. */
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
  /** Occurrences in a row that did not succeed; a check of a condition that failed counts as one. */
  failures: Schema.NonNegativeInt,
  createdAt: Schema.Int,
  updatedAt: Schema.Int,
  position: Position.Position,
  /** What the instance remembers; `null` before it has remembered anything. */
  memory: Schema.NullOr(EncodedValue),
  /** What its run is handed; `null` unless it was enqueued. */
  payload: Schema.NullOr(EncodedValue),
  /** The number of the last entry in the log. */
  seq: Schema.NonNegativeInt,
  claim: Claim,
  /** Why its row cannot be read: then its name and its key alone are known, and it does not run. */
  unreadable: Schema.optionalWith(Schema.String, { exact: true })
})

/**
 * @since 0.1.0
 * @category models
 */
export interface JobState extends Schema.Schema.Type<typeof JobState> {}

/**
 * The state of an instance that has never run.
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
  lastVerdict: null,
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
  position: Position.initial(planned.state, planned.nextAt),
  memory: null,
  payload,
  seq: 0,
  claim: { owner: null, token: 0, renewals: 0, claimedAt: null, scheduledAt: null, trigger: null, progress: null }
})

/**
 * What is known of an instance whose row cannot be read, for the reason `unreadable`: it has no plan, and no claim but the
 * one that can be read.
 *
 * @since 0.1.0
 * @category constructors
 */
export const ofUnreadable = ({
  claim,
  jobName,
  key,
  unreadable
}: Required<Pick<JobState, "jobName" | "key" | "unreadable">> & { readonly claim?: Claim | null }): JobState => {
  const planned = { definition: "", anchor: 0, seed: 0, steps: 0, state: null }
  const state = initial(jobName, key, { state: planned, nextAt: null }, 0)
  return { ...state, claim: claim ?? state.claim, unreadable }
}

/**
 * What a claim is for: a planned time, and why it runs.
 *
 * @since 0.1.0
 * @category models
 */
export interface Claimed {
  readonly scheduledAt: number
  readonly trigger: Trigger
}

/**
 * When the instance is due: at its planned instant, not before the end of a pause, or when it was triggered for. In ms since the
 * epoch; `null` where nothing is to come.
 *
 * @since 0.1.0
 * @category questions
 */
export const dueAt = ({ position }: JobState): number | null => Position.dueAt(position)

/**
 * True where nothing is to come: the cadence has ended, the instance is free and it was not triggered.
 *
 * @since 0.1.0
 * @category questions
 */
export const isFinished = ({ claim, position: { manual, nextAt } }: JobState): boolean =>
  nextAt === null && claim.owner === null && manual === null

/**
 * True where the last attempt has failed, so that it can be retried; a skip is no failure.
 *
 * @since 0.1.0
 * @category questions
 */
export const hasFailed = ({ lastError, lastStatus }: JobState): boolean =>
  lastError !== null && lastStatus !== "success" && lastStatus !== "skipped"

/**
 * True where the instance was triggered and the time of that run has come, at once for its first attempt: it goes before
 * the planned one.
 *
 * @since 0.1.0
 * @category questions
 */
export const isManualDue = ({ position: { manual } }: JobState, now: number): boolean =>
  manual !== null && (manual.attempt === 1 || manual.nextAt <= now)

/**
 * The reason in the log where a tick was stopped and a body did not end: its claim is kept, and renewed no more.
 *
 * @since 0.1.0
 * @category constants
 */
export const leftRunning = "the tick was stopped, and the body has not ended"

/**
 * The reason in the log once the key of an instance is missing from two listings in a row.
 *
 * @since 0.1.0
 * @category constants
 */
export const notListed = "its key is no longer listed"

/**
 * How the reason in the log begins where the cadence that a key brings is wrong.
 *
 * @since 0.1.0
 * @category constants
 */
export const invalidCadence = "its cadence is invalid"

/**
 * True where the holder of the claim was stopped while the body went on: another process takes over once the lease has
 * passed without a renewal.
 *
 * @since 0.1.0
 * @category questions
 */
export const isLeftRunning = ({ claim, lastVerdict }: JobState): boolean =>
  claim.owner !== null && lastVerdict === "left-running"

/** One literal, as in `after`: the engine makes one for every run, and a spread costs fifty times as much. */
const withClaim = (state: JobState, claim: Claim): JobState => ({
  jobName: state.jobName,
  key: state.key,
  lastRunAt: state.lastRunAt,
  lastDurationMs: state.lastDurationMs,
  lastStatus: state.lastStatus,
  lastVerdict: state.lastVerdict,
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
  position: state.position,
  memory: state.memory,
  payload: state.payload,
  seq: state.seq,
  claim
})

const free = (token: number, renewals: number): Claim => ({
  owner: null,
  token,
  renewals,
  claimedAt: null,
  scheduledAt: null,
  trigger: null,
  progress: null
})

/**
 * The state once an owner has claimed the instance, for the planned time or a later one that has passed since.
 *
 * @since 0.1.0
 * @category transitions
 */
export const claimed = (state: JobState, owner: string, { scheduledAt, trigger }: Claimed, now: number): JobState => {
  const { renewals, token } = state.claim
  return withClaim(state, {
    owner,
    token: token + 1,
    renewals,
    claimedAt: now,
    scheduledAt,
    trigger,
    progress: null
  })
}

/**
 * The state once its owner has released the claim before the body began.
 *
 * @since 0.1.0
 * @category transitions
 */
export const released = (state: JobState): JobState => withClaim(state, free(state.claim.token, state.claim.renewals))

/**
 * The state with the next fencing token: a process that has not seen this change can no longer claim the instance.
 *
 * @since 0.1.0
 * @category transitions
 */
export const fenced = (state: JobState): JobState => withClaim(state, free(state.claim.token + 1, state.claim.renewals))

/** No further attempt is made at the planned time of the entry. */
const isOver = ({ position, trigger }: LogEntry.LogEntry): boolean =>
  trigger === "manual" ? position.manual === null : position.attempt === 1

/** An occurrence is over by its last attempt, or by an entry that takes the place of the next one. */
const concludedAt = (state: JobState, entry: LogEntry.LogEntry): number | null => {
  if (LogEntry.ran(entry)) return isOver(entry) ? LogEntry.endedAt(entry) : state.concludedAt
  // equal verdicts that follow share one entry with this one, and only their last instant changes
  return state.position.attempt > 1 && entry.position.attempt === 1 ? entry.startedAt : state.concludedAt
}

/** An attempt that is retried has not failed for good; a check that failed ran nothing and has an error. */
const failuresOf = (entry: LogEntry.LogEntry): number => {
  if (entry.status === "skipped") return entry.error === null ? 0 : entry.count
  return LogEntry.failed(entry) && isOver(entry) ? 1 : 0
}

/**
 * The state after an entry of the log; the claim is released.
 *
 * @since 0.1.0
 * @category transitions
 */
export const after = (state: JobState, entry: LogEntry.LogEntry): JobState => {
  const ran = LogEntry.ran(entry)
  const isControl = entry.status === "control"
  const isSuccess = entry.status === "success"
  return {
    jobName: state.jobName,
    key: state.key,
    lastRunAt: ran ? entry.startedAt : state.lastRunAt,
    lastDurationMs: ran ? entry.durationMs : state.lastDurationMs,
    lastStatus: isControl ? state.lastStatus : entry.status,
    lastVerdict: entry.verdict,
    lastError: isControl ? state.lastError : entry.error,
    lastReason: entry.reason,
    lastSuccessAt: isSuccess ? entry.startedAt : state.lastSuccessAt,
    succeededAt: isSuccess ? LogEntry.endedAt(entry) : state.succeededAt,
    occurrenceAt: ran && entry.attempt === 1 ? entry.startedAt : state.occurrenceAt,
    concludedAt: concludedAt(state, entry),
    totalRuns: state.totalRuns + (ran ? 1 : 0),
    totalErrors: state.totalErrors + (LogEntry.failed(entry) ? 1 : 0),
    failures: isSuccess ? 0 : state.failures + failuresOf(entry),
    createdAt: state.createdAt,
    updatedAt: LogEntry.endedAt(entry),
    position: entry.position,
    memory: entry.memory ?? state.memory,
    payload: state.payload,
    seq: entry.seq,
    claim: state.claim.owner === null ? state.claim : free(state.claim.token, state.claim.renewals)
  }
}

/**
 * The state after an entry that no run wrote: the claim is released and the token rises.
 *
 * @since 0.1.0
 * @category transitions
 */
export const applyEntry = (state: JobState, entry: LogEntry.LogEntry): JobState => fenced(after(state, entry))

/**
 * The state after a control entry: a run under way keeps its claim.
 *
 * @since 0.1.0
 * @category transitions
 */
export const applyControl = (state: JobState, entry: LogEntry.LogEntry): JobState =>
  state.claim.owner === null ? applyEntry(state, entry) : withClaim(after(state, entry), state.claim)

/**
 * The state of an instance before its first entry: the fold of a whole log begins here.
 *
 * @since 0.1.0
 * @category transitions
 */
export const emptyState = ({ createdAt, jobName, key, payload, position }: JobState): JobState =>
  initial(jobName, key, { state: position.cadence, nextAt: null }, createdAt, payload)

/**
 * The state that a log leads to: a whole log from the empty state, or what is left of one from its baseline.
 *
 * @since 0.1.0
 * @category transitions
 */
export const fold = (initial: JobState, entries: Iterable<LogEntry.LogEntry>): JobState => {
  let state = initial
  for (const entry of entries) state = after(state, entry)
  return state
}
