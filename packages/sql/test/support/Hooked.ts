/**
 * A client on a SQLite file that shows a test every statement: before it is executed, and what comes of it.
 *
 * The hook sits in the one connection of the client, so nothing passes it by: neither the store's own way to the
 * connection nor the statements of a transactional job.
 */
import { SqlClient, type SqlConnection, SqlError } from "@effect/sql"
import { SqliteClient } from "@effect/sql-sqlite-node"
import { Context, Effect, Layer } from "effect"

/** What becomes of a statement. */
export type Around = <A>(
  statement: Effect.Effect<A, SqlError.SqlError>,
  text: string
) => Effect.Effect<A, SqlError.SqlError>

/** Some statements are obeyed, and fail, while they are prepared. */
const prepared = <A>(statement: () => Effect.Effect<A, SqlError.SqlError>) =>
  Effect.flatten(
    Effect.try({ try: statement, catch: (cause) => new SqlError.SqlError({ cause, message: "Failed to prepare" }) })
  )

const hook = (connection: SqlConnection.Connection, around: Around) => {
  const { execute, executeRaw, executeUnprepared, executeValues } = connection
  Object.assign(connection, {
    execute: (...args) => around(execute(...args), args[0]),
    executeRaw: (...args) => around(executeRaw(...args), args[0]),
    executeValues: (...args) => around(executeValues(...args), args[0]),
    executeUnprepared: (...args) =>
      around(
        prepared(() => executeUnprepared(...args)),
        args[0]
      )
  } satisfies Partial<SqlConnection.Connection>)
}

export const client = (filename: string, around: Around) =>
  SqliteClient.layer({ filename }).pipe(
    Layer.tap((built) =>
      Effect.map(Effect.scoped(Context.get(built, SqlClient.SqlClient).reserve), (connection) =>
        hook(connection, around)
      )
    )
  )
