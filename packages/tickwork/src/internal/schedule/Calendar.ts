/**
 * Grids of instants: every so often from an anchor, as a cron expression says in a time zone, or a single one.
 *
 * A calendar is data with a pure `next`; it never asks what time it is. Instants are milliseconds since the epoch.
 *
 * @since 0.1.0
 */
import { Cron, Data, DateTime, type Duration, Either, Option } from "effect"
import * as Millis from "../Millis.ts"
import * as WallClock from "./WallClock.ts"

/**
 * A grid of instants on which runs are planned.
 *
 * @since 0.1.0
 * @category models
 */
export type Calendar = Every | CronCalendar | At | Once

/**
 * Instants one interval apart, counted from an anchor: the first run.
 *
 * @since 0.1.0
 * @category models
 */
export interface Every {
  readonly _tag: "Every"
  readonly intervalMs: number
}

/**
 * The instants that match a cron expression in a named time zone.
 *
 * @since 0.1.0
 * @category models
 */
export interface CronCalendar {
  readonly _tag: "Cron"
  readonly expression: string
  readonly zone: string
  readonly wall: WallClock.WallClock
}

/**
 * One instant, once.
 *
 * @since 0.1.0
 * @category models
 */
export interface At {
  readonly _tag: "At"
  readonly instant: number
}

/**
 * The anchor itself, once: each instance has an instant of its own.
 *
 * @since 0.1.0
 * @category models
 */
export interface Once {
  readonly _tag: "Once"
}

/**
 * Where an expression is read, and what it means on the days on which clocks are moved.
 *
 * `zone` is UTC unless set. A reading in the hour that is skipped runs shifted past the gap (`shift`) or not at all
 * (`skip`); one in the hour that comes twice runs the `first` time, the `second` time, or `both` times. Unless set, an
 * expression with a fixed hour runs once that day (`shift`, `first`), and one whose hour is a wildcard or a step keeps
 * its pace (`skip`, `both`).
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
 * Why an interval or an expression is no calendar.
 *
 * @since 0.1.0
 * @category errors
 */
export class CronParseError extends Data.Error<{ readonly reason: string }> {}

/**
 * The last instant that has a date, in ms since the epoch: what is planned for later never comes.
 *
 * @since 0.1.0
 * @category constants
 */
export const lastInstant = 8.64e15

const refuse = (reason: string) => Either.left(new CronParseError({ reason }))

/**
 * Needs an interval of whole milliseconds, at least one and finite.
 *
 * @example
 * ```ts
 * import { Either } from "effect"
 * import * as Calendar from "./Calendar.ts"
 *
 * console.assert(Either.isRight(Calendar.every("5 seconds")))
 * console.assert(Either.isLeft(Calendar.every("0 seconds")))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const every = (interval: Duration.DurationInput): Either.Either<Every, CronParseError> => {
  const intervalMs = Millis.of(interval)
  if (Number.isNaN(intervalMs)) return refuse("it is no duration")
  if (!Number.isFinite(intervalMs)) return refuse("it never ends")
  if (intervalMs < 1) return refuse("it is shorter than one millisecond")
  if (intervalMs > lastInstant) return refuse("it is longer than time can be told")
  return Number.isInteger(intervalMs)
    ? Either.right({ _tag: "Every", intervalMs })
    : refuse("it is no whole number of milliseconds")
}

const nicknames: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *"
}

/**
 * Needs five or six fields (seconds first) or a nickname such as `@daily`, a zone that exists, and a date that does:
 * the 30th of February is refused.
 *
 * @example
 * ```ts
 * import { Either } from "effect"
 * import * as Calendar from "./Calendar.ts"
 *
 * console.assert(Either.isRight(Calendar.cron("0 3 * * *", "Europe/Berlin")))
 * console.assert(Either.isLeft(Calendar.cron("0 0 30 2 *", "UTC")))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const cron = (
  expression: string,
  zoneOrOptions: string | CronOptions = {}
): Either.Either<CronCalendar, CronParseError> => {
  const zone = zoneOf(zoneOrOptions)
  const options = typeof zoneOrOptions === "string" ? {} : (zoneOrOptions ?? {})
  const named = DateTime.zoneMakeNamed(zone)
  if (Option.isNone(named)) return refuse(`no time zone is named ${JSON.stringify(zone)}`)
  if (typeof expression !== "string") return refuse("it is no text")
  const fields = nicknames[expression.trim().toLowerCase()] ?? expression
  const parsed = Cron.parse(fields, "UTC")
  if (Either.isLeft(parsed)) return refuse(parsed.left.message)
  const defaults = WallClock.hasOpenHour(fields) ? keepsPace : onceThatDay
  const { fold = defaults.fold, gap = defaults.gap } = options
  if (!isOneOf(["shift", "skip"], gap)) return refuse(`gap ${JSON.stringify(gap)} is neither "shift" nor "skip"`)
  if (!isOneOf(["first", "second", "both"], fold)) {
    return refuse(`fold ${JSON.stringify(fold)} is none of "first", "second" and "both"`)
  }
  const wall = { cron: parsed.right, timeZone: named.value, gap, fold }
  const calendar: CronCalendar = { _tag: "Cron", expression, zone, wall }
  return Option.isSome(next(calendar, 0, 0)) ? Either.right(calendar) : refuse("no date ever matches it")
}

/**
 * The zone in which an expression is read: UTC unless another one is given.
 *
 * @since 0.1.0
 * @category models
 */
export const zoneOf = (zoneOrOptions: string | CronOptions): string =>
  typeof zoneOrOptions === "string" ? zoneOrOptions : (zoneOrOptions?.zone ?? "UTC")

const keepsPace = { gap: "skip", fold: "both" } as const

const onceThatDay = { gap: "shift", fold: "first" } as const

const isOneOf = (all: ReadonlyArray<unknown>, value: unknown): boolean => all.includes(value)

// without one, the machine's own zone would decide which instant is meant
const saysItsZone = (text: string): boolean => /^\d{4}-\d\d-\d\d$|(Z|[+-]\d\d(:?\d\d)?)$/i.test(text.trim())

/** JavaScript takes the 30th of February for a day in March. */
const isOnTheCalendar = (text: string): boolean => {
  const [, year, month, day] = /^([+-]?\d{4,6})-(\d\d)-(\d\d)/.exec(text.trim()) ?? []
  if (day === undefined) return true
  const date = new Date(Date.UTC(2000, 0, 1))
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  return date.getUTCDate() === Number(day)
}

/** Why parts such as `{ year: 2027, month: 2, day: 30 }` name no instant; `null` where they do, or are none. */
const faultOfParts = (instant: DateTime.DateTime.Input): string | null => {
  if (typeof instant !== "object" || instant instanceof Date || DateTime.isDateTime(instant)) return null
  if (instant === null || instant.year === undefined) return "it names no year"
  const made = Option.map(DateTime.make(instant), (made) => Object.entries(DateTime.toPartsUtc(made)))
  const isMade = ([part, value]: [string, unknown]) =>
    Option.exists(made, (parts) => parts.some(([name, is]) => name === part && is === value))
  return Object.entries(instant).every(isMade) ? null : "there is no such day"
}

/**
 * Needs an instant: a `DateTime`, a `Date`, milliseconds since the epoch, parts of a date in UTC from the year on, or a
 * text that says its offset from UTC.
 *
 * @example
 * ```ts
 * import { Either } from "effect"
 * import * as Calendar from "./Calendar.ts"
 *
 * console.assert(Either.isRight(Calendar.at("2027-01-01T09:00:00+01:00")))
 * console.assert(Either.isLeft(Calendar.at("2027-01-01T09:00:00")))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const at = (instant: DateTime.DateTime.Input): Either.Either<At, CronParseError> => {
  if (typeof instant === "string" && !saysItsZone(instant)) return refuse("it says no offset from UTC")
  if (typeof instant === "string" && !isOnTheCalendar(instant)) return refuse("there is no such day")
  const fault = faultOfParts(instant)
  if (fault !== null) return refuse(fault)
  return Option.match(DateTime.make(instant), {
    onNone: () => refuse("it is no instant"),
    onSome: ({ epochMillis }) => Either.right({ _tag: "At", instant: Math.ceil(epochMillis) })
  })
}

/**
 * The first instant of the grid strictly after `after`; none when the grid has ended.
 *
 * @example
 * ```ts
 * import { Either, Option } from "effect"
 * import * as Calendar from "./Calendar.ts"
 *
 * const grid = Either.getOrThrow(Calendar.every("5 seconds"))
 * console.assert(Option.contains(Calendar.next(grid, 1_000, 6_000), 11_000))
 * ```
 *
 * @since 0.1.0
 * @category planning
 */
export const next = (self: Calendar, anchor: number, after: number): Option.Option<number> => {
  switch (self._tag) {
    case "Every": {
      const at = nextOnGrid(self.intervalMs, anchor, after)
      return at <= lastInstant ? Option.some(at) : Option.none()
    }
    case "Cron":
      return WallClock.next(self.wall, after)
    case "At":
      return after < self.instant ? Option.some(self.instant) : Option.none()
    case "Once":
      return after < anchor ? Option.some(anchor) : Option.none()
  }
}

const nextOnGrid = (intervalMs: number, anchor: number, after: number): number =>
  after < anchor ? anchor : anchor + (Math.floor((after - anchor) / intervalMs) + 1) * intervalMs

/**
 * The last instant of the grid at or before `now`, and never before `from`, itself an instant of the grid.
 *
 * @example
 * ```ts
 * import { Either } from "effect"
 * import * as Calendar from "./Calendar.ts"
 *
 * const grid = Either.getOrThrow(Calendar.every("5 seconds"))
 * console.assert(Calendar.latest(grid, 1_000, 6_000, 19_000) === 16_000)
 * ```
 *
 * @since 0.1.0
 * @category planning
 */
export const latest = (self: Calendar, anchor: number, from: number, now: number): number => {
  if (now - from < shortestMs(self)) return from
  if (self._tag === "Every") return Math.max(from, nextOnGrid(self.intervalMs, anchor, now) - self.intervalMs)
  const isPassed = (at: number) => Option.exists(next(self, anchor, at), (then) => then <= now)
  // the first instant after which nothing of the grid has passed is the last of the grid that has
  return isPassed(from) ? WallClock.firstWhere((at) => !isPassed(at), from, now) : from
}

/** No two instants of the grid are nearer than this. */
const shortestMs = (self: Calendar): number => {
  switch (self._tag) {
    case "Every":
      return self.intervalMs
    case "Cron":
      return 1000
    case "At":
    case "Once":
      return Number.POSITIVE_INFINITY
  }
}

/**
 * The instants of the grid after `after` and up to `until`, at most `atMost` of them.
 *
 * @example
 * ```ts
 * import { Either } from "effect"
 * import * as Calendar from "./Calendar.ts"
 *
 * const grid = Either.getOrThrow(Calendar.cron("0 3 * * *"))
 * const days = Calendar.between(grid, 0, { after: 0, until: 7 * 86_400_000, atMost: 100 })
 * console.assert(days.length === 7)
 * ```
 *
 * @since 0.1.0
 * @category planning
 */
export const between = (
  self: Calendar,
  anchor: number,
  range: { readonly after: number; readonly until: number; readonly atMost: number }
): ReadonlyArray<number> => {
  const instants: Array<number> = []
  for (let at = range.after; instants.length < range.atMost; ) {
    const then = next(self, anchor, at)
    if (Option.isNone(then) || then.value > range.until) break
    at = then.value
    instants.push(at)
  }
  return instants
}

/**
 * How many instants of the grid lie after `after` and up to `until`. Those of a cron expression have to be looked for
 * one by one: there counting stops at `atMost`.
 *
 * @since 0.1.0
 * @category planning
 */
export const count = (
  self: Calendar,
  anchor: number,
  range: { readonly after: number; readonly until: number; readonly atMost: number }
): number => {
  if (self._tag !== "Every") return between(self, anchor, range).length
  const first = nextOnGrid(self.intervalMs, anchor, range.after)
  return first > range.until ? 0 : Math.floor((range.until - first) / self.intervalMs) + 1
}

/**
 * The last instants of the grid from `from` up to `until`, at most `atMost` of them, in their order.
 *
 * @example
 * ```ts
 * import { Either } from "effect"
 * import * as Calendar from "./Calendar.ts"
 *
 * const grid = Either.getOrThrow(Calendar.every("5 seconds"))
 * const two = Calendar.last(grid, 0, { from: 0, until: 19_000, atMost: 2 })
 * console.assert(two.join() === "10000,15000")
 * ```
 *
 * @since 0.1.0
 * @category planning
 */
export const last = (
  self: Calendar,
  anchor: number,
  range: { readonly from: number; readonly until: number; readonly atMost: number }
): ReadonlyArray<number> => {
  const { atMost, from, until } = range
  for (let span = shortestMs(self) * atMost; ; span *= 2) {
    const after = Math.max(from, until - span) - 1
    const instants = between(self, anchor, { after, until, atMost: Number.POSITIVE_INFINITY })
    if (instants.length >= atMost || after < from) return instants.slice(-atMost)
  }
}
