/**
 * The answers of `tickwork --json` and of the JSON API of the page, as Schemas: instants are milliseconds since the epoch,
 * durations are milliseconds, nothing is shortened. Pure.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { Control, JobState, JobStats, LogEntry, Position, Run } from "tickwork"
import * as ClaimOwner from "./ClaimOwner.ts"
import * as EntryName from "./EntryName.ts"
import type { Folded as Counts } from "./Folded.ts"
import * as InstanceState from "./InstanceState.ts"

const { Boolean, NullOr, Number, String } = Schema

const Process = Schema.Struct({ host: String, pid: Number })

const Requested = Schema.Struct({ at: Number, by: String, why: String })

/** A request that is not carried out yet. */
export const PendingRequest = Schema.Struct({
  id: Number,
  verb: Control.Verb,
  at: Number,
  by: String,
  why: String,
  dueAt: NullOr(Number)
})

const requestOf = ({ at, by, dueAt, id, verb, why }: Control.StoredRequest): typeof PendingRequest.Type => ({
  id,
  verb,
  at,
  by,
  why,
  dueAt
})

const Running = Schema.Struct({
  owner: String,
  process: NullOr(Process),
  isGone: Boolean,
  since: NullOr(Number),
  progress: JobState.Claim.fields.progress,
  scheduledAt: NullOr(Number),
  trigger: NullOr(Run.Trigger),
  renewals: Number
})

/** The state of an instance: `state` is it in a word, `detail` a remark. */
export const Instance = Schema.Struct({
  job: String,
  key: String,
  state: Schema.Literal(...InstanceState.kinds),
  detail: NullOr(String),
  lastRunAt: NullOr(Number),
  lastStatus: NullOr(LogEntry.Status),
  lastDurationMs: NullOr(Number),
  lastError: NullOr(String),
  lastReason: NullOr(String),
  lastSuccessAt: NullOr(Number),
  totalRuns: Number,
  totalErrors: Number,
  failures: Number,
  nextAt: NullOr(Number),
  scheduledAt: NullOr(Number),
  attempt: Number,
  dueAt: NullOr(Number),
  paused: Position.Position.fields.paused,
  requested: NullOr(Schema.Struct({ ...Requested.fields, nextAt: Number, attempt: Number })),
  running: NullOr(Running),
  requests: Schema.Array(PendingRequest),
  inNoRegistrySince: NullOr(Number),
  cadence: String,
  seq: Number,
  createdAt: Number,
  updatedAt: Number
})

/** An instance as the answers have it. */
export const instanceOf = (stored: JobState.JobState, options: InstanceState.Options): typeof Instance.Type => {
  const { detail, kind } = InstanceState.of(stored, options)
  const {
    claim: {
      claimedAt,
      owner: claimOwner,
      progress,
      renewals: claimRenewals,
      scheduledAt: claimedFor,
      trigger: claimedAs
    },
    position: { manual }
  } = stored
  return {
    job: stored.jobName,
    key: stored.key,
    state: kind,
    detail: detail === "" ? null : detail,
    lastRunAt: stored.lastRunAt,
    lastStatus: stored.lastStatus,
    lastDurationMs: stored.lastDurationMs,
    lastError: stored.lastError,
    lastReason: stored.lastReason,
    lastSuccessAt: stored.lastSuccessAt,
    totalRuns: stored.totalRuns,
    totalErrors: stored.totalErrors,
    failures: stored.failures,
    nextAt: stored.position.nextAt,
    scheduledAt: stored.position.scheduledAt,
    attempt: stored.position.attempt,
    dueAt: JobState.dueAt(stored),
    paused: stored.position.paused,
    requested:
      manual === null
        ? null
        : { at: manual.at, by: manual.by, why: manual.why, nextAt: manual.nextAt, attempt: manual.attempt },
    running:
      claimOwner === null
        ? null
        : {
            owner: claimOwner,
            process: ClaimOwner.parse(claimOwner),
            isGone: options.isGone(claimOwner),
            since: claimedAt,
            progress,
            scheduledAt: claimedFor,
            trigger: claimedAs,
            renewals: claimRenewals
          },
    requests: (options.requestsOf?.(stored) ?? []).map(requestOf),
    inNoRegistrySince: options.inNoRegistrySince?.(stored) ?? null,
    cadence: stored.position.cadence.definition,
    seq: stored.seq,
    createdAt: stored.createdAt,
    updatedAt: stored.updatedAt
  }
}

/** The instances of a job, counted. */
export const Folded = Schema.Struct({
  job: String,
  instances: Number,
  enqueued: Number,
  running: Number,
  paused: Number,
  overdue: Number,
  failed: Number,
  waiting: Number,
  done: Number,
  requested: Number,
  isRegistered: Boolean
})

/** Counts as the answers have them. */
export const foldedOf = ({ jobName, ...counts }: Counts): typeof Folded.Type => ({ job: jobName, ...counts })

/** The answer of `tickwork status`. */
export const Status = Schema.Struct({
  now: Number,
  jobs: Schema.Array(Instance),
  folded: Schema.Array(Folded),
  more: Number,
  last: NullOr(Schema.Struct({ job: String, key: String }))
})

/** A log entry; `run` is the `runKey` that the body received, `null` where nothing ran. */
export const Entry = Schema.Struct({
  job: String,
  key: String,
  seq: Number,
  entry: String,
  run: NullOr(String),
  status: LogEntry.Status,
  verdict: NullOr(LogEntry.Verdict),
  missedBecause: NullOr(LogEntry.MissedBecause),
  trigger: Run.Trigger,
  attempt: Number,
  scheduledAt: Number,
  startedAt: Number,
  lastAt: Number,
  durationMs: Number,
  count: Number,
  error: NullOr(String),
  reason: NullOr(String)
})

/** An entry as the answers have it. */
export const entryOf = (entry: LogEntry.Entry): typeof Entry.Type => ({
  job: entry.jobName,
  key: entry.key,
  seq: entry.seq,
  entry: EntryName.of(entry),
  run: LogEntry.ran(entry) ? EntryName.runKeyOf(entry) : null,
  status: entry.status,
  verdict: entry.verdict,
  missedBecause: entry.missedBecause,
  trigger: entry.trigger,
  attempt: entry.attempt,
  scheduledAt: entry.scheduledAt,
  startedAt: entry.startedAt,
  lastAt: entry.lastAt,
  durationMs: entry.durationMs,
  count: entry.count,
  error: entry.error,
  reason: entry.reason
})

/** The answer of `tickwork history`; `next` continues after its last entry. */
export const History = Schema.Struct({ now: Number, entries: Schema.Array(Entry), next: NullOr(String) })

/** An entry with its stack and what was planned after it. */
export const Attempt = Schema.Struct({
  ...Entry.fields,
  report: Schema.Unknown,
  stack: NullOr(String),
  nextAt: NullOr(Number),
  nextAttempt: Number,
  paused: Position.Position.fields.paused,
  requested: NullOr(Requested)
})

/** An attempt as the answers have it. */
export const attemptOf = (entry: LogEntry.LogEntry): typeof Attempt.Type => {
  const { attempt: nextAttempt, manual, nextAt, paused } = entry.position
  return {
    ...entryOf(entry),
    report: entry.report === null ? null : entry.report.value,
    stack: entry.stack,
    nextAt,
    nextAttempt,
    paused,
    requested: manual === null ? null : { at: manual.at, by: manual.by, why: manual.why }
  }
}

/** The answer of `tickwork show`: the entries of one run, the first attempt first. */
export const Shown = Schema.Struct({ now: Number, entries: Schema.Array(Attempt) })

/** The answer of `tickwork explain`. */
export const Explained = Schema.Struct({
  ...Instance.fields,
  now: Number,
  sentence: String,
  lastEntryAt: NullOr(Number),
  processes: Schema.Array(
    Schema.Struct({
      owner: String,
      host: Schema.optionalWith(String, { exact: true }),
      pid: Schema.optionalWith(Number, { exact: true }),
      runs: Boolean
    })
  ),
  entries: Schema.Array(Entry)
})

const { Quantiles } = JobStats

const Streak = Schema.Struct({ outcome: Schema.Literal("success", "failure"), runs: Number })

/** The figures of a job over a range of time. */
export const Figures = Schema.Struct({
  job: String,
  runs: Number,
  errors: Number,
  errorRate: Number,
  retries: Number,
  byStatus: Schema.Struct({ success: Number, error: Number, timeout: Number, interrupted: Number }),
  verdicts: Schema.Struct({
    ran: Number,
    late: Number,
    missed: Number,
    "condition-false": Number,
    "condition-failed": Number,
    "left-out": Number,
    backfilled: Number,
    superseded: Number
  }),
  duration: NullOr(Quantiles),
  lateness: NullOr(Quantiles),
  streaks: Schema.Struct({
    current: NullOr(Streak),
    longestFailing: Number,
    longestSucceeding: Number
  })
})

/** Figures as the answers have them. */
export const figuresOf = ({ jobName, ...own }: JobStats.JobStats): typeof Figures.Type => ({ job: jobName, ...own })

/** The answer of `tickwork stats`. */
export const Stats = Schema.Struct({
  now: Number,
  from: Number,
  to: Number,
  jobs: Schema.Array(Figures),
  size: Schema.Struct({
    bytes: NullOr(Number),
    freeBytes: NullOr(Number),
    jobs: Schema.Array(
      Schema.Struct({
        jobName: String,
        instances: Number,
        entries: Number,
        oldestAt: NullOr(Number),
        notListed: Number
      })
    )
  })
})
