import { SqlClient } from "@effect/sql"
import { SqliteClient } from "@effect/sql-sqlite-node"
import { assert, describe, it } from "@effect/vitest"
import { SqlJobStore } from "@tickwork/sql"
import * as Postgres from "@tickwork/test-support/Postgres"
import { Effect } from "effect"
import { JobState, JobStore } from "tickwork"
import * as FirstRelease from "./support/FirstRelease.ts"

const cadence = { definition: "every 5000 ms", anchor: 1_000, seed: 7, steps: 0, state: null }

/** A database as the first migration leaves it, and a row of each table as it was written then. */
const ofTheFirstRelease = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* FirstRelease.tables
  yield* sql`INSERT INTO job_state ${sql.insert({
    job_name: "old",
    key: "",
    last_run_at: 1_000,
    last_status: "success",
    total_runs: 3,
    total_errors: 1,
    created_at: 1_000,
    updated_at: 1_003,
    next_at: 6_000,
    scheduled_at: 6_000,
    attempt: 1,
    cadence: JSON.stringify(cadence),
    seq: 3,
    claim_token: 2,
    claim_renewals: 0
  })}`
  yield* sql`INSERT INTO job_log ${sql.insert({
    job_name: "old",
    key: "",
    seq: 3,
    status: "success",
    trigger: "schedule",
    attempt: 1,
    scheduled_at: 1_000,
    started_at: 1_000,
    last_at: 1_000,
    duration_ms: 3,
    count: 1,
    next_at: 6_000,
    next_scheduled_at: 6_000,
    next_attempt: 1,
    cadence: JSON.stringify(cadence)
  })}`
})

const keepsEverything = Effect.gen(function* () {
  yield* ofTheFirstRelease
  const { runs, states } = yield* Effect.gen(function* () {
    const store = yield* JobStore.JobStore
    return { states: yield* store.load(["old"]), runs: yield* store.entries({}) }
  }).pipe(Effect.provide(SqlJobStore.layer()))
  assert.deepStrictEqual(states, [
    {
      ...JobState.initial("old", "", { state: cadence, nextAt: 6_000 }, 1_000),
      lastRunAt: 1_000,
      lastStatus: "success",
      totalRuns: 3,
      totalErrors: 1,
      updatedAt: 1_003,
      seq: 3,
      claimToken: 2
    }
  ])
  assert.strictEqual(runs.length, 1)
  assert.deepInclude(runs[0], { jobName: "old", seq: 3, durationMs: 3, cadence, retry: null, paused: null })
})

describe("tables of the first release are brought to this one, and keep what they hold", () => {
  it.scopedLive("on SQLite", () => Effect.provide(keepsEverything, SqliteClient.layer({ filename: ":memory:" })))

  Postgres.describeOnPostgres("with a server", () => {
    it.scopedLive("on PostgreSQL", () =>
      Effect.flatMap(Postgres.schema, (url) => Effect.provide(keepsEverything, Postgres.client(url)))
    )
  })
})
