/**
 * Connections that are given up where a statement gets no answer in time: a connection may go silent without a word.
 *
 * The time is real, whatever clock the application has: a server knows no other.
 *
 * @internal
 */
import type { SqlConnection, SqlError } from "@effect/sql"
import { Effect, Fiber, type Scope } from "effect"
import { execute } from "../Connections.ts"
import { originOf, setOrigin } from "../JobConnection.ts"

/** What the driver has below its connection. */
interface OfDriver {
  readonly pg?: { readonly connection?: { readonly stream?: { readonly destroy: (error: Error) => void } } }
}

/** Every statement that waits on it fails, and its pool drops it. */
export const giveUp = (connection: SqlConnection.Connection, why: string): void =>
  (originOf(connection) as OfDriver).pg?.connection?.stream?.destroy(
    new Error(`the connection ${why} and was given up`)
  )

/** How many connections have gone silent, and how many had when each one last answered. */
let silences = 0
const answeredAfter = new WeakMap<object, number>()

const driverOf = (connection: SqlConnection.Connection): object => (originOf(connection) as OfDriver).pg ?? connection

const noAnswer = (connection: SqlConnection.Connection, ms: number): void => {
  silences += 1
  giveUp(connection, `gave no answer within ${ms} ms`)
}

/** True where another connection has gone silent since this one last answered: the same may have befallen it. */
export const isSuspect = (connection: SqlConnection.Connection): boolean =>
  (answeredAfter.get(driverOf(connection)) ?? silences) < silences

/** How long an interruption waits for the statements under way. */
const interruptedMs = 2000

/** How long a suspect connection may take to answer. */
const suspectMs = 500

/** The connections that statements wait on; those that are left are given up a short time after the scope has closed. */
export const inUse: Effect.Effect<Set<SqlConnection.Connection>, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => new Set<SqlConnection.Connection>()),
  (connections) =>
    Effect.sync(() => {
      const giveUpAll = () => {
        for (const connection of connections) noAnswer(connection, interruptedMs)
      }
      if (connections.size > 0) setTimeout(giveUpAll, interruptedMs)
    })
)

const tracked = <A, E, R>(
  connection: SqlConnection.Connection,
  use: Effect.Effect<A, E, R>,
  inUse: Set<SqlConnection.Connection>
): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    inUse.add(connection)
    return Effect.ensuring(
      use,
      Effect.sync(() => inUse.delete(connection))
    )
  })

/** Runs to its end, interrupted or not; after an interruption the connection is given up where that takes too long. */
export const uninterrupted = <A, E, R>(
  connection: SqlConnection.Connection,
  use: Effect.Effect<A, E, R>,
  inUse: Set<SqlConnection.Connection>
): Effect.Effect<A, E, R> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(Effect.forkDaemon(tracked(connection, use, inUse)), (fiber) =>
      Effect.onInterrupt(restore(Fiber.join(fiber)), () => {
        const timer = setTimeout(noAnswer, interruptedMs, connection, interruptedMs)
        return Effect.ensuring(
          Fiber.await(fiber),
          Effect.sync(() => clearTimeout(timer))
        )
      })
    )
  )

/** A longer timer fires at once. */
const longestTimerMs = 2 ** 31 - 1

/** Fails where it does not answer at once. */
export const probe = (connection: SqlConnection.Connection): Effect.Effect<void, SqlError.SqlError> =>
  Effect.asVoid(execute(limited(originOf(connection), suspectMs), "SELECT 1"))

/** Uses it for something that takes no time, in place of a longer limit. */
export const briefly = <A, E>(
  connection: SqlConnection.Connection,
  use: (connection: SqlConnection.Connection) => Effect.Effect<A, E>
): Effect.Effect<A, E> => use(limited(connection, interruptedMs))

export const limited = (origin: SqlConnection.Connection, ms: number): SqlConnection.Connection => {
  const driver = driverOf(origin)
  const inTime = <A>(statement: () => Effect.Effect<A, SqlError.SqlError>) =>
    Effect.suspend(() => {
      const timer = setTimeout(noAnswer, Math.min(ms, longestTimerMs), origin, ms)
      return Effect.ensuring(
        statement(),
        Effect.sync(() => {
          clearTimeout(timer)
          answeredAfter.set(driver, silences)
        })
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
