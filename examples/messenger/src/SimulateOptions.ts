/**
 * What may be said on the command line of the simulation.
 *
 * Anything else is refused with one line that says what would have been right.
 */
import { parseArgs } from "node:util"
import { type Effect, Schema } from "effect"
import { type BadOption, DurationFromText, decoded } from "./Options.ts"

export const help = `Usage: npm run simulate -- [options]

  --for DURATION   how much time is played, "30 days" unless set; also "12h" or "1 week"
  --seed NUMBER    what all dice are thrown by; 1 unless set
  --svg FILE       where the picture goes; .data/messenger.svg unless set
  --help           show this`

const Options = Schema.Struct({
  for: DurationFromText,
  seed: Schema.NumberFromString.pipe(Schema.int({ message: () => "--seed: use a whole number" })),
  svg: Schema.NonEmptyString.annotations({ message: () => "--svg: name a file" }),
  help: Schema.Boolean
})

export type Options = typeof Options.Type

export const parse = (args: ReadonlyArray<string>): Effect.Effect<Options, BadOption> =>
  decoded(
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
