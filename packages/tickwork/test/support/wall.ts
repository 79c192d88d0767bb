/**
 * What the clock on the wall shows, as Intl alone tells it: an oracle that shares no code with Tickwork or Effect.
 *
 * A reading of the wall is kept as the milliseconds that it would be in UTC.
 */
import type { Cron } from "tickwork"

export type Choice = Required<Pick<Cron.CronOptions, "gap" | "fold">>

export const choices: ReadonlyArray<Choice> = (["shift", "skip"] as const).flatMap((gap) =>
  (["first", "second", "both"] as const).map((fold) => ({ gap, fold }))
)

export interface Move {
  /** The first instant at the new offset. */
  readonly at: number
  /** How far the clock was put on, in milliseconds; negative where it was put back. */
  readonly by: number
}

const quarter = 900_000
const day = 96 * quarter

const formats = new Map<string, Intl.DateTimeFormat>()

const formatOf = (zone: string): Intl.DateTimeFormat => {
  const two = "2-digit"
  const parts = { year: "numeric", month: two, day: two, hour: two, minute: two, second: two } as const
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat("sv-SE", { timeZone: zone, hourCycle: "h23", calendar: "gregory", ...parts })
  formats.set(zone, format)
  return format
}

/** What the wall shows at an instant. */
export const shownAt = (zone: string, at: number): number =>
  Date.parse(`${formatOf(zone).format(at).replace(" ", "T")}Z`)

const offsetAt = (zone: string, at: number): number => shownAt(zone, at) - at

/** The moves of the clock in a year: always on a quarter of an hour, and never two on a day. */
export const movesIn = (zone: string, year: number): ReadonlyArray<Move> => {
  const moves: Array<Move> = []
  for (let from = Date.UTC(year, 0, 1); from < Date.UTC(year + 1, 0, 1); from += day) {
    if (offsetAt(zone, from) === offsetAt(zone, from + day)) continue
    let at = from
    while (offsetAt(zone, at) === offsetAt(zone, from)) at += quarter
    moves.push({ at, by: offsetAt(zone, at) - offsetAt(zone, from) })
  }
  return moves
}

/** For each reading the instants that show it, a quarter of an hour apart, in a year and some days around it. */
export type Wall = ReadonlyMap<number, ReadonlyArray<number>>

const margin = 4 * day

export const wallOf = (zone: string, year: number): Wall => {
  const wall = new Map<number, Array<number>>()
  for (let at = Date.UTC(year, 0, 1) - margin; at < Date.UTC(year + 1, 0, 1) + margin; at += quarter) {
    const shown = shownAt(zone, at)
    const instants = wall.get(shown)
    if (instants === undefined) wall.set(shown, [at])
    else instants.push(at)
  }
  return wall
}

/** The instant of a reading that never comes, had the clock not been moved. */
const shifted = (wall: Wall, reading: number): number => {
  let before = reading
  while (!wall.has(before)) before -= quarter
  return (wall.get(before)?.at(-1) ?? Number.NaN) + reading - before
}

const instantsOf = (wall: Wall, reading: number, { fold, gap }: Choice): ReadonlyArray<number> => {
  const [first, second] = wall.get(reading) ?? []
  if (first === undefined) return gap === "skip" ? [] : [shifted(wall, reading)]
  if (second === undefined || fold === "first") return [first]
  return fold === "second" ? [second] : [first, second]
}

/** The readings on a timeline without moves whose hour and minute match, in a year and some days around it. */
export const readingsOf = (year: number, matches: (hour: number, minute: number) => boolean): ReadonlyArray<number> => {
  const readings: Array<number> = []
  for (let at = Date.UTC(year, 0, 1) - margin / 2; at < Date.UTC(year + 1, 0, 1) + margin / 2; at += quarter) {
    const date = new Date(at)
    if (matches(date.getUTCHours(), date.getUTCMinutes())) readings.push(at)
  }
  return readings
}

/** The instants of these readings after one instant and before another: a set, in order. */
export const resolve = (
  wall: Wall,
  readings: ReadonlyArray<number>,
  choice: Choice,
  range: { readonly after: number; readonly before: number }
): ReadonlyArray<number> =>
  [...new Set(readings.flatMap((reading) => instantsOf(wall, reading, choice)))]
    .filter((at) => at > range.after && at < range.before)
    .sort((a, b) => a - b)
