/**
 * The tables as the first migration leaves them. It never fills them.
 */
import { SqlClient, type SqlError } from "@effect/sql"
import { Effect } from "effect"
import * as Dialect from "../../src/Dialect.ts"
import * as Migrations from "../../src/Migrations.ts"
import * as PgConnections from "../../src/PgConnections.ts"
import * as SqliteConnections from "../../src/SqliteConnections.ts"
import * as Tables from "../../src/Tables.ts"

export const tables: Effect.Effect<void, SqlError.SqlError, SqlClient.SqlClient> = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const isPg = sql.onDialectOrElse({ pg: () => true, orElse: () => false })
  const connections = yield* isPg ? PgConnections.make(sql) : SqliteConnections.make(sql)
  const dialect = isPg ? Dialect.pg : Dialect.sqlite
  const options = { names: Tables.names(""), dialect, database: "", shared: true }
  yield* Effect.catchTag(Migrations.run(connections, options, 1), "DatabaseRefused", Effect.die)
})
