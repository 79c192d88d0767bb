/**
 * Plays the messenger's jobs over a month, without a messenger: what they will do, and what that costs.
 *
 * It sends nothing, opens no database and writes one file, the picture.
 */
import { FileSystem, Path } from "@effect/platform"
import { NodeContext, NodeRuntime } from "@effect/platform-node"
import { Simulation, Timeline } from "@tickwork/simulation"
import { Cause, Config, Console, Duration, Effect, Exit, Option } from "effect"
import * as Cells from "./Cells.ts"
import * as SimulateOptions from "./SimulateOptions.ts"
import { played } from "./Stubs.ts"

/** A night on which the clocks go on is in it. */
const from = "2026-03-15T00:00:00Z"
const zone = "Europe/Berlin"

const draw = (timeline: Timeline.Timeline, file: string) =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    yield* files.makeDirectory(path.dirname(file), { recursive: true })
    yield* files.writeFileString(file, Timeline.toSvg(timeline, { title: "The messenger's jobs" }))
  })

const simulate = ({ for: span, seed, svg }: SimulateOptions.Options) =>
  Effect.gen(function* () {
    const [took, timeline] = yield* Effect.timed(Simulation.run(played, { from, for: span, seed, zone }))
    const isTerminal = process.stdout.isTTY === true
    const noColor = yield* Config.option(Config.nonEmptyString("NO_COLOR"))
    const width = isTerminal ? Math.min(process.stdout.columns, 160) : 100
    yield* Console.log(Timeline.toText(timeline, { width, colors: isTerminal && Option.isNone(noColor) }))
    yield* draw(timeline, svg)
    const runs = timeline.runs.length.toLocaleString("en-US")
    yield* Console.log(
      `\n${runs} runs simulated in ${Duration.format(Duration.millis(Math.round(Duration.toMillis(took))))}.`
    )
    yield* Console.log(`The picture is in ${svg}`)
  })

const program = Effect.gen(function* () {
  const options = yield* SimulateOptions.parse(process.argv.slice(2))
  return yield* options.help ? Console.log(SimulateOptions.help) : simulate(options)
})

program.pipe(
  Effect.tapError((error) => Console.error(Cells.escape(error.message))),
  Effect.tapDefect((cause) => Console.error(Cause.pretty(cause))),
  Effect.provide(NodeContext.layer),
  NodeRuntime.runMain({
    disableErrorReporting: true,
    disablePrettyLogger: true,
    teardown: (exit, onExit) => onExit(Exit.isSuccess(exit) || Cause.isInterruptedOnly(exit.cause) ? 0 : 1)
  })
)
