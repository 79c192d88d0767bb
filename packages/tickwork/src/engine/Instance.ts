/**
 * An instance as the engine holds it in memory, beside its row in the table.
 *
 * Plain mutable data: only the engine writes it, and only between two suspensions.
 *
 * @internal
 */

import type { JobRun } from "../JobRun.ts"
import type { JobState } from "../JobState.ts"
import type { Expected } from "../JobStore.ts"
import type { Registered } from "../Jobs.ts"
import * as Plan from "../Plan.ts"
import * as Run from "../Run.ts"

/**
 * `waiting` for its instant; `due` and in its lane; `claimed` and in its lane; `running`; `ended` and not planned yet;
 * `held` by another owner.
 */
export type Phase = "waiting" | "due" | "claimed" | "running" | "ended" | "held"

/** What has to be written: replace the row whose claim is `expected` by the instance's state, with this line. */
export interface Unsaved {
  readonly expected: Expected
  readonly run: JobRun | null
  /** The call of `once` that waits for this to be written; `null` where none does. */
  readonly generation: number | null
}

export interface Instance {
  readonly registered: Registered
  state: JobState
  phase: Phase
  /** When it was first seen due. */
  seenAt: number
  /** The place in the agenda that counts; an earlier one is stale. */
  wakeAt: number
  unsaved: Unsaved | null
  /** Which call of `once` collected it. */
  generation: number
}

export const make = (registered: Registered, state: JobState): Instance => ({
  registered,
  state,
  phase: "waiting",
  seenAt: 0,
  wakeAt: Number.POSITIVE_INFINITY,
  unsaved: null,
  generation: 0
})

export const expectedOf = (state: JobState): Expected => ({ owner: state.claimOwner, token: state.claimToken })

const triggerOf = ({ seenAt, state }: Instance): Run.Trigger =>
  state.attempt > 1 ? "retry" : seenAt - (state.claimedFor ?? seenAt) > Plan.toleranceMs ? "missed" : "schedule"

/** What the body of a claimed instance is told when it begins. */
export const runOf = (instance: Instance, now: number): Run.Run => {
  const { attempt, claimedFor, jobName, key, lastSuccessAt } = instance.state
  const scheduledAt = claimedFor ?? now
  return {
    jobName,
    key,
    runKey: Run.keyOf(jobName, key, scheduledAt),
    scheduledAt,
    startedAt: now,
    attempt,
    trigger: triggerOf(instance),
    lastSuccessAt
  }
}
