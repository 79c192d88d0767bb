/**
 * Which runners there are. One that comes or goes tells the others, and they read the list at once; one that dies tells
 * nothing, so they read it every few seconds, too. Through a pooler by transaction nothing is heard: there it is read more
 * often.
 *
 * @internal
 */
import { randomUUID } from "node:crypto"
import type { SqlClient } from "@effect/sql"
import { Effect, type Scope } from "effect"
import type * as OwnClient from "./OwnClient.ts"

export interface Options {
  readonly own: OwnClient.OwnClient
  /** Another connection to the same server. */
  readonly application: SqlClient.SqlClient
  readonly channel: string
  /** How often it is read where nothing is heard. */
  readonly everyMs: number
}

export interface RunnerList {
  /** Hears of changes on the connection that there is now. */
  readonly listen: Effect.Effect<void>
  /** Makes reading wait, up to a second, for a change, and give what was read last unless there is one. */
  readonly remembering: <A, E>(read: Effect.Effect<A, E>) => Effect.Effect<A, E>
  /** This runner has come or gone. */
  readonly tell: Effect.Effect<void>
}

/** How often it is read at least, where changes are heard. */
const heardEveryMs = 4000

/** Sharding gives up reading after five seconds, of which a statement without an answer takes three. */
const longestWaitMs = 1000

const moved = "moved"

export const make = ({ application, channel, everyMs, own }: Options): Effect.Effect<RunnerList, never, Scope.Scope> =>
  Effect.map(Effect.scope, (scope) => {
    const change = Effect.unsafeMakeLatch()
    const waitMs = Math.min(everyMs, longestWaitMs)
    const probe = randomUUID()
    let isHeard = false
    let isCurrent = false
    let ageMs = 0

    const forget = () => {
      isCurrent = false
      change.unsafeOpen()
    }
    const notify = (sql: SqlClient.SqlClient, payload: string) =>
      Effect.ignore(sql.unsafe("SELECT pg_notify($1, $2)", [channel, payload]))
    const receive = (payload: string) => {
      if (payload === probe) isHeard = true
      else if (payload === moved) forget()
    }
    // what another connection tells arrives here only where this one has a session of its own
    const prove = Effect.suspend(() => {
      isHeard = false
      return Effect.forkIn(notify(application, probe), scope)
    })
    const listen = Effect.matchEffect(own.listen(channel, receive), {
      onFailure: () =>
        Effect.sync(() => {
          isHeard = false
        }),
      onSuccess: (isNew) => (isNew ? prove : Effect.void)
    })

    const remembering = <A, E>(read: Effect.Effect<A, E>): Effect.Effect<A, E> => {
      let last: A
      const again = Effect.gen(function* () {
        isCurrent = true
        ageMs = 0
        yield* change.close
        last = yield* Effect.onError(read, () => Effect.sync(forget))
        return last
      })
      return Effect.suspend(() =>
        Effect.flatMap(isCurrent ? Effect.timeoutOption(change.await, waitMs) : Effect.void, () => {
          ageMs += waitMs
          const isOld = ageMs >= (isHeard ? Math.max(everyMs, heardEveryMs) : everyMs)
          return isCurrent && !isOld ? Effect.succeed(last) : again
        })
      )
    }
    return { listen, remembering, tell: Effect.zipRight(Effect.sync(forget), notify(own.sql, moved)) }
  })
