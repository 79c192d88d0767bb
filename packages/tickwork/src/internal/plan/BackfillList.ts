/**
 * The planned times that an instance of a backfill makes up for, one after the other: its payload is their list, and its
 * manual occurrence the one that is next.
 *
 * Pure: it reads no log and writes nothing.
 *
 * @internal
 */
import type { Manual } from "../../Control.ts"
import type { JobState } from "../../JobState.ts"
import type { Position } from "../../Position.ts"
import * as BackfillKey from "../BackfillKey.ts"
import type { EncodedValue } from "../schedule/EncodedValue.ts"

/** Who asks for it, and why. */
export type Sender = Pick<Manual, "by" | "why">

export const encode = (instants: ReadonlyArray<number>): EncodedValue => ({ value: instants })

/** The list of a payload, from the earliest; empty where it is another one's. */
export const decode = (payload: EncodedValue | null): ReadonlyArray<number> => {
  const instants = payload?.value
  return Array.isArray(instants) ? instants.filter((at) => Number.isSafeInteger(at)) : []
}

/** The position with the first planned time after an instant, due now; with none where none is left, or it is no backfill. */
const goOn = ({ key, payload, position }: JobState, last: number, now: number, { by, why }: Sender): Position => {
  const at = BackfillKey.is(key) ? decode(payload).find((at) => at > last) : undefined
  return { ...position, manual: at === undefined ? null : { at, by, why, nextAt: now, attempt: 1, retry: null } }
}

const noSender: Sender = { by: "", why: "" }

/** The first state of a backfill, with the first planned time of its list. */
export const begin = (state: JobState, now: number, sender = noSender): JobState => ({
  ...state,
  position: goOn(state, Number.NEGATIVE_INFINITY, now, sender)
})

/** The position after the manual occurrence of a planned time: with the next one of a backfill, else with none. */
export const onward = (state: JobState, last: number, now: number): Position =>
  goOn(state, last, now, state.position.manual ?? noSender)

/** The planned times that are not made up for yet. */
export const left = (state: JobState): ReadonlyArray<number> => {
  const { manual } = state.position
  return manual === null ? [] : decode(state.payload).filter((at) => at >= manual.at)
}
