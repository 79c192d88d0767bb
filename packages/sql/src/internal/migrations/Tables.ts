/**
 * The tables and their columns: `job_state`, one row for each instance; `job_log`, the log; `job_baseline`, the fold of
 * pruned entries; and `job_control`, the requests.
 *
 * The migrations make the tables, not this module.
 *
 * @since 0.1.0
 */

/**
 * The names of the tables under a prefix.
 *
 * @since 0.1.0
 * @category models
 */
export interface Names {
  readonly state: string
  readonly run: string
  readonly baseline: string
  readonly control: string
  readonly migrations: string
}

/**
 * @since 0.1.0
 * @category models
 */
export const names = (prefix: string): Names => ({
  state: `${prefix}job_state`,
  run: `${prefix}job_log`,
  baseline: `${prefix}job_baseline`,
  control: `${prefix}job_control`,
  migrations: `${prefix}tickwork_migrations`
})

/** A name as SQL writes it. */
export const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** The columns of `job_state`, each with the field of `JobState` that it holds: `position.nextAt` is a field of its position. */
export const stateColumns = {
  job_name: "jobName",
  key: "key",
  last_run_at: "lastRunAt",
  last_duration_ms: "lastDurationMs",
  last_status: "lastStatus",
  last_error: "lastError",
  last_reason: "lastReason",
  last_success_at: "lastSuccessAt",
  succeeded_at: "succeededAt",
  occurrence_at: "occurrenceAt",
  concluded_at: "concludedAt",
  total_runs: "totalRuns",
  total_errors: "totalErrors",
  failures: "failures",
  created_at: "createdAt",
  updated_at: "updatedAt",
  next_at: "position.nextAt",
  scheduled_at: "position.scheduledAt",
  attempt: "position.attempt",
  cadence: "position.cadence",
  retry: "position.retry",
  paused: "position.paused",
  manual: "position.manual",
  memory: "memory",
  payload: "payload",
  seq: "seq",
  claim_owner: "claim.owner",
  claim_token: "claim.token",
  claim_renewals: "claim.renewals",
  claimed_at: "claim.claimedAt",
  claimed_for: "claim.scheduledAt",
  claimed_as: "claim.trigger"
} as const

/** The columns of `job_log` that an entry of the history has, each with its field. */
export const entryColumns = {
  job_name: "jobName",
  key: "key",
  seq: "seq",
  status: "status",
  trigger: "trigger",
  attempt: "attempt",
  scheduled_at: "scheduledAt",
  started_at: "startedAt",
  last_at: "lastAt",
  duration_ms: "durationMs",
  error: "error",
  reason: "reason",
  count: "count"
} as const

/** The columns of `job_log`, each with the field of `LogEntry` that it holds. */
export const runColumns = {
  ...entryColumns,
  next_at: "position.nextAt",
  next_scheduled_at: "position.scheduledAt",
  next_attempt: "position.attempt",
  cadence: "position.cadence",
  retry: "position.retry",
  paused: "position.paused",
  manual: "position.manual",
  memory: "memory"
} as const

/** The columns of `job_control`, each with the field of `Control.StoredRequest` that it holds. */
export const controlColumns = {
  verb: "verb",
  job_name: "jobName",
  key: "key",
  at: "at",
  by: "by",
  why: "why",
  due_at: "dueAt",
  payload: "payload"
} as const

/** The columns of all tables that hold JSON. */
export const jsonColumns = ["cadence", "retry", "paused", "manual", "memory", "payload"] as const

/** The columns of all tables that hold integers: counts, and instants in ms since the epoch. */
export const integerColumns = [
  "last_run_at",
  "last_duration_ms",
  "last_success_at",
  "succeeded_at",
  "occurrence_at",
  "concluded_at",
  "total_runs",
  "total_errors",
  "failures",
  "created_at",
  "updated_at",
  "next_at",
  "scheduled_at",
  "attempt",
  "seq",
  "claim_token",
  "claim_renewals",
  "claimed_at",
  "claimed_for",
  "started_at",
  "last_at",
  "duration_ms",
  "count",
  "next_scheduled_at",
  "next_attempt",
  "at",
  "due_at",
  "done_at",
  "id",
  "expected_token",
  "expected_seq"
] as const

/** The columns of all tables that hold text of users and programs. */
export const freeTextColumns = ["last_error", "last_reason", "error", "reason", "by", "why"] as const

/** The fields that these columns hold. */
export const fieldsOf = (columns: ReadonlyArray<string>): ReadonlyArray<string> => {
  const all: ReadonlyArray<Readonly<Record<string, string>>> = [
    stateColumns,
    runColumns,
    controlColumns,
    { id: "id", done_at: "doneAt" }
  ]
  return [...new Set(columns.flatMap((column) => all.flatMap((named) => named[column] ?? [])))]
}
