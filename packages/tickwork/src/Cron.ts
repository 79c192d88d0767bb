/**
 * Cron expressions in a time zone: which instants they name, also on the days on which clocks are moved.
 *
 * Pure: it reads no clock. Instants are milliseconds since the epoch.
 *
 * @since 0.1.0
 */
import { DateTime, Cron as EffectCron, Either, Schema } from "effect"
import * as CronFault from "./internal/schedule/CronFault.ts"
import * as MonthDays from "./internal/schedule/MonthDays.ts"
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
 * An expression, its zone or an option is invalid: what it must be, what it was, and what to write.
 *
 * @example
 * ```ts
 * import { Either } from "effect"
 * import { Cron } from "tickwork"
 *
 * const { message } = Either.getOrThrow(Either.flip(Cron.parse("0 22-2 * * *")))
 * const cure = "Write 22-23,0-2 in place of 22-2."
 * console.assert(message === `cron must have hours that rise, not 22-2, got "0 22-2 * * *". ${cure}`)
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class CronParseError extends Schema.TaggedError<CronParseError>("tickwork/CronParseError")("CronParseError", {
  option: Schema.Literal("cron", "zone", "gap", "fold"),
  value: Schema.Unknown,
  reason: Schema.String,
  cure: Schema.String
}) {
  override get message() {
    return `${this.option} ${this.reason}, got ${JSON.stringify(this.value)}. ${this.cure}`
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

const gaps = ["shift", "skip"]
const folds = ["first", "second", "both"]

const isOneOf = (all: ReadonlyArray<unknown>, value: unknown): boolean => all.includes(value)

const oneOf = (all: ReadonlyArray<string>): CronFault.Fault => {
  const quoted = all.map((one) => `"${one}"`)
  return { reason: `must be ${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`, cure: "Write one of them." }
}

const exampleCure = 'Use one such as Job.cron("0 3 * * *", "Europe/Berlin").'

// an offset needs no look-up, as a named zone does
const utc = DateTime.zoneMakeOffset(0)

const never = () => Number.NaN

/** True for an expression that names no day of the month: each month has all others, so that no date has to be looked for. */
const isInEachMonth = ({ days }: EffectCron.Cron): boolean => days.size === 0

/** What an expression says, whatever its zone. */
const readOf = (expression: string) => {
  const fields = (nicknames.get(expression.trim().toLowerCase()) ?? expression).replaceAll("?", "*")
  const plain = MonthDays.plain(fields)
  const read = EffectCron.parse(plain, utc)
  const defaults = WallClock.hasOpenHour(fields) ? keepsPace : onceThatDay
  if (Either.isLeft(read))
    return { plain, error: read.left.message, shownFrom: never, definition: "", defaults, isEverShown: false }
  const shownFrom = WallClock.remembering(plain === fields ? WallClock.finder(read.right) : MonthDays.finder(fields))
  const days = plain === fields ? "" : ` with the days of "${fields.trim().toUpperCase()}"`
  const definition = `${WallClock.fieldsOf(read.right)}${days}`
  return {
    plain,
    error: null,
    shownFrom,
    definition,
    defaults,
    isEverShown: (plain === fields && isInEachMonth(read.right)) || WallClock.isEverShown(shownFrom)
  }
}

/** What has been read lately: many zones share an expression, and reading takes longer than all the rest. */
const parsed = new Map<string, ReturnType<typeof readOf>>()

const mostParsed = 5000

const read = (expression: string): ReturnType<typeof readOf> => {
  const known = parsed.get(expression)
  if (known !== undefined) return known
  if (parsed.size >= mostParsed) parsed.clear()
  const found = readOf(expression)
  parsed.set(expression, found)
  return found
}

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
  const invalid = (option: CronParseError["option"], value: unknown, fault: CronFault.Fault) =>
    Either.left(new CronParseError({ option, value, ...fault }))
  const named = ZoneName.zoneOf(zone)
  if (Either.isLeft(named)) return invalid("zone", zone, named.left)
  if (typeof expression !== "string")
    return invalid("cron", expression, { reason: "must be a text", cure: exampleCure })
  const { defaults, definition: fields, error, isEverShown, plain, shownFrom } = read(expression)
  if (error !== null) {
    const reason = `must be a valid expression (${error})`
    return invalid("cron", expression, CronFault.of(plain) ?? { reason, cure: exampleCure })
  }
  const { fold = defaults.fold, gap = defaults.gap } = options
  if (!isOneOf(gaps, gap)) return invalid("gap", gap, oneOf(gaps))
  if (!isOneOf(folds, fold)) return invalid("fold", fold, oneOf(folds))
  const definition = `cron ${fields} in ${DateTime.zoneToString(named.right)}, gap ${gap}, fold ${fold}`
  const wall = { shownFrom, timeZone: named.right, gap, fold }
  const next = (after: number) => WallClock.next(wall, after)
  return !isEverShown
    ? invalid("cron", expression, { reason: "must match a date that exists", cure: exampleCure })
    : Either.right({ expression, zone, definition, next })
}
