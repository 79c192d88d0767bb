/**
 * The database of the shop: its client, and its tables beside those of Tickwork.
 */
import { SqlClient } from "@effect/sql"
import * as PgJobStore from "@tickwork/sql/PgJobStore"
import { Effect, Layer, Redacted } from "effect"

const tables = Layer.effectDiscard(
  Effect.flatMap(SqlClient.SqlClient, (sql) =>
    // two workers that start at once would both make them
    sql.withTransaction(
      Effect.all([
        sql`SELECT pg_advisory_xact_lock(1)`,
        sql`CREATE TABLE IF NOT EXISTS thumbnails (run_key TEXT PRIMARY KEY, image INTEGER NOT NULL, worker INTEGER NOT NULL)`,
        sql`CREATE TABLE IF NOT EXISTS stock (shop TEXT PRIMARY KEY, synced_at TIMESTAMPTZ NOT NULL, worker INTEGER NOT NULL)`
      ])
    )
  )
)

export const layer = (url: string) =>
  Layer.provideMerge(tables, PgJobStore.layerPg({ url: Redacted.make(url), maxConnections: 8 }))
