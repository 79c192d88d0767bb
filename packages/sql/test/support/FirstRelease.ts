/**
 * The tables as the first migration leaves them. It never fills them.
 */
import { SqlClient, type SqlError } from "@effect/sql"
import { Effect } from "effect"
import * as Migrations from "../../src/internal/migrations/Migrations.ts"
import * as Tables from "../../src/internal/migrations/Tables.ts"
import * as PgConnections from "../../src/internal/postgres/PgConnections.ts"
import * as SqliteConnections from "../../src/internal/sqlite/SqliteConnections.ts"
import * as Dialect from "../../src/internal/statements/Dialect.ts"

export const tables: Effect.Effect<void, SqlError.SqlError, SqlClient.SqlClient> = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const isPg = sql.onDialectOrElse({ pg: () => true, orElse: () => false })
  const connections = yield* isPg ? PgConnections.make(sql) : SqliteConnections.make(sql)
  const dialect = isPg ? Dialect.pg : Dialect.sqlite
  const options = { names: Tables.names(""), dialect, database: "", shared: true }
  yield* Effect.catchTag(Migrations.run(connections, options, 1), "DatabaseError", Effect.die)
})
