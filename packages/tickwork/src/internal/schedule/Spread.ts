/**
 * A calendar whose instants come later by a phase of its instance: the same for ever, since it is a hash of names.
 *
 * It reads no clock and draws no random number.
 *
 * @internal
 */
import * as Hash from "../Hash.ts"
import type * as Calendar from "./Calendar.ts"

/** How much later the instants of an instance come, in ms: a phase below `withinMs`. */
export const phaseOf = (withinMs: number, ...names: ReadonlyArray<string>): number =>
  Math.floor((Hash.of(names.join("\u0000")) / 2 ** 32) * withinMs)

const later = (at: number | null, byMs: number): number | null => (at === null ? null : at + byMs)

/** The calendar with each instant later by `byMs`; the days that it leaves out are those of the instants before that. */
export const shifted = (self: Calendar.Calendar, byMs: number): Calendar.Calendar => {
  const { leftOut, origin } = self
  return {
    ...self,
    first: (now) => later(self.first(now - byMs), byMs),
    next: (anchor, after) => later(self.next(anchor, after - byMs), byMs),
    origin: later(origin, byMs),
    until: self.until + byMs,
    leftOut: leftOut && {
      whole: shifted(leftOut.whole, byMs),
      is: (at) => leftOut.is(at - byMs),
      endOfDay: (at) => leftOut.endOfDay(at - byMs) + byMs
    }
  }
}
