/**
 * Four jobs of a messenger, with small work in their own tables beside the tick's.
 *
 * It delivers nothing and makes no key: it is the database work of a quiet device.
 */

import { SqlClient } from "@effect/sql"
import { Clock, Effect } from "effect"
import { Job, Jobs } from "#adapter"

const peers = 20
const prekeysEach = 100
const minimum = 50
const messages = 2000
const week = 7 * 86_400_000

const tables = [
  "CREATE TABLE outbox (id INTEGER PRIMARY KEY, recipient TEXT, sealed TEXT, written_at INTEGER, expires_at INTEGER)",
  "CREATE TABLE prekeys (id INTEGER PRIMARY KEY, peer INTEGER, secret TEXT, expires_at INTEGER)",
  "CREATE INDEX prekeys_of_peer ON prekeys (peer, expires_at)",
  "CREATE TABLE messages (id INTEGER PRIMARY KEY, body TEXT, expires_at INTEGER)",
  "CREATE INDEX messages_by_expiry ON messages (expires_at)",
  "CREATE TABLE stats (id INTEGER PRIMARY KEY, messages INTEGER, outbox INTEGER, prekeys INTEGER, counted_at INTEGER)"
]

/** The tables, with peers, prekeys and messages in them; one message expires every few seconds. */
export const fill = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const now = yield* Clock.currentTimeMillis
  yield* Effect.forEach(tables, (table) => sql.unsafe(table))
  yield* sql.unsafe(
    `WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < ${peers * prekeysEach - 1})
     INSERT INTO prekeys (peer, secret, expires_at) SELECT n % ${peers}, hex(zeroblob(32)), ? FROM n`,
    [now + week]
  )
  yield* sql.unsafe(
    `WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < ${messages - 1})
     INSERT INTO messages (body, expires_at) SELECT hex(zeroblob(100)), ? + n * 10000 FROM n`,
    [now]
  )
})

const deliver = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const now = yield* Clock.currentTimeMillis
  const waiting = yield* sql<{ id: number }>`
    SELECT id, recipient, sealed FROM outbox WHERE expires_at > ${now} ORDER BY written_at`
  yield* Effect.forEach(waiting, ({ id }) => sql`DELETE FROM outbox WHERE id = ${id}`, { discard: true })
})

const lowPeers = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const now = yield* Clock.currentTimeMillis
  return yield* sql<{ peer: number }>`
    SELECT peer FROM prekeys WHERE expires_at > ${now} GROUP BY peer HAVING COUNT(*) < ${minimum}`
})

const prekeysAreLow = Effect.map(lowPeers, ({ length }) => length > 0)

const replenish = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const expiresAt = (yield* Clock.currentTimeMillis) + week
  yield* Effect.forEach(
    yield* lowPeers,
    ({ peer }) => sql`INSERT INTO prekeys (peer, secret, expires_at) VALUES (${peer}, ${"secret"}, ${expiresAt})`,
    { discard: true }
  )
})

const purge = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const now = yield* Clock.currentTimeMillis
  yield* sql.withTransaction(
    Effect.gen(function* () {
      yield* sql`DELETE FROM prekeys WHERE expires_at <= ${now}`
      yield* sql`DELETE FROM outbox WHERE expires_at <= ${now}`
      yield* sql`DELETE FROM messages WHERE expires_at <= ${now}`
    })
  )
})

const count = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const now = yield* Clock.currentTimeMillis
  yield* sql`
    INSERT OR REPLACE INTO stats (id, messages, outbox, prekeys, counted_at)
    SELECT 1, (SELECT COUNT(*) FROM messages), (SELECT COUNT(*) FROM outbox), (SELECT COUNT(*) FROM prekeys), ${now}`
})

export const jobs = Jobs.make(
  Job.make("sync_send", deliver).pipe(Job.every("5 seconds"), Job.priority(1)),
  Job.make("prekey_replenishment", replenish).pipe(Job.every("1 hour"), Job.when("prekeys are low", prekeysAreLow)),
  Job.make("purge_expired", purge).pipe(Job.every("1 minute")),
  Job.make("stats", count).pipe(Job.every("1 minute"), Job.parallel)
)

const replenishWhenLow = Effect.whenEffect(replenish, prekeysAreLow)

/** All of it at once, as at every tick of the mission's first plan. */
export const everything = Effect.all([deliver, replenishWhenLow, purge, count], { discard: true })

/** What is due in this second, called and not recorded: no scheduler could do with less. */
export const dueAt = (second: number) =>
  Effect.all(
    [
      ...(second % 5 === 0 ? [deliver] : []),
      ...(second % 3600 === 0 ? [replenishWhenLow] : []),
      ...(second % 60 === 0 ? [purge, count] : [])
    ],
    { discard: true }
  )
