/**
 * A calendar whose instants come later by a phase of its instance: the same for ever, since it is a hash of names.
 *
 * It reads no clock and draws no random number.
 *
 * @internal
 */
import type * as Calendar from "./Calendar.ts"

/** FNV-1a with the last steps of MurmurHash3, so that names that differ in one digit are far apart. From 0 to below 1. */
const hash = (text: string): number => {
  let h = 0x811c9dc5
  for (let index = 0; index < text.length; index++) h = Math.imul(h ^ text.charCodeAt(index), 0x01000193)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32
}

/** How much later the instants of an instance come, in ms: a phase below `withinMs`. */
export const phaseOf = (withinMs: number, ...names: ReadonlyArray<string>): number =>
  Math.floor(hash(names.join("\u0000")) * withinMs)

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
