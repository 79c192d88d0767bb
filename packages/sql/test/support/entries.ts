/**
 * A table of the application's, into which a body writes its job and its instant. It knows nothing of Tickwork's tables.
 */
import { SqlClient } from "@effect/sql"
import { Array as Arr, Effect } from "effect"
import type { Run } from "tickwork"

/** PostgreSQL refuses one of two processes that make the same table at once, in spite of IF NOT EXISTS. */
export const table = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql`CREATE TABLE IF NOT EXISTS entries (job TEXT NOT NULL, instant BIGINT NOT NULL)`
).pipe(Effect.retry({ times: 1 }))

export const keep = ({ jobName, scheduledAt }: Run.Run) =>
  Effect.flatMap(
    SqlClient.SqlClient,
    (sql) => sql`INSERT INTO entries (job, instant) VALUES (${jobName}, ${scheduledAt})`
  )

/** The instants that a job has written, in order. */
export const writtenOf = Effect.map(
  Effect.flatMap(
    SqlClient.SqlClient,
    (sql) => sql<{ job: string; instant: number | string }>`SELECT job, instant FROM entries`
  ),
  (rows) => {
    const byJob = Arr.groupBy(rows, ({ job }) => job)
    return (job: string) => (byJob[job] ?? []).map(({ instant }) => Number(instant)).sort((a, b) => a - b)
  }
)
