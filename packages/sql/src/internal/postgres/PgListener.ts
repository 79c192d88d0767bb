/**
 * A connection of our own to PostgreSQL that listens to channels. The client's own listening swallows the error of a lost
 * connection and never listens again.
 *
 * @internal
 */
import { randomUUID } from "node:crypto"
import type { SqlClient, SqlConnection } from "@effect/sql"
import { Data, Effect, type Scope } from "effect"
import { originOf } from "../JobConnection.ts"

/** What the driver has below its connection: its parameters, and the class of which it is. */
interface Driver {
  readonly connectionParameters: Readonly<Record<string, unknown>>
  readonly constructor: new (options: Readonly<Record<string, unknown>>) => DriverClient
}

interface DriverClient {
  readonly connect: () => Promise<unknown>
  readonly query: (text: string) => Promise<unknown>
  readonly end: () => Promise<unknown>
  readonly unref?: () => void
  readonly on: (event: "end" | "error" | "notification", listener: (value: any) => void) => void
  readonly connection?: { readonly stream?: { readonly destroy: () => void } }
}

/** Why nothing is heard. */
export class NotHeardError extends Data.TaggedError("NotHeardError")<{ readonly reason: string }> {}

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

export interface Listener {
  /** Succeeds where what another connection tells arrives here, too. */
  readonly check: Effect.Effect<void, NotHeardError>
}

export interface Options {
  readonly sql: SqlClient.SqlClient
  readonly channel: string
  /** A connection of the pool, for a moment. */
  readonly withConnection: <A>(
    use: (connection: SqlConnection.Connection) => Effect.Effect<A, unknown>
  ) => Effect.Effect<A, unknown>
  /** How long the server may take for an answer. */
  readonly withinMs: number
  readonly onNotice: (payload: string) => void
  /** The connection has ended. */
  readonly onEnd: (reason: string) => void
}

/** The driver's own parameters, as the pool has them: only a stream of the application's is not among them. */
const clientLike = (connection: SqlConnection.Connection, sql: SqlClient.SqlClient): DriverClient | null => {
  const driver = (originOf(connection) as { readonly pg?: Driver }).pg
  if (driver?.connectionParameters === undefined) return null
  const { application_name, client_encoding, database, host, options, password, port, ssl, user } =
    driver.connectionParameters
  const { stream } = (sql as { readonly config?: { readonly stream?: unknown } }).config ?? {}
  return new driver.constructor({
    ...{ application_name, client_encoding, database, host, options, password, port, ssl, user },
    ...(stream === undefined ? {} : { stream }),
    keepAlive: true
  })
}

const attempt = <A>(promise: () => Promise<A>, withinMs: number): Effect.Effect<A, NotHeardError> =>
  Effect.tryPromise({ try: promise, catch: (cause) => new NotHeardError({ reason: reasonOf(cause) }) }).pipe(
    Effect.timeoutFail({
      duration: withinMs,
      onTimeout: () => new NotHeardError({ reason: `the server gave no answer within ${withinMs} ms` })
    })
  )

/** Listens for as long as the scope lives. */
export const open = (options: Options): Effect.Effect<Listener, NotHeardError, Scope.Scope> =>
  Effect.gen(function* () {
    const { channel, onEnd, onNotice, sql, withConnection, withinMs } = options
    const client = yield* Effect.mapError(
      withConnection((connection) => Effect.sync(() => clientLike(connection, sql))),
      (cause) => new NotHeardError({ reason: reasonOf(cause) })
    )
    if (client === null) return yield* new NotHeardError({ reason: "the driver of its client is not pg" })
    // only this process hears of its own checks
    const own = `tickwork_check_${randomUUID().replaceAll("-", "")}`
    const awaited = new Map<string, () => void>()
    let hasEnded = false
    const end = (reason: string) => {
      if (hasEnded) return
      hasEnded = true
      onEnd(reason)
    }
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        hasEnded = true
        // a connection that is silent would not end by itself
        client.connection?.stream?.destroy()
        void client.end().catch(() => {})
      })
    )
    client.on("error", (error: unknown) => end(reasonOf(error)))
    client.on("end", () => end("the connection was closed"))
    client.on("notification", (notice: { readonly channel: string; readonly payload?: string }) => {
      const payload = notice.payload ?? ""
      if (notice.channel === channel) onNotice(payload)
      else if (notice.channel === own) awaited.get(payload)?.()
    })
    yield* attempt(() => client.connect(), withinMs)
    // it keeps no process alive
    client.unref?.()
    yield* attempt(() => client.query(`LISTEN ${channel}; LISTEN ${own}`), withinMs)
    let checks = 0
    const arrival = (id: string) =>
      Effect.async<void>((resume) => {
        awaited.set(id, () => resume(Effect.void))
        return Effect.sync(() => awaited.delete(id))
      })
    const check = Effect.suspend(() => {
      const id = `${++checks}`
      const told = withConnection((connection) => connection.execute("SELECT pg_notify($1, $2)", [own, id], undefined))
      return Effect.mapError(
        Effect.zip(arrival(id), told, { concurrent: true }),
        (cause) => new NotHeardError({ reason: reasonOf(cause) })
      ).pipe(
        Effect.timeoutFail({
          duration: withinMs,
          onTimeout: () =>
            new NotHeardError({
              reason: "notifications of the server do not arrive; a pooler may share its connections by transaction"
            })
        }),
        Effect.ensuring(Effect.sync(() => awaited.delete(id))),
        Effect.asVoid
      )
    })
    yield* check
    return { check }
  })
