/**
 * The connection that the body of a transactional job writes through: it refuses statements once the transaction has
 * ended. It opens and ends no transaction itself.
 *
 * @internal
 */
import { type SqlConnection, SqlError } from "@effect/sql"
import { Effect, Stream } from "effect"

export interface JobConnection {
  readonly connection: SqlConnection.Connection
  /** Refuses every later statement: one of a fiber that outlives the body. */
  readonly end: () => void
}

const origins = new WeakMap<SqlConnection.Connection, SqlConnection.Connection>()

/** The client's connection behind that of a body. */
export const originOf = (connection: SqlConnection.Connection): SqlConnection.Connection =>
  origins.get(connection) ?? connection

/** `connection` works on `origin`. */
export const setOrigin = (connection: SqlConnection.Connection, origin: SqlConnection.Connection): void => {
  origins.set(connection, origin)
}

export const make = (origin: SqlConnection.Connection, jobName: string): JobConnection => {
  let hasEnded = false
  const late = new SqlError.SqlError({
    message: `The transaction of job "${jobName}" has ended, and a fiber that its body forked went on. Let the body wait for it`,
    cause: undefined
  })
  const guarded = <A>(statement: () => Effect.Effect<A, SqlError.SqlError>) =>
    Effect.suspend(() => (hasEnded ? Effect.fail(late) : statement()))
  const connection: SqlConnection.Connection = {
    execute: (...args) => guarded(() => origin.execute(...args)),
    executeRaw: (...args) => guarded(() => origin.executeRaw(...args)),
    executeValues: (...args) => guarded(() => origin.executeValues(...args)),
    executeUnprepared: (...args) => guarded(() => origin.executeUnprepared(...args)),
    executeStream: (...args) => Stream.suspend(() => (hasEnded ? Stream.fail(late) : origin.executeStream(...args)))
  }
  setOrigin(connection, origin)
  return {
    connection,
    end: () => {
      hasEnded = true
    }
  }
}
