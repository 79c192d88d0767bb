/**
 * `purge_expired`: removes expired messages and used prekeys from the tables, the database file and its write-ahead log.
 * It must not run inside a transaction: VACUUM and the checkpoint cannot.
 */
import { SqlClient } from "@effect/sql"
import { DateTime, Effect, Schema } from "effect"
import { Job } from "tickwork"

export class LogNotEmptiedError extends Schema.TaggedError<LogNotEmptiedError>("messenger/LogNotEmptiedError")(
  "LogNotEmptiedError",
  {
    pages: Schema.Int
  }
) {
  override get message() {
    return `${this.pages} pages stay in the write-ahead log until the next purge, since another process reads the database`
  }
}

const deleteExpired = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const now = DateTime.toEpochMillis(yield* DateTime.now)
  yield* sql`
    DELETE FROM prekeys
    WHERE expires_at <= ${now} OR id IN (SELECT prekey_id FROM outbox WHERE expires_at <= ${now})`
  yield* sql`DELETE FROM outbox WHERE expires_at <= ${now}`
  yield* sql`DELETE FROM messages WHERE expires_at <= ${now}`
})

/** `secure_delete` zeroes a row, but not the copies that SQLite left when it moved the row; VACUUM removes them. */
const compact = Effect.flatMap(SqlClient.SqlClient, (sql) => sql`VACUUM`)

const emptyLog = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [result] = yield* sql<{ busy: number; log: number }>`PRAGMA wal_checkpoint(TRUNCATE)`
  if (result?.busy === 1) return yield* new LogNotEmptiedError({ pages: result.log })
})

export const purge = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql.withTransaction(deleteExpired)
  yield* compact
  yield* emptyLog
})

export const purgeExpired = Job.make("purge_expired", purge).pipe(
  Job.every("10 seconds"),
  Job.priority(3),
  Job.describe("deletes expired data, down to the last byte")
)
