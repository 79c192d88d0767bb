/**
 * Days that are left out of a calendar: it names no instant on them, and the log counts those that it would have named.
 *
 * It reads no clock.
 *
 * @internal
 */
import { DateTime } from "effect"
import * as Position from "../../Position.ts"
import * as Calendar from "./Calendar.ts"

/**
 * A day on the clock of a zone. `date` is as ISO 8601 writes it, such as `2027-12-25`; `month` is from 1 to 12, and
 * `weekday` from 0 (Sunday) to 6.
 *
 * @since 0.1.0
 * @category models
 */
export interface Day {
  readonly date: string
  readonly year: number
  readonly month: number
  readonly day: number
  readonly weekday: number
}

/** True for a day that is left out. */
export type IsLeftOut = (day: Day) => boolean

const dayOf = (zoned: DateTime.Zoned): Day => {
  const { day, month, weekDay: weekday, year } = DateTime.toParts(zoned)
  return { date: DateTime.formatIsoDate(zoned), year, month, day, weekday }
}

/** This number of days in a row ends a calendar. */
const mostDays = 1000

/** The calendar without the instants on these days. A day on which the function throws is not left out. */
export const except = (
  self: Calendar.Calendar,
  isLeftOut: IsLeftOut,
  timeZone: DateTime.TimeZone
): Calendar.Calendar => {
  const zonedAt = (at: number) => DateTime.unsafeMakeZoned(at, { timeZone })
  const is = (at: number) => isLeftOut(dayOf(zonedAt(at)))
  const isSafely = (at: number) => {
    try {
      return is(at)
    } catch {
      return false
    }
  }
  const endOfDay = (at: number) => Math.max(at, DateTime.endOf(zonedAt(at), "day").epochMillis)
  const kept = (anchor: number, first: number | null): number | null => {
    let at = first
    for (let days = 0; at !== null && isSafely(at); days++)
      at = days === mostDays ? null : self.next(anchor, endOfDay(at))
    return at
  }
  return {
    ...self,
    definition: `${self.definition}, except some days`,
    first: (now) => kept(now, self.first(now)),
    next: (anchor, after) => kept(anchor, self.next(anchor, after)),
    intervalMs: null,
    leftOut: { whole: self, is, endOfDay }
  }
}

/** What was left out, the first and how many, and where the calendar goes on with that on record. */
export interface Finding {
  readonly first: number
  readonly count: number
  readonly onward: Position.Onward
}

/**
 * What was left out up to `through` since the last instant that the calendar names before the planned one, and is in no
 * entry yet; `null` for nothing. Where the planned time itself has been left out since, the calendar goes on. It throws
 * what the function throws for the day of the planned time.
 */
export const find = (calendar: Calendar.Calendar, position: Position.Position, through: number): Finding | null => {
  const { cadence, scheduledAt: planned } = position
  const { leftOut } = calendar
  if (leftOut === null || planned === null || position.attempt > 1 || Position.isRechecked(position)) return null
  const { anchor, leftOutTo = Number.NEGATIVE_INFINITY } = cadence
  const next = leftOut.is(planned) ? calendar.next(anchor, planned) : planned
  const until = Math.max(through, next === null ? planned : next - 1)
  if (until <= leftOutTo) return null
  const [before = anchor - 1] = Calendar.last(calendar, anchor, { from: anchor, until: planned - 1, atMost: 1 })
  const { endOfDay, whole } = leftOut
  let [first, count]: [number | null, number] = [null, 0]
  for (let at = whole.next(anchor, Math.max(before, leftOutTo)); at !== null && at <= until; ) {
    const end = endOfDay(at)
    if (calendar.next(anchor, at - 1) !== at) {
      first ??= at
      count += Calendar.count(whole, anchor, { after: at - 1, until: Math.min(end, until), atMost: mostDays })
    }
    at = whole.next(anchor, end)
  }
  if (first === null) return null
  return { first, count, onward: { cadence: { ...cadence, leftOutTo: until }, scheduledAt: next, nextAt: next } }
}
