/**
 * Instants as callers give them. It reads no clock, and guesses neither a zone nor an order of day and month.
 *
 * @internal
 */
import { DateTime, Either, Option } from "effect"

const isoPattern =
  /^(?<date>(?:[+-]\d{6}|\d{4})-\d\d-\d\d)[T ](?<time>\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(?<offset>Z|[+-]\d\d(?::?\d\d)?)$/i

const noSuchDay = "must be a day that exists"

/** JavaScript reads 30 February as a day in March. */
const isOnTheCalendar = (date: string): boolean => {
  const [, year, month, day] = /^([+-]?\d+)-(\d\d)-(\d\d)$/.exec(date) ?? []
  const read = new Date(Date.UTC(2000, 0, 1))
  read.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  return read.getUTCDate() === Number(day)
}

/** In the one form that JavaScript reads by a standard. */
const normalOf = (text: string): Either.Either<string, string> => {
  const { date, offset, time } = isoPattern.exec(text.trim())?.groups ?? {}
  if (date === undefined || time === undefined || offset === undefined)
    return Either.left("must be ISO 8601 with its offset from UTC")
  if (!isOnTheCalendar(date)) return Either.left(noSuchDay)
  const [, hours = "", minutes = "00"] = /^([+-]\d\d):?(\d\d)?$/.exec(offset) ?? []
  return Either.right(`${date}T${time}${hours === "" ? "Z" : `${hours}:${minutes}`}`)
}

/** Why parts such as `{ year: 2027, month: 2, day: 30 }` name no instant; `null` where they do, or are no parts. */
const faultOfParts = (instant: DateTime.DateTime.Input): string | null => {
  if (typeof instant !== "object" || instant instanceof Date || DateTime.isDateTime(instant)) return null
  if (instant === null || instant.year === undefined) return "must have a year"
  const made = Option.map(DateTime.make(instant), (made) => Object.entries(DateTime.toPartsUtc(made)))
  const isMade = ([part, value]: [string, unknown]) =>
    Option.exists(made, (parts) => parts.some(([name, is]) => name === part && is === value))
  return Object.entries(instant).every(isMade) ? null : noSuchDay
}

/**
 * An instant from a `DateTime`, a `Date`, milliseconds since the epoch, parts of a date in UTC from the year on, or an ISO
 * 8601 text with its offset from UTC; or why it is not an instant.
 *
 * @example
 * ```ts
 * import { Either } from "effect"
 * import * as Instant from "./Instant.ts"
 *
 * console.assert(Either.getOrNull(Instant.of("1970-01-01T01:00:00+01:00")) === 0)
 * console.assert(Either.isLeft(Instant.of("01-02-2027")))
 * ```
 */
export const of = (instant: DateTime.DateTime.Input): Either.Either<number, string> =>
  typeof instant === "string" ? Either.flatMap(normalOf(instant), read) : read(instant)

const read = (instant: DateTime.DateTime.Input): Either.Either<number, string> => {
  const fault = faultOfParts(instant)
  if (fault !== null) return Either.left(fault)
  return Option.match(DateTime.make(instant), {
    onNone: () => Either.left("must be an instant that has a date"),
    onSome: ({ epochMillis }) => Either.right(Math.ceil(epochMillis))
  })
}
