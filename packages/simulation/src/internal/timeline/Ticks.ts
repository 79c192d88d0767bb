/**
 * The labelled instants of a time axis: full minutes, hours, days, weeks, months or years of the wall clock.
 *
 * @internal
 */
import { DateTime } from "effect"
import type { Span } from "./Model.ts"
import * as Zone from "./Zone.ts"

export interface Tick {
  readonly at: number
  readonly label: string
}

type Unit = "second" | "minute" | "hour" | "day" | "week" | "month" | "year"

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** From the finest: the unit, how many of it, and about how long that is. */
const steps: ReadonlyArray<readonly [Unit, number, number]> = [
  ...[1, 5, 15, 30].map((n) => ["second", n, n * second] as const),
  ...[1, 5, 15, 30].map((n) => ["minute", n, n * minute] as const),
  ...[1, 2, 3, 6, 12].map((n) => ["hour", n, n * hour] as const),
  ...[1, 2].map((n) => ["day", n, n * day] as const),
  ...[1, 2].map((n) => ["week", n, n * 7 * day] as const),
  ...[1, 3].map((n) => ["month", n, n * 30 * day] as const),
  ...[1, 2, 5, 10, 20, 50, 100, 1000].map((n) => ["year", n, n * 365 * day] as const)
]

const isFirst = (zoned: DateTime.Zoned): boolean => {
  const { hours, millis, minutes, seconds } = DateTime.toParts(zoned)
  return hours === 0 && minutes === 0 && seconds === 0 && millis === 0
}

const labelOf = (unit: Unit, zoned: DateTime.Zoned): string => {
  if (unit === "year") return String(DateTime.toParts(zoned).year)
  if (unit === "month") return Zone.monthOf(zoned)
  return unit === "day" || unit === "week" || isFirst(zoned) ? Zone.dayOf(zoned) : Zone.timeOf(zoned)
}

/** Hours are read from the wall clock of each day; within an hour, no zone moves its clock but by quarters. */
function* instants(unit: Unit, n: number, first: DateTime.Zoned): Generator<DateTime.Zoned> {
  if (unit === "second" || unit === "minute") {
    for (let at = DateTime.startOf(first, "hour"); ; at = DateTime.add(at, { [`${unit}s`]: n })) yield at
  } else if (unit === "hour") {
    for (let at = DateTime.startOf(first, "day"); ; at = DateTime.startOf(DateTime.add(at, { days: 1 }), "day")) {
      for (let hours = 0; hours < 24; hours += n) yield DateTime.setParts(at, { hours })
    }
  } else {
    const start = DateTime.startOf(first, unit === "month" ? "year" : unit, { weekStartsOn: 1 })
    const year = DateTime.toParts(start).year
    const even = unit === "year" ? DateTime.setParts(start, { year: year - (year % n) }) : start
    for (let times = 0; ; times++) yield DateTime.add(even, { [`${unit}s`]: times * n })
  }
}

/** The ticks of a span, in order, at most `atMost`. */
export const of = (zone: DateTime.TimeZone, { from, to }: Span, atMost: number): ReadonlyArray<Tick> => {
  const [unit, n] = steps.find(([, , ms]) => (to - from) / ms <= atMost) ?? ["year", 10_000]
  const found: Array<Tick> = []
  for (const zoned of instants(unit, n, Zone.at(zone, from))) {
    const at = DateTime.toEpochMillis(zoned)
    if (at > to) break
    // an hour that the wall never shows is the one after it
    if (at >= from && at > (found.at(-1)?.at ?? Number.NEGATIVE_INFINITY)) {
      found.push({ at, label: labelOf(unit, zoned) })
    }
  }
  return found
}
