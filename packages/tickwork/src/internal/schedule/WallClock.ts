/**
 * Cron on the wall clock of a time zone. `effect/Cron` matches wall readings as though they were UTC, and `DateTime`
 * gives the offset; this module reads no clock and does no calendar arithmetic of its own.
 *
 * @internal
 */
import { Cron, DateTime } from "effect"

export interface WallClock {
  /** The first match at or after a wall reading, as though that were UTC; it throws, or is NaN, where none follows. */
  readonly shownFrom: (reading: number) => number
  readonly timeZone: DateTime.TimeZone
  /** A reading that the wall skips: run as though the clock had not been moved yet, or not at all. */
  readonly gap: "shift" | "skip"
  /** A reading that the wall shows twice: run the first time, the second time, or both times. */
  readonly fold: "first" | "second" | "both"
}

const listed = (values: ReadonlySet<number>): string => (values.size === 0 ? "*" : [...values].join(","))

/** Equal for all texts that mean the same, and for no others. */
export const fieldsOf = (cron: Cron.Cron): string => {
  const { days, hours, minutes, months, seconds, weekdays } = cron
  const fields = [seconds, minutes, hours, days, months, weekdays].map(listed).join(" ")
  const isBoth =
    days.size * weekdays.size > 0 &&
    Cron.equals(cron, Cron.make({ days, hours, minutes, months, seconds, weekdays, and: true }))
  return `${fields}${isBoth ? " on days that match both" : ""}`
}

/** No zone moves its clock twice within this time, nor by as much: a day that was skipped whole is the most. */
export const longestMoveMs = 26 * 3_600_000

/** True for a wildcard or a step in the field of the hours. */
export const hasOpenHour = (expression: string): boolean =>
  expression.trim().split(/\s+/).at(-4)?.includes("*") === true

/** A stretch of time in which a zone does not move its clock. */
interface Stretch {
  readonly from: number
  readonly to: number
  readonly offset: number
}

/** The last instant that has a date. */
const lastDate = 8.64e15

const lastStretch = new WeakMap<DateTime.TimeZone, Stretch>()

const foundAt = (timeZone: DateTime.TimeZone, at: number): number =>
  DateTime.zonedOffset(DateTime.unsafeMakeZoned(at, { timeZone }))

/** Finding an offset takes longer than all the rest, so the last stretch is cached: between two equal, near offsets lies no move. */
const offsetAt = ({ timeZone }: WallClock, at: number): number => {
  const known = lastStretch.get(timeZone)
  if (known !== undefined && at >= known.from && at <= known.to) return known.offset
  const offset = foundAt(timeZone, at)
  const isNear =
    known?.offset === offset && at >= known.from - longestMoveMs && at <= known.to + longestMoveMs ? known : undefined
  // the next instants lie on the same side
  const ahead = at + (known !== undefined && at < known.from ? -longestMoveMs : longestMoveMs)
  const beyond = Math.abs(ahead) <= lastDate && foundAt(timeZone, ahead) === offset ? ahead : at
  const from = Math.min(at, beyond, isNear?.from ?? at)
  lastStretch.set(timeZone, { from, to: Math.max(at, beyond, isNear?.to ?? at), offset })
  return offset
}

/** What effect's parser has read, as a {@link WallClock} needs it. */
export const finder =
  (cron: Cron.Cron): WallClock["shownFrom"] =>
  (reading) =>
    Cron.next(cron, new Date(reading - 1)).getTime()

/** All zones together show three dates at most at one instant. */
const mostShown = 3

/** The same, with its last answers cached: each holds for the readings up to itself, in all zones. */
export const remembering = (shownFrom: WallClock["shownFrom"]): WallClock["shownFrom"] => {
  const known: Array<{ from: number; readonly to: number }> = []
  return (reading) => {
    const found = known.find(({ from, to }) => reading >= from && reading <= to)
    if (found !== undefined) return found.to
    const answer = shownFrom(reading)
    const same = known.find(({ to }) => to === answer)
    if (same !== undefined) same.from = reading
    else if (known.push({ from: reading, to: answer }) > mostShown) known.shift()
    return answer
  }
}

/** True where a date matches. */
export const isEverShown = (shownFrom: WallClock["shownFrom"]): boolean => {
  // Cron.next throws where nothing matches
  try {
    return !Number.isNaN(shownFrom(0))
  } catch {
    return false
  }
}

/** The first instant up to `high` at which something holds that holds there, and does not hold at `low`. */
export const firstWhere = (holds: (at: number) => boolean, low: number, high: number): number => {
  let [without, having] = [low, high]
  while (having - without > 1) {
    const middle = Math.floor((without + having) / 2)
    if (holds(middle)) having = middle
    else without = middle
  }
  return having
}

/** The move of the clock that began the offset at an instant, where that was a short time ago. */
const lastMove = (self: WallClock, offset: number, at: number) => {
  const earlier = at - longestMoveMs
  if (offsetAt(self, earlier) === offset) return undefined
  const since = firstWhere((at) => offsetAt(self, at) === offset, earlier, at)
  return { since, before: offsetAt(self, since - 1) }
}

/** The move of the clock that ends the offset at an instant, where it has another one at a later instant. */
const nextMove = (self: WallClock, offset: number, at: number, later: number): number | undefined =>
  offsetAt(self, later) === offset ? undefined : firstWhere((at) => offsetAt(self, at) !== offset, at, later)

/** The first match from an instant on, as long as the offset stays what it is there. */
const underOffset = (self: WallClock, offset: number, from: number): number => {
  const reading = from + offset
  const move = self.gap === "shift" || self.fold === "first" ? lastMove(self, offset, from) : undefined
  if (move === undefined) return self.shownFrom(reading) - offset
  const { before, since } = move
  const isSecondTime = self.fold === "first" && before > offset
  const shown = self.shownFrom(isSecondTime ? Math.max(reading, since + before) : reading) - offset
  if (self.gap === "skip" || before > offset) return shown
  const hidden = self.shownFrom(Math.max(from, since) + before)
  return hidden < since + offset ? Math.min(shown, hidden - before) : shown
}

/** The first instant strictly after `after`; `null` where no later date matches. */
export const next = (self: WallClock, after: number): number | null => {
  // Cron.next throws where nothing matches; here that means "never"
  try {
    for (let from = after + 1; ; ) {
      const offset = offsetAt(self, from)
      const at = underOffset(self, offset, from)
      if (Number.isNaN(at)) return null
      const moved = nextMove(self, offset, from, Math.min(at, from + longestMoveMs))
      if (moved !== undefined) {
        from = moved
        continue
      }
      // far away, the clock may be moved there and back: check again from near by
      if (at - longestMoveMs > from) {
        from = at - longestMoveMs
        continue
      }
      if (self.fold !== "second") return at
      const moves = nextMove(self, offset, at, at + longestMoveMs)
      if (moves === undefined || at + offset < moves + offsetAt(self, moves)) return at
      from = moves
    }
  } catch {
    return null
  }
}
