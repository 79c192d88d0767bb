/**
 * The command line of the simulation. A wrong one is one line of error.
 */
import { parseArgs } from "node:util"
import { type Effect, Schema } from "effect"
import { DurationFromText, decode, type OptionError } from "./Options.ts"

export const help = `Usage: npm run simulate -- [options]

  --for DURATION   the simulated time, such as "12h" or "1 week" (default: "30 days")
  --seed NUMBER    the seed of all random numbers (default: 1)
  --svg FILE       the file of the picture (default: .data/messenger.svg)
  --help           show this`

const Options = Schema.Struct({
  for: DurationFromText,
  seed: Schema.NumberFromString.pipe(Schema.int({ message: () => "--seed must be a whole number" })),
  svg: Schema.NonEmptyString.annotations({ message: () => "--svg must be a file, got nothing" }),
  help: Schema.Boolean
})

export type Options = typeof Options.Type

export const parse = (args: ReadonlyArray<string>): Effect.Effect<Options, OptionError> =>
  decode(
    Options,
    () =>
      parseArgs({
        args: [...args],
        strict: true,
        options: {
          for: { type: "string", default: "30 days" },
          seed: { type: "string", default: "1" },
          svg: { type: "string", default: ".data/messenger.svg" },
          help: { type: "boolean", default: false }
        }
      }).values
  )
