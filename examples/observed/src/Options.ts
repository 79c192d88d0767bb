/**
 * The command line. A wrong one is one line of error.
 */
import { parseArgs } from "node:util"
import { Duration, Effect, Option, Schema } from "effect"

export class OptionError extends Schema.TaggedError<OptionError>("observed/OptionError")("OptionError", {
  reason: Schema.String
}) {
  override get message() {
    return `${this.reason} (--help lists the options)`
  }
}

export interface Options {
  /** None: until it is interrupted. */
  readonly for: Option.Option<Duration.Duration>
  readonly db: string
  readonly help: boolean
}

export const help = `Usage: npm start -- [options]

  --for DURATION   stop after "10s", "2m" or "10 seconds" (default: at Ctrl-C)
  --db FILE        the file of the jobs (default: observed.db)
  --help           show this

Traces and metrics are printed, or sent to OTEL_EXPORTER_OTLP_ENDPOINT if it is set, such as "http://localhost:4318".`

const units: Readonly<Record<string, string>> = { ms: "millis", s: "seconds", m: "minutes", h: "hours" }

const durationOf = (text: string): Effect.Effect<Duration.Duration, OptionError> => {
  const [, amount, unit = ""] = /^(\d+)\s*([a-z]+)$/.exec(text.trim()) ?? []
  return Effect.mapError(
    Duration.decodeUnknown(`${amount} ${units[unit] ?? unit}`),
    () => new OptionError({ reason: `--for must be a duration such as 10s or 2m, got ${text}` })
  )
}

export const parse = (args: ReadonlyArray<string>): Effect.Effect<Options, OptionError> =>
  Effect.gen(function* () {
    const { values } = yield* Effect.try({
      try: () =>
        parseArgs({
          args: [...args],
          strict: true,
          options: {
            for: { type: "string" },
            db: { type: "string", default: "observed.db" },
            help: { type: "boolean", default: false }
          }
        }),
      catch: (error) => new OptionError({ reason: error instanceof Error ? error.message : String(error) })
    })
    const end = values.for === undefined ? Option.none() : Option.some(yield* durationOf(values.for))
    return { for: end, db: values.db, help: values.help }
  })
