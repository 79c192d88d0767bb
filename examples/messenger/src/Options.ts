/**
 * The command line of the messenger. A wrong one is one line of error.
 */
import { parseArgs } from "node:util"
import { Duration, Effect, Option, ParseResult, Schema } from "effect"

export class OptionError extends Schema.TaggedError<OptionError>("messenger/OptionError")("OptionError", {
  reason: Schema.String
}) {
  override get message() {
    return `${this.reason} (--help lists the options)`
  }
}

export const help = `Usage: npm start -- [options]

  --for DURATION   stop after "20s", "2m" or "20 seconds" (default: at Ctrl-C)
  --db FILE        the file of messages and jobs (default: .data/messenger.db)
  --help           show this`

const units: Readonly<Record<string, string>> = { ms: "millis", s: "seconds", m: "minutes", h: "hours", d: "days" }

/** `20s`, `1.5m` or `20 seconds`: finite and above 0. */
const durationOf = (text: string): Option.Option<Duration.Duration> => {
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/.exec(text.trim()) ?? []
  return Duration.decodeUnknown(`${amount} ${units[unit] ?? unit}`).pipe(
    Option.filter((duration) => Duration.greaterThan(duration, Duration.zero))
  )
}

export const DurationFromText = Schema.transformOrFail(Schema.String, Schema.DurationFromSelf, {
  strict: true,
  decode: (text, _, ast) =>
    Option.match(durationOf(text), {
      onNone: () =>
        ParseResult.fail(new ParseResult.Type(ast, text, `--for must be a duration such as 20s or 2m, got ${text}`)),
      onSome: ParseResult.succeed
    }),
  encode: (duration) => ParseResult.succeed(Duration.format(duration))
})

const Options = Schema.Struct({
  for: Schema.optionalWith(DurationFromText, { as: "Option" }),
  db: Schema.NonEmptyString.annotations({ message: () => "--db must be a file, got nothing" }),
  help: Schema.Boolean
})

export type Options = typeof Options.Type

const firstLine = (text: string): string => text.split(/\.? (?=To specify)|\n/)[0] ?? text

/** The first problem, in one line. */
export const optionErrorOf = (error: unknown): OptionError => {
  if (!ParseResult.isParseError(error))
    return new OptionError({ reason: firstLine(error instanceof Error ? error.message : String(error)) })
  const [issue] = ParseResult.ArrayFormatter.formatErrorSync(error)
  return new OptionError({ reason: issue?.message ?? error.message })
}

/** Decodes the values of a command line with a schema. */
export const decode = <A, I>(schema: Schema.Schema<A, I>, read: () => unknown): Effect.Effect<A, OptionError> =>
  Effect.try({ try: read, catch: optionErrorOf }).pipe(
    Effect.flatMap(Schema.decodeUnknown(schema)),
    Effect.catchTag("ParseError", (error) => optionErrorOf(error))
  )

export const parse = (args: ReadonlyArray<string>): Effect.Effect<Options, OptionError> =>
  decode(
    Options,
    () =>
      parseArgs({
        args: [...args],
        strict: true,
        options: {
          for: { type: "string" },
          db: { type: "string", default: ".data/messenger.db" },
          help: { type: "boolean", default: false }
        }
      }).values
  )
