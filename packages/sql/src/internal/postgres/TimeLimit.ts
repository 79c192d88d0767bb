/**
 * Connections that are given up where a statement gets no answer in time: a connection may go silent without a word.
 *
 * The time is real, whatever clock the application has: a server knows no other.
 *
 * @internal
 */
import type { SqlConnection, SqlError } from "@effect/sql"
import { Effect } from "effect"
import { setOrigin } from "../JobConnection.ts"

/** What the driver has below its connection. */
interface OfDriver {
  readonly pg?: { readonly connection?: { readonly stream?: { readonly destroy: (error: Error) => void } } }
}

/** Every statement that waits on it fails, and its pool drops it. */
const giveUp = (connection: SqlConnection.Connection, ms: number): void =>
  (connection as OfDriver).pg?.connection?.stream?.destroy(
    new Error(`the connection gave no answer within ${ms} ms and was given up`)
  )

export const limited = (origin: SqlConnection.Connection, ms: number): SqlConnection.Connection => {
  const inTime = <A>(statement: () => Effect.Effect<A, SqlError.SqlError>) =>
    Effect.suspend(() => {
      const timer = setTimeout(giveUp, ms, origin, ms)
      return Effect.ensuring(
        statement(),
        Effect.sync(() => clearTimeout(timer))
      )
    })
  const connection: SqlConnection.Connection = {
    execute: (...args) => inTime(() => origin.execute(...args)),
    executeRaw: (...args) => inTime(() => origin.executeRaw(...args)),
    executeValues: (...args) => inTime(() => origin.executeValues(...args)),
    executeUnprepared: (...args) => inTime(() => origin.executeUnprepared(...args)),
    executeStream: origin.executeStream.bind(origin)
  }
  setOrigin(connection, origin)
  return connection
}
