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
  /** What the list is at another reading, as a text; another one than before is a change. */
  readonly seen: (list: string) => void
  /** Makes reading wait for a change, and give what was read last until then; after it the next call reads. */
  readonly remembering: <A, E>(read: Effect.Effect<A, E>) => Effect.Effect<A, E>
  /** This runner has come or gone. */
  readonly tell: Effect.Effect<void>
}

/** How often it is read at least, where changes are heard; each renewal sees those that were not. */
const heardEveryMs = 60_000

/** Sharding gives up a call after five seconds. */
const longestWaitMs = 4000

const moved = "moved"

export const make = ({ application, channel, everyMs, own }: Options): Effect.Effect<RunnerList, never, Scope.Scope> =>
  Effect.map(Effect.scope, (scope) => {
    const change = Effect.unsafeMakeLatch()
    const probe = randomUUID()
    let isHeard = false
    let isCurrent = false
    let ageMs = 0
    let lastSeen: string | null = null

    const forget = () => {
      isCurrent = false
      change.unsafeOpen()
    }
    const seen = (list: string) => {
      if (lastSeen !== null && lastSeen !== list) forget()
      lastSeen = list
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
      // a call that has waited reads nothing, since a statement without an answer takes long enough by itself
      const wait = Effect.suspend(() => {
        const leftMs = (isHeard ? Math.max(everyMs, heardEveryMs) : everyMs) - ageMs
        const waitMs = Math.min(leftMs, longestWaitMs)
        return Effect.map(Effect.timeoutOption(change.await, waitMs), () => {
          ageMs += waitMs
          if (waitMs === leftMs) isCurrent = false
          return last
        })
      })
      return Effect.suspend(() => (isCurrent ? wait : again))
    }
    return { listen, remembering, seen, tell: Effect.zipRight(Effect.sync(forget), notify(own.sql, moved)) }
  })
