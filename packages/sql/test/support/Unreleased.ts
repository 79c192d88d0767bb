/**
 * Databases of builds from before the first release. It makes them by hand, with the statements of that time.
 */
import { SqlClient, type SqlError } from "@effect/sql"
import { Effect } from "effect"

const rows = ["create", "failure_and_control", "keep_done_requests", "episode_and_payload", "history"]

/** With five numbered migrations, a table `job_run`, and a register that knows no layout. */
export const numbered: Effect.Effect<void, SqlError.SqlError, SqlClient.SqlClient> = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE tickwork_migrations (migration_id INTEGER PRIMARY KEY NOT NULL, name VARCHAR(255) NOT NULL)`
  for (const [index, name] of rows.entries()) {
    yield* sql`INSERT INTO tickwork_migrations (migration_id, name) VALUES (${index + 1}, ${name})`
  }
  yield* sql`CREATE TABLE job_state (job_name TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (job_name, key))`
  yield* sql`CREATE TABLE job_run (job_name TEXT NOT NULL, key TEXT NOT NULL, seq INTEGER NOT NULL)`
  yield* sql`INSERT INTO job_state (job_name, key) VALUES ('kept', '')`
})

/** Made by another text of the migration of this release. */
export const changed: Effect.Effect<void, SqlError.SqlError, SqlClient.SqlClient> = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`UPDATE tickwork_migrations SET layout = 'of another build'`
})
