/**
 * The wall clock of a chart: what it shows at an instant, and when it is moved.
 *
 * `DateTime` does all the arithmetic; nothing here reads a clock or a locale.
 *
 * @internal
 */
import { DateTime, Option } from "effect"
import type { Span } from "./Model.ts"

/** UTC where there is no such zone. */
export const of = (name: string): DateTime.TimeZone =>
  Option.getOrElse(DateTime.zoneFromString(name), () => DateTime.zoneUnsafeMakeNamed("UTC"))

export const at = (zone: DateTime.TimeZone, instant: number): DateTime.Zoned =>
  DateTime.unsafeMakeZoned(instant, { timeZone: zone })

const offsetAt = (zone: DateTime.TimeZone, instant: number): number => DateTime.zonedOffset(at(zone, instant))

/** The wall clock is moved at an instant: its offset from UTC before and after that, as `+01:00`. */
export interface Move {
  readonly at: number
  readonly before: string
  readonly after: string
}

const dayMs = 86_400_000

/** A century is read in larger strides: no zone moves its clock for less than some weeks. */
const mostStrides = 5000

/** The first instant of an offset that holds at `high` and not at `low`. */
const firstWith = (zone: DateTime.TimeZone, offset: number, low: number, high: number): number => {
  let [without, having] = [low, high]
  while (having - without > 1) {
    const middle = Math.floor((without + having) / 2)
    if (offsetAt(zone, middle) === offset) having = middle
    else without = middle
  }
  return having
}

/** The moves after the first instant of a span, up to its last. */
export const moves = (zone: DateTime.TimeZone, { from, to }: Span): ReadonlyArray<Move> => {
  const found: Array<Move> = []
  const stride = Math.max(dayMs, Math.ceil((to - from) / mostStrides))
  for (let low = from, before = offsetAt(zone, from); low < to; ) {
    const high = Math.min(to, low + stride)
    const after = offsetAt(zone, high)
    if (after !== before) {
      const instant = firstWith(zone, after, low, high)
      const shown = (at_: number) => DateTime.zonedOffsetIso(at(zone, at_))
      found.push({ at: instant, before: shown(instant - 1), after: shown(instant) })
    }
    low = high
    before = after
  }
  return found
}

const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
const two = (value: number): string => String(value).padStart(2, "0")

/** `03:00`, with seconds and milliseconds where it has them. */
export const timeOf = (zoned: DateTime.Zoned): string => {
  const { hours, millis, minutes, seconds } = DateTime.toParts(zoned)
  const exact = millis === 0 ? "" : `.${String(millis).padStart(3, "0")}`
  return `${two(hours)}:${two(minutes)}${seconds === 0 && millis === 0 ? "" : `:${two(seconds)}${exact}`}`
}

/** `Sun 29 Mar`. */
export const dayOf = (zoned: DateTime.Zoned): string => {
  const { day, month, weekDay } = DateTime.toParts(zoned)
  return `${days[weekDay]} ${day} ${months[month - 1]}`
}

/** `Mar 2026`. */
export const monthOf = (zoned: DateTime.Zoned): string => {
  const { month, year } = DateTime.toParts(zoned)
  return `${months[month - 1]} ${year}`
}

/** `Sun 29 Mar, 03:00`. */
export const momentOf = (zoned: DateTime.Zoned): string => `${dayOf(zoned)}, ${timeOf(zoned)}`

/** `Sun 29 Mar 2026, 03:00`. */
export const fullOf = (zoned: DateTime.Zoned): string =>
  `${dayOf(zoned)} ${DateTime.toParts(zoned).year}, ${timeOf(zoned)}`
