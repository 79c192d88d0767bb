/**
 * A Redis of this run: on a free port of the loopback, with an append-only file that is flushed every second.
 */
import { execFileSync, spawn } from "node:child_process"
import * as fs from "node:fs"
import * as net from "node:net"
import * as os from "node:os"
import * as path from "node:path"
import { Effect, Schedule, type Scope } from "effect"
import { InstallError } from "./Installed.ts"

const program = "redis-server"

const isThere = Effect.try({
  try: () => execFileSync(program, ["--version"], { stdio: "ignore" }),
  catch: () => new InstallError({ what: "a Redis", reason: `there is no ${program} on the PATH` })
})

const freePort = Effect.async<number>((resume) => {
  const server = net.createServer()
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    server.close(() => resume(Effect.succeed(port)))
  })
})

const folder = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "tickwork-redis-"))),
  (name) => Effect.sync(() => fs.rmSync(name, { recursive: true, force: true }))
)

const answers = (port: number) =>
  Effect.async<void, Error>((resume) => {
    const socket = net.connect(port, "127.0.0.1", () => {
      socket.destroy()
      resume(Effect.void)
    })
    socket.once("error", (error) => resume(Effect.fail(error)))
  })

const serve = (port: number, home: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const durability = ["--appendonly", "yes", "--appendfsync", "everysec", "--save", ""]
      const place = ["--port", `${port}`, "--bind", "127.0.0.1", "--dir", home]
      return spawn(program, [...place, ...durability, "--maxmemory-policy", "noeviction"], { stdio: "ignore" })
    }),
    (server) =>
      Effect.async<void>((resume) => {
        if (server.exitCode !== null || server.signalCode !== null) return resume(Effect.void)
        server.once("exit", () => resume(Effect.void))
        server.kill("SIGTERM")
      })
  )

/** Its URL. */
export const url: Effect.Effect<string, InstallError, Scope.Scope> = Effect.gen(function* () {
  yield* isThere
  const port = yield* freePort
  yield* serve(port, yield* folder)
  yield* Effect.retry(answers(port), Schedule.intersect(Schedule.spaced("50 millis"), Schedule.recurs(100))).pipe(
    Effect.mapError(() => new InstallError({ what: "a Redis", reason: `${program} does not answer` }))
  )
  return `redis://127.0.0.1:${port}`
})
