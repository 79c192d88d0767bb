/**
 * The application: the routes, and the daemon of the jobs beside them, on one file.
 */
import { HttpApiBuilder, HttpServer } from "@effect/platform"
import { SqlClient } from "@effect/sql"
import { SqlJobStore } from "@tickwork/sql"
import { Effect, Layer } from "effect"
import { Tick } from "tickwork"
import { Api, Health, Unhealthy } from "./Api.ts"
import * as Database from "./Database.ts"
import { confirmOrder, jobs } from "./Registry.ts"

const orders = HttpApiBuilder.group(Api, "orders", (handlers) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const tick = yield* Tick.Tick
    return handlers
      .handle("place", ({ payload }) =>
        // the order, its job and the stock: all of it is committed, or nothing
        Effect.gen(function* () {
          const order = yield* Database.insert(payload)
          yield* Tick.enqueue(confirmOrder, { orderId: order.id }, { key: `order-${order.id}` })
          yield* Database.takeFromStock(payload)
          return order
        }).pipe(
          sql.withTransaction,
          Effect.catchAll((error) => (error._tag === "OutOfStock" ? Effect.fail(error) : Effect.die(error))),
          Effect.provideService(SqlClient.SqlClient, sql),
          Effect.provideService(Tick.Tick, tick)
        )
      )
      .handle("list", () => Database.all.pipe(Effect.orDie, Effect.provideService(SqlClient.SqlClient, sql)))
  })
)

/** A job may be late by this much before the load balancer hears of it. */
const mostLateMs = 60_000

const operations = HttpApiBuilder.group(Api, "operations", (handlers) =>
  Effect.map(Tick.Tick, (tick) =>
    handlers.handle("health", () =>
      Effect.gen(function* () {
        const { isRunning, oldestOverdue, store } = yield* tick.health
        const now = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
        const isLate = oldestOverdue !== null && now - oldestOverdue.at > mostLateMs
        const facts = {
          isRunning,
          isStoreReachable: store.isReachable,
          oldestOverdue: oldestOverdue?.jobName ?? null
        }
        return isRunning && store.isReachable && !isLate ? new Health(facts) : yield* new Unhealthy(facts)
      })
    )
  )
)

const routes = HttpApiBuilder.api(Api).pipe(Layer.provide([orders, operations]))

/** It needs a server and a mailer. When its scope closes it takes no request, waits for runs under way, then closes the file. */
export const layer = (filename: string) =>
  HttpApiBuilder.serve().pipe(
    HttpServer.withLogAddress,
    Layer.provide(routes),
    Layer.provide(Tick.layerDaemon(jobs, { drain: "10 seconds" })),
    Layer.provide(Database.tables),
    Layer.provide(SqlJobStore.layerSqlite({ filename }))
  )
