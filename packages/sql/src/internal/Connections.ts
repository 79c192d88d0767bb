/**
 * Gives the store connections of its own, apart from any transaction of the caller. It does not know what is done on
 * them.
 *
 * @internal
 */
import { SqlClient, type SqlConnection, SqlError } from "@effect/sql"
import { Context, Effect, ExecutionStrategy, Exit, Option, Schedule, Scope } from "effect"
import type { Job, JobStore } from "tickwork"
import { isSqlError } from "./Errors.ts"
import { originOf } from "./JobConnection.ts"

/** Uses a connection; it may run again where an attempt failed for a reason that passes. */
export type Use<A, E = never> = (connection: SqlConnection.Connection) => Effect.Effect<A, E | SqlError.SqlError>

/** The requests of a store, to be watched. */
export interface Watched {
  /** Reads a number that rises with each change of them. */
  readonly mark: string
  /** Where new ones are announced, with the owner that stored them. */
  readonly channel: string
  readonly owner: string
}

export interface Connections {
  /** Where it `isLong`, a statement may take a minute. */
  readonly read: <A, E>(use: Use<A, E>, isLong?: boolean) => Effect.Effect<A, E | SqlError.SqlError>
  /** In one transaction: all is written, or nothing. */
  readonly write: <A, E>(use: Use<A, E>) => Effect.Effect<A, E | SqlError.SqlError>
  /** A `write` that does not wait: it fails at once where the database is not free. */
  readonly writeNow: <A, E>(use: Use<A, E>) => Option.Option<Effect.Effect<A, E | SqlError.SqlError>>
  /** In one transaction, without a second attempt; it may be interrupted. The database chooses an isolation of `null`. */
  readonly around: <A, E, R>(
    use: (connection: SqlConnection.Connection) => Effect.Effect<A, E, R>,
    isolation: Job.Isolation | null
  ) => Effect.Effect<A, E | SqlError.SqlError, R>
  /** The connection of the transaction that the caller has open on this client. */
  readonly callers: (context: Context.Context<never>) => Option.Option<SqlConnection.Connection>
  /** Ends once the transaction of a caller on this connection has: the call is made inside of it. */
  readonly ending: (connection: SqlConnection.Connection) => Effect.Effect<Effect.Effect<void>, SqlError.SqlError>
  /** Tells when another process may have written requests. */
  readonly watch: (
    watched: Watched,
    watcher: JobStore.Watcher
  ) => Effect.Effect<Effect.Effect<void>, never, Scope.Scope>
  /** Uses a connection on which other code has worked with the rights that it had at opening, and then gives it back. */
  readonly asOwner: <A, E>(
    connection: SqlConnection.Connection,
    use: Use<A, E>
  ) => Effect.Effect<A, E | SqlError.SqlError>
}

/** The tag of the transaction around is the same for all clients: another client's transaction does not count. */
export const callersOf =
  (isOurs: (connection: SqlConnection.Connection) => boolean): Connections["callers"] =>
  (context) =>
    Context.getOption(context, SqlClient.TransactionConnection).pipe(
      Option.map(([connection]) => connection),
      Option.filter((connection) => isOurs(originOf(connection)))
    )

/** The rows as the driver gives them: no name is transformed, whatever the application's client is set to. */
export const execute = (
  connection: SqlConnection.Connection,
  text: string,
  parameters: ReadonlyArray<unknown> = []
): Effect.Effect<ReadonlyArray<Record<string, unknown>>, SqlError.SqlError> =>
  connection.execute(text, parameters, undefined)

/** The values of the rows in the order of their columns: the driver makes no object for each row. */
export const executeValues = (
  connection: SqlConnection.Connection,
  text: string,
  parameters: ReadonlyArray<unknown> = []
): Effect.Effect<ReadonlyArray<ReadonlyArray<unknown>>, SqlError.SqlError> => connection.executeValues(text, parameters)

/** A transactional job in another process may hold the database for 5 seconds. */
export const patienceMs = 10_000

/** Another process writes, mostly for some milliseconds. */
export const untilFree = Schedule.exponential("5 millis").pipe(
  Schedule.union(Schedule.spaced("100 millis")),
  Schedule.upTo(patienceMs)
)

/** Tries again while it fails for a reason that passes; a first success costs nothing more. */
export const patiently = <A, E>(
  attempt: Effect.Effect<A, E | SqlError.SqlError>,
  passes: (error: SqlError.SqlError) => boolean
): Effect.Effect<A, E | SqlError.SqlError> => {
  const isPassing = (error: E | SqlError.SqlError) => isSqlError(error) && passes(error)
  return Effect.catchAll(attempt, (error) =>
    isPassing(error) ? Effect.retry(attempt, { schedule: untilFree, while: isPassing }) : Effect.fail(error)
  )
}

/** Rolls back; does nothing where no transaction is open. */
export const rollback = (connection: SqlConnection.Connection): Effect.Effect<void> =>
  Effect.ignore(execute(connection, "ROLLBACK"))

/** Commits a success and rolls back anything else. It is uninterruptible. */
export const transaction = <A, E, E2>(options: {
  readonly connection: SqlConnection.Connection
  readonly begin: Effect.Effect<unknown, SqlError.SqlError>
  readonly use: Use<A, E>
  readonly commit: (value: A) => Effect.Effect<A, E2>
  readonly undo?: Effect.Effect<void>
}): Effect.Effect<A, E | E2 | SqlError.SqlError> => {
  const { begin, commit, connection, undo = rollback(connection), use } = options
  return Effect.uninterruptible(
    Effect.zipRight(
      begin,
      Effect.matchCauseEffect(Effect.flatMap(use(connection), commit), {
        onSuccess: Effect.succeed,
        onFailure: (cause) => Effect.zipRight(undo, Effect.failCause(cause))
      })
    )
  )
}

/** Commits a success; a failure or an interruption is rolled back. */
export const around = <A, E, R, Begun>(options: {
  readonly reserve: Effect.Effect<SqlConnection.Connection, SqlError.SqlError, Scope.Scope>
  readonly begin: (connection: SqlConnection.Connection) => Effect.Effect<Begun, SqlError.SqlError>
  readonly passes: (error: SqlError.SqlError) => boolean
  readonly use: (connection: SqlConnection.Connection) => Effect.Effect<A, E, R>
  readonly commit: (connection: SqlConnection.Connection, begun: Begun) => Effect.Effect<void, SqlError.SqlError>
  readonly undo?: (connection: SqlConnection.Connection) => Effect.Effect<void>
}): Effect.Effect<A, E | SqlError.SqlError, R> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { begin, commit, passes, reserve, undo = rollback, use } = options
      const outer = yield* Effect.scope
      // a connection on which it cannot begin is given back before the next attempt
      const attempt = Effect.flatMap(Scope.fork(outer, ExecutionStrategy.sequential), (scope) =>
        Effect.onError(
          Effect.flatMap(Scope.extend(reserve, scope), (connection) =>
            Effect.map(begin(connection), (begun) => ({ begun, connection }))
          ),
          (cause) => Scope.close(scope, Exit.failCause(cause))
        )
      )
      let opened: SqlConnection.Connection | undefined
      yield* Effect.addFinalizer(() => (opened === undefined ? Effect.void : undo(opened)))
      const open = Effect.tap(attempt, ({ connection }) =>
        Effect.sync(() => {
          opened = connection
        })
      )
      const { begun, connection } = yield* patiently(Effect.uninterruptible(open), passes)
      const value = yield* use(connection)
      const committed = Effect.map(commit(connection, begun), () => {
        opened = undefined
      })
      yield* Effect.uninterruptible(committed)
      return value
    })
  )

const readOnlyAccess = new SqlError.SqlError({ message: 'it was opened read-only. Open it with access: "write"' })

/** Every write fails. */
export const readOnly = (connections: Connections): Connections => ({
  read: connections.read,
  write: () => Effect.fail(readOnlyAccess),
  writeNow: () => Option.none(),
  around: () => Effect.fail(readOnlyAccess),
  callers: () => Option.none(),
  ending: connections.ending,
  watch: connections.watch,
  asOwner: connections.asOwner
})
