/**
 * The program as a process: it is asked over HTTP, stopped by SIGTERM and started again on its file.
 */
import { FetchHttpClient, HttpApiClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import * as Eventually from "@tickwork/test-support/Eventually"
import * as Process from "@tickwork/test-support/Process"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Deferred, Effect } from "effect"
import { Api, NewOrder } from "../src/Api.ts"

const program = new URL("../src/main.ts", import.meta.url)

/** A process with its client; its port is one that is free. */
const started = (db: string) =>
  Effect.gen(function* () {
    const url = yield* Deferred.make<string>()
    const child = yield* Process.start(program, ["--port", "0", "--db", db], (line) => {
      const [found] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? []
      if (found !== undefined) Deferred.unsafeDone(url, Effect.succeed(found))
    })
    const client = yield* HttpApiClient.make(Api, { baseUrl: yield* Deferred.await(url) })
    return { child, client }
  })

describe("npm start", () => {
  it.scopedLive("stops by SIGTERM, and goes on with what was there", () =>
    Effect.gen(function* () {
      const db = yield* TemporaryFile.make
      const first = yield* started(db)
      const payload = new NewOrder({ email: "ada", article: "lamp", pieces: 1 })
      const order = yield* first.client.orders.place({ payload })
      const isConfirmed = ({ client }: typeof first) =>
        Effect.map(client.orders.list(), ([listed]) => listed?.id === order.id && listed.confirmedAt !== null)
      yield* Eventually.isTrue("the order is confirmed", isConfirmed(first))
      yield* Process.end(first.child, "SIGTERM")
      assert.strictEqual(first.child.signalCode, null, "it ends by itself")

      const second = yield* started(db)
      assert.isTrue(yield* isConfirmed(second))
      const again = yield* second.client.orders.place({ payload })
      assert.strictEqual(again.id, order.id + 1)
    }).pipe(Effect.provide(FetchHttpClient.layer))
  )
})
