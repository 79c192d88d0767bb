/**
 * What may be said on the command line.
 *
 * Anything else is refused with one line that says what would have been right.
 */

import { parseArgs } from "node:util"
import { Duration, Effect, Option, ParseResult, Schema } from "effect"

export class BadOption extends Schema.TaggedError<BadOption>("messenger/BadOption")("BadOption", {
  reason: Schema.String
}) {
  override get message() {
    return `${this.reason} (--help shows what is possible)`
  }
}

export const help = `Usage: npm start -- [options]

  --for DURATION   stop after so long, "20s", "2m" or "20 seconds"; without it, at Ctrl-C
  --db FILE        where messages and the state of the jobs are kept; .data/messenger.db unless set
  --help           show this`

const units: Readonly<Record<string, string>> = { ms: "millis", s: "seconds", m: "minutes", h: "hours", d: "days" }

/** `20s`, `1.5m`, `20 seconds`: finite and longer than nothing. */
const durationOf = (text: string): Option.Option<Duration.Duration> => {
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/.exec(text.trim()) ?? []
  return Duration.decodeUnknown(`${amount} ${units[unit] ?? unit}`).pipe(
    Option.filter((duration) => Duration.greaterThan(duration, Duration.zero))
  )
}

/** A duration, as people type it. */
export const DurationFromText = Schema.transformOrFail(Schema.String, Schema.DurationFromSelf, {
  strict: true,
  decode: (text, _, ast) =>
    Option.match(durationOf(text), {
      onNone: () => ParseResult.fail(new ParseResult.Type(ast, text, `--for ${text}: no duration such as 20s or 2m`)),
      onSome: ParseResult.succeed
    }),
  encode: (duration) => ParseResult.succeed(Duration.format(duration))
})

const Options = Schema.Struct({
  for: Schema.optionalWith(DurationFromText, { as: "Option" }),
  db: Schema.NonEmptyString.annotations({ message: () => "--db: name a file" }),
  help: Schema.Boolean
})

export type Options = typeof Options.Type

const firstLine = (text: string): string => text.split(/\.? (?=To specify)|\n/)[0] ?? text

/** What is wrong, in one line. */
export const refusalOf = (error: unknown): BadOption => {
  if (!ParseResult.isParseError(error))
    return new BadOption({ reason: firstLine(error instanceof Error ? error.message : String(error)) })
  const [issue] = ParseResult.ArrayFormatter.formatErrorSync(error)
  return new BadOption({ reason: issue?.message ?? error.message })
}

/** What is read from a command line, as a schema has it. */
export const decoded = <A, I>(schema: Schema.Schema<A, I>, read: () => unknown): Effect.Effect<A, BadOption> =>
  Effect.try({ try: read, catch: refusalOf }).pipe(
    Effect.flatMap(Schema.decodeUnknown(schema)),
    Effect.catchTag("ParseError", (error) => refusalOf(error))
  )

export const parse = (args: ReadonlyArray<string>): Effect.Effect<Options, BadOption> =>
  decoded(
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
