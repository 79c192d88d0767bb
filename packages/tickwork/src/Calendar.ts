/**
 * Grids of instants: every so often from an anchor, or as a cron expression says in a time zone.
 *
 * A calendar is data with a pure `next`; it never asks what time it is. Instants are milliseconds since the epoch.
 *
 * @since 0.1.0
 */
import { Cron, Data, DateTime, Duration, Either, Option } from "effect"
import * as WallClock from "./WallClock.ts"

/**
 * A grid of instants on which runs are planned.
 *
 * @since 0.1.0
 * @category models
 */
export type Calendar = Every | CronCalendar

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
 * Why an interval or an expression is no calendar.
 *
 * @since 0.1.0
 * @category errors
 */
export class NotACalendar extends Data.Error<{ readonly reason: string }> {}

const refuse = (reason: string) => Either.left(new NotACalendar({ reason }))

/**
 * Needs an interval of whole milliseconds, at least one and finite.
 *
 * @example
 * ```ts
 * import { Either } from "effect"
 * import { Calendar } from "tickwork"
 *
 * console.assert(Either.isRight(Calendar.every("5 seconds")))
 * console.assert(Either.isLeft(Calendar.every("0 seconds")))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const every = (interval: Duration.DurationInput): Either.Either<Every, NotACalendar> => {
  const decoded = Duration.decodeUnknown(interval)
  if (Option.isNone(decoded)) return refuse("it is no duration")
  const intervalMs = Duration.toMillis(decoded.value)
  if (!Number.isFinite(intervalMs)) return refuse("it never ends")
  if (intervalMs < 1) return refuse("it is shorter than one millisecond")
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
 * import { Calendar } from "tickwork"
 *
 * console.assert(Either.isRight(Calendar.cron("0 3 * * *", "Europe/Berlin")))
 * console.assert(Either.isLeft(Calendar.cron("0 0 30 2 *", "UTC")))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const cron = (expression: string, zone: string): Either.Either<CronCalendar, NotACalendar> => {
  const named = DateTime.zoneMakeNamed(zone)
  if (Option.isNone(named)) return refuse(`no time zone is named ${JSON.stringify(zone)}`)
  const fields = nicknames[expression.trim().toLowerCase()] ?? expression
  const parsed = Cron.parse(fields, "UTC")
  if (Either.isLeft(parsed)) return refuse(parsed.left.message)
  const wall = { cron: parsed.right, timeZone: named.value, keepsPace: WallClock.hasOpenHour(fields) }
  const calendar: CronCalendar = { _tag: "Cron", expression, zone, wall }
  return Option.isSome(next(calendar, 0, 0)) ? Either.right(calendar) : refuse("no date ever matches it")
}

/**
 * The first instant of the grid strictly after `after`; none when the grid has ended.
 *
 * @example
 * ```ts
 * import { Either, Option } from "effect"
 * import { Calendar } from "tickwork"
 *
 * const grid = Either.getOrThrow(Calendar.every("5 seconds"))
 * console.assert(Option.contains(Calendar.next(grid, 1_000, 6_000), 11_000))
 * ```
 *
 * @since 0.1.0
 * @category planning
 */
export const next = (self: Calendar, anchor: number, after: number): Option.Option<number> =>
  self._tag === "Every" ? Option.some(nextOnGrid(self.intervalMs, anchor, after)) : WallClock.next(self.wall, after)

const nextOnGrid = (intervalMs: number, anchor: number, after: number): number =>
  after < anchor ? anchor : anchor + (Math.floor((after - anchor) / intervalMs) + 1) * intervalMs

/**
 * The last instant of the grid at or before `now`, and never before `from`, itself an instant of the grid.
 *
 * This is the instant that one run stands for when several have passed.
 *
 * @example
 * ```ts
 * import { Either } from "effect"
 * import { Calendar } from "tickwork"
 *
 * const grid = Either.getOrThrow(Calendar.every("5 seconds"))
 * console.assert(Calendar.latest(grid, 1_000, 6_000, 19_000) === 16_000)
 * ```
 *
 * @since 0.1.0
 * @category planning
 */
export const latest = (self: Calendar, anchor: number, from: number, now: number): number => {
  if (now <= from) return from
  if (self._tag === "Every") return Math.max(from, nextOnGrid(self.intervalMs, anchor, now) - self.intervalMs)
  const isPassed = (at: number) => Option.exists(next(self, anchor, at), (then) => then <= now)
  // the first instant after which nothing of the grid has passed is the last of the grid that has
  if (!isPassed(from)) return from
  let [low, high] = [from, now]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (isPassed(middle)) low = middle
    else high = middle
  }
  return high
}
