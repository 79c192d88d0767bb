/**
 * How long it takes to find out that all connections of a pool have gone silent.
 */
import { assert, it } from "@effect/vitest"
import * as PgJobStore from "@tickwork/sql/PgJobStore"
import * as Postgres from "@tickwork/test-support/Postgres"
import * as Proxy from "@tickwork/test-support/Proxy"
import { Clock, Context, Effect, Layer, Redacted } from "effect"
import { JobStore } from "tickwork"

const connections = 10
const statementMs = 5000
/** For each of the others, and for all that is done beside. */
const [suspectMs, restMs] = [500, 3000]

Postgres.describeOnPostgres("ten connections that have all gone silent", () => {
  it.scopedLive("cost the time of one statement, and half a second each for the others", () =>
    Effect.gen(function* () {
      const proxy = yield* Proxy.make(yield* Postgres.schema)
      const StoreLive = PgJobStore.layerPg({ url: Redacted.make(proxy.url), maxConnections: connections })
      const store = Context.get(yield* Layer.build(StoreLive), JobStore.JobStore)
      yield* Effect.replicateEffect(store.names, connections, { concurrency: "unbounded", discard: true })
      proxy.silence()
      const from = yield* Clock.currentTimeMillis
      yield* store.names
      const took = (yield* Clock.currentTimeMillis) - from
      console.log(`${took} ms; each a whole statement: ${connections * statementMs} ms`)
      assert.isAtMost(took, statementMs + (connections - 1) * suspectMs + restMs)
    })
  )
})
