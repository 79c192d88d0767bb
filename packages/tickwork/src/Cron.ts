/**
 * Cron expressions in a time zone: which instants they name, also on the days on which clocks are moved.
 *
 * Pure: it reads no clock. Instants are milliseconds since the epoch.
 *
 * @since 0.1.0
 */
import { Cron as EffectCron, Either, Schema } from "effect"
import * as WallClock from "./internal/schedule/WallClock.ts"
import * as ZoneName from "./internal/schedule/ZoneName.ts"

/**
 * The time zone of an expression, and what the expression means on the days on which clocks are moved.
 *
 * `zone` is UTC by default; it is a name of the IANA database, such as `Europe/London`, and no abbreviation. An instant in the skipped hour runs shifted past the gap (`shift`) or not at all (`skip`); an
 * instant in the repeated hour runs the `first` time, the `second` time, or `both` times. By default an expression with a
 * fixed hour runs once that day (`shift`, `first`), and one whose hour is a wildcard or a step keeps its pace (`skip`,
 * `both`).
 *
 * @since 0.1.0
 * @category models
 */
export interface CronOptions {
  readonly zone?: string
  readonly gap?: "shift" | "skip"
  readonly fold?: "first" | "second" | "both"
}

/**
 * An expression that has been parsed.
 *
 * @since 0.1.0
 * @category models
 */
export interface Cron {
  readonly expression: string
  readonly zone: string
  /** Equal for expressions that name the same instants. */
  readonly definition: string
  /** The first instant strictly after `after`; `null` where no later date matches. */
  readonly next: (after: number) => number | null
}

/**
 * An expression, its zone or an option is invalid.
 *
 * @example
 * ```ts
 * import { Cron } from "tickwork"
 *
 * const error = new Cron.CronParseError({ option: "zone", value: "Mars/Base", reason: "must name a time zone" })
 * console.assert(error.message === 'zone must name a time zone, got "Mars/Base"')
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class CronParseError extends Schema.TaggedError<CronParseError>("tickwork/CronParseError")("CronParseError", {
  option: Schema.Literal("cron", "zone", "gap", "fold"),
  value: Schema.Unknown,
  reason: Schema.String
}) {
  override get message() {
    return `${this.option} ${this.reason}, got ${JSON.stringify(this.value)}`
  }
}

const nicknames: ReadonlyMap<string, string> = new Map([
  ["@yearly", "0 0 1 1 *"],
  ["@annually", "0 0 1 1 *"],
  ["@monthly", "0 0 1 * *"],
  ["@weekly", "0 0 * * 0"],
  ["@daily", "0 0 * * *"],
  ["@midnight", "0 0 * * *"],
  ["@hourly", "0 * * * *"]
])

const keepsPace = { gap: "skip", fold: "both" } as const
const onceThatDay = { gap: "shift", fold: "first" } as const

const isOneOf = (all: ReadonlyArray<unknown>, value: unknown): boolean => all.includes(value)

/**
 * Parses five or six fields (seconds first) or a nickname such as `@daily`. The second argument is a time zone or options.
 *
 * It fails where the expression is malformed, where no date ever matches it, such as 30 February, and where the zone or
 * an option is invalid.
 *
 * @example
 * ```ts
 * import { Either } from "effect"
 * import { Cron } from "tickwork"
 *
 * const daily = Either.getOrThrow(Cron.parse("0 3 * * *", "Europe/Berlin"))
 * console.assert(daily.next(Date.parse("2027-01-01T00:00:00Z")) === Date.parse("2027-01-01T02:00:00Z"))
 * console.assert(Either.isLeft(Cron.parse("0 0 30 2 *")))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const parse = (
  expression: string,
  zoneOrOptions: string | CronOptions = {}
): Either.Either<Cron, CronParseError> => {
  const options: CronOptions = typeof zoneOrOptions === "string" ? { zone: zoneOrOptions } : (zoneOrOptions ?? {})
  const { zone = "UTC" } = options
  const invalid = (option: CronParseError["option"], value: unknown, reason: string) =>
    Either.left(new CronParseError({ option, value, reason }))
  const named = ZoneName.zoneOf(zone)
  if (Either.isLeft(named)) return invalid("zone", zone, named.left)
  if (typeof expression !== "string") return invalid("cron", expression, "must be a text")
  const fields = nicknames.get(expression.trim().toLowerCase()) ?? expression
  const parsed = EffectCron.parse(fields, "UTC")
  if (Either.isLeft(parsed)) return invalid("cron", expression, `must be a valid expression (${parsed.left.message})`)
  const defaults = WallClock.hasOpenHour(fields) ? keepsPace : onceThatDay
  const { fold = defaults.fold, gap = defaults.gap } = options
  if (!isOneOf(["shift", "skip"], gap)) return invalid("gap", gap, 'must be "shift" or "skip"')
  if (!isOneOf(["first", "second", "both"], fold)) return invalid("fold", fold, 'must be "first", "second" or "both"')
  const wall = { cron: parsed.right, timeZone: named.right, gap, fold }
  const next = (after: number) => WallClock.next(wall, after)
  return next(0) === null
    ? invalid("cron", expression, "must match a date that exists")
    : Either.right({ expression, zone, definition: WallClock.describe(wall), next })
}
