/**
 * The application in the process of the test: its routes, its jobs and its file.
 */
import { HttpApiClient } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { SqlClient } from "@effect/sql"
import { SqliteClient } from "@effect/sql-sqlite-node"
import { assert, describe, it } from "@effect/vitest"
import * as Eventually from "@tickwork/test-support/Eventually"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect, Either, Layer, Logger, LogLevel, Queue } from "effect"
import { Api, NewOrder } from "../src/Api.ts"
import * as App from "../src/App.ts"
import { Mailer } from "../src/Mailer.ts"

const opened = (filename: string) =>
  Effect.gen(function* () {
    const mails = yield* Queue.unbounded<string>()
    const mailer = Layer.succeed(Mailer, { send: ({ to }) => Effect.asVoid(Queue.offer(mails, to)) })
    const server = Layer.provideMerge(App.layer(filename), NodeHttpServer.layerTest)
    const context = yield* Layer.build(Layer.provide(server, mailer))
    const client = yield* Effect.provide(HttpApiClient.make(Api), context)
    return { client, mails }
  })

const rowsOf = (filename: string, text: string) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe(text)).pipe(
    Effect.provide(SqliteClient.layer({ filename, readonly: true }))
  )

const quiet = Logger.withMinimumLogLevel(LogLevel.None)

describe("an order", () => {
  it.scopedLive("is confirmed by its job, once", () =>
    Effect.gen(function* () {
      const { client, mails } = yield* opened(yield* TemporaryFile.make)
      const order = yield* client.orders.place({ payload: new NewOrder({ email: "ada", article: "lamp", pieces: 2 }) })
      assert.strictEqual(yield* Queue.take(mails), "ada")
      const isConfirmed = Effect.map(
        client.orders.list(),
        ([listed]) => listed?.id === order.id && listed.confirmedAt !== null
      )
      yield* Eventually.isTrue("the order is confirmed", isConfirmed)
      assert.strictEqual(yield* Queue.size(mails), 0)
    }).pipe(quiet)
  )

  it.scopedLive("of what is not in stock leaves nothing behind: no row, and no job", () =>
    Effect.gen(function* () {
      const filename = yield* TemporaryFile.make
      const { client } = yield* opened(filename)
      const error = yield* Effect.flip(
        client.orders.place({ payload: new NewOrder({ email: "ada", article: "lamp", pieces: 11 }) })
      )
      assert.strictEqual(error._tag, "OutOfStock")
      assert.deepStrictEqual(yield* client.orders.list(), [])
      assert.deepStrictEqual(yield* rowsOf(filename, "SELECT * FROM job_state WHERE job_name = 'confirm_order'"), [])
      assert.deepStrictEqual(yield* rowsOf(filename, "SELECT * FROM job_control"), [])
    }).pipe(quiet)
  )
})

describe("the health route", () => {
  it.scopedLive("says that the jobs run and that the store answers", () =>
    Effect.gen(function* () {
      const { client } = yield* opened(yield* TemporaryFile.make)
      const isHealthy = Effect.map(Effect.either(client.operations.health()), Either.isRight)
      yield* Eventually.isTrue("the daemon runs", isHealthy)
      const health = yield* client.operations.health()
      assert.deepStrictEqual({ ...health }, { isRunning: true, isStoreReachable: true, oldestOverdue: null })
    }).pipe(quiet)
  )
})
