/**
 * The connection of the placement to the database: one, of its own, for a statement at a time. Job bodies can neither
 * take it nor change its session, and it is given up where an answer does not come.
 *
 * @internal
 */
import { Socket } from "node:net"
import type { Duplex } from "node:stream"
import type { SqlClient, SqlConnection, SqlError } from "@effect/sql"
import { PgClient } from "@effect/sql-pg"
import { Context, Effect, Layer, type Scope } from "effect"

export interface OwnClient {
  readonly sql: SqlClient.SqlClient
  /** Hears of a channel on the connection that there is now; succeeds with whether that is another one than before. */
  readonly listen: (channel: string, onNotice: (payload: string) => void) => Effect.Effect<boolean, SqlError.SqlError>
  /** A connection may go silent without a word: it is closed, and the next statement makes another. */
  readonly giveUp: () => void
}

interface Notice {
  readonly channel: string
  readonly payload?: string
}

/** What the driver has below a connection. */
type Driver = Record<"on" | "off", (event: "notification", listener: (notice: Notice) => void) => void>

/** As soon as PostgreSQL's lock rows expire, whatever time zone a session has and whatever its clocks do in spring. */
export const utcNow = "timezone('UTC', now())"

/** A lock that is a row needs no session: each statement takes the connection of the pool and gives it back. */
const unreserved = (sql: SqlClient.SqlClient): SqlConnection.Connection => ({
  execute: (text, values) => sql.unsafe(text, values),
  executeRaw: (text, values) => sql.unsafe(text, values).raw,
  executeValues: (text, values) => sql.unsafe(text, values).values,
  executeUnprepared: (text, values) => sql.unsafe(text, values).unprepared,
  executeStream: (text, values) => sql.unsafe(text, values).stream
})

const forLocks = (sql: SqlClient.SqlClient): SqlClient.SqlClient => {
  const own: SqlClient.SqlClient = Object.assign(
    ((...args: Parameters<SqlClient.SqlClient>) => sql(...args)) as unknown as SqlClient.SqlClient,
    sql,
    {
      reserve: Effect.succeed(unreserved(sql)),
      literal: (text: string) => sql.literal(text === "NOW()" ? utcNow : text),
      withoutTransforms: () => own
    }
  )
  return own
}

/** The client's own listening takes another connection, and never listens again once that is lost. */
const listenOn = (sql: SqlClient.SqlClient): OwnClient["listen"] => {
  const listening = new WeakSet<Driver>()
  return (channel, onNotice) =>
    Effect.scoped(
      Effect.flatMap(sql.reserve, (connection) => {
        const { pg } = connection as { readonly pg?: Driver }
        if (pg === undefined || listening.has(pg)) return Effect.succeed(false)
        const listener = (notice: Notice) => {
          if (notice.channel === channel) onNotice(notice.payload ?? "")
        }
        pg.on("notification", listener)
        return connection.executeUnprepared(`LISTEN "${channel}"`, [], undefined).pipe(
          Effect.onError(() => Effect.sync(() => pg.off("notification", listener))),
          Effect.map(() => {
            listening.add(pg)
            return true
          })
        )
      })
    )
}

/** A client on the server of another one; `timeoutMs` is how long a connection may take to be made. */
export const make = (
  { config }: PgClient.PgClient,
  timeoutMs: number
): Effect.Effect<OwnClient, SqlError.SqlError, Scope.Scope> => {
  const sockets = new Set<Duplex>()
  const stream = (): Duplex => {
    const socket = config.stream?.() ?? new Socket()
    sockets.add(socket)
    return socket.once("close", () => sockets.delete(socket))
  }
  const { transformQueryNames: _, transformResultNames: __, ...server } = config
  const client = PgClient.layer({ ...server, stream, maxConnections: 1, minConnections: 0, connectTimeout: timeoutMs })
  return Effect.map(Layer.build(client), (context) => {
    const sql = Context.get(context, PgClient.PgClient)
    return {
      sql: forLocks(sql),
      listen: listenOn(sql),
      giveUp: () => {
        for (const socket of sockets) socket.destroy(new Error("the connection gave no answer and was given up"))
      }
    }
  })
}
