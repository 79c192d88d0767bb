/**
 * Whether a key is free for one more enqueued run: the rule that every store applies where it stores the request, in the
 * same transaction.
 *
 * Pure: it reads nothing. What it accepts always runs, so the engine decides nothing again.
 *
 * @internal
 */
import type { StoredRequest } from "../../Control.ts"
import * as JobState from "../../JobState.ts"
import { InstanceMap } from "../InstanceMap.ts"
import type { Submission, Submitted } from "./Port.ts"

/** The last run under a key: its instant, and whether it waits, was begun, or was called off before that. */
interface Present {
  readonly scheduledAt: number
  readonly phase: "waits" | "is under way" | "is over" | "called off"
}

/** A run that is enqueued without an instant is named by the time of its request. */
export const instantOf = ({ at, dueAt }: Pick<Submission, "at" | "dueAt">): number => dueAt ?? at

/** A run that was called off before it began keeps the instant that it would have had. */
export const isCalledOff = (state: JobState.JobState): boolean =>
  JobState.isFinished(state) && state.position.scheduledAt !== null

const presentOf = (state: JobState.JobState): Present => {
  const { attempt, cadence } = state.position
  const isWaiting = state.claim.owner === null && attempt === 1
  const ended = isCalledOff(state) ? "called off" : "is over"
  return {
    scheduledAt: cadence.anchor,
    phase: JobState.isFinished(state) ? ended : isWaiting ? "waits" : "is under way"
  }
}

/** What a key holds once the requests that are pending are done, in their order. */
const after = (present: Present | null, request: StoredRequest): Present | null => {
  switch (request.verb) {
    case "enqueue":
      return { scheduledAt: instantOf(request), phase: "waits" }
    case "forget":
      return null
    case "cancel":
      return present?.phase === "waits" ? { ...present, phase: "called off" } : present
    default:
      return present
  }
}

/** What is known of the key of a request, read in the transaction that stores it. */
export interface Known {
  readonly state: JobState.JobState | undefined
  /** Its requests that are not done, in the order of their ids. */
  readonly pending: ReadonlyArray<StoredRequest>
  /** True where what others have stored may begin before the request is committed: then a waiting run does not count. */
  readonly mayBegin: boolean
}

/** The answer to a request, and the request as it is stored; `null` where it is a duplicate. */
export interface Decided {
  readonly answer: Omit<Submitted, "doneId">
  readonly stored: Submission | null
}

/**
 * The instant of a run that follows others: it comes after theirs, since it names the run outside. One that is planned
 * ahead of an earlier run, which was brought forward, keeps its own.
 */
const instantAfter = (request: Submission, last: number): number => {
  const own = instantOf(request)
  const isMoved = own === last || request.dueAt === null || last <= request.at
  return isMoved ? Math.max(own, last + 1) : own
}

/** Decides one request. */
export const decide = (request: Submission, { mayBegin, pending, state }: Known): Decided => {
  const { dueAt, unique, verb } = request
  const accepted = (at: number): Decided => ({
    answer: { outcome: "new", scheduledAt: at },
    stored: { ...request, ...(dueAt === null ? { at } : { dueAt: at }) }
  })
  // what is there, or comes before it, decides what becomes of its run
  const isFree = state === undefined && pending.length === 0
  if (!isFree && request.first !== undefined) {
    const { first: _, ...alone } = request
    return decide(alone, { mayBegin, pending, state })
  }
  if (verb !== "enqueue" || unique === undefined) return { ...accepted(instantOf(request)), stored: request }
  const present = pending.reduce(after, state === undefined ? null : presentOf(state))
  if (present === null) return accepted(instantOf(request))
  const { phase, scheduledAt } = present
  // what was called off has never used its instant
  if (phase === "called off") return accepted(instantAfter(request, scheduledAt - 1))
  const isTaken = unique === "stored" || (phase === "waits" && !mayBegin)
  return isTaken
    ? { answer: { outcome: "duplicate", scheduledAt }, stored: null }
    : accepted(instantAfter(request, scheduledAt))
}

/**
 * Decides requests one after the other: each counts for the next. `known` is called for those alone that must be unique.
 *
 * @since 0.1.0
 * @category requests
 */
export const decideAll = (
  requests: ReadonlyArray<Submission>,
  known: (request: Submission) => Known
): ReadonlyArray<Decided> => {
  const earlier = new InstanceMap<ReadonlyArray<StoredRequest>>()
  return requests.map((request) => {
    const { mayBegin, pending, state } = request.unique === undefined ? nothingKnown : known(request)
    const before = earlier.find(request) ?? []
    const decided = decide(request, { state, pending: [...pending, ...before], mayBegin })
    if (decided.stored !== null)
      earlier.set(request, [...before, { ...decided.stored, id: Number.POSITIVE_INFINITY, doneAt: null }])
    return decided
  })
}

const nothingKnown: Known = { state: undefined, pending: [], mayBegin: false }
