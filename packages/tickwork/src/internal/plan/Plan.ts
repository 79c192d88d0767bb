/**
 * What is due, in what order and why: pure functions of the jobs, their states and the instant.
 *
 * It reads no clock, draws no random number and starts nothing.
 *
 * @since 0.1.0
 */

import { Array as Arr, Either } from "effect"
import * as Decision from "../../Decision.ts"
import * as Explanation from "../../Explanation.ts"
import * as JobState from "../../JobState.ts"
import * as Position from "../../Position.ts"
import * as BackfillKey from "../BackfillKey.ts"
import * as DurationText from "../DurationText.ts"
import { InstanceMap } from "../InstanceMap.ts"
import * as Cadence from "../schedule/Cadence.ts"
import * as Missed from "../schedule/Missed.ts"
import * as Dependencies from "./Dependencies.ts"
import type { Registered } from "./Registered.ts"
import { type SlotCapacities, SlotPool } from "./SlotPool.ts"

export type { SlotCapacities } from "./SlotPool.ts"

const { Reason } = Decision

/**
 * How long a due instance waits to gain one priority, in ms.
 *
 * @since 0.1.0
 * @category constants
 */
export const ageingMs = 30_000

/**
 * The parts of a due instance that decide its order: `since` is its due instant, or the end of its window.
 *
 * @since 0.1.0
 * @category models
 */
export interface Due {
  readonly jobName: string
  readonly key: string
  readonly priority: number
  readonly since: number
}

/**
 * The job's priority, one better for each 30 seconds waited, never better than 1.
 *
 * @example
 * ```ts
 * import * as Plan from "./Plan.ts"
 *
 * console.assert(Plan.effectivePriority(5, 0, 59_999) === 4 && Plan.effectivePriority(5, 0, 3_600_000) === 1)
 * ```
 *
 * @since 0.1.0
 * @category order
 */
export const effectivePriority = (priority: number, since: number, now: number): number =>
  Math.max(1, priority - Math.floor(Math.max(0, now - since) / ageingMs))

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/**
 * The order of starts among those of one priority and one instant: the name, then the key.
 *
 * @since 0.1.0
 * @category order
 */
export const byName = (a: Due, b: Due): number => compareText(a.jobName, b.jobName) || compareText(a.key, b.key)

/**
 * The order of starts at an instant: effective priority, then the older instant, then the name and the key.
 *
 * @since 0.1.0
 * @category order
 */
export const order =
  (now: number) =>
  (a: Due, b: Due): number =>
    effectivePriority(a.priority, a.since, now) - effectivePriority(b.priority, b.since, now) ||
    a.since - b.since ||
    byName(a, b)

/**
 * When the effective priority of a waiting instance next changes, in ms since the epoch.
 *
 * @since 0.1.0
 * @category order
 */
export const nextAgeing = ({ priority, since }: Due, now: number): number =>
  effectivePriority(priority, since, now) === 1
    ? Number.POSITIVE_INFINITY
    : since + (Math.floor(Math.max(0, now - since) / ageingMs) + 1) * ageingMs

/**
 * An instance with everything that its decision depends on.
 *
 * @since 0.1.0
 * @category models
 */
export interface Candidate {
  readonly registered: Registered<unknown>
  readonly state: JobState.JobState
  /** When its run in this process started, in ms since the epoch; `null` when it is not running. */
  readonly runningSince: number | null
  /** True where a stopped tick of this process has left its body running: its slots are taken. */
  readonly isOutlived?: boolean
  /** When its key left the list; `null` or absent while the key is listed. */
  readonly inactiveSince?: number | null
  /** When its dependencies were met; absent where it has none. */
  readonly metAt?: number
  /** The limit of a rate that it waits for, and until when. */
  readonly reached?: { readonly limit: string; readonly until: number } | null
  /** Why a newer release runs it in place of this one; `null` or absent where none does. */
  readonly leftTo?: string | null
}

/**
 * A candidate and its decision.
 *
 * @since 0.1.0
 * @category models
 */
export interface Decided<C extends Candidate = Candidate> {
  readonly candidate: C
  readonly decision: Decision.Decision
}

/**
 * Why a stored instance is not run before it is planned again: its plan was made by another version of the job, or by
 * another definition of the same version. `null` where it can be run.
 *
 * @since 0.1.0
 * @category planning
 */
export const definitionMismatch = (
  registered: Registered<unknown>,
  { position: { cadence } }: JobState.JobState
): string | null => {
  const { version = 1 } = cadence
  if (registered.invalid !== null) return registered.invalid
  if (version !== registered.job.version) return `version ${version} of the job made its plan`
  return Cadence.madeBy(registered.cadence, cadence)
    ? null
    : `its plan is another one: ${DurationText.ofDefinition(cadence.definition)}`
}

/**
 * The time limit of a condition, in ms: a check that takes longer fails.
 *
 * @since 0.1.0
 * @category constants
 */
export const longestCheckMs = 5000

const running = ({ registered, state }: Candidate, since: number, now: number): Decision.Reason => {
  const { job, timeoutMs } = registered
  const { progress } = state.claim
  return timeoutMs !== null && now - since > timeoutMs + job.conditions.length * longestCheckMs
    ? Reason.Stuck({ since, timeoutMs })
    : Reason.Running({ since, ...(progress === null ? {} : { progress }) })
}

/** The condition that was false in the last entry of its log; `null` for none. */
const refusal = ({ job }: Registered<unknown>, { lastReason, lastVerdict }: JobState.JobState): string | null =>
  (lastVerdict === "condition-false" || lastVerdict === "condition-failed") &&
  job.conditions.some(({ reason }) => reason === lastReason)
    ? lastReason
    : null

/**
 * How many instances are named at most.
 *
 * @since 0.1.0
 * @category constants
 */
export const longestList = 10

interface Others<C extends Candidate = Candidate> extends Dependencies.Others<C> {
  /** What is known of their ends. */
  readonly over: Dependencies.Known
}

const awaited = (candidate: Candidate, others: Others): Decision.Reason | null => {
  const { job } = candidate.registered
  if (job.after.length === 0 || candidate.state.position.attempt > 1) return null
  const { absent, metAt, unmet } = Dependencies.standing(candidate, others, others.over)
  if (metAt !== null) return null
  if (unmet.length + absent.length === 0) return Reason.Finished()
  const on = [
    ...unmet.slice(0, longestList).map(({ state: { jobName, key } }) => ({ jobName, key })),
    ...absent.map((jobName) => ({ jobName, key: "" }))
  ]
  return Reason.Awaits({ on, count: unmet.length + absent.length })
}

/** Why a candidate waits for anything but a slot; `null` where it does not. */
const waiting = (candidate: Candidate, others: Others, now: number): Decision.Reason | null => {
  const { registered, inactiveSince = null, runningSince, state } = candidate
  const { attempt, nextAt: until, paused } = state.position
  if (state.unreadable !== undefined) return Reason.Unreadable({ why: state.unreadable })
  if (runningSince !== null) return running(candidate, runningSince, now)
  if (state.claim.owner !== null)
    return Reason.HeldByAnother({ owner: state.claim.owner, wasStopped: JobState.isLeftRunning(state) })
  const why = candidate.leftTo ?? definitionMismatch(registered, state)
  if (why !== null) return Reason.DefinitionMismatch({ why })
  if (JobState.isManualDue(state, now)) return candidate.reached ? Reason.RateReached(candidate.reached) : null
  // one that has ended is resumed by the next tick
  if (paused !== null && (paused.until ?? now + 1) > now) {
    const { at: since, ...rest } = paused
    return Reason.Paused({ since, ...rest })
  }
  const { manual } = state.position
  if (BackfillKey.is(state.key))
    return manual === null ? Reason.Finished() : Reason.BackingOff({ until: manual.nextAt })
  if (inactiveSince !== null) return Reason.KeyRemoved({ since: inactiveSince })
  if (until === null) return Reason.Finished()
  if (until <= now || Position.isAtOnce(state.position))
    return candidate.reached ? Reason.RateReached(candidate.reached) : awaited(candidate, others)
  const reason = refusal(registered, state)
  if (reason !== null) return Reason.ConditionFalse({ reason, until })
  return attempt > 1 ? Reason.BackingOff({ until }) : Reason.NotDue({ until })
}

/**
 * The values that decide the order of an instance.
 *
 * @since 0.1.0
 * @category order
 */
export const dueOf = ({ metAt, registered: { job, windowMs }, state }: Omit<Candidate, "runningSince">): Due => {
  const { manual, nextAt, paused } = state.position
  const never = Number.POSITIVE_INFINITY
  const planned = paused === null && nextAt !== null ? Math.max(nextAt + windowMs, metAt ?? -never) : never
  const since = Math.min(planned, manual?.nextAt ?? never)
  return { jobName: job.name, key: state.key, priority: job.priority, since }
}

/**
 * The instant that a claim taken now is for, and its trigger: a manual run goes before a planned one.
 *
 * @since 0.1.0
 * @category planning
 */
export const claimOf = (
  { registered: { cadence, missed }, state }: Omit<Candidate, "runningSince">,
  now: number
): JobState.Claimed => {
  const { manual } = state.position
  if (manual !== null && JobState.isManualDue(state, now)) return { scheduledAt: manual.at, trigger: "manual" }
  const scheduledAt = Missed.occurrenceOf(cadence, missed, state.position, now)
  return { scheduledAt, trigger: Missed.triggerOf(state.position, scheduledAt) }
}

const othersOf = <C extends Candidate>(candidates: ReadonlyArray<C>): Others<C> => {
  const instances = new InstanceMap<C>()
  for (const candidate of candidates) instances.set(candidate.state, candidate)
  const keyed = new Set(candidates.flatMap(({ registered: { job } }) => (job.keys === null ? [] : [job.name])))
  return {
    find: (ref) => instances.find(ref),
    keyed: (jobName) => instances.keyed(jobName),
    isKeyed: (jobName) => keyed.has(jobName),
    over: new Map()
  }
}

const hasSlots = ({ isOutlived = false, runningSince }: Candidate): boolean => runningSince !== null || isOutlived

/**
 * One decision for each candidate: due ones first, in the order in which they start.
 *
 * A due candidate runs where all its slots are free, and else waits. The first waiting one of each slot request reserves
 * its slots, and an exclusive one reserves all of them, so that no less urgent candidate takes them.
 *
 * @since 0.1.0
 * @category planning
 */
export const decide = <C extends Candidate>(
  candidates: ReadonlyArray<C>,
  places: SlotCapacities,
  now: number
): ReadonlyArray<Decided<C>> => {
  const pool = new SlotPool(places)
  for (const candidate of candidates) if (hasSlots(candidate)) pool.take(pool.requestOf(candidate.registered.job))

  /** The missing slot of the first waiting candidate, by slot request. */
  const reserved = new Map<string, string>()
  const byOrder = order(now)
  const others = othersOf(candidates)
  const [free, notDue] = Arr.partitionMap(candidates, (candidate) => {
    const reason = waiting(candidate, others, now)
    return reason === null ? Either.left(candidate) : Either.right({ candidate, decision: Decision.wait(reason) })
  })
  const due = free
    .map((candidate) => {
      const { metAt } = Dependencies.standing(candidate, others, others.over)
      return { candidate, due: dueOf({ ...candidate, metAt: metAt ?? Number.NEGATIVE_INFINITY }) }
    })
    .sort((a, b) => byOrder(a.due, b.due))
    .map(({ candidate }): Decided<C> => {
      const request = pool.requestOf(candidate.registered.job)
      const place = pool.missing(request)
      if (place === null) {
        pool.take(request)
        return { candidate, decision: Decision.run(claimOf(candidate, now).scheduledAt) }
      }
      const first = reserved.get(request.id)
      if (first === undefined) {
        pool.reserve(request)
        reserved.set(request.id, place)
      }
      const missing = place === "exclusive" ? place : (first ?? place)
      return { candidate, decision: Decision.wait(Reason.NoFreeSlot({ place: missing })) }
    })
  return [...due, ...notDue]
}

/**
 * True where a run of it takes a slot of this name.
 *
 * @since 0.1.0
 * @category questions
 */
export const isIn = ({ registered: { job } }: Pick<Candidate, "registered">, place: string): boolean =>
  place === "exclusive" ||
  job.mode === "exclusive" ||
  job.mode === place ||
  job.limits.some(({ name, per }) => name === place && per === null)

/**
 * Why an instance runs or waits; `null` where the instance does not exist.
 *
 * @since 0.1.0
 * @category planning
 */
export const explain = (
  candidates: ReadonlyArray<Candidate>,
  places: SlotCapacities,
  now: number,
  ref: Decision.Awaited
): Explanation.Explanation | null => {
  const decided = decide(candidates, places, now)
  const instances = new InstanceMap<Decided>()
  for (const one of decided) instances.set(one.candidate.state, one)
  const withPlaces = decided.filter(({ candidate, decision }) => hasSlots(candidate) || decision._tag === "Run")

  const behind = ({ candidate, decision }: Decided): ReadonlyArray<Decided> => {
    if (decision._tag === "Run") return []
    const { reason } = decision
    if (reason._tag === "Awaits") return reason.on.flatMap((ref) => instances.find(ref) ?? [])
    if (reason._tag !== "NoFreeSlot") return []
    return withPlaces.filter((other) => other.candidate !== candidate && isIn(other.candidate, reason.place))
  }
  const found = instances.find(ref)
  return found === undefined ? null : explained(found, behind, now)
}

/** Explains what stands behind an instance before the instance, each once, however many wait for it. */
const explained = (
  first: Decided,
  behind: (one: Decided) => ReadonlyArray<Decided>,
  now: number
): Explanation.Explanation | null => {
  const known = new Map<Decided, Explanation.Explanation>()
  const open = [first]
  for (let one = open.at(-1); one !== undefined; one = open.at(-1)) {
    const others = known.has(one) ? [] : behind(one)
    const unknown = others.filter((other) => !known.has(other))
    if (unknown.length > 0) open.push(...unknown)
    else {
      const { candidate, decision } = one
      const { jobName, key, lastError } = candidate.state
      const because = others.flatMap((other) => known.get(other) ?? [])
      const nextCheckAt = Explanation.nextCheckAt(decision, because, now)
      if (!known.has(one)) known.set(one, { jobName, key, decision, nextCheckAt, error: lastError, because })
      open.pop()
    }
  }
  return known.get(first) ?? null
}
