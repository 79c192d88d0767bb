/**
 * Tests of the program beside an application that runs in the process of the test, on each database.
 */
import { NodeContext } from "@effect/platform-node"
import { describe, it } from "@effect/vitest"
import { SqlJobStore } from "@tickwork/sql"
import * as PgJobStore from "@tickwork/sql/PgJobStore"
import * as Postgres from "@tickwork/test-support/Postgres"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect, type Layer, Redacted, type Scope } from "effect"
import type { JobLog, JobStore } from "tickwork"

export interface Place {
  /** The argument of `--db`. */
  readonly db: string
  readonly store: Layer.Layer<JobStore.JobStore | JobLog.JobLog, unknown>
}

type Test = (place: Place) => Effect.Effect<void, unknown, Scope.Scope | NodeContext.NodeContext>

/** The test on SQLite and on PostgreSQL. */
export const describeOnBoth = (title: string, test: Test): void => {
  const on = (place: Effect.Effect<Place, never, Scope.Scope>) =>
    it.scopedLive(title, () => Effect.provide(Effect.flatMap(place, test), NodeContext.layer))
  describe("beside an application on SQLite", () => {
    on(Effect.map(TemporaryFile.make, (db) => ({ db, store: SqlJobStore.layerSqlite({ filename: db }) })))
  })
  Postgres.describeOnPostgres("beside an application on PostgreSQL", () => {
    on(Effect.map(Postgres.schema, (db) => ({ db, store: PgJobStore.layerPg({ url: Redacted.make(db) }) })))
  })
}
