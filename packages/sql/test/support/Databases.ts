/**
 * The databases that a test takes in turn: each new and of its own, opened as often as the test wants to.
 */
import type { SqlClient } from "@effect/sql"
import { SqlJobStore } from "@tickwork/sql"
import * as PgJobStore from "@tickwork/sql/PgJobStore"
import * as Postgres from "@tickwork/test-support/Postgres"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect, Layer, Redacted, type Scope } from "effect"
import type { Job, JobLog, JobStore } from "tickwork"
import { describe } from "vitest"

/** The store on a database; each time it is built it is another client. */
export type Store = Layer.Layer<JobStore.JobStore | JobLog.JobLog | SqlClient.SqlClient | Job.JobTransaction, unknown>

/** Its name, what skips its tests where it cannot run, and a new one. */
export const all: ReadonlyArray<readonly [string, typeof describe, Effect.Effect<Store, unknown, Scope.Scope>]> = [
  [
    "SQLite",
    describe,
    Effect.map(TemporaryFile.make, (filename) => Layer.fresh(SqlJobStore.layerSqlite({ filename })))
  ],
  [
    "PostgreSQL",
    Postgres.describeOnPostgres as typeof describe,
    Effect.map(Postgres.schema, (url) =>
      Layer.fresh(PgJobStore.layerPg({ url: Redacted.make(url), maxConnections: 3 }))
    )
  ]
]
