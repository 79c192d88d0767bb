/**
 * The options and arguments that several commands share.
 *
 * @internal
 */
import { Args, HelpDoc, Options, ValidationError } from "@effect/cli"
import { Clock, DateTime, Effect, Option } from "effect"
import { LogEntry } from "tickwork"
import * as TimeText from "./render/TimeText.ts"

/** A word that will not do, and what would. */
export const invalid = (text: string) => ValidationError.invalidValue(HelpDoc.p(text))

/** The name of a job, as an argument. */
export const job = Args.text({ name: "JOB" }).pipe(
  Args.withDescription("The name of a job."),
  Args.mapEffect((name) =>
    name.startsWith("-") ? Effect.fail(HelpDoc.p(`There is no option ${name} here`)) : Effect.succeed(name)
  )
)

export const optionalJob = job.pipe(Args.optional)

export const key = Options.text("key").pipe(
  Options.withAlias("k"),
  Options.withPseudoName("KEY"),
  Options.withDescription("The instance of the job under this key."),
  Options.optional
)

/** How a line reads. */
export const status = Options.choice("status", LogEntry.Status.literals).pipe(
  Options.withDescription("Only lines of this status."),
  Options.optional
)

/** A length of time in ms. */
export const duration = (name: string) =>
  Options.text(name).pipe(
    Options.withPseudoName("DURATION"),
    Options.mapEffect((text) =>
      Option.match(TimeText.durationOf(text), {
        onNone: () => Effect.fail(invalid(`--${name} ${text}: no length of time such as 20s, 5m, 2h or 7d`)),
        onSome: (ms) => Effect.succeed(ms)
      })
    )
  )

/** An instant in ms since the epoch. */
export const instant = (name: string) =>
  Options.text(name).pipe(
    Options.withPseudoName("WHEN"),
    Options.mapEffect((text) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        Option.match(TimeText.instantOf(text, now, DateTime.zoneMakeLocal()), {
          onNone: () =>
            Effect.fail(
              invalid(`--${name} ${text}: no instant such as 2026-03-29T12:00:00Z, "2026-03-29 14:00", 14:00, 2h or 7d`)
            ),
          onSome: (at) => Effect.succeed(at)
        })
      )
    )
  )

export const since = instant("since").pipe(
  Options.withDescription('From an instant: ISO, a local "2026-03-29 14:00" or 14:00, or an age such as 2h or 7d.')
)

export const until = instant("until").pipe(
  Options.withDescription("Until an instant, in the same words; now unless set."),
  Options.optional
)

const dayMs = 86_400_000

/** From when figures and charts are. */
export const sinceADay = Options.optional(since).pipe(
  Options.withDescription("From an instant or an age; 24h unless set.")
)

/** The span that figures and charts are of: the last day unless somebody says otherwise. */
export const span = (
  { since, until }: { readonly since: Option.Option<number>; readonly until: Option.Option<number> },
  now: number
): { readonly from: number; readonly to: number } => ({
  from: Option.getOrElse(since, () => now - dayMs),
  to: Option.getOrElse(until, () => now)
})

/** A field of a query, where the command line gives it. */
export const field = <K extends string, A>(name: K, value: Option.Option<A>) =>
  Option.match(value, { onNone: () => ({}), onSome: (some) => ({ [name]: some }) as { readonly [_ in K]: A } })

/** How many at most; a whole number above 0. */
export const limit = (otherwise: number) =>
  Options.integer("limit").pipe(
    Options.withPseudoName("N"),
    Options.withDescription(`At most so many; ${otherwise} unless set.`),
    Options.withDefault(otherwise),
    Options.mapEffect((many) =>
      many > 0 ? Effect.succeed(many) : Effect.fail(invalid(`--limit ${many}: no number above 0`))
    )
  )
