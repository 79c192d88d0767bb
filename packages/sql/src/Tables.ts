/**
 * The two tables and their migrations: `job_state`, one row for each instance, and `job_run`, the log.
 *
 * Migrations only ever add; a released one never changes.
 *
 * @since 0.1.0
 */
import { Migrator, SqlClient } from "@effect/sql"
import { Effect } from "effect"

/**
 * The names of the tables under a prefix.
 *
 * @since 0.1.0
 * @category models
 */
export interface Names {
  readonly state: string
  readonly run: string
  readonly control: string
  readonly migrations: string
}

/**
 * @since 0.1.0
 * @category models
 */
export const names = (prefix: string): Names => ({
  state: `${prefix}job_state`,
  run: `${prefix}job_run`,
  control: `${prefix}job_control`,
  migrations: `${prefix}tickwork_migrations`
})

/** The columns of `job_state`, each with the field of `JobState` that it holds. */
export const stateColumns = {
  job_name: "jobName",
  key: "key",
  last_run_at: "lastRunAt",
  last_duration_ms: "lastDurationMs",
  last_status: "lastStatus",
  last_error: "lastError",
  last_reason: "lastReason",
  last_success_at: "lastSuccessAt",
  total_runs: "totalRuns",
  total_errors: "totalErrors",
  failures: "failures",
  created_at: "createdAt",
  updated_at: "updatedAt",
  next_at: "nextAt",
  scheduled_at: "scheduledAt",
  attempt: "attempt",
  cadence: "cadence",
  retry: "retry",
  paused: "paused",
  manual: "manual",
  seq: "seq",
  claim_owner: "claimOwner",
  claim_token: "claimToken",
  claim_renewals: "claimRenewals",
  claimed_at: "claimedAt",
  claimed_for: "claimedFor",
  claimed_as: "claimedAs"
} as const

/** The columns of `job_run`, each with the field of `JobRun` that it holds. */
export const runColumns = {
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
  count: "count",
  next_at: "nextAt",
  next_scheduled_at: "nextScheduledAt",
  next_attempt: "nextAttempt",
  cadence: "cadence",
  retry: "retry",
  paused: "paused",
  manual: "manual"
} as const

/** The columns of `job_control`, each with the field of `Control.Asked` that it holds. */
export const controlColumns = {
  verb: "verb",
  job_name: "jobName",
  key: "key",
  at: "at",
  by: "by",
  why: "why"
} as const

/** The columns of all tables that hold JSON. */
export const jsonColumns = ["cadence", "retry", "paused", "manual"] as const

const create = ({ run, state }: Names) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql`
      CREATE TABLE ${sql(state)} (
        job_name TEXT NOT NULL,
        key TEXT NOT NULL,
        last_run_at INTEGER,
        last_duration_ms INTEGER,
        last_status TEXT,
        last_error TEXT,
        last_reason TEXT,
        last_success_at INTEGER,
        total_runs INTEGER NOT NULL,
        total_errors INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        next_at INTEGER,
        scheduled_at INTEGER,
        attempt INTEGER NOT NULL,
        cadence TEXT NOT NULL,
        retry TEXT,
        memory TEXT,
        paused_at INTEGER,
        version INTEGER NOT NULL DEFAULT 1,
        seq INTEGER NOT NULL,
        claim_owner TEXT,
        claim_token INTEGER NOT NULL,
        claim_renewals INTEGER NOT NULL,
        claimed_at INTEGER,
        claimed_for INTEGER,
        PRIMARY KEY (job_name, key)
      ) WITHOUT ROWID`
    yield* sql`
      CREATE TABLE ${sql(run)} (
        id INTEGER PRIMARY KEY,
        job_name TEXT NOT NULL,
        key TEXT NOT NULL,
        seq INTEGER NOT NULL,
        status TEXT NOT NULL,
        ${sql("trigger")} TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        scheduled_at INTEGER NOT NULL,
        started_at INTEGER NOT NULL,
        last_at INTEGER NOT NULL,
        duration_ms INTEGER NOT NULL,
        error TEXT,
        reason TEXT,
        count INTEGER NOT NULL,
        next_at INTEGER,
        next_scheduled_at INTEGER,
        next_attempt INTEGER NOT NULL,
        cadence TEXT NOT NULL
      )`
    yield* sql`CREATE UNIQUE INDEX ${sql(`${run}_of_instance`)} ON ${sql(run)} (job_name, key, seq)`
    yield* sql`CREATE INDEX ${sql(`${run}_by_start`)} ON ${sql(run)} (started_at)`
  })

const addFailureAndControl = ({ control, run, state }: Names) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql`ALTER TABLE ${sql(state)} ADD COLUMN failures INTEGER NOT NULL DEFAULT 0`
    yield* sql`ALTER TABLE ${sql(state)} ADD COLUMN claimed_as TEXT`
    yield* sql`ALTER TABLE ${sql(run)} ADD COLUMN retry TEXT`
    for (const table of [state, run]) {
      yield* sql`ALTER TABLE ${sql(table)} ADD COLUMN paused TEXT`
      yield* sql`ALTER TABLE ${sql(table)} ADD COLUMN manual TEXT`
    }
    yield* sql`
      CREATE TABLE ${sql(control)} (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        verb TEXT NOT NULL,
        job_name TEXT NOT NULL,
        key TEXT NOT NULL,
        at INTEGER NOT NULL,
        ${sql("by")} TEXT NOT NULL,
        why TEXT NOT NULL
      )`
  })

const migrations = (names: Names) => ({
  "0001_create": create(names),
  "0002_failure_and_control": addFailureAndControl(names)
})

/** The newest migration of this release. */
export const latestMigration = 2

/** Brings the tables to this release. */
export const migrate = (names: Names) =>
  Migrator.make({})({ loader: Migrator.fromRecord(migrations(names)), table: names.migrations })
