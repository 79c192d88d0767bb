/**
 * The commands of `tickwork`: parses a command line, runs it, and reports its error.
 *
 * @internal
 */
import { type CliApp, CliConfig, Command } from "@effect/cli"
import { Effect } from "effect"
import * as CliError from "./CliError.ts"
import * as CommandLine from "./CommandLine.ts"
import { backfill } from "./commands/backfill.ts"
import { cancel, forget, pause, resume, retry, trigger } from "./commands/control.ts"
import { doctor } from "./commands/doctor.ts"
import { enqueue } from "./commands/enqueue.ts"
import { explain } from "./commands/explain.ts"
import { history } from "./commands/history.ts"
import { next } from "./commands/next.ts"
import { prune } from "./commands/prune.ts"
import { serve } from "./commands/serve.ts"
import { show } from "./commands/show.ts"
import { stats } from "./commands/stats.ts"
import { status } from "./commands/status.ts"
import { timeline } from "./commands/timeline.ts"
import { watch } from "./commands/watch.ts"
import * as DatabaseCommand from "./DatabaseCommand.ts"
import * as Nearest from "./Nearest.ts"
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
  serve,
  pause,
  resume,
  trigger,
  retry,
  cancel,
  backfill,
  enqueue,
  forget,
  prune,
  doctor
] as const

const description =
  "Shows what the jobs of a Tickwork database do, why and when. It needs no code of the application and never changes the layout of the tables."

const program = DatabaseCommand.root.pipe(Command.withDescription(description), Command.withSubcommands(commands))

const about: ReadonlyArray<ProgramHelp.Command> = commands.map(({ about }) => about)

const names: ReadonlyArray<string> = about.map(({ name }) => name)

const runCommand = (args: ReadonlyArray<string>) =>
  Command.run(program, { name: "Tickwork", version, executable: "tickwork" })(["node", "tickwork", ...args])

/** @effect/cli would list every command for a mistyped one, and leave the program out of a command's help. */
const parse = (args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const word = CommandLine.commandOf(args[0] === "help" ? args.slice(1) : args)
    const isCommand = word !== undefined && names.includes(word)
    if (CommandLine.wantsHelp(args)) {
      if (isCommand) return yield* runCommand(["--help", word, "--help"])
      const output = yield* Output.Output
      return yield* output.lines(ProgramHelp.render({ commands: about, description, version }, yield* output.page))
    }
    if (word !== undefined && !isCommand) {
      const hint = Nearest.hint(word, names)
      return yield* CliError.usage(`There is no command ${JSON.stringify(word)}.${hint} See tickwork --help.`)
    }
    return yield* runCommand(args)
  })

/** Ends a command without an error once the reader of its output has closed the pipe. */
const whileRead = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.flatMap(Output.Output, ({ ended, written }) => Effect.zipLeft(Effect.raceFirst(self, ended), written))

/** Answers the exit code. */
export const run = (
  args: ReadonlyArray<string>
): Effect.Effect<number, never, CliApp.CliApp.Environment | Output.Output> =>
  Effect.gen(function* () {
    const console = yield* Effect.map(Effect.console, PlainConsole.make(yield* Output.Output))
    const exit = yield* parse(args).pipe(Effect.withConsole(console), whileRead, Effect.exit)
    return yield* CliError.report(exit)
  }).pipe(Effect.provide(CliConfig.layer({ showBuiltIns: false })))
