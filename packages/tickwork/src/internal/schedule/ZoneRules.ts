/**
 * Plans that were made under other rules of a time zone: governments change them, and a newer runtime knows the change.
 *
 * Pure: it knows only the rules that hold now.
 *
 * @internal
 */
import type { CadenceState } from "../../CadenceState.ts"
import * as Position from "../../Position.ts"
import type { Cadence } from "./Cadence.ts"
import * as Calendar from "./Calendar.ts"
import * as Missed from "./Missed.ts"
import { longestMoveMs } from "./WallClock.ts"

/** What of a plan decides which instants its calendar names. */
export type Plan = Pick<CadenceState, "anchor" | "kept">

/**
 * The instant that a planned one has become: itself where the calendar still names it, else the one nearest to it, since
 * that is the same reading of the wall; the next one where none is near. What an earlier definition named stands.
 */
export const today = (calendar: Calendar.Calendar, { anchor, kept }: Plan, planned: number): number | null => {
  if (calendar.cron === null || calendar.cron.zone === "UTC" || planned === kept) return planned
  const later = calendar.next(anchor, planned - 1)
  if (later === planned) return planned
  const near = calendar.next(anchor, planned - longestMoveMs - 1)
  if (near === null || near >= planned) return later
  const earlier = Calendar.latest(calendar, anchor, near, planned)
  return later !== null && later - planned < planned - earlier ? later : earlier
}

/** The position with the instant that its planned one has become; `null` where the plan stands. */
export const renewed = (
  cadence: Cadence<never, unknown>,
  position: Position.Position,
  becomes = today
): Position.Position | null => {
  const { attempt, nextAt, scheduledAt } = position
  // an occurrence under way keeps its planned time, by which the outside world knows it
  if (cadence._tag === "Schedule" || scheduledAt === null || attempt > 1 || Missed.isCatchingUp(position)) return null
  const at = becomes(cadence, position.cadence, scheduledAt)
  if (at === scheduledAt) return null
  return { ...position, scheduledAt: at, nextAt: Position.isRechecked(position) && at !== null ? nextAt : at }
}
