/**
 * The tables and indexes of this release, as the statements of migration 100. They are changed in place until the first
 * release; after it they never change.
 *
 * @internal
 */
import type { Dialect } from "../statements/Dialect.ts"
import { type Names, quote } from "./Tables.ts"

const state = ({ state }: Names, { integer, withoutRowId }: Dialect): string =>
  `CREATE TABLE ${quote(state)} (
    job_name TEXT NOT NULL,
    key TEXT NOT NULL,
    last_run_at ${integer},
    last_duration_ms ${integer},
    last_status TEXT,
    last_error TEXT,
    last_reason TEXT,
    last_success_at ${integer},
    succeeded_at ${integer},
    occurrence_at ${integer},
    concluded_at ${integer},
    total_runs ${integer} NOT NULL,
    total_errors ${integer} NOT NULL,
    failures ${integer} NOT NULL,
    created_at ${integer} NOT NULL,
    updated_at ${integer} NOT NULL,
    next_at ${integer},
    scheduled_at ${integer},
    attempt ${integer} NOT NULL,
    cadence TEXT NOT NULL,
    retry TEXT,
    paused TEXT,
    manual TEXT,
    memory TEXT,
    payload TEXT,
    seq ${integer} NOT NULL,
    claim_owner TEXT,
    claim_token ${integer} NOT NULL,
    claim_renewals ${integer} NOT NULL,
    claimed_at ${integer},
    claimed_for ${integer},
    claimed_as TEXT,
    PRIMARY KEY (job_name, key)
  ) ${withoutRowId}`

const log = ({ run }: Names, { integer, logId }: Dialect): ReadonlyArray<string> => [
  `CREATE TABLE ${quote(run)} (
    id ${logId},
    job_name TEXT NOT NULL,
    key TEXT NOT NULL,
    seq ${integer} NOT NULL,
    status TEXT NOT NULL,
    "trigger" TEXT NOT NULL,
    attempt ${integer} NOT NULL,
    scheduled_at ${integer} NOT NULL,
    started_at ${integer} NOT NULL,
    last_at ${integer} NOT NULL,
    duration_ms ${integer} NOT NULL,
    error TEXT,
    reason TEXT,
    count ${integer} NOT NULL,
    next_at ${integer},
    next_scheduled_at ${integer},
    next_attempt ${integer} NOT NULL,
    cadence TEXT NOT NULL,
    retry TEXT,
    paused TEXT,
    manual TEXT,
    memory TEXT
  )`,
  `CREATE UNIQUE INDEX ${quote(`${run}_of_instance`)} ON ${quote(run)} (job_name, key, seq)`,
  `CREATE INDEX ${quote(`${run}_by_start`)} ON ${quote(run)} (started_at)`,
  `CREATE INDEX ${quote(`${run}_by_job`)} ON ${quote(run)} (job_name, started_at, key)`,
  // most entries are successes, and no query filters for them
  `CREATE INDEX ${quote(`${run}_by_status`)} ON ${quote(run)} (status, started_at) WHERE status <> 'success'`,
  `CREATE INDEX ${quote(`${run}_by_job_status`)} ON ${quote(run)} (job_name, status, started_at)
    WHERE status <> 'success'`
]

const baseline = ({ baseline }: Names, { integer, withoutRowId }: Dialect): string =>
  `CREATE TABLE ${quote(baseline)} (
    job_name TEXT NOT NULL,
    key TEXT NOT NULL,
    seq ${integer} NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (job_name, key)
  ) ${withoutRowId}`

const control = ({ control }: Names, { identity, integer }: Dialect): ReadonlyArray<string> => [
  `CREATE TABLE ${quote(control)} (
    id ${identity},
    verb TEXT NOT NULL,
    job_name TEXT NOT NULL,
    key TEXT NOT NULL,
    at ${integer} NOT NULL,
    "by" TEXT NOT NULL,
    why TEXT NOT NULL,
    due_at ${integer},
    payload TEXT,
    done_at ${integer}
  )`,
  `CREATE INDEX ${quote(`${control}_by_end`)} ON ${quote(control)} (done_at)`
]

export const create = (names: Names, dialect: Dialect): ReadonlyArray<string> => [
  state(names, dialect),
  ...log(names, dialect),
  baseline(names, dialect),
  ...control(names, dialect)
]
