/**
 * The program `tickwork`: what its commands are, and what becomes of their errors.
 *
 * @since 0.1.0
 */
import { type CliApp, CliConfig, Command } from "@effect/cli"
import { Effect, Layer } from "effect"
import * as CliError from "./CliError.ts"
import { pause, resume, trigger } from "./commands/control.ts"
import { doctor } from "./commands/doctor.ts"
import { explain } from "./commands/explain.ts"
import { history } from "./commands/history.ts"
import { next } from "./commands/next.ts"
import { prune } from "./commands/prune.ts"
import { show } from "./commands/show.ts"
import { stats } from "./commands/stats.ts"
import { status } from "./commands/status.ts"
import { timeline } from "./commands/timeline.ts"
import { watch } from "./commands/watch.ts"
import * as DatabaseCommand from "./DatabaseCommand.ts"
import * as Output from "./Output.ts"
import * as PlainConsole from "./PlainConsole.ts"
import * as ProgramHelp from "./render/ProgramHelp.ts"
import { version } from "./Version.ts"

const commands = [
  status,
  history,
  show,
  next,
  explain,
  stats,
  timeline,
  watch,
  pause,
  resume,
  trigger,
  prune,
  doctor
] as const

const description = [
  "What the jobs of a Tickwork database do, why and when; without the application's",
  "code, and without changing its tables."
]

const program = DatabaseCommand.root.pipe(
  Command.withDescription(description.join(" ")),
  Command.withSubcommands(commands)
)

const described: ReadonlyArray<ProgramHelp.Command> = commands.map(({ about }) => about)

/** The overview is ours; the help of a command is asked of the library so that it names the program, too. */
const parse = (args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const asked = ProgramHelp.asked(args, described)
    if (asked === null) {
      const output = yield* Output.Output
      return yield* output.lines(ProgramHelp.render({ commands: described, description, version }, yield* output.page))
    }
    const words = asked === undefined ? args : ["--help", asked, "--help"]
    return yield* Command.run(program, { name: "Tickwork", version, executable: "tickwork" })([
      "node",
      "tickwork",
      ...words
    ])
  })

/** A reader that goes away ends a command as its end would. */
const whileRead = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.flatMap(Output.Output, ({ readerIsGone }) => Effect.raceFirst(self, readerIsGone))

/**
 * Runs a command line, without the names of the program before it, and answers the exit code: 0 where all went well,
 * 1 where something was found or not found, 2 for a wrong command line, 3 for a database that cannot be used, 70 for a
 * bug. What is wrong is told in one line on the standard error.
 *
 * @since 0.1.0
 * @category running
 */
export const run = (args: ReadonlyArray<string>): Effect.Effect<number, never, CliApp.CliApp.Environment> =>
  Effect.gen(function* () {
    const { colors } = yield* Output.Output
    const console = yield* Effect.map(Effect.console, PlainConsole.console({ colors }))
    const exit = yield* parse(args).pipe(Effect.withConsole(console), whileRead, Effect.exit)
    return yield* CliError.told(exit)
  }).pipe(Effect.provide(Layer.merge(Output.layer, CliConfig.layer({ showBuiltIns: false }))))
