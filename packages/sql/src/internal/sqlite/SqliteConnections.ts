/**
 * SQLite has one connection for each client, and a gate before it that a transaction holds.
 *
 * The store goes through that gate, or does what it has to in one go that nobody sees. It never takes part in a
 * transaction of the caller's but for a request.
 *
 * @internal
 */
import * as fs from "node:fs"
import { type SqlClient, type SqlConnection, SqlError } from "@effect/sql"
import { Effect, Option } from "effect"
import { around, type Connections, callersOf, execute, patiently, transaction, type Use } from "../Connections.ts"
import { codeOf, isDamaged } from "../Errors.ts"

type Begin = (connection: SqlConnection.Connection) => Effect.Effect<unknown, SqlError.SqlError>

const isBusy = ({ cause }: SqlError.SqlError): boolean => codeOf(cause).startsWith("SQLITE_BUSY")

const hasMessage = ({ cause }: SqlError.SqlError, text: string): boolean =>
  cause instanceof Error && cause.message.includes(text)

const isUnderWay = (error: SqlError.SqlError): boolean => hasMessage(error, "within a transaction")
const isOver = (error: SqlError.SqlError): boolean => hasMessage(error, "no transaction is active")

const leftOpen = new SqlError.SqlError({ message: "an earlier transaction could not be undone yet" })

const gone = new SqlError.SqlError({
  message: "its file is gone: it was removed, moved or replaced while it was open. Put it back, or restart"
})

/** Whether the file that was opened still bears its name: what is written to one that does not is lost. */
const presence = (connection: SqlConnection.Connection) =>
  Effect.map(execute(connection, "PRAGMA database_list"), (all) => {
    const file = String(all.find(({ name }) => name === "main")?.file ?? "")
    const look = () => (file === "" ? undefined : fs.statSync(file, { throwIfNoEntry: false }))
    const opened = look()
    return () => {
      if (opened === undefined) return true
      const found = look()
      return found?.ino === opened.ino && found.dev === opened.dev
    }
  })

const insideTransaction = new SqlError.SqlError({
  message: "it was called inside a transaction on the same client, which it would wait for. Call it outside"
})

/** SQLite obeys this one while it prepares it, so it cannot be prepared before. */
const setTimeout = (connection: SqlConnection.Connection, ms: number) =>
  Effect.try({
    try: () => connection.executeUnprepared(`PRAGMA busy_timeout = ${ms}`, [], undefined),
    catch: (cause) => new SqlError.SqlError({ cause, message: "Failed to set the timeout" })
  }).pipe(Effect.flatten)

/** How long a statement of the application waits for another process; nothing where the driver does not tell. */
const timeoutOf = (connection: SqlConnection.Connection) =>
  execute(connection, "PRAGMA busy_timeout").pipe(
    Effect.map(([row]) => Object.values(row ?? {})[0]),
    Effect.orElseSucceed(() => undefined)
  )

export const make = (sql: SqlClient.SqlClient): Effect.Effect<Connections, SqlError.SqlError> =>
  Effect.gen(function* () {
    const own = yield* Effect.scoped(sql.reserve)
    const timeoutMs = yield* timeoutOf(own)
    const isThere = yield* presence(own)
    // the pages that were read stay in memory as they were, also when the file is good again
    const forgetDamage = ({ cause }: SqlError.SqlError) =>
      isDamaged(cause) ? Effect.ignore(execute(own, "PRAGMA shrink_memory")) : Effect.void

    // While SQLite waits for a lock the event loop stands still: a second for each second that another process holds
    // it, and measured 9 µs to ask without waiting. So the store asks, sleeps and asks again; the statements of the
    // application keep the timeout that they have (5 s unless set), for they do not expect to be turned away.
    const beginWithoutWaiting = (connection: SqlConnection.Connection) => {
      const begin = execute(connection, "BEGIN IMMEDIATE")
      return typeof timeoutMs !== "number"
        ? begin
        : Effect.zipRight(
            setTimeout(connection, 0),
            Effect.ensuring(begin, Effect.ignore(setTimeout(connection, timeoutMs)))
          )
    }
    // A transaction that we could neither undo nor know to be over would let none begin any more. Who holds the gate
    // undoes it first: then it is nobody else's.
    let isLeftOpen = false
    const undo = (connection: SqlConnection.Connection) =>
      Effect.suspend(() => {
        isLeftOpen = true
        return execute(connection, "ROLLBACK").pipe(
          Effect.catchIf(isOver, () => Effect.void),
          Effect.match({
            onFailure: () => {},
            onSuccess: () => {
              isLeftOpen = false
            }
          })
        )
      })
    const begin = (connection: SqlConnection.Connection) =>
      Effect.tapError(
        Effect.suspend(() => {
          if (isLeftOpen) return Effect.fail(leftOpen)
          return isThere() ? beginWithoutWaiting(connection) : Effect.fail(gone)
        }),
        (error) =>
          Effect.sync(() => {
            if (!isBusy(error) && !isUnderWay(error) && error !== gone) isLeftOpen = true
          })
      )
    const beginAtGate = (connection: SqlConnection.Connection) =>
      Effect.zipRight(
        Effect.suspend(() => (isLeftOpen ? undo(connection) : Effect.void)),
        begin(connection)
      )
    // it begins as a writer, so that it cannot be overtaken between a read and a write
    const inTransaction = <A, E>(connection: SqlConnection.Connection, begin: Begin, use: Use<A, E>) =>
      transaction({
        connection,
        begin: begin(connection),
        undo: undo(connection),
        use,
        commit: (value) => Effect.as(execute(connection, "COMMIT"), value)
      })
    const callers = callersOf((connection) => connection === own)
    const through = <A, E>(use: Use<A, E>) => {
      const reserved = Effect.suspend(() => (isThere() ? Effect.flatMap(sql.reserve, use) : Effect.fail(gone)))
      const patient = Effect.tapError(patiently(Effect.scoped(reserved), isBusy), (error) =>
        error instanceof SqlError.SqlError ? forgetDamage(error) : Effect.void
      )
      return Effect.withFiberRuntime<A, E | SqlError.SqlError>(({ currentContext }) =>
        Option.isSome(callers(currentContext)) ? Effect.fail(insideTransaction) : patient
      )
    }
    return {
      read: through,
      write: (use) => through((connection) => inTransaction(connection, beginAtGate, use)),
      // nobody else gets a turn before it has ended
      writeNow: (use) =>
        Option.some(Effect.withMaxOpsBeforeYield(inTransaction(own, begin, use), Number.MAX_SAFE_INTEGER)),
      around: (use) =>
        around({
          reserve: sql.reserve,
          begin: beginAtGate,
          undo,
          passes: isBusy,
          use,
          commit: (connection) => execute(connection, "COMMIT")
        }),
      callers
    }
  })
