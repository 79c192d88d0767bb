/**
 * What is due, in what order and why: one pure function of the jobs, their states and the instant.
 *
 * The plan never asks for the time, never rolls dice and starts nothing; equal inputs give equal plans.
 *
 * @since 0.1.0
 */
import * as Cadence from "./Cadence.ts"
import * as Decision from "./Decision.ts"
import type { Place } from "./Job.ts"
import * as JobState from "./JobState.ts"
import type { Registered } from "./Jobs.ts"
import * as Missed from "./Missed.ts"

/**
 * How long a due instance waits to gain one priority, in ms.
 *
 * @since 0.1.0
 * @category constants
 */
export const ageingMs = 30_000

/**
 * A due instance, as far as order is concerned: `since` is the instant at which it became due, or the end of its
 * window, up to which it waits of its own accord.
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
 * import { Plan } from "tickwork"
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
    compareText(a.jobName, b.jobName) ||
    compareText(a.key, b.key)

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
 * An instance with all that its decision depends on.
 *
 * @since 0.1.0
 * @category models
 */
export interface Candidate {
  readonly registered: Registered<unknown>
  readonly state: JobState.JobState
  /** When its run in this process began, in ms since the epoch; `null` when none goes on. */
  readonly runningSince: number | null
  /** Since when its key is not listed any more; `null`, or not given, while it is. */
  readonly restsSince?: number | null
}

/**
 * How many runs of each place may go on at once.
 *
 * @since 0.1.0
 * @category models
 */
export type Places = Readonly<Record<Place, number>>

/**
 * A candidate and what is decided of it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Decided<C extends Candidate = Candidate> {
  readonly candidate: C
  readonly decision: Decision.Decision
}

/**
 * Why this registry does not run a stored instance: its plan was made by another version of the job, or by another
 * definition of the same version. `null` where it does.
 *
 * @since 0.1.0
 * @category planning
 */
export const leftAlone = (registered: Registered<unknown>, { cadence }: JobState.JobState): string | null => {
  const { version = 1 } = cadence
  if (version > registered.job.version) return `version ${version} of the job has taken over`
  if (version < registered.job.version) return `version ${version} of the job made its plan`
  return Cadence.madeBy(registered.cadence, cadence) ? null : `its plan is another one: ${cadence.definition}`
}

/**
 * A condition may take so long, in ms: a look that takes longer is given up.
 *
 * @since 0.1.0
 * @category constants
 */
export const longestLookMs = 5000

const running = ({ job, timeoutMs }: Registered<unknown>, since: number, now: number): Decision.Reason =>
  timeoutMs !== null && now - since > timeoutMs + job.conditions.length * longestLookMs
    ? Decision.Reason.Stuck({ since, timeoutMs })
    : Decision.Reason.Running({ since })

/** Which of its conditions said no in the last line of its log; `null` where none did. */
const refusal = ({ job }: Registered<unknown>, { lastReason, lastStatus }: JobState.JobState): string | null =>
  lastStatus === "skipped" && job.conditions.some(({ reason }) => reason === lastReason) ? lastReason : null

const waiting = (candidate: Candidate, now: number): Decision.Decision | null => {
  const { registered, restsSince = null, runningSince, state } = candidate
  if (runningSince !== null) return Decision.wait(running(registered, runningSince, now))
  if (state.claimOwner !== null) return Decision.wait(Decision.Reason.HeldByAnother({ owner: state.claimOwner }))
  const why = leftAlone(registered, state)
  if (why !== null) return Decision.wait(Decision.Reason.LeftAlone({ why }))
  if (JobState.isManualDue(state, now)) return null
  if (state.paused !== null) {
    const { at, by, why } = state.paused
    return Decision.wait(Decision.Reason.Paused({ since: at, by, why }))
  }
  if (restsSince !== null) return Decision.wait(Decision.Reason.Resting({ since: restsSince }))
  if (state.nextAt === null) return Decision.wait(Decision.Reason.Finished())
  if (state.nextAt <= now) return null
  const reason = refusal(registered, state)
  if (reason !== null) return Decision.wait(Decision.Reason.ConditionFalse({ reason, until: state.nextAt }))
  return state.attempt > 1
    ? Decision.wait(Decision.Reason.BackingOff({ until: state.nextAt }))
    : Decision.wait(Decision.Reason.NotDue({ until: state.nextAt }))
}

/**
 * What the order of an instance depends on.
 *
 * @since 0.1.0
 * @category order
 */
export const dueOf = ({ registered: { job, windowMs }, state }: Omit<Candidate, "runningSince">): Due => {
  const planned = state.paused === null && state.nextAt !== null ? state.nextAt + windowMs : Number.POSITIVE_INFINITY
  return {
    jobName: job.name,
    key: state.key,
    priority: job.priority,
    since: Math.min(planned, state.manual?.nextAt ?? Number.POSITIVE_INFINITY)
  }
}

/**
 * The instant that a claim taken now is for, and why: what somebody asked for goes before what is planned.
 *
 * @since 0.1.0
 * @category planning
 */
export const claimOf = (
  { registered: { cadence, missed }, state }: Omit<Candidate, "runningSince">,
  now: number
): JobState.Claimed => {
  if (state.manual !== null && state.manual.nextAt <= now) return { scheduledAt: state.manual.at, trigger: "manual" }
  const scheduledAt = Missed.standsFor(cadence, missed, state, now)
  return { scheduledAt, trigger: Missed.triggerOf(state, scheduledAt) }
}

/**
 * One decision for each candidate: those that run come first, in the order in which they start.
 *
 * @since 0.1.0
 * @category planning
 */
export const decide = <C extends Candidate>(
  candidates: ReadonlyArray<C>,
  places: Places,
  now: number
): ReadonlyArray<Decided<C>> => {
  const free = { ...places }
  for (const { registered, runningSince } of candidates) if (runningSince !== null) free[registered.job.place] -= 1

  const byOrder = order(now)
  const due = candidates
    .filter((candidate) => waiting(candidate, now) === null)
    .sort((a, b) => byOrder(dueOf(a), dueOf(b)))
    .map((candidate): Decided<C> => {
      const { registered } = candidate
      const { place } = registered.job
      if (free[place] <= 0) return { candidate, decision: Decision.wait(Decision.Reason.NoPlace({ place })) }
      free[place] -= 1
      return { candidate, decision: Decision.run(claimOf(candidate, now).scheduledAt) }
    })

  const others = candidates.flatMap((candidate): ReadonlyArray<Decided<C>> => {
    const decision = waiting(candidate, now)
    return decision === null ? [] : [{ candidate, decision }]
  })
  return [...due, ...others]
}
