/**
 * Instants and durations as people read them. Pure: now and the time zone are arguments.
 *
 * @internal
 */
import { DateTime, Option } from "effect"

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

const inOneUnit = (ms: number, round: (amount: number) => number): string | undefined => {
  for (const [unit, length] of units) {
    const amount = round(ms / length)
    if (ms >= length || (unit === "s" && amount > 0)) return `${amount} ${unit}`
  }
  return undefined
}

/** "in 4 s", rounded up; "now" for an instant that has passed. */
export const until = (at: number, now: number): string => {
  const text = inOneUnit(at - now, Math.ceil)
  return text === undefined ? "now" : `in ${text}`
}

/** "3 s ago", rounded down; "in 3 s" where the clock that wrote the instant is ahead. */
export const since = (at: number, now: number): string => {
  const text = inOneUnit(now - at, Math.floor)
  return text === undefined ? (at - now >= second ? until(at, now) : "now") : `${text} ago`
}

/** "3 min": the time since an instant, rounded down to one unit. */
export const elapsed = (from: number, now: number): string => inOneUnit(now - from, Math.floor) ?? "0 s"

const inTwoUnits = (ms: number, large: number, largeName: string, small: number, smallName: string): string => {
  const smalls = Math.round(ms / small)
  const [whole, rest] = [Math.floor((smalls * small) / large), smalls % (large / small)]
  return `${whole} ${largeName}${rest === 0 ? "" : ` ${rest} ${smallName}`}`
}

/** "412 ms", "4.2 s", "3 min 12 s": rounded to at most two units. */
export const duration = (ms: number): string => {
  if (ms <= 0) return "0 ms"
  if (ms < 1) return "< 1 ms"
  if (ms < second - 0.5) return `${Math.round(ms)} ms`
  if (ms < minute - 50) return `${Math.round(ms / 100) / 10} s`
  if (ms < hour - second / 2) return inTwoUnits(ms, minute, "min", second, "s")
  if (ms < day - minute / 2) return inTwoUnits(ms, hour, "h", minute, "min")
  return inTwoUnits(ms, day, "d", hour, "h")
}

const zoned = (at: number, zone: DateTime.TimeZone): Option.Option<string> =>
  Option.map(DateTime.makeZoned(at, { timeZone: zone }), DateTime.formatIsoOffset)

/** "14:03:05" on the day of `now`, else "2026-03-29 14:03:05". */
export const stamp = (at: number, now: number, zone: DateTime.TimeZone): string =>
  Option.match(zoned(at, zone), {
    onNone: () => `${at} ms`,
    onSome: (text) => {
      const [date = "", time = ""] = text.split("T")
      const isToday = Option.exists(zoned(now, zone), (today) => today.startsWith(`${date}T`))
      return isToday ? time.slice(0, 8) : `${date} ${time.slice(0, 8)}`
    }
  })

/** "14:03:05, 3 min ago" or "14:03:05, in 3 min". */
export const moment = (at: number, now: number, zone: DateTime.TimeZone): string =>
  `${stamp(at, now, zone)}, ${at > now ? until(at, now) : since(at, now)}`
