/**
 * The last count of messages, outbox and prekeys, kept in one row.
 */
import { SqlClient, SqlSchema } from "@effect/sql"
import { DateTime, Effect, Schema } from "effect"

export const Stats = Schema.Struct({
  messages: Schema.Int,
  outbox: Schema.Int,
  prekeys: Schema.Int,
  countedAt: Schema.DateTimeUtcFromNumber
})

export type Stats = typeof Stats.Type

export const count = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const now = DateTime.toEpochMillis(yield* DateTime.now)
  yield* sql`
    INSERT OR REPLACE INTO stats (id, messages, outbox, prekeys, counted_at)
    SELECT 1, (SELECT COUNT(*) FROM messages), (SELECT COUNT(*) FROM outbox),
      (SELECT COUNT(*) FROM prekeys WHERE handed_out = 0 AND expires_at > ${now}), ${now}`
})

export const latest = Effect.flatMap(SqlClient.SqlClient, (sql) =>
  SqlSchema.findOne({
    Request: Schema.Void,
    Result: Stats,
    execute: () => sql`SELECT messages, outbox, prekeys, counted_at AS countedAt FROM stats`
  })()
)

export const toText = ({ messages, outbox, prekeys }: Stats): string =>
  `${messages} messages kept, ${outbox} in the outbox, ${prekeys} prekeys left`
