/**
 * Calendars and instants to try them at; half of the instants lie within hours of a clock change of the zone.
 */
import { Either, FastCheck as fc } from "effect"
import * as Calendar from "../../src/internal/schedule/Calendar.ts"

export const every = (interval: Parameters<typeof Calendar.every>[0]) => Either.getOrThrow(Calendar.every(interval))
export const cron = (expression: string, zone = "UTC") => Either.getOrThrow(Calendar.cron(expression, zone))

export const next = (calendar: Calendar.Calendar, anchor: number, after: number): number =>
  calendar.next(anchor, after) ?? Number.NaN

/** The last instant that `next` alone reaches from `from` without passing `now`. */
export const stepTo = (calendar: Calendar.Calendar, anchor: number, from: number, now: number): number => {
  let at = from
  for (;;) {
    const then = next(calendar, anchor, at)
    if (then <= at) throw new Error(`next answers ${then} after ${at}`)
    if (then > now) return at
    at = then
  }
}

const expressions = [
  "*/15 * * * *",
  "*/20 * * * * *",
  "0 * * * *",
  "0 */2 * * *",
  "15,45 1-3 * * *",
  "30 1 * * *",
  "30 2 * * *",
  "@daily",
  "0 9 * * 1-5",
  "0 0 31 * *"
]

const changes: Record<string, ReadonlyArray<string>> = {
  UTC: ["2024-02-29T00:00Z", "2026-12-31T23:59Z"],
  "Asia/Kathmandu": ["2025-08-31T18:15Z"],
  "Europe/Berlin": ["2026-03-29T01:00Z", "2026-10-25T01:00Z"],
  "America/New_York": ["2025-03-09T07:00Z", "2025-11-02T06:00Z"],
  "Australia/Lord_Howe": ["2026-04-04T15:00Z", "2026-10-03T15:30Z"],
  "Pacific/Auckland": ["2024-04-06T14:00Z", "2027-09-25T14:00Z"]
}

export interface Case {
  readonly calendar: Calendar.Calendar
  readonly at: number
  readonly text: string
}

const within = (from: number, to: number) => fc.integer({ min: Math.ceil(from / 60_000), max: Math.floor(to / 60_000) })

const momentIn = (zone: string) =>
  fc.oneof(
    fc
      .tuple(fc.constantFrom(...(changes[zone] ?? [])), within(-4 * 3_600_000, 4 * 3_600_000))
      .map(([change, minutes]) => Date.parse(change) + minutes * 60_000),
    within(Date.parse("2024-01-01"), Date.parse("2027-12-31")).map((minutes) => minutes * 60_000)
  )

/** A cron calendar and an instant at which to ask it. */
export const cronCase: fc.Arbitrary<Case> = fc
  .constantFrom(...Object.keys(changes))
  .chain((zone) => fc.tuple(fc.constantFrom(...expressions), fc.constant(zone), momentIn(zone)))
  .map(([expression, zone, at]) => ({
    calendar: cron(expression, zone),
    at,
    text: `${expression} in ${zone} at ${new Date(at).toISOString()}`
  }))

/** The first instant of a grid after another, or none: a grid may end. */
export const firstAfter = (calendar: Calendar.Calendar, anchor: number, after = anchor): number | null =>
  calendar.next(anchor, after)
