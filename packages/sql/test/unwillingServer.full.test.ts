/**
 * A PostgreSQL server that is there and does not do what it is told: it hangs, takes no writes, ends sessions, cancels
 * statements, or has other defaults.
 */
import * as fs from "node:fs"
import { SqlClient } from "@effect/sql"
import { assert, it } from "@effect/vitest"
import * as PgJobStore from "@tickwork/sql/PgJobStore"
import * as Eventually from "@tickwork/test-support/Eventually"
import * as Postgres from "@tickwork/test-support/Postgres"
import * as Proxy from "@tickwork/test-support/Proxy"
import { Clock, Context, Effect, Fiber, Layer, Redacted } from "effect"
import { Job, JobLog, Jobs, Tick, type TickHealth } from "tickwork"

const storeOn = (url: string, options: { readonly statementTimeout: "30 seconds" | "5 seconds" }) =>
  PgJobStore.layerPg({ url: Redacted.make(url), maxConnections: 3, ...options })

const beat = Job.make("beat", Effect.void).pipe(Job.every("200 millis"), Job.parallel, Job.missed("all"))

/** A running tick with a job that beats; `goesOn` waits until it has beaten some times more. */
const beating = (url: string, statementTimeout: "30 seconds" | "5 seconds" = "5 seconds") =>
  Effect.gen(function* () {
    const live = Layer.provideMerge(Tick.layer(Jobs.make(beat)), storeOn(url, { statementTimeout }))
    const built = yield* Layer.build(live)
    const { history } = Context.get(built, JobLog.JobLog)
    const tick = Context.get(built, Tick.Tick)
    const count = Effect.map(history({ status: "success", limit: 10_000 }), ({ length }) => length)
    const goesOn = Effect.flatMap(count, (before) =>
      Eventually.isTrue(
        "the job goes on",
        Effect.map(count, (now) => now >= before + 3)
      )
    )
    const daemon = yield* Effect.forkDaemon(tick.run)
    yield* Effect.addFinalizer(() => Fiber.interrupt(daemon))
    yield* goesOn
    return { daemon, goesOn, tick }
  })

const timed = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const from = yield* Clock.currentTimeMillis
    yield* self
    return (yield* Clock.currentTimeMillis) - from
  })

Postgres.describeOnPostgres("a server that hangs", () => {
  it.scopedLive("holds up neither a stop nor a call of health, which says since when it is silent", () =>
    Effect.gen(function* () {
      const proxy = yield* Proxy.make(yield* Postgres.schema)
      const { daemon, tick } = yield* beating(proxy.url, "30 seconds")
      assert.isTrue((yield* tick.health).store.isReachable)
      const from = yield* Clock.currentTimeMillis
      proxy.hang()
      const stores: Array<TickHealth.TickHealth["store"]> = []
      const ask = Effect.map(tick.health, ({ store }) => void stores.push(store))
      // far below the limit of a statement, on a busy machine, too
      assert.isBelow(yield* timed(Effect.zipRight(ask, ask)), 25_000)
      const [first, second] = stores
      assert.isFalse(first?.isReachable)
      assert.isAtLeast(first?.since ?? 0, from - 1000)
      assert.strictEqual(second?.since, first?.since)
      assert.isBelow(yield* timed(Fiber.interrupt(daemon)), 25_000)
    })
  )
})

Postgres.describeOnPostgres("a server that takes no writes for a while", () => {
  it.scopedLive("is left for another by new connections, and health tells meanwhile", () =>
    Effect.gen(function* () {
      const server = yield* Postgres.own
      const admin = Effect.flatMap(SqlClient.SqlClient, (sql) => sql<{ data: string }>`SHOW data_directory`)
      const [found] = yield* Effect.provide(admin, Layer.fresh(Postgres.client(server.url, 1)))
      const signal = `${Object.values(found ?? {})[0]}/standby.signal`
      const { goesOn, tick } = yield* beating(server.url)
      yield* server.stop
      // a server that finds this file when it starts is a standby until it is promoted
      yield* Effect.sync(() => fs.writeFileSync(signal, ""))
      yield* server.start
      yield* Eventually.isTrue(
        "health says that it takes no writes",
        Effect.map(tick.health, ({ store }) => /recovery|read-only|takes no writes/.test(store.error ?? ""))
      )
      const promote = Effect.flatMap(SqlClient.SqlClient, (sql) => sql`SELECT pg_promote()`)
      yield* Effect.provide(promote, Layer.fresh(Postgres.client(server.url, 1)))
      yield* goesOn
      assert.isTrue((yield* tick.health).store.isReachable)
    })
  )
})

Postgres.describeOnPostgres("a server with other defaults", () => {
  it.scopedLive("runs the store's transactions in their own isolation, and they take writes", () =>
    Effect.gen(function* () {
      const url = yield* Postgres.schema
      const strict = new URL(url)
      const options = "-c default_transaction_isolation=serializable -c default_transaction_read_only=on"
      const before = strict.searchParams.get("options")
      strict.searchParams.set("options", before === null ? options : `${before} ${options}`)
      yield* Layer.build(storeOn(url, { statementTimeout: "5 seconds" }))
      const one = yield* beating(strict.href)
      const other = yield* beating(strict.href)
      yield* one.goesOn
      yield* other.goesOn
    })
  )
})

Postgres.describeOnPostgres("a server that ends sessions and cancels statements", () => {
  it.scopedLive("is asked again, and no run is lost", () =>
    Effect.gen(function* () {
      const url = yield* Postgres.schema
      const { goesOn } = yield* beating(url)
      const admin = Context.get(yield* Layer.build(Layer.fresh(Postgres.client(url))), SqlClient.SqlClient)
      for (const act of ["pg_cancel_backend", "pg_terminate_backend"]) {
        for (let time = 0; time < 4; time++) {
          yield* admin.unsafe(
            `SELECT ${act}(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query LIKE '%job_%'`
          )
          yield* goesOn
        }
      }
    })
  )
})
