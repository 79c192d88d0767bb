/**
 * Why a body failed, from the body to the terminal.
 */
import * as net from "node:net"
import { assert } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Context, Effect, Fiber, Layer, Logger, Stream } from "effect"
import { Job, Jobs, Tick } from "tickwork"
import * as Applications from "./support/Applications.ts"
import * as Program from "./support/Program.ts"

/** A port that was free a moment ago; `fetch` connects to none below 1024 that has a service of its own. */
const freePort = Effect.async<number>((resume) => {
  const server = net.createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address() as net.AddressInfo
    server.close(() => resume(Effect.succeed(port)))
  })
})

Applications.describeOnBoth(
  "a refused connection is named in the log, by the tick, an event and the program",
  (place) =>
    Effect.gen(function* () {
      const { db, store } = place
      const port = yield* freePort
      const job = Bench.withoutRetry(
        Job.make("sync", {}, () => Effect.tryPromise(() => fetch(`http://127.0.0.1:${port}`))).pipe(Job.every("1 hour"))
      )
      const reason = `connect ECONNREFUSED 127.0.0.1:${port}`
      const error = `UnknownException: fetch failed: ${reason}`
      const lines: Array<string> = []
      const logger = Logger.replace(
        Logger.defaultLogger,
        Logger.map(Logger.logfmtLogger, (line) => {
          lines.push(line)
        })
      )
      const application = Layer.provide(Tick.layer(Jobs.make(job)), store)
      const tick = Context.get(yield* Layer.build(application), Tick.Tick)
      const recorded = yield* Effect.fork(
        Stream.runHead(Stream.filter(tick.events, ({ _tag }) => _tag === "RunRecorded"))
      )
      yield* Effect.yieldNow()
      const [entry] = yield* Effect.provide(tick.once, logger)
      assert.strictEqual(entry?.error, error)
      assert.include(entry?.stack ?? "", `[cause]: Error: ${reason}`)
      assert.include(JSON.stringify(yield* Fiber.join(recorded)), error)
      assert.include(lines.join("\n"), `ended as error: ${error}`)
      assert.match(lines.join("\n"), /cause=.*ECONNREFUSED/)

      const history = yield* Program.run("history", "--db", db)
      assert.include(history.output, error)
      const listed = (yield* Program.json("history", "--db", db)).answer.entries[0]
      assert.strictEqual(listed.error, error)
      assert.notProperty(listed, "stack")

      const shown = yield* Program.run("show", "sync#1", "--db", db)
      assert.deepStrictEqual([shown.code, shown.errors], [0, ""])
      assert.match(shown.output, new RegExp(`\nerror +${error}\n`))
      assert.match(shown.output, new RegExp(`\nstack +UnknownException: .*\n[^]*\\[cause\\]: Error: ${reason}\n`))
      const [whole] = (yield* Program.json("show", "sync#1", "--db", db)).answer.entries
      assert.deepStrictEqual([whole.error, whole.stack], [error, entry?.stack])
    })
)
