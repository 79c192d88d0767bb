/**
 * An instance as the engine holds it in memory, beside its row in the table.
 *
 * Plain mutable data: only the engine writes it, and only between two suspensions.
 *
 * @internal
 */

import * as JobState from "../../JobState.ts"
import type { Acknowledgement, ExpectedRow, Ref } from "../../JobStore.ts"
import type { LogEntry } from "../../LogEntry.ts"
import * as Run from "../../Run.ts"
import * as Plan from "../plan/Plan.ts"
import type { Registered } from "../plan/Registered.ts"
import * as Missed from "../schedule/Missed.ts"

/**
 * `waiting` for its instant; `due` and in its lane; `claimed` and in its lane; `running`; `ended` and not planned yet;
 * `held` by another owner.
 */
export type Phase = "waiting" | "due" | "claimed" | "running" | "ended" | "held"

/** What has to be written: replace the row that is as `expected` by the instance's state, with these lines. */
export interface Unsaved {
  readonly expected: ExpectedRow
  readonly entries: ReadonlyArray<LogEntry>
  /** The numbers of the requests that are done with it. */
  readonly acknowledgements: ReadonlyArray<Acknowledgement>
  /** The calls of `once` that wait for this to be written. */
  readonly generations: ReadonlyArray<number>
}

export interface Instance {
  readonly registered: Registered
  state: JobState.JobState
  phase: Phase
  /** When the run that makes up for what was missed begins. */
  catchUpAt: number | null
  /** When the last run began, where it made up for something, and there is more. */
  madeUpAt: number | null
  /** A host that asked for what is due gets every instant up to this one. */
  runThrough: number
  /** Its instant was seen in time by a call that had no time for it: however late it begins, it is not missed. */
  deferredByBudget: boolean
  /** Why its instant is dropped, and its cadence asked for the next one: it was missed, or never planned. */
  skipReason: string | null
  /** Since when its key is not listed any more, so that it does not run by itself; `null` while it is. */
  inactiveSince: number | null
  /** Since when all that it comes after has ended as it has to; minus infinity where it comes after nobody. */
  metAt: number
  /** How many listings in a row its key was not in. */
  absences: number
  /** When a run went on that kept the plan waiting: one beside it, or one that began late. */
  overlappingRun: { readonly from: number; readonly to: number } | null
  /** The place in the agenda that counts; an earlier one is stale. */
  wakeAt: number
  unsaved: Unsaved | null
  /** Which call of `once` collected it. */
  generation: number
}

export const make = (registered: Registered, state: JobState.JobState): Instance => ({
  registered,
  state,
  phase: "waiting",
  catchUpAt: null,
  madeUpAt: null,
  runThrough: Number.NEGATIVE_INFINITY,
  deferredByBudget: false,
  skipReason: null,
  inactiveSince: null,
  metAt: Number.NEGATIVE_INFINITY,
  absences: 0,
  overlappingRun: null,
  wakeAt: Number.POSITIVE_INFINITY,
  unsaved: null,
  generation: 0
})

/** When something of it is due: what rests runs for nobody but who asks for it. In ms since the epoch, or `null`. */
export const dueAt = ({ inactiveSince, state }: Instance): number | null =>
  inactiveSince === null ? JobState.dueAt(state) : (state.position.manual?.nextAt ?? null)

export const expectedOf = ({
  seq,
  claim: { owner: claimOwner, token: claimToken }
}: JobState.JobState): ExpectedRow => ({
  owner: claimOwner,
  token: claimToken,
  seq
})

/** What the body of a claimed instance is told when it begins. */
export const runOf = ({ skipReason, state }: Instance, startedAt: number): Run.Run => {
  const {
    jobName,
    key,
    lastSuccessAt,
    position: { cadence, manual },
    claim: { trigger: claimedAs, scheduledAt: claimedFor }
  } = state
  const scheduledAt = claimedFor ?? state.position.scheduledAt ?? startedAt
  const isMissed = skipReason !== null && cadence.unanswered === undefined
  const trigger = isMissed ? "missed" : (claimedAs ?? Missed.triggerOf(state.position, scheduledAt))
  return {
    jobName,
    key,
    runKey: Run.keyOf(jobName, key, scheduledAt, trigger),
    scheduledAt,
    startedAt,
    attempt: trigger === "manual" ? (manual?.attempt ?? 1) : state.position.attempt,
    trigger,
    lastSuccessAt
  }
}

export const refOf = ({ jobName, key }: Ref): Ref => ({ jobName, key })

/** Most instances are the only one of their job: the name is enough, and needs no new text. */
export const idOf = ({ jobName, key }: Ref): string => (key === "" ? jobName : `${jobName}\u0000${key}`)

/** The texts that all instances of a job share are held once. */
export const sharing = ({ cadence: { definition }, job }: Registered, state: JobState.JobState): JobState.JobState => {
  const { position } = state
  const isOwn = position.cadence.definition === definition
  const shared = isOwn ? { ...position, cadence: { ...position.cadence, definition } } : position
  return { ...state, jobName: job.name, position: shared }
}

/** Another definition of the job made its plan. */
export const isMismatched = ({ registered, state }: Instance): boolean =>
  Plan.definitionMismatch(registered, state) !== null

/** Planned by an older version, or by another definition of the same version. */
export const isOutdated = (instance: Instance): boolean =>
  isMismatched(instance) && (instance.state.position.cadence.version ?? 1) <= instance.registered.job.version

/** Its own instant has come, and was not missed. */
export const isSeenInTime = ({ skipReason, state }: Instance, now: number): boolean => {
  const { nextAt, paused } = state.position
  return paused === null && nextAt !== null && nextAt <= now && skipReason === null
}

export const isNotClaimed = ({ phase }: Instance): boolean => phase === "waiting" || phase === "held" || phase === "due"

export const isInLane = ({ phase }: Instance): boolean => phase === "due" || phase === "claimed"
