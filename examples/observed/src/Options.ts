/**
 * What may be said on the command line. Anything else is refused with one line that says what would have been right.
 */
import { parseArgs } from "node:util"
import { Duration, Effect, Option, Schema } from "effect"

export class BadOption extends Schema.TaggedError<BadOption>("observed/BadOption")("BadOption", {
  reason: Schema.String
}) {
  override get message() {
    return `${this.reason} (--help shows what is possible)`
  }
}

export interface Options {
  /** Until it is interrupted where there is none. */
  readonly for: Option.Option<Duration.Duration>
  readonly db: string
  readonly help: boolean
}

export const help = `Usage: npm start -- [options]

  --for DURATION   stop after so long, "10s", "2m" or "10 seconds"; without it, at Ctrl-C
  --db FILE        where the state of the jobs is kept; observed.db unless set
  --help           show this

Traces and metrics are printed, or sent to OTEL_EXPORTER_OTLP_ENDPOINT where that is set, "http://localhost:4318" say.`

const units: Readonly<Record<string, string>> = { ms: "millis", s: "seconds", m: "minutes", h: "hours" }

const durationOf = (text: string): Effect.Effect<Duration.Duration, BadOption> => {
  const [, amount, unit = ""] = /^(\d+)\s*([a-z]+)$/.exec(text.trim()) ?? []
  return Effect.mapError(
    Duration.decodeUnknown(`${amount} ${units[unit] ?? unit}`),
    () => new BadOption({ reason: `--for ${text}: no duration such as 10s or 2m` })
  )
}

export const parse = (args: ReadonlyArray<string>): Effect.Effect<Options, BadOption> =>
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
      catch: (error) => new BadOption({ reason: error instanceof Error ? error.message : String(error) })
    })
    const end = values.for === undefined ? Option.none() : Option.some(yield* durationOf(values.for))
    return { for: end, db: values.db, help: values.help }
  })
