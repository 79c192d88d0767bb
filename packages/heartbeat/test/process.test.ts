/** A real process, a real server on the loopback interface, and a kill in the middle of a run. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import * as Process from "@tickwork/test-support/Process"
import * as TemporaryFile from "@tickwork/test-support/TemporaryFile"
import { Effect, Queue } from "effect"

const program = new URL("./support/beating.ts", import.meta.url)

/** A monitor that takes down the paths that it is called with. */
const monitor = Effect.gen(function* () {
  const heard = yield* Queue.unbounded<string>()
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      Queue.unsafeOffer(heard, (request.url ?? "").replace(/\?rid=[-0-9a-f]{36}$/, "?rid"))
      response.end()
    })
  })
  yield* Effect.acquireRelease(
    Effect.async<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
    () => Effect.sync(() => server.close())
  )
  return { heard, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/ping` }
})

describe("a process with a heartbeat", () => {
  it.scopedLive("killed in the middle of a run falls silent; the next one says what became of it", () =>
    Effect.gen(function* () {
      const { heard, url } = yield* monitor
      const filename = yield* TemporaryFile.make
      const first = yield* Process.start(program, [filename, url, "hangs"])
      assert.strictEqual(yield* Queue.take(heard), "/ping/start?rid")
      yield* Process.end(first, "SIGKILL")
      yield* Process.start(program, [filename, url])
      const next = yield* Queue.takeN(heard, 3)
      assert.deepStrictEqual([...next].sort(), ["/ping/log?rid", "/ping/start?rid", "/ping?rid"])
      assert.strictEqual([...next].at(-1), "/ping?rid", "and succeeds at last")
    })
  )
})
