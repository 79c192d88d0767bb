/**
 * The commands as processes on PostgreSQL, where they print what they print on SQLite.
 */
import { NodeContext } from "@effect/platform-node"
import { it } from "@effect/vitest"
import * as PgJobStore from "@tickwork/sql/PgJobStore"
import * as Postgres from "@tickwork/test-support/Postgres"
import { Effect, Redacted } from "effect"
import * as Folding from "./support/Folding.ts"
import * as Many from "./support/Many.ts"
import * as Unheard from "./support/Unheard.ts"
import * as Verbs from "./support/Verbs.ts"

Postgres.describeOnPostgres("tickwork on PostgreSQL", () => {
  it.scoped("shows a thousand enqueued runs and thirty keys as a line each", () =>
    Effect.gen(function* () {
      const url = yield* Postgres.schema
      yield* Many.fill(PgJobStore.layerPg({ url: Redacted.make(url) }))
      yield* Folding.check(url)
    }).pipe(Effect.provide(NodeContext.layer))
  )

  it.scopedLive("enqueues, retries, cancels, pauses many and forgets, and the log says who", () =>
    Effect.gen(function* () {
      const url = yield* Postgres.schema
      yield* Verbs.check(url, PgJobStore.layerPg({ url: Redacted.make(url) }))
    }).pipe(Effect.provide(NodeContext.layer))
  )

  it.scopedLive("shows requests that no process has carried out yet", () =>
    Effect.gen(function* () {
      const url = yield* Postgres.schema
      yield* Unheard.requests(url, PgJobStore.layerPg({ url: Redacted.make(url) }))
    }).pipe(Effect.provide(NodeContext.layer))
  )

  it.scopedLive("says that a job is in no running registry, and forgets it by name", () =>
    Effect.gen(function* () {
      const url = yield* Postgres.schema
      yield* Unheard.unregistered(url, PgJobStore.layerPg({ url: Redacted.make(url) }))
    }).pipe(Effect.provide(NodeContext.layer))
  )
})
