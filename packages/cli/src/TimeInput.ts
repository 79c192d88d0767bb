/**
 * Instants and durations as people type them. Pure: now and the time zone are arguments.
 *
 * @internal
 */
import { DateTime, Duration, Option } from "effect"

const minute = 60_000

const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  sec: 1000,
  m: minute,
  min: minute,
  h: 60 * minute,
  d: 24 * 60 * minute,
  w: 7 * 24 * 60 * minute
}

/** `2h`, `1.5 d` or `20 seconds` in ms: finite and at least 0. */
export const duration = (text: string): Option.Option<number> => {
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/.exec(text.trim()) ?? []
  if (amount === undefined) return Option.none()
  const factor = Object.hasOwn(units, unit) ? units[unit] : undefined
  const ms =
    factor === undefined
      ? Option.map(Duration.decodeUnknown(`${amount} ${unit.endsWith("s") ? unit : `${unit}s`}`), Duration.toMillis)
      : Option.some(Number(amount) * factor)
  return Option.filter(ms, Number.isFinite)
}

const localPattern = /^(\d{4}-\d{2}-\d{2})?[ T]?(\d{1,2}:\d{2}(?::\d{2})?)?$/

/** A date, a time of today, or both, on the clock of the zone; none for 30 February or 25:00. */
const local = (text: string, now: number, zone: DateTime.TimeZone): Option.Option<number> => {
  const match = localPattern.exec(text)
  if (text === "" || match === null) return Option.none()
  return Option.gen(function* () {
    const today = yield* DateTime.makeZoned(now, { timeZone: zone })
    const date = match[1] ?? DateTime.formatIsoDate(today)
    const time = (match[2] ?? "00:00").replace(/^\d:/, "0$&")
    const wanted = yield* DateTime.make(`${date}T${time}Z`)
    // a date that no month has is read as one of the next month
    if (!DateTime.formatIso(wanted).startsWith(`${date}T${time}`)) return yield* Option.none()
    return DateTime.toEpochMillis(yield* DateTime.makeZoned(wanted, { timeZone: zone, adjustForTimeZone: true }))
  })
}

const absolutePattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/i

/** Of the years 1 to 9999, which are shown as they are typed. */
const isOfCalendar = (at: number): boolean => at >= -62_135_596_800_000 && at < 253_402_300_800_000

/** An ISO instant, a local date or time, `now`, or a time from now such as `2h`; in ms since the epoch. */
export const due = (text: string, now: number, zone: DateTime.TimeZone): Option.Option<number> =>
  Option.orElse(
    Option.map(duration(text), (ms) => Math.round(now + ms)),
    () => instant(text, now, zone)
  )

/** An ISO instant, a local date or time, `now`, or an age such as `2h`; in ms since the epoch. */
export const instant = (text: string, now: number, zone: DateTime.TimeZone): Option.Option<number> => {
  const trimmed = text.trim()
  if (trimmed === "now") return Option.some(now)
  if (absolutePattern.test(trimmed)) return Option.map(DateTime.make(trimmed), DateTime.toEpochMillis)
  return Option.orElse(
    Option.map(duration(trimmed), (ms) => Math.round(now - ms)),
    () => local(trimmed, now, zone)
  ).pipe(Option.filter(isOfCalendar))
}
