/**
 * An instance as the engine holds it in memory.
 *
 * Plain mutable data that only the engine writes, synchronously.
 *
 * @internal
 */

import * as JobState from "../../JobState.ts"
import type { Acknowledgement, ExpectedRow, Ref } from "../../JobStore.ts"
import type { LogEntry } from "../../LogEntry.ts"
import * as Position from "../../Position.ts"
import * as Run from "../../Run.ts"
import * as BackfillKey from "../BackfillKey.ts"
import type { Registered } from "../plan/Registered.ts"
import * as Missed from "../schedule/Missed.ts"
import type { Skipped } from "./Outcome.ts"
import type { SeenClaim } from "./SeenClaim.ts"
import { headStartMs } from "./Tuning.ts"

/**
 * `waiting` for its instant; `due` or `claimed`, both in its lane; `running`; `ended` and not planned yet;
 * `held` by another owner.
 */
export type Phase = "waiting" | "due" | "claimed" | "running" | "ended" | "held"

/** A pending write: the instance's state replaces the `expected` row, together with these entries. */
export interface Unsaved {
  readonly expected: ExpectedRow
  readonly entries: ReadonlyArray<LogEntry>
  /** The requests that this write completes. */
  readonly acknowledgements: ReadonlyArray<Acknowledgement>
}

export interface Instance {
  /** Its job, with the cadence of its key. */
  registered: Registered
  state: JobState.JobState
  phase: Phase
  /** When the run that catches up starts. */
  catchUpAt: number | null
  /** When the last catch-up run started, where more have to follow. */
  madeUpAt: number | null
  /** A call of `once` runs every planned time up to this one. */
  runThrough: number
  /** A call found it due in time but had no budget left: however late it starts, it is not missed. */
  deferredByBudget: boolean
  /** Why its instant is skipped and its cadence stepped: it was missed, or never planned. */
  skip: Skipped | null
  /** When its key left the list, so that only requests run it; `null` while the key is listed. */
  inactiveSince: number | null
  /** When it last entered its lane, to wait for a slot. */
  queuedAt: number
  /** When its dependencies were met; minus infinity where it has none. */
  metAt: number
  /**
   * When this process heard of its plan, on its own clock, where another one had it in hand: an instant of before then is
   * late, never missed. Minus infinity where no other process had.
   */
  heardAt: number
  /** The ends of its dependencies that were known when its run started; `null` where none runs here or it has none. */
  ends: Readonly<Record<string, number | null>> | null
  /** How many lists in a row lack its key. */
  absences: number
  /** The last run that delayed the plan without covering it: a manual one, or one that started late. */
  overlappingRun: { readonly from: number; readonly to: number } | null
  /** Its valid wake-up time; other entries of the wake queue are stale. */
  wakeAt: number
  unsaved: Unsaved | null
  /** The claim of another process as it was last seen; `null` where none holds it. */
  seenClaim: SeenClaim | null
  /** True where another process had it last: that one goes first, and the row is read before this one claims it. */
  isOthers: boolean
}

export const make = (registered: Registered, state: JobState.JobState): Instance => ({
  registered,
  state,
  phase: "waiting",
  catchUpAt: null,
  madeUpAt: null,
  runThrough: Number.NEGATIVE_INFINITY,
  deferredByBudget: false,
  skip: null,
  inactiveSince: null,
  queuedAt: Number.NEGATIVE_INFINITY,
  metAt: Number.NEGATIVE_INFINITY,
  heardAt: Number.NEGATIVE_INFINITY,
  ends: null,
  absences: 0,
  overlappingRun: null,
  wakeAt: Number.POSITIVE_INFINITY,
  unsaved: null,
  seenClaim: null,
  isOthers: false
})

/** When it is due, in ms since the epoch, or `null`; only a manual run makes an inactive one due. */
export const dueAt = ({ inactiveSince, state }: Instance): number | null =>
  inactiveSince === null ? JobState.dueAt(state) : (state.position.manual?.nextAt ?? null)

/** When to wake for it: what is wanted at once is due now, whatever the clock of another host showed. */
export const wakeAt = (instance: Instance, now: number): number | null => {
  const due = dueAt(instance)
  const { manual, paused } = instance.state.position
  const isAtOnce = manual?.attempt === 1 || (paused === null && Position.isAtOnce(instance.state.position))
  if (due === null) return null
  if (isAtOnce) return Math.min(due, now)
  // a pause ends at its own instant, whatever is planned then
  const ends = instance.inactiveSince === null ? paused?.until : undefined
  const at = Math.min(due, ends ?? due)
  return instance.isOthers ? at + headStartMs : at
}

export const expectedOf = ({ claim: { owner, token }, seq }: JobState.JobState): ExpectedRow => ({ owner, token, seq })

/** The `Run` that the body of a claimed instance receives. */
export const runOf = ({ skip, state }: Instance, startedAt: number): Run.RunInfo => {
  const { claim, jobName, key, lastSuccessAt, position } = state
  const scheduledAt = claim.scheduledAt ?? position.scheduledAt ?? startedAt
  const isMissed = skip?.verdict === "missed"
  const trigger = isMissed ? "missed" : (claim.trigger ?? Missed.triggerOf(position, scheduledAt))
  return {
    jobName,
    key: BackfillKey.ordinary(key),
    runKey: Run.keyOf(jobName, key, scheduledAt, trigger),
    scheduledAt,
    startedAt,
    attempt: trigger === "manual" ? (position.manual?.attempt ?? 1) : position.attempt,
    trigger,
    lastSuccessAt
  }
}

export const refOf = ({ jobName, key }: Ref): Ref => ({ jobName, key })

/** True where its planned time has come and was not missed. */
export const isSeenInTime = ({ skip, state }: Instance, now: number): boolean => {
  const { nextAt, paused } = state.position
  return paused === null && nextAt !== null && nextAt <= now && skip === null
}

export const isNotClaimed = ({ phase }: Instance): boolean => phase === "waiting" || phase === "held" || phase === "due"

/** True where nothing of it is under way, in its lane or to be written. */
export const isSettled = ({ phase, unsaved }: Instance): boolean =>
  unsaved === null && (phase === "waiting" || phase === "held")

export const isInLane = ({ phase }: Instance): boolean => phase === "due" || phase === "claimed"
