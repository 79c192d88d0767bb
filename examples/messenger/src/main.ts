/**
 * The messenger: its peers and its jobs, on one SQLite file, until it is told to stop.
 *
 * However it is stopped, jobs that run are let end first. It never prints a stack for an error that it knows.
 */
import { Terminal } from "@effect/platform"
import { NodeContext, NodeRuntime } from "@effect/platform-node"
import { Cause, Config, Console, Effect, Exit, Fiber, Layer, Logger, Option } from "effect"
import { Tick } from "tickwork"
import * as Cells from "./Cells.ts"
import * as Database from "./Database.ts"
import * as Options from "./Options.ts"
import * as Peers from "./Peers.ts"
import { jobs } from "./Registry.ts"
import * as Screen from "./Screen.ts"

/** One of them is sometimes offline: an error is worth seeing, too. */
const peers = [{ name: "ada" }, { name: "grace", dropsEvery: 2 }, { name: "linus" }]

/** What the command line `tickwork` asks for on the same file is done within a second. */
const messenger = (filename: string) =>
  Tick.layer(jobs, { watch: "1 second" }).pipe(
    Layer.provideMerge(Peers.layer(peers)),
    Layer.provideMerge(Database.layer(filename))
  )

/** Whoever read our output has gone, `head` for one: there is nobody left to show anything to. */
const readerIsGone = Effect.async<void>((resume) => {
  const onError = () => resume(Effect.void)
  process.stdout.on("error", onError)
})

/**
 * In a scope of its own, which waits for the last run to end. A race would not: interrupted, it leaves without waiting,
 * and the database would be closed under jobs that still run.
 */
const runUntil = <E, R>(end: Effect.Effect<void, E, R>) =>
  Effect.flatMap(Effect.forkScoped(Tick.run), (running) => Effect.raceFirst(end, Fiber.join(running))).pipe(
    Effect.scoped
  )

const wantsColors = Effect.map(Config.option(Config.nonEmptyString("NO_COLOR")), Option.isNone)

const start = (options: Options.Options) =>
  Effect.gen(function* () {
    const end = Option.match(options.for, { onNone: () => Effect.never, onSome: Effect.sleep })
    const title = `Tickwork messenger: ${options.db}, ${yield* Screen.remembered}`
    yield* Screen.show(runUntil(Effect.raceFirst(end, readerIsGone)), { title, colors: yield* wantsColors })
  }).pipe(Effect.provide(messenger(options.db)))

const program = Effect.gen(function* () {
  const options = yield* Options.parse(process.argv.slice(2))
  if (options.help) return yield* Effect.flatMap(Terminal.Terminal, ({ display }) => display(`${Options.help}\n`))
  return yield* start(options)
})

const exitCodeOf = (exit: Exit.Exit<unknown, unknown>): number => {
  if (Exit.isSuccess(exit) || Cause.isInterruptedOnly(exit.cause)) return 0
  return Option.exists(Cause.failureOption(exit.cause), (error) => error instanceof Options.BadOption) ? 2 : 1
}

program.pipe(
  Effect.tapError((error) => Console.error(Cells.escape(error.message))),
  Effect.tapDefect((cause) => Console.error(Cause.pretty(cause))),
  // all that a tick would log is among its events, and those are on the screen
  Effect.provide(Layer.merge(NodeContext.layer, Logger.remove(Logger.defaultLogger))),
  NodeRuntime.runMain({
    disableErrorReporting: true,
    disablePrettyLogger: true,
    teardown: (exit, onExit) => onExit(exitCodeOf(exit))
  })
)
