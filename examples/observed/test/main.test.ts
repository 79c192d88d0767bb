import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { Command, FileSystem } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { describe, it } from "@effect/vitest"
import * as Bundle from "@tickwork/test-support/Bundle"
import { Effect, Stream } from "effect"
import { expect } from "vitest"

const text = <E, R>(stream: Stream.Stream<Uint8Array, E, R>) => Stream.mkString(Stream.decodeText(stream))

/** Runs the program to its end. */
const main = (env: Readonly<Record<string, string>>, ...args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const file = yield* Bundle.of(new URL("../src/main.ts", import.meta.url))
    const command = Command.make(process.execPath, file, ...args)
    const running = yield* Command.start(command.pipe(Command.env({ NODE_OPTIONS: "", ...env })))
    const [output, errors, code] = yield* Effect.all([text(running.stdout), text(running.stderr), running.exitCode], {
      concurrency: "unbounded"
    })
    return { output, errors, code }
  })

const database = Effect.flatMap(FileSystem.FileSystem, (fs) =>
  Effect.map(fs.makeTempDirectoryScoped({ prefix: "observed-" }), (folder) => `${folder}/jobs.db`)
)

/** Takes down what is sent to it, by path. */
const collector = Effect.acquireRelease(
  Effect.async<{ readonly url: string; readonly received: Map<string, string>; readonly close: () => void }>(
    (resume) => {
      const received = new Map<string, string>()
      const server = createServer((request, response) => {
        const chunks: Array<Buffer> = []
        request.on("data", (chunk: Buffer) => chunks.push(chunk))
        request.on("end", () => {
          const path = request.url ?? ""
          received.set(path, (received.get(path) ?? "") + Buffer.concat(chunks).toString())
          response.end()
        })
      })
      server.listen(0, "127.0.0.1", () => {
        const { port } = server.address() as AddressInfo
        const close = () => void server.close()
        resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, received, close }))
      })
    }
  ),
  ({ close }) => Effect.sync(close)
)

describe("npm start", () => {
  it.scopedLive("prints traces and metrics, and stops by itself", () =>
    Effect.gen(function* () {
      const { code, errors, output } = yield* main({}, "--for", "1s", "--db", yield* database)
      expect({ code, errors }).toEqual({ code: 0, errors: "" })
      expect(output).toContain("name: 'run fetch_feeds'")
      expect(output).toContain("name: 'tickwork_runs_total'")
      expect(output).toContain("{ job: 'make_report', status: 'success' }")
    }).pipe(Effect.provide(NodeContext.layer))
  )

  it.scopedLive("sends them to a collector instead, where one is named", () =>
    Effect.gen(function* () {
      const { received, url } = yield* collector
      const env = { OTEL_EXPORTER_OTLP_ENDPOINT: url }
      const { code, output } = yield* main(env, "--for", "1s", "--db", yield* database)
      expect(code).toBe(0)
      expect(output).not.toContain("name: 'run fetch_feeds'")
      expect(received.get("/v1/traces")).toContain('"name":"run fetch_feeds"')
      expect(received.get("/v1/metrics")).toContain('"name":"tickwork_runs_total"')
      expect(received.get("/v1/logs")).toContain('"key":"run"')
    }).pipe(Effect.provide(NodeContext.layer))
  )

  it.scopedLive("refuses a wrong option in one line", () =>
    Effect.gen(function* () {
      const { code, errors, output } = yield* main({}, "--for", "soon")
      expect(code).toBe(1)
      expect(output + errors).toBe("--for must be a duration such as 10s or 2m, got soon (--help lists the options)\n")
    }).pipe(Effect.provide(NodeContext.layer))
  )
})
