/**
 * Connections on PostgreSQL: each call takes one of the pool and gives it back. Where the answer to a COMMIT is lost, the
 * server says what became of the transaction; it takes no part in a transaction of the caller but for a request.
 *
 * @internal
 */
import { type SqlClient, type SqlConnection, SqlError } from "@effect/sql"
import { Data, Effect, Exit, Fiber, Option, Schedule, Scope } from "effect"
import {
  around,
  type Connections,
  callersOf,
  execute,
  patienceMs,
  patiently,
  transaction,
  type Use,
  untilFree
} from "../Connections.ts"
import { codeOf, isLost } from "../Errors.ts"

/** Serialization failure, deadlock, two processes that add the same row, no connection left. */
const isPassing = ({ cause }: SqlError.SqlError): boolean =>
  isLost(cause) || ["40001", "40P01", "23505", "53300"].includes(codeOf(cause))

// Independent of the server's defaults; a frozen process holds up others for no longer than this.
const begin = (idleMs: number) =>
  [
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
    `SET LOCAL lock_timeout = ${patienceMs}`,
    `SET LOCAL idle_in_transaction_session_timeout = ${idleMs}`,
    "SELECT CAST(pg_current_xact_id() AS TEXT) AS id"
  ].join("; ")

/** The body of a transactional job may wait for something between two statements. */
const bodyIdleMs = 60_000

/** The connection was lost while a transaction committed: it may have been written. */
class Doubtful extends Data.TaggedError("Doubtful")<{
  readonly transaction: string
  readonly value: unknown
  readonly error: SqlError.SqlError
}> {}

const unknown = new SqlError.SqlError({
  message: "the connection was lost during COMMIT, and the server does not say whether it committed"
})

/** The driver loses a connection whose fiber was interrupted, and waits for ever where none is free. */
const reserveOne = (sql: SqlClient.SqlClient) =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const pending = yield* Effect.forkDaemon(Scope.extend(sql.reserve, scope))
      const release = Effect.zipRight(Fiber.await(pending), Scope.close(scope, Exit.void))
      yield* Effect.addFinalizer(() =>
        Effect.flatMap(Fiber.poll(pending), (ended) =>
          Option.isSome(ended) ? release : Effect.asVoid(Effect.forkDaemon(release))
        )
      )
      return yield* restore(
        Effect.timeoutFail(Effect.interruptible(Fiber.join(pending)), {
          duration: patienceMs,
          onTimeout: () =>
            new SqlError.SqlError({ message: "no connection of the pool was free. Give the client a larger pool" })
        })
      )
    })
  )

/** Begins a transaction; its id is the result. */
const beginOn = (connection: SqlConnection.Connection, idleMs = patienceMs) =>
  Effect.map(execute(connection, begin(idleMs)), (answers) => {
    // several statements at once answer with the rows of each
    const [row] = answers.at(-1) as unknown as ReadonlyArray<{ readonly id: string }>
    return row?.id ?? ""
  })

const commitOn = <A>(connection: SqlConnection.Connection, transaction: string, value: A) =>
  Effect.as(execute(connection, "COMMIT"), value).pipe(
    Effect.catchAll((error) => Effect.fail(isLost(error.cause) ? new Doubtful({ transaction, value, error }) : error))
  )

const inTransaction = <A, E>(connection: SqlConnection.Connection, use: Use<A, E>) => {
  let id = ""
  return transaction({
    connection,
    begin: Effect.map(beginOn(connection), (begun) => {
      id = begun
    }),
    use,
    commit: (value) => commitOn(connection, id, value)
  })
}

export const make = (sql: SqlClient.SqlClient): Effect.Effect<Connections, SqlError.SqlError> =>
  Effect.gen(function* () {
    const reserve = reserveOne(sql)
    const own = yield* Effect.scoped(reserve)
    const on = <A, E>(use: Use<A, E>) =>
      Effect.scoped(Effect.flatMap(reserve, (one) => Effect.uninterruptible(use(one))))

    const statusOf = (id: string) =>
      on((connection) => execute(connection, "SELECT pg_xact_status(CAST($1 AS xid8)) AS status", [id])).pipe(
        Effect.map(([row]) => row?.status)
      )
    const decide = ({ error, transaction, value }: Doubtful) =>
      patiently(statusOf(transaction), isPassing).pipe(
        Effect.repeat(
          Schedule.zipRight(
            untilFree,
            Schedule.recurWhile((status) => status === "in progress")
          )
        ),
        Effect.orElseSucceed(() => null),
        Effect.flatMap((status) =>
          status === "committed" ? Effect.succeed(value) : Effect.fail(status === "aborted" ? error : unknown)
        )
      )

    return {
      read: (use) => patiently(on(use), isPassing),
      write: <A, E>(use: Use<A, E>) =>
        patiently(
          Effect.catchIf(
            on((connection) => inTransaction(connection, use)),
            (error): error is Doubtful => error instanceof Doubtful,
            (uncertain) => Effect.map(decide(uncertain), (value) => value as A)
          ) as Effect.Effect<A, E | SqlError.SqlError>,
          isPassing
        ),
      writeNow: () => Option.none(),
      around: (use) =>
        around({
          reserve,
          begin: (connection) => beginOn(connection, bodyIdleMs),
          passes: isPassing,
          use,
          commit: (connection, id) =>
            Effect.catchIf(
              commitOn(connection, id, undefined),
              (error): error is Doubtful => error instanceof Doubtful,
              (uncertain) => Effect.asVoid(decide(uncertain))
            ) as Effect.Effect<void, SqlError.SqlError>
        }),
      // The driver makes a class of connections for each client, the only sign of whose a connection is. Without it no
      // transaction counts as one of this client.
      callers: callersOf(({ constructor }) => constructor !== Object && constructor === own.constructor)
    }
  })
