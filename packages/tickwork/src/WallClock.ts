/**
 * Cron on the clock on the wall of a time zone: which instants does an expression name where clocks are moved?
 *
 * `effect/Cron` matches readings of the wall, as though they were UTC, and `DateTime` maps them to instants; no
 * calendar arithmetic is done here. It never asks what time it is.
 *
 * @internal
 */
import { Cron, DateTime, Option } from "effect"

export interface WallClock {
  /** Matches what the wall shows, read as though it were UTC. */
  readonly cron: Cron.Cron
  readonly timeZone: DateTime.TimeZone
  /** True where the hour is a wildcard or a step: every reading of the wall counts, a repeated one too. */
  readonly keepsPace: boolean
}

/** Zones move their clocks by three hours at the most, days that were skipped whole apart. */
const longestMoveMs = 3 * 3_600_000

/** True for a wildcard or a step in the field of the hours. */
export const hasOpenHour = (expression: string): boolean =>
  expression.trim().split(/\s+/).at(-4)?.includes("*") === true

const offsetAt = ({ timeZone }: WallClock, at: number): number =>
  DateTime.zonedOffset(DateTime.unsafeMakeZoned(at, { timeZone }))

const instantOf = ({ timeZone }: WallClock, shown: number): number =>
  DateTime.unsafeMakeZoned(shown, { timeZone, adjustForTimeZone: true, disambiguation: "compatible" }).epochMillis

const nextShown = ({ cron }: WallClock, shown: number): number => Cron.next(cron, new Date(shown)).getTime()

/** The first instant after `after` at which the offset is another than `offset`; it is another at `until`. */
const changeOf = (self: WallClock, offset: number, after: number, until: number): number => {
  let [low, high] = [after, until]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offsetAt(self, middle) === offset) low = middle
    else high = middle
  }
  return high
}

/** Every instant at which the wall shows a match: none in a gap, both in a fold. */
const nextReading = (self: WallClock, after: number): number => {
  const offset = offsetAt(self, after)
  const at = nextShown(self, after + offset) - offset
  if (offsetAt(self, at) === offset) return at
  const change = changeOf(self, offset, after, at)
  const then = offsetAt(self, change)
  return nextShown(self, change - 1 + then) - then
}

/** Each match on the wall once: shifted out of a gap, the first of a fold. */
const nextOnce = (self: WallClock, after: number): number => {
  const offset = offsetAt(self, after)
  const skipped = Math.max(0, offset - offsetAt(self, after - longestMoveMs))
  let best = Number.POSITIVE_INFINITY
  for (let shown = after + offset - skipped; ; ) {
    shown = nextShown(self, shown)
    const at = instantOf(self, shown)
    if (at > after) best = Math.min(best, at)
    if (Number.isFinite(best) && shown >= best + offsetAt(self, best)) return best
  }
}

/** The first instant strictly after `after`; none when no date matches any more. */
export const next = (self: WallClock, after: number): Option.Option<number> => {
  // Cron.next throws where nothing matches; elsewhere that is simply "never"
  try {
    return Option.some(self.keepsPace ? nextReading(self, after) : nextOnce(self, after))
  } catch {
    return Option.none()
  }
}
