/**
 * The messenger's own tables; instants are ms since the epoch. A released migration is never changed.
 */
import { Migrator, SqlClient } from "@effect/sql"
import { Effect } from "effect"

const tables = [
  `CREATE TABLE peers (name TEXT PRIMARY KEY, public_key BLOB NOT NULL, secret_key BLOB NOT NULL) STRICT`,
  // AUTOINCREMENT never reuses the id of a deleted prekey
  `CREATE TABLE prekeys (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    peer TEXT NOT NULL REFERENCES peers (name),
    public_key BLOB NOT NULL,
    secret_key BLOB NOT NULL,
    handed_out INTEGER NOT NULL DEFAULT 0,
    expires_at INTEGER NOT NULL
  ) STRICT`,
  `CREATE INDEX prekeys_by_peer ON prekeys (peer, handed_out, expires_at)`,
  `CREATE TABLE outbox (
    prekey_id INTEGER PRIMARY KEY,
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    ephemeral BLOB NOT NULL,
    sealed BLOB NOT NULL,
    written_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT`,
  `CREATE TABLE messages (
    prekey_id INTEGER PRIMARY KEY,
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    body TEXT NOT NULL,
    written_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT`,
  `CREATE TABLE stats (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    messages INTEGER NOT NULL,
    outbox INTEGER NOT NULL,
    prekeys INTEGER NOT NULL,
    counted_at INTEGER NOT NULL
  ) STRICT`
]

const createTables = Effect.flatMap(SqlClient.SqlClient, (sql) =>
  Effect.forEach(tables, (table) => sql.unsafe(table), { discard: true })
)

export const migrate = Migrator.make({})({
  loader: Migrator.fromRecord({ "0001_tables": createTables }),
  table: "messenger_migrations"
})
