/**
 * Connections on SQLite, where a client has one connection behind a gate that a transaction holds. The store passes the
 * gate, or writes in one step between two statements; it takes no part in a transaction of the caller but for a request.
 *
 * @internal
 */
import * as fs from "node:fs"
import { type SqlClient, type SqlConnection, SqlError } from "@effect/sql"
import { Effect, Option } from "effect"
import { around, type Connections, callersOf, execute, patiently, transaction, type Use } from "../Connections.ts"
import { codeOf, isDamaged, isSqlError } from "../Errors.ts"
import * as SqliteWatch from "./SqliteWatch.ts"

type Begin = (connection: SqlConnection.Connection) => Effect.Effect<unknown, SqlError.SqlError>

const isBusy = ({ cause }: SqlError.SqlError): boolean => codeOf(cause).startsWith("SQLITE_BUSY")

const hasMessage = ({ cause }: SqlError.SqlError, text: string): boolean =>
  cause instanceof Error && cause.message.includes(text)

const isUnderWay = (error: SqlError.SqlError): boolean => hasMessage(error, "within a transaction")
const isOver = (error: SqlError.SqlError): boolean => hasMessage(error, "no transaction is active")

const leftOpen = new SqlError.SqlError({ message: "an earlier transaction could not be rolled back yet" })

const fileGone = new SqlError.SqlError({
  message: "its file was removed, moved or replaced while it was open. Put it back, or restart the application"
})

/** The answer holds until the process has handled other events. */
const onceInATurn = (check: () => boolean) => {
  let known: boolean | undefined
  return () => {
    if (known !== undefined) return known
    setImmediate(() => {
      known = undefined
    }).unref()
    known = check()
    return known
  }
}

/** True while the opened file still has its name: writes to a file without it are lost. */
const presence = (connection: SqlConnection.Connection) =>
  Effect.map(execute(connection, "PRAGMA database_list"), (all) => {
    const file = String(all.find(({ name }) => name === "main")?.file ?? "")
    const stat = () => (file === "" ? undefined : fs.statSync(file, { throwIfNoEntry: false }))
    const opened = stat()
    return onceInATurn(() => {
      if (opened === undefined) return true
      const found = stat()
      return found?.ino === opened.ino && found.dev === opened.dev
    })
  })

const insideTransaction = new SqlError.SqlError({
  message: "it was called inside a transaction on the same client, and would wait for its end. Call it outside"
})

/** SQLite applies this pragma while it prepares it, so it cannot be prepared before. */
const setTimeout = (connection: SqlConnection.Connection, ms: number) =>
  Effect.try({
    try: () => connection.executeUnprepared(`PRAGMA busy_timeout = ${ms}`, [], undefined),
    catch: (cause) => new SqlError.SqlError({ cause, message: "Failed to set the timeout" })
  }).pipe(Effect.flatten)

/** How long a statement of the application waits for another process; `undefined` where the driver does not say. */
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
    // pages that were read stay in memory, also when the file is good again
    const forgetDamage = ({ cause }: SqlError.SqlError) =>
      isDamaged(cause) ? Effect.ignore(execute(own, "PRAGMA shrink_memory")) : Effect.void

    // SQLite blocks the event loop while it waits for a lock, so the store tries without waiting (9 µs), sleeps and
    // tries again. Statements of the application keep their timeout (5 s unless set): they do not expect to be refused.
    const beginWithoutWaiting = (connection: SqlConnection.Connection) => {
      const begin = execute(connection, "BEGIN IMMEDIATE")
      return typeof timeoutMs !== "number"
        ? begin
        : Effect.zipRight(
            setTimeout(connection, 0),
            Effect.ensuring(begin, Effect.ignore(setTimeout(connection, timeoutMs)))
          )
    }
    // A transaction that could not be rolled back blocks all later ones, so the next holder of the gate rolls it back.
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
    const beginBy =
      (start: Begin): Begin =>
      (connection) =>
        Effect.tapError(
          Effect.suspend(() => {
            if (isLeftOpen) return Effect.fail(leftOpen)
            return isThere() ? start(connection) : Effect.fail(fileGone)
          }),
          (error) =>
            Effect.sync(() => {
              if (!isBusy(error) && !isUnderWay(error) && error !== fileGone) isLeftOpen = true
            })
        )
    const begin = beginBy(beginWithoutWaiting)
    const beginAsReader = beginBy((connection) => execute(connection, "BEGIN"))
    const beginAtGate = (connection: SqlConnection.Connection) =>
      Effect.zipRight(
        Effect.suspend(() => (isLeftOpen ? undo(connection) : Effect.void)),
        begin(connection)
      )
    // it begins as a writer: no other process writes between its read and its write
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
      const reserved = Effect.suspend(() => (isThere() ? Effect.flatMap(sql.reserve, use) : Effect.fail(fileGone)))
      const patient = Effect.tapError(patiently(Effect.scoped(reserved), isBusy), (error) =>
        isSqlError(error) ? forgetDamage(error) : Effect.void
      )
      return Effect.withFiberRuntime<A, E | SqlError.SqlError>(({ currentContext }) =>
        Option.isSome(callers(currentContext)) ? Effect.fail(insideTransaction) : patient
      )
    }
    // A transaction that has read is refused its first write where another process writes, or has written since: SQLite
    // lets it wait for no lock, and no timeout is to be set, which costs as much as a small write.
    const afterRead =
      <A, E>(use: Use<A, E>): Use<A, E> =>
      (connection) =>
        Effect.zipRight(execute(connection, "SELECT 1 FROM sqlite_master LIMIT 1"), use(connection))
    // no other fiber runs before it has ended
    const now = <A, E>(use: Use<A, E>) =>
      Effect.withMaxOpsBeforeYield(inTransaction(own, beginAsReader, afterRead(use)), Number.MAX_SAFE_INTEGER)
    return {
      read: through,
      // the gate costs as much as a commit: it is passed where something is in the way
      write: (use) =>
        Effect.catchIf(
          now(use),
          (error) => isSqlError(error),
          () => through((connection) => inTransaction(connection, beginAtGate, use))
        ),
      writeNow: (use) => Option.some(now(use)),
      around: (use) =>
        around({
          reserve: sql.reserve,
          begin: beginAtGate,
          undo,
          passes: isBusy,
          use,
          commit: (connection) => execute(connection, "COMMIT")
        }),
      callers,
      asOwner: (connection, use) => use(connection),
      // the gate is free once the transaction of the caller has ended
      ending: () => Effect.succeed(Effect.ignore(Effect.scoped(sql.reserve))),
      watch: (watched, watcher) => SqliteWatch.watch(sql, watched, watcher)
    }
  })
