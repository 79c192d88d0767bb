/**
 * Connections on PostgreSQL: each call takes one of the pool and gives it back. Where the answer to a COMMIT is lost, the
 * server says what became of the transaction; it takes no part in a transaction of the caller but for a request.
 *
 * @internal
 */
import { type SqlClient, type SqlConnection, SqlError } from "@effect/sql"
import { Data, Effect, Exit, Fiber, Option, Schedule, Scope } from "effect"
import type { Job } from "tickwork"
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
import { codeOf, isLost, isSqlError, isStandby } from "../Errors.ts"
import * as JobConnection from "../JobConnection.ts"
import * as PgWatch from "./PgWatch.ts"
import * as TimeLimit from "./TimeLimit.ts"

/**
 * Serialization failure, deadlock, two processes that add the same row, no connection left, a row that is locked, a
 * statement that was cancelled, a server that takes no writes.
 */
const isPassing = ({ cause }: SqlError.SqlError): boolean =>
  isLost(cause) || isStandby(cause) || ["40001", "40P01", "23505", "53300", "55P03", "57014"].includes(codeOf(cause))

/** A connection to a server that takes no writes is given up: a new one may lead to another server. */
const unlessStandby =
  <A, E>(use: Use<A, E>): Use<A, E> =>
  (connection) =>
    Effect.tapError(use(connection), (error) =>
      Effect.sync(() => {
        if (isSqlError(error) && isStandby(error.cause))
          TimeLimit.giveUp(connection, "leads to a server that takes no writes")
      })
    )

/**
 * In whose name a session works, and how long the server lets a statement take: application code may change all three, for
 * a transaction or for good.
 */
interface Identity {
  readonly user: string
  readonly role: string
  readonly timeout: string
}

const identityOf = (connection: SqlConnection.Connection): Effect.Effect<Identity, SqlError.SqlError> =>
  Effect.map(
    execute(
      connection,
      `SELECT CAST(session_user AS TEXT) AS "user", current_setting('role') AS role,
        current_setting('statement_timeout') AS timeout`
    ),
    ([row]) => row as unknown as Identity
  )

const isSame = (one: Identity, other: Identity): boolean =>
  one.user === other.user && one.role === other.role && one.timeout === other.timeout

/** A role is given up before the session's user changes, and taken after it: each change resets the other. */
const become = (
  connection: SqlConnection.Connection,
  from: Identity,
  to: Identity,
  isLocal: boolean
): Effect.Effect<void, SqlError.SqlError> => {
  if (isSame(from, to)) return Effect.void
  const user = from.user === to.user ? [] : [to.user]
  const authorize = user.length === 0 ? "" : "set_config('session_authorization', $4, $2), "
  const text = `SELECT set_config('statement_timeout', $3, $2), ${authorize}set_config('role', $1, $2)`
  return Effect.asVoid(execute(connection, text, [to.role, isLocal, to.timeout, ...user]))
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** How long a transaction may do nothing, and how long a statement in it waits for a lock. */
interface Waits {
  readonly idleMs: number
  readonly lockMs: number
  /** "read committed" unless set. */
  readonly isolation?: Job.Isolation | null
}

// Independent of the server's defaults and of what a session was left with; a frozen process holds up others for no
// longer than this.
const begin = ({ idleMs, isolation, lockMs }: Waits, { role, timeout }: Identity) =>
  [
    `BEGIN ISOLATION LEVEL ${isolation ?? "read committed"} READ WRITE`,
    `SET LOCAL ROLE ${role === "none" ? "NONE" : literal(role)}`,
    `SET LOCAL statement_timeout = ${literal(timeout)}`,
    `SET LOCAL lock_timeout = ${Math.ceil(lockMs)}`,
    `SET LOCAL idle_in_transaction_session_timeout = ${idleMs}`,
    "SELECT CAST(pg_current_xact_id() AS TEXT) AS id"
  ].join("; ")

/** A page of a long log, or all states of a large registry. */
const longMs = 60_000

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
const reserveOne = (sql: SqlClient.SqlClient, statementMs: number) =>
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
      const connection = yield* restore(
        Effect.timeoutFail(Effect.interruptible(Fiber.join(pending)), {
          duration: patienceMs,
          onTimeout: () =>
            new SqlError.SqlError({
              message: "no connection of the pool was free. Give the client a larger pool, and a connectTimeout"
            })
        })
      )
      if (TimeLimit.isSuspect(connection)) yield* TimeLimit.probe(connection)
      return TimeLimit.limited(connection, statementMs)
    })
  )

/** This user has no right to the table, or the statement was given no time: application code may have left it so. */
const isOfSession = ({ cause }: SqlError.SqlError): boolean => ["42501", "57014"].includes(codeOf(cause))

/** Begins a transaction; its id is the result. */
const beginOn = (connection: SqlConnection.Connection, identity: Identity, waits: Waits) =>
  Effect.map(execute(connection, begin(waits, identity)), (answers) => {
    // several statements at once answer with the rows of each
    const [row] = answers.at(-1) as unknown as ReadonlyArray<{ readonly id: string }>
    return row?.id ?? ""
  })

const commitOn = <A>(connection: SqlConnection.Connection, transaction: string, value: A) =>
  Effect.as(execute(connection, "COMMIT"), value).pipe(
    Effect.catchAll((error) => Effect.fail(isLost(error.cause) ? new Doubtful({ transaction, value, error }) : error))
  )

/** A transaction that was begun; its connection may have been lost. */
interface Begun {
  id: string
  isLost: boolean
}

const undo = (connection: SqlConnection.Connection, begun: Begun): Effect.Effect<void> =>
  Effect.catchAll(
    TimeLimit.briefly(connection, (brief) => execute(brief, "ROLLBACK")),
    () =>
      Effect.sync(() => {
        begun.isLost = true
      })
  )

export const make = (
  sql: SqlClient.SqlClient,
  statementMs: number
): Effect.Effect<Connections, SqlError.SqlError, Scope.Scope> =>
  Effect.gen(function* () {
    const inUse = yield* TimeLimit.inUse
    const reserve = reserveOne(sql, statementMs)
    // a lock that another session holds is an error before the connection is given up
    const waits = { idleMs: patienceMs, lockMs: Math.min(patienceMs, 0.8 * statementMs) }
    // a connection that is silent already is found out before it has the longer time
    const reserveLong = Effect.tap(reserveOne(sql, Math.max(statementMs, longMs)), (connection) =>
      execute(TimeLimit.limited(JobConnection.originOf(connection), statementMs), "SELECT 1")
    )
    const own = JobConnection.originOf(yield* Effect.scoped(reserve))
    const identity = yield* Effect.scoped(Effect.flatMap(reserve, identityOf))
    // on these the application's code has changed it, perhaps for good
    const changed = new WeakSet<SqlConnection.Connection>()
    const asOwner: Connections["asOwner"] = (connection, use) =>
      Effect.flatMap(identityOf(connection), (theirs) => {
        if (isSame(theirs, identity)) return use(connection)
        changed.add(connection)
        return become(connection, theirs, identity, true).pipe(
          Effect.zipRight(use(connection)),
          Effect.zipLeft(become(connection, identity, theirs, true))
        )
      })
    const restore = (connection: SqlConnection.Connection): Effect.Effect<void, SqlError.SqlError> =>
      Effect.flatMap(identityOf(connection), (left) => become(connection, left, identity, false))
    /** A session that was left in another role, or without time, reads once more as it was opened. */
    const readOn =
      <A, E>(use: Use<A, E>): Use<A, E> =>
      (connection) =>
        Effect.catchIf(
          use(connection),
          (error): error is E & SqlError.SqlError => isSqlError(error) && isOfSession(error),
          () => Effect.zipRight(restore(connection), use(connection))
        )
    const on = <A, E>(use: Use<A, E>, from = reserve) =>
      Effect.scoped(Effect.flatMap(from, (one) => TimeLimit.uninterrupted(one, unlessStandby(use)(one), inUse)))

    /** A server that has not noticed that a connection was lost would keep the locks of its transaction. */
    const end = (id: string): Effect.Effect<void> =>
      on((connection) =>
        execute(
          connection,
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_xid = CAST(CAST($1 AS xid8) AS xid)",
          [id]
        )
      ).pipe(Effect.ignore, Effect.forkDaemon, Effect.asVoid)
    const endingLost = <A, E, R>(use: (begun: Begun) => Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
      Effect.suspend(() => {
        const begun = { id: "", isLost: false }
        const ended = Effect.suspend(() => (begun.isLost && begun.id !== "" ? end(begun.id) : Effect.void))
        return Effect.ensuring(use(begun), ended)
      })
    const statusOf = (id: string) =>
      on((connection) => execute(connection, "SELECT pg_xact_status(CAST($1 AS xid8)) AS status", [id])).pipe(
        Effect.map(([row]) => row?.status)
      )
    /** A notification, where one is heard, comes first. */
    const ended = (id: string): Effect.Effect<void> =>
      Effect.delay(
        Effect.orElseSucceed(statusOf(id), () => "in progress"),
        "1 second"
      ).pipe(Effect.repeat({ while: (status) => status === "in progress" }), Effect.asVoid)
    const decide = ({ error, transaction, value }: Doubtful) =>
      Effect.zipRight(
        end(transaction),
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
      )

    return {
      read: (use, isLong = false) => patiently(on(readOn(use), isLong ? reserveLong : reserve), isPassing),
      write: <A, E>(use: Use<A, E>) =>
        patiently(
          Effect.catchIf(
            endingLost((begun) =>
              on((connection) =>
                transaction({
                  connection,
                  begin: Effect.map(beginOn(connection, identity, waits), (id) => {
                    begun.id = id
                  }),
                  use,
                  commit: (value) => commitOn(connection, begun.id, value),
                  undo: undo(connection, begun)
                })
              )
            ),
            (error): error is Doubtful => error instanceof Doubtful,
            (uncertain) => Effect.map(decide(uncertain), (value) => value as A)
          ) as Effect.Effect<A, E | SqlError.SqlError>,
          isPassing
        ),
      writeNow: () => Option.none(),
      around: (use, isolation) =>
        endingLost((begun) =>
          around({
            reserve,
            begin: unlessStandby<string, never>((connection) =>
              Effect.tap(beginOn(connection, identity, { idleMs: bodyIdleMs, isolation, lockMs: patienceMs }), (id) => {
                begun.id = id
              })
            ),
            undo: (connection) => undo(connection, begun),
            passes: isPassing,
            use,
            commit: (connection, id) =>
              Effect.zipRight(
                Effect.catchIf(
                  commitOn(connection, id, undefined),
                  (error): error is Doubtful => error instanceof Doubtful,
                  (uncertain) => Effect.asVoid(decide(uncertain))
                ) as Effect.Effect<void, SqlError.SqlError>,
                Effect.suspend(() => (changed.delete(connection) ? Effect.ignore(restore(connection)) : Effect.void))
              )
          })
        ),
      // The driver makes a class of connections for each client, the only sign of whose a connection is. Without it no
      // transaction counts as one of this client.
      asOwner,
      ending: (connection) =>
        Effect.map(execute(connection, "SELECT CAST(pg_current_xact_id() AS TEXT) AS id"), ([row]) =>
          ended(`${row?.id}`)
        ),
      watch: (watched, watcher) =>
        PgWatch.watch(
          { sql, withinMs: statementMs, withConnection: (use) => on((connection) => use(connection) as never) },
          watched,
          watcher
        ),
      callers: callersOf(({ constructor }) => constructor !== Object && constructor === own.constructor)
    }
  })
