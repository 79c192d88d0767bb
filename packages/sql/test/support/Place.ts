/**
 * Where a program of the tests keeps its state: a SQLite file by its name, or a PostgreSQL database by its URL.
 */
import type { SqlClient } from "@effect/sql"
import { type DatabaseError, SqlJobStore } from "@tickwork/sql"
import * as PgJobStore from "@tickwork/sql/PgJobStore"
import { type Layer, Redacted } from "effect"
import type { Job, JobLog, JobStore } from "tickwork"

export const layer = (
  place: string
): Layer.Layer<
  JobStore.JobStore | JobLog.JobLog | Job.JobTransaction | SqlClient.SqlClient,
  DatabaseError.DatabaseError
> =>
  place.startsWith("postgres:")
    ? PgJobStore.layerPg({ url: Redacted.make(place), maxConnections: 3 })
    : SqlJobStore.layerSqlite({ filename: place })
