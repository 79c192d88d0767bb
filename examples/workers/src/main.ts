/**
 * Three workers and a web process on one machine, each a process of its own; one that ends is started again, as a service
 * manager would. Without DATABASE_URL it runs the PostgreSQL server of this repository's tests beside them.
 */
import { fileURLToPath } from "node:url"
import { Command } from "@effect/platform"
import { NodeContext, NodeRuntime } from "@effect/platform-node"
import { Config, Console, Effect, Option, Schedule, Stream } from "effect"

const node = (file: string) =>
  Command.make(
    process.execPath,
    "--conditions=tickwork-source",
    "--import",
    "tsx",
    fileURLToPath(new URL(file, import.meta.url))
  )

/** The URL of a server that stops with the scope. */
const embedded = Effect.gen(function* () {
  const server = yield* Command.start(node("../../../packages/test-support/src/postgresServer.ts"))
  const url = yield* Stream.runHead(Stream.splitLines(Stream.decodeText(server.stdout)))
  return yield* Effect.orDie(url)
})

const keepAlive = (name: string, file: string, url: string) =>
  Effect.gen(function* () {
    const program = node(file).pipe(
      Command.env({ DATABASE_URL: url }),
      Command.stdout("inherit"),
      Command.stderr("inherit")
    )
    const child = yield* Command.start(program)
    yield* Console.log(`${name} is process ${child.pid}`)
    yield* Effect.exit(child.exitCode)
    yield* Console.log(`${name} has ended, and is started again`)
  }).pipe(Effect.scoped, Effect.repeat(Schedule.spaced("1 second")))

const program = Effect.gen(function* () {
  const url = yield* Effect.flatMap(
    Config.option(Config.string("DATABASE_URL")),
    Option.match({ onNone: () => embedded, onSome: Effect.succeed })
  )
  yield* Console.log(`the database is ${url}`)
  const workers = [1, 2, 3].map((number) => keepAlive(`worker ${number}`, "./worker.ts", url))
  yield* Effect.all([...workers, keepAlive("web", "./web.ts", url)], { concurrency: "unbounded" })
})

program.pipe(Effect.scoped, Effect.provide(NodeContext.layer), NodeRuntime.runMain)
