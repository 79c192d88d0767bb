/**
 * The program as a process, beside a server that answers, fails or never answers.
 */
import { createServer, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { SqlJobStore } from "@tickwork/sql"
import * as Process from "@tickwork/test-support/Process"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Deferred, Effect, Layer, Logger, LogLevel, Queue } from "effect"
import { JobLog, JobStore, Jobs, Tick } from "tickwork"
import { ManualClock, TestTime } from "tickwork/testing"
import { refreshRates } from "../src/Registry.ts"

const program = new URL("../src/main.ts", import.meta.url)

/** Its requests, each with the way to answer it; `closed` is offered when a request is given up. */
const server = Effect.gen(function* () {
  const requests = yield* Queue.unbounded<ServerResponse>()
  const closed = yield* Queue.unbounded<string>()
  const url = yield* Effect.acquireRelease(
    Effect.async<{ readonly url: string; readonly stop: () => void }>((resume) => {
      const http = createServer((_, response) => {
        response.once("close", () => void closed.unsafeOffer(response.writableEnded ? "answered" : "given up"))
        requests.unsafeOffer(response)
      })
      http.listen(0, "127.0.0.1", () => {
        const { port } = http.address() as AddressInfo
        const stop = () => {
          http.closeAllConnections()
          http.close()
        }
        resume(Effect.succeed({ url: `http://127.0.0.1:${port}/rates.json`, stop }))
      })
    }),
    ({ stop }) => Effect.sync(stop)
  )
  return { url: url.url, requests, closed }
})

const history = (filename: string) =>
  Effect.flatMap(JobLog.JobLog, ({ history }) => history({})).pipe(
    Effect.provide(Layer.fresh(SqlJobStore.layerExisting({ filename, access: "read" })))
  )

describe("npm start", () => {
  it.scopedLive("aborts the request under way when it is stopped, and records the run as interrupted", () =>
    Effect.gen(function* () {
      const { closed, requests, url } = yield* server
      const db = yield* TemporaryFile.make
      const child = yield* Process.start(program, ["--url", url, "--db", db], () => {})
      yield* Queue.take(requests)
      yield* Process.end(child, "SIGTERM")
      assert.strictEqual(yield* Queue.take(closed), "given up")
      const [entry] = yield* history(db)
      assert.strictEqual(entry?.status, "interrupted")
    })
  )
})

describe("the job", () => {
  it.scopedLive("gives what the function resolves to, and fails with what it rejects with", () =>
    Effect.gen(function* () {
      const { requests, url } = yield* server
      const answering = (status: number, body: string) =>
        Effect.zipRight(
          Effect.fork(Effect.map(Queue.take(requests), (response) => response.writeHead(status).end(body))),
          Effect.provide(Tick.once, Layer.provide(Tick.layer(Jobs.make(refreshRates(url))), JobStore.layerMemory))
        )
      const [run] = yield* answering(200, '{"EUR":1,"USD":1.1}')
      assert.strictEqual(run?.status, "success")
      const [failed] = yield* answering(503, "")
      assert.strictEqual(failed?.status, "error")
      assert.include(failed?.error ?? "", "the server answered 503")
    }).pipe(Logger.withMinimumLogLevel(LogLevel.None))
  )

  it.scopedLive("aborts the request when its time is up", () =>
    Effect.gen(function* () {
      const { closed, requests, url } = yield* server
      const begun = yield* Deferred.make<void>()
      yield* Effect.fork(Effect.zipRight(Queue.take(requests), Deferred.succeed(begun, undefined)))
      const store = SqlJobStore.layerSqlite({ filename: ":memory:" })
      const tick = Layer.provide(Tick.layer(Jobs.make(refreshRates(url))), store)
      yield* Effect.gen(function* () {
        const time = yield* ManualClock.ManualClock
        const ticking = yield* Effect.fork(Tick.once)
        yield* Deferred.await(begun)
        yield* time.advance("10 seconds")
        const [entry] = yield* ticking
        assert.strictEqual(entry?.status, "timeout")
      }).pipe(Effect.provide(Layer.provideMerge(tick, TestTime.layer({ start: "2026-03-02T12:00:00Z" }))))
      assert.strictEqual(yield* Queue.take(closed), "given up")
    }).pipe(Logger.withMinimumLogLevel(LogLevel.None))
  )
})
