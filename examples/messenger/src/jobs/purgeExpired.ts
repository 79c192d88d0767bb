/**
 * `purge_expired`: what has expired, and every prekey that was used up, is really gone: from the tables, from the
 * database file and from its write-ahead log.
 *
 * It never runs inside a transaction: neither compacting the file nor emptying the log could.
 */
import { SqlClient } from "@effect/sql"
import { DateTime, Effect, Schema } from "effect"
import { Job } from "tickwork"

export class LogNotEmptied extends Schema.TaggedError<LogNotEmptied>("messenger/LogNotEmptied")("LogNotEmptied", {
  pages: Schema.Int
}) {
  override get message() {
    return `another process reads the database, so ${this.pages} pages stay in its log until the next purge`
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

/**
 * `secure_delete` zeroes a row where it stands, but not the copies that SQLite left behind when it moved the row
 * within its B-tree; writing the whole file anew does.
 */
const compact = Effect.flatMap(SqlClient.SqlClient, (sql) => sql`VACUUM`)

const emptyLog = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [result] = yield* sql<{ busy: number; log: number }>`PRAGMA wal_checkpoint(TRUNCATE)`
  if (result?.busy === 1) return yield* new LogNotEmptied({ pages: result.log })
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
  Job.describe("deletes what has expired, down to the last byte")
)
