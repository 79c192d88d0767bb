/**
 * The arguments and options that several commands share.
 *
 * @internal
 */
import { Args, HelpDoc, Options, ValidationError } from "@effect/cli"
import { Clock, DateTime, Effect, Option } from "effect"
import { LogEntry } from "tickwork"
import * as TimeInput from "./TimeInput.ts"

/** The error for a value that an argument does not take. */
export const document = (text: string) => HelpDoc.p(text)

/** The error for a value that an option does not take. */
export const invalid = (text: string) => ValidationError.invalidValue(document(text))

/** A name that begins with a dash is a mistyped option. */
export const notAnOption = (name: string) =>
  name.startsWith("-") ? Effect.fail(HelpDoc.p(`There is no option ${name} here`)) : Effect.succeed(name)

export const job = Args.text({ name: "JOB" }).pipe(
  Args.withDescription("The name of a job."),
  Args.mapEffect(notAnOption)
)

export const optionalJob = job.pipe(Args.optional)

export const key = Options.text("key").pipe(
  Options.withAlias("k"),
  Options.withPseudoName("KEY"),
  Options.withDescription("The instance of the job with this key."),
  Options.optional
)

export const status = Options.choice("status", LogEntry.Status.literals).pipe(
  Options.withDescription("Only log entries of this status."),
  Options.optional
)

/** In ms. */
export const duration = (name: string) =>
  Options.text(name).pipe(
    Options.withPseudoName("DURATION"),
    Options.mapEffect((text) =>
      Option.match(TimeInput.duration(text), {
        onNone: () => Effect.fail(invalid(`--${name} must be a duration such as 20s, 5m, 2h or 7d, got ${text}`)),
        onSome: (ms) => Effect.succeed(ms)
      })
    )
  )

const instantExamples = '2026-03-29T12:00:00Z, "2026-03-29 14:00", 14:00, 2h or 7d'

/** In ms since the epoch. */
const instant = (name: string) =>
  Options.text(name).pipe(
    Options.withPseudoName("WHEN"),
    Options.mapEffect((text) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        Option.match(TimeInput.instant(text, now, DateTime.zoneMakeLocal()), {
          onNone: () => Effect.fail(invalid(`--${name} must be an instant such as ${instantExamples}, got ${text}`)),
          onSome: (at) => Effect.succeed(at)
        })
      )
    )
  )

/** An instant to come, in ms since the epoch. */
export const due = (name: string, what: string) =>
  Options.text(name).pipe(
    Options.withPseudoName("WHEN"),
    Options.withDescription(`${what}: an ISO instant, a local "2026-03-29 14:00", or a time from now such as 2h.`),
    Options.mapEffect((text) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        Option.match(TimeInput.due(text, now, DateTime.zoneMakeLocal()), {
          onNone: () =>
            Effect.fail(invalid(`--${name} must be an instant such as "2026-03-29 14:00" or 2h, got ${text}`)),
          onSome: (at) => Effect.succeed(at)
        })
      )
    ),
    Options.optional
  )

const instantForms = 'an ISO instant, a local "2026-03-29 14:00" or 14:00, or an age such as 2h or 7d'

export const since = instant("since").pipe(Options.withDescription(`The start: ${instantForms}.`), Options.optional)

export const sinceADay = since.pipe(Options.withDescription(`The start: ${instantForms} (default: 24h).`))

export const sinceOldest = since.pipe(
  Options.withDescription(`The start: ${instantForms} (default: the oldest log entry).`)
)

export const until = instant("until").pipe(
  Options.withDescription("The end, in the same forms (default: now)."),
  Options.optional
)

/** The start of a range that has to be given. */
export const from = instant("from").pipe(Options.withDescription(`The start: ${instantForms}.`))

export const to = instant("to").pipe(
  Options.withDescription("The end, which is not included, in the same forms (default: now)."),
  Options.optional
)

const dayMs = 86_400_000

/** The time range of figures and charts: the last 24 hours by default. */
export const rangeOf = (
  { since, until }: { readonly since: Option.Option<number>; readonly until: Option.Option<number> },
  now: number
): { readonly from: number; readonly to: number } => ({
  from: Option.getOrElse(since, () => now - dayMs),
  to: Option.getOrElse(until, () => now)
})

/** An object with the field, or without it where the option is not set. */
export const field = <K extends string, A>(name: K, value: Option.Option<A>) =>
  Option.match(value, { onNone: () => ({}), onSome: (some) => ({ [name]: some }) as { readonly [_ in K]: A } })

/** A whole number of at least 1. */
export const count = (name: string) =>
  Options.integer(name).pipe(
    Options.withPseudoName("N"),
    Options.mapEffect((value) =>
      value > 0 ? Effect.succeed(value) : Effect.fail(invalid(`--${name} must be at least 1, got ${value}`))
    )
  )

export const limit = (otherwise: number) =>
  count("limit").pipe(
    Options.withDescription(`The most rows to print (default: ${otherwise}).`),
    Options.withDefault(otherwise)
  )
