/**
 * The program inside the process of the test: a fast way to run many command lines.
 */
import { Clock, ConfigProvider, Console, DateTime, Effect } from "effect"
import * as Output from "../../src/Output.ts"
import * as Program from "../../src/Program.ts"

/** Runs a command line to its end, with no environment variables and no terminal. */
export const run = (...args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    let [output, errors] = ["", ""]
    const write = (text: string) =>
      Effect.sync(() => {
        output += text
      })
    const page = { width: Number.POSITIVE_INFINITY, colors: false }
    const service: Output.Service = {
      isTerminal: false,
      colors: false,
      zone: DateTime.zoneUnsafeMakeNamed("Europe/Berlin"),
      width: Effect.succeed(page.width),
      height: Effect.succeed(24),
      page: Effect.succeed(page),
      write,
      lines: (lines) => write(lines.map((line) => `${line}\n`).join("")),
      json: (value) => write(Output.toJson(value)),
      jsonLine: (value) => write(Output.toJson(value)),
      ended: Effect.never,
      written: Effect.void
    }
    const console = {
      ...(yield* Effect.console),
      log: (text: string) => write(`${text}\n`),
      error: (text: string) =>
        Effect.sync(() => {
          errors += `${text}\n`
        })
    }
    const code = yield* Program.run(args).pipe(
      Effect.provideService(Output.Output, service),
      Console.withConsole(console),
      Effect.withConfigProvider(ConfigProvider.fromMap(new Map())),
      Effect.withClock(Clock.make())
    )
    return { code, output, lines: output.split("\n"), errors }
  })

/** Runs a command line to its end and parses its JSON. */
export const json = (...args: ReadonlyArray<string>) =>
  Effect.map(run(...args, "--json"), ({ code, errors, output }) => ({ code, errors, answer: JSON.parse(output) }))
