/**
 * Instants and durations as people read and type them. Pure: it reads no clock, and the time zone is an argument.
 *
 * @internal
 */
import { DateTime, Duration, Option } from "effect"

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

const units = [
  ["d", day],
  ["h", hour],
  ["min", minute],
  ["s", second]
] as const

const inUnits = (ms: number, round: (amount: number) => number): string | undefined => {
  for (const [unit, length] of units) {
    const amount = round(ms / length)
    if (ms >= length || (unit === "s" && amount > 0)) return `${amount} ${unit}`
  }
  return undefined
}

/** "in 4 s": never less than what is left; "now" for what has come. */
export const until = (at: number, now: number): string => {
  const text = inUnits(at - now, Math.ceil)
  return text === undefined ? "now" : `in ${text}`
}

/** "3 s ago": never more than what has passed; an instant of a clock that goes ahead of ours is "in 3 s". */
export const since = (at: number, now: number): string => {
  const text = inUnits(now - at, Math.floor)
  return text === undefined ? (at - now >= second ? until(at, now) : "now") : `${text} ago`
}

/** "3 min": how long something has gone on, in one unit. */
export const lasting = (from: number, now: number): string => inUnits(now - from, Math.floor) ?? "0 s"

const both = (ms: number, large: number, largeName: string, small: number, smallName: string): string => {
  const smalls = Math.round(ms / small)
  const [whole, rest] = [Math.floor((smalls * small) / large), smalls % (large / small)]
  return `${whole} ${largeName}${rest === 0 ? "" : ` ${rest} ${smallName}`}`
}

/** "412 ms", "4.2 s", "3 min 12 s": in at most two units, rounded. */
export const duration = (ms: number): string => {
  if (ms <= 0) return "0 ms"
  if (ms < 1) return "< 1 ms"
  if (ms < second - 0.5) return `${Math.round(ms)} ms`
  if (ms < minute - 50) return `${Math.round(ms / 100) / 10} s`
  if (ms < hour - second / 2) return both(ms, minute, "min", second, "s")
  if (ms < day - minute / 2) return both(ms, hour, "h", minute, "min")
  return both(ms, day, "d", hour, "h")
}

const lastInstant = 8.64e15

const two = (value: number): string => String(value).padStart(2, "0")

const zoned = (at: number, zone: DateTime.TimeZone): Option.Option<DateTime.Zoned> =>
  Math.abs(at) < lastInstant - 2 * day ? DateTime.makeZoned(at, { timeZone: zone }) : Option.none()

const dateOf = ({ day, month, year }: DateTime.DateTime.PartsWithWeekday): string =>
  `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`

const timeOf = ({ hours, minutes, seconds }: DateTime.DateTime.PartsWithWeekday): string =>
  `${two(hours)}:${two(minutes)}:${two(seconds)}`

/** "14:03:05" on the day of now, "2026-03-29 14:03:05" on another. */
export const stamp = (at: number, now: number, zone: DateTime.TimeZone): string =>
  Option.match(Option.map(zoned(at, zone), DateTime.toParts), {
    // no clock ever showed it
    onNone: () => `${at} ms`,
    onSome: (parts) => {
      const today = Option.map(zoned(now, zone), (zoned) => dateOf(DateTime.toParts(zoned)))
      const date = dateOf(parts)
      return Option.contains(today, date) ? timeOf(parts) : `${date} ${timeOf(parts)}`
    }
  })

/** "14:03:05, 3 min ago" or "14:03:05, in 3 min". */
export const moment = (at: number, now: number, zone: DateTime.TimeZone): string =>
  `${stamp(at, now, zone)}, ${at > now ? until(at, now) : since(at, now)}`

const amounts: Readonly<Record<string, number>> = {
  ms: 1,
  s: second,
  sec: second,
  m: minute,
  min: minute,
  h: hour,
  d: day,
  w: 7 * day
}

/** `2h`, `1.5 d`, `20 seconds`, in ms: finite, and not below 0. */
export const durationOf = (text: string): Option.Option<number> => {
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/.exec(text.trim()) ?? []
  if (amount === undefined) return Option.none()
  const factor = Object.hasOwn(amounts, unit) ? amounts[unit] : undefined
  if (factor !== undefined) return Option.filter(Option.some(Number(amount) * factor), Number.isFinite)
  return Option.filter(
    Option.map(Duration.decodeUnknown(`${amount} ${unit.endsWith("s") ? unit : `${unit}s`}`), Duration.toMillis),
    Number.isFinite
  )
}

const local = /^(?:(\d{4})-(\d{2})-(\d{2}))?[ T]?(?:(\d{1,2}):(\d{2})(?::(\d{2}))?)?$/

/** A local date, a time of today, or both; one that no calendar knows is none. */
const localOf = (text: string, now: number, zone: DateTime.TimeZone): Option.Option<number> => {
  const [, year, month, day, hours = "0", minutes = "0", seconds = "0"] = local.exec(text) ?? []
  if (text === "" || !local.test(text)) return Option.none()
  return Option.flatMap(zoned(now, zone), (today) => {
    const parts = {
      ...(year === undefined ? {} : { year: Number(year), month: Number(month), day: Number(day) }),
      hours: Number(hours),
      minutes: Number(minutes),
      seconds: Number(seconds),
      millis: 0
    }
    const { day: d, month: m, year: y } = DateTime.toParts(today)
    const wanted = { year: y, month: m, day: d, ...parts }
    const shape = new Date(
      Date.UTC(wanted.year, wanted.month - 1, wanted.day, wanted.hours, wanted.minutes, wanted.seconds)
    )
    const isReal = shape.getUTCMonth() === wanted.month - 1 && shape.getUTCHours() === wanted.hours
    return isReal && wanted.minutes < 60 && wanted.seconds < 60
      ? Option.map(DateTime.makeZoned(wanted, { timeZone: zone, adjustForTimeZone: true }), DateTime.toEpochMillis)
      : Option.none()
  })
}

const absolute = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/i

/** An ISO instant, a local date or time, or an age such as `2h`; in ms since the epoch. */
export const instantOf = (text: string, now: number, zone: DateTime.TimeZone): Option.Option<number> => {
  const trimmed = text.trim()
  if (trimmed === "now") return Option.some(now)
  if (absolute.test(trimmed)) return Option.map(DateTime.make(trimmed), DateTime.toEpochMillis)
  return Option.orElse(
    Option.map(durationOf(trimmed), (ms) => Math.round(now - ms)),
    () => localOf(trimmed, now, zone)
  )
}
