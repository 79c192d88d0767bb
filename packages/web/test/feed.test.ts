/**
 * The stream of news over HTTP: what it says, how many may be open, and how each ends.
 */
import { connect } from "node:net"
import { describe, expect, it } from "@effect/vitest"
import { SqlJobStore } from "@tickwork/sql"
import * as Eventually from "@tickwork/test-support/Eventually"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Context, Effect, Exit, Layer, Scope } from "effect"
import { Job, JobLog, JobStore, Jobs, Tick } from "tickwork"
import * as Filled from "./support/Filled.ts"
import * as Http from "./support/Http.ts"
import * as Server from "./support/Server.ts"

const newsOf = (text: string): number => text.split("data: written").length - 1

const hasNews = (stream: { readonly text: () => string }, count = 1) =>
  Eventually.isTrue(
    "news comes",
    Effect.sync(() => newsOf(stream.text()) >= count)
  )

const hello = Jobs.make(Job.make("hello", Effect.void).pipe(Job.every("1 hour")))

describe("the feed", () => {
  it.scopedLive("says that something was written, by whatever process, and never what", () =>
    Effect.gen(function* () {
      const filename = yield* TemporaryFile.make
      const own = yield* Layer.build(SqlJobStore.layerSqlite({ filename }))
      const server = yield* Effect.provide(Server.serve(), own)
      const stream = yield* Http.follow(server)
      yield* Eventually.isTrue(
        "the stream is open",
        Effect.sync(() => stream.text().includes("data: open"))
      )
      const before = newsOf(stream.text())
      // another process has a connection and a tick of its own
      const other = Layer.provide(Tick.layer(hello), SqlJobStore.layerSqlite({ filename }))
      yield* Effect.scoped(Effect.provide(Tick.once, other))
      yield* hasNews(stream, before + 1)
      expect(stream.text()).toMatch(/^retry: 500\n\ndata: open\n\n(data: written\n\n)+$/)
    })
  )

  it.scopedLive("is nudged by the tick of its own process", () =>
    Effect.gen(function* () {
      const services = yield* Layer.build(Layer.provideMerge(Tick.layer(hello), JobStore.layerMemory))
      const log = Context.get(services, JobLog.JobLog)
      // the store never says that something is new, so only the event can
      const still = Context.add(services, JobLog.JobLog, {
        ...log,
        since: () => Effect.succeed({ entries: [], mark: 1 })
      })
      const server = yield* Effect.provide(Server.serve(), still)
      const stream = yield* Http.follow(server)
      yield* Eventually.isTrue(
        "the stream is open",
        Effect.sync(() => stream.text().includes("data: open"))
      )
      yield* Effect.provide(Tick.once, services)
      yield* hasNews(stream)
    })
  )

  it.scopedLive("answers 503 past the limit of streams, and has room again once one has closed", () =>
    Effect.gen(function* () {
      const server = yield* Server.serve({ limits: { streams: 2 } })
      const first = yield* Http.follow(server)
      const second = yield* Http.follow(server)
      yield* Eventually.isTrue(
        "both are open",
        Effect.sync(() => first.text().includes("open") && second.text().includes("open"))
      )
      const third = yield* Http.get(server, "feed")
      expect([third.status, third.headers["retry-after"]]).toEqual([503, "10"])
      first.close()
      yield* Eventually.isTrue(
        "there is room",
        Effect.scoped(Effect.map(Http.follow(server), ({ status }) => status === 200))
      )
    }).pipe(Effect.provide(Filled.memory))
  )

  it.scopedLive("ends its streams as soon as the server stops, which waits for none", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const server = yield* Scope.extend(Server.serve(), scope)
      const stream = yield* Http.follow(server)
      yield* Eventually.isTrue(
        "the stream is open",
        Effect.sync(() => stream.text().includes("open"))
      )
      expect(stream.ended()).toBe(false)
      yield* Scope.close(scope, Exit.void)
      yield* Eventually.isTrue("the stream has ended", Effect.sync(stream.ended))
    }).pipe(Effect.provide(Filled.memory))
  )

  it.scopedLive("is kept by no reader that never reads: others hear on, and the server stops", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const server = yield* Scope.extend(Server.serve(), scope)
      const slow = yield* Effect.acquireRelease(
        Effect.sync(() => {
          const socket = connect(server.port, "127.0.0.1")
          socket.on("error", () => undefined)
          socket.pause()
          socket.write(`GET /jobs/feed HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n\r\n`)
          return socket
        }),
        (socket) => Effect.sync(() => socket.destroy())
      )
      const stream = yield* Http.follow(server)
      yield* Eventually.isTrue(
        "the stream is open",
        Effect.sync(() => stream.text().includes("open"))
      )
      yield* hasNews(stream)
      expect((yield* Http.get(server)).status).toBe(200)
      expect(slow.isPaused()).toBe(true)
      yield* Scope.close(scope, Exit.void)
    }).pipe(Effect.provide(Filled.memory))
  )
})
