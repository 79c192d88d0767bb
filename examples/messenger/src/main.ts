/**
 * The messenger: its peers and its jobs on one SQLite file. A stop waits for the runs under way.
 */
import { Terminal } from "@effect/platform"
import { NodeContext, NodeRuntime } from "@effect/platform-node"
import { Cause, Config, Console, Effect, Exit, Fiber, Layer, Logger, Option } from "effect"
import { Tick } from "tickwork"
import * as Cells from "./Cells.ts"
import * as Messenger from "./Messenger.ts"
import * as Options from "./Options.ts"
import * as Screen from "./Screen.ts"

/** Ends when the reader of the output closes the pipe, as `head` does. */
const readerIsGone = Effect.async<void>((resume) => {
  const onError = () => resume(Effect.void)
  process.stdout.on("error", onError)
})

/** A scope waits for the last run; an interrupted race would not, and the database would close under a run. */
const runUntil = <E, R>(end: Effect.Effect<void, E, R>) =>
  Effect.flatMap(Effect.forkScoped(Tick.run), (running) => Effect.raceFirst(end, Fiber.join(running))).pipe(
    Effect.scoped
  )

const wantsColors = Effect.map(Config.option(Config.nonEmptyString("NO_COLOR")), Option.isNone)

const start = (options: Options.Options) =>
  Effect.gen(function* () {
    const end = Option.match(options.for, { onNone: () => Effect.never, onSome: Effect.sleep })
    const title = `Tickwork messenger: ${options.db}, ${yield* Screen.historyOf}`
    yield* Screen.show(runUntil(Effect.raceFirst(end, readerIsGone)), { title, colors: yield* wantsColors })
  }).pipe(Effect.provide(Messenger.layer(options.db)))

const program = Effect.gen(function* () {
  const options = yield* Options.parse(process.argv.slice(2))
  if (options.help) return yield* Effect.flatMap(Terminal.Terminal, ({ display }) => display(`${Options.help}\n`))
  return yield* start(options)
})

const exitCodeOf = (exit: Exit.Exit<unknown, unknown>): number => {
  if (Exit.isSuccess(exit) || Cause.isInterruptedOnly(exit.cause)) return 0
  return Option.exists(Cause.failureOption(exit.cause), (error) => error instanceof Options.OptionError) ? 2 : 1
}

program.pipe(
  Effect.tapError((error) => Console.error(Cells.escape(error.message))),
  Effect.tapDefect((cause) => Console.error(Cause.pretty(cause))),
  // the screen shows the events of the tick, which hold all that it logs
  Effect.provide(Layer.merge(NodeContext.layer, Logger.remove(Logger.defaultLogger))),
  NodeRuntime.runMain({
    disableErrorReporting: true,
    disablePrettyLogger: true,
    teardown: (exit, onExit) => onExit(exitCodeOf(exit))
  })
)
