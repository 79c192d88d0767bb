/**
 * What becomes of instants that nobody saw in time: while the process was down, the machine slept, the clock jumped.
 *
 * Pure: it looks at a grid, a state and an instant, and says which instants were missed and which one is run instead.
 * It writes nothing and never asks what time it is.
 *
 * @since 0.1.0
 */
import { Option } from "effect"
import * as Position from "../../Position.ts"
import type { Trigger } from "../../Run.ts"
import type { Cadence, CadenceState, OnCalendar } from "./Cadence.ts"
import * as Calendar from "./Calendar.ts"

/**
 * Which of the missed instants are run: the `latest` one for all of them, the `earliest` one for all of them, `all` in
 * their order, or none (`skip`).
 *
 * @since 0.1.0
 * @category models
 */
export type Policy = "latest" | "earliest" | "all" | "skip"

/**
 * @since 0.1.0
 * @category models
 */
export const policies: ReadonlyArray<Policy> = ["latest", "earliest", "all", "skip"]

/**
 * A policy with its bounds: nothing is run that is more than `withinMs` late, and at most `atMost` runs make up for
 * what was missed.
 *
 * @since 0.1.0
 * @category models
 */
export interface Rule {
  readonly policy: Policy
  readonly withinMs: number
  readonly atMost: number
}

/**
 * One run for all that was missed, however late; at most 100 where all are asked for.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultRule: Rule = { policy: "latest", withinMs: Number.POSITIVE_INFINITY, atMost: 100 }

/**
 * No more runs than this make up for what was missed, whatever is asked for.
 *
 * @since 0.1.0
 * @category constants
 */
export const mostAtOnce = 10_000

/**
 * Instants were missed: the first and the last of them and how many, and what is run now. `run` is `null` where nothing
 * is, and the cadence goes on.
 *
 * @since 0.1.0
 * @category models
 */
export interface Finding {
  readonly first: number
  readonly last: number
  /** Those that no earlier finding has told of; where cron has to be asked, counting stops at {@link longestCount}. */
  readonly count: number
  readonly run: number | null
}

/**
 * Missed instants of a cron expression are counted up to here.
 *
 * @since 0.1.0
 * @category constants
 */
export const longestCount = 1000

/**
 * What was missed when an instance is looked at, or `null` where nothing was: an instant that is first seen more than
 * `toleranceMs` late is, and one that a later instant has overtaken. One that is looked at again has its verdict: it is
 * not, and only later ones are.
 *
 * @since 0.1.0
 * @category planning
 */
export const find = (
  cadence: Cadence<never, unknown>,
  rule: Rule,
  position: Position.Position,
  look: { readonly now: number; readonly toleranceMs: number }
): Finding | null => {
  if (position.attempt > 1 || position.scheduledAt === null) return null
  const planned = position.scheduledAt
  const isSeen = Position.isRechecked(position)
  if (cadence._tag === "Calendar") return onGrid(cadence, rule, position.cadence, { planned, isSeen, ...look })
  if (isSeen) return null
  const lateMs = look.now - planned
  if (lateMs <= look.toleranceMs || planned <= missedTo(position.cadence)) return null
  const isRun = rule.policy !== "skip" && lateMs <= rule.withinMs
  return { first: planned, last: planned, count: 1, run: isRun ? planned : null }
}

const missedTo = (state: CadenceState): number => state.missedTo ?? Number.NEGATIVE_INFINITY

interface Look {
  readonly planned: number
  readonly isSeen: boolean
  readonly now: number
  readonly toleranceMs: number
}

const onGrid = (cadence: OnCalendar, rule: Rule, state: CadenceState, look: Look): Finding | null => {
  const { calendar } = cadence
  const { isSeen, now, planned, toleranceMs } = look
  const latestBy = (at: number) => Calendar.latest(calendar, state.anchor, planned, at)
  const isLate = now - planned > toleranceMs
  const inOrder = rule.policy === "all" || rule.policy === "earliest"
  if (inOrder && (isSeen || !isLate)) return null

  const latest = latestBy(now)
  const isInTime = now - latest <= toleranceMs
  if (latest === planned && (isSeen || isInTime || planned <= missedTo(state))) return null

  const known = Math.max(missedTo(state), isSeen ? planned : planned - 1)
  const found = (last: number, run: number | null): Finding => ({
    first: known < planned ? planned : (following(cadence, state, known) ?? last),
    last,
    count: Calendar.count(calendar, state.anchor, { after: known, until: last, atMost: longestCount }),
    run
  })
  const lastMissed = () => (isInTime ? latestBy(latest - 1) : latest)
  const isWithin = (at: number) => now - at <= rule.withinMs
  switch (rule.policy) {
    case "latest":
      return found(lastMissed(), isInTime || isWithin(latest) ? latest : null)
    case "skip":
      return found(lastMissed(), isInTime ? latest : null)
    case "earliest": {
      const oldest = Math.max(planned, now - rule.withinMs)
      const first = oldest === planned ? planned : following(cadence, state, oldest - 1)
      return found(latest, first !== null && first <= latest ? first : null)
    }
    case "all": {
      const unknown = known < planned ? planned : following(cadence, state, known)
      // what has been told of is being made up for; the next is told of when it is late itself
      if (unknown === null || now - unknown <= toleranceMs) return null
      const last = lastMissed()
      const oldest = Math.max(planned, now - rule.withinMs)
      const [first = null] = Calendar.last(calendar, state.anchor, { from: oldest, until: last, atMost: rule.atMost })
      return found(last, first ?? (isInTime ? latest : null))
    }
  }
}

/**
 * The instant that a run claimed now stands for.
 *
 * @since 0.1.0
 * @category planning
 */
export const occurrenceOf = (
  cadence: Cadence<never, unknown>,
  rule: Rule,
  position: Position.Position,
  now: number
): number =>
  find(cadence, rule, position, { now, toleranceMs: Number.POSITIVE_INFINITY })?.run ?? position.scheduledAt ?? now

/**
 * True where the planned run makes up for what was missed, and has not been seen yet.
 *
 * @since 0.1.0
 * @category planning
 */
export const isCatchingUp = (position: Position.Position): boolean =>
  position.attempt === 1 &&
  position.scheduledAt !== null &&
  position.scheduledAt <= missedTo(position.cadence) &&
  !Position.isRechecked(position)

/**
 * Why a run for an instant is made.
 *
 * @since 0.1.0
 * @category planning
 */
export const triggerOf = ({ attempt, cadence }: Position.Position, instant: number): Trigger =>
  attempt > 1 ? "retry" : instant <= missedTo(cadence) ? "missed" : "schedule"

const without = ({ missedTo, ...state }: CadenceState): CadenceState => state

/**
 * Where a calendar goes on after `at`: the instant that a run stood for plus the run's own duration. One run made up
 * for all that was missed, unless `all` are run.
 *
 * @since 0.1.0
 * @category planning
 */
export const onward = (cadence: OnCalendar, rule: Rule, state: CadenceState, at: number): Position.Onward => {
  const after = rule.policy === "all" ? at : Math.max(at, missedTo(state))
  const next = following(cadence, state, after)
  const isMakingUp = next !== null && next <= missedTo(state)
  return {
    cadence: isMakingUp || state.missedTo === undefined ? state : without(state),
    scheduledAt: next,
    nextAt: next
  }
}

/**
 * Where a cadence goes on after what was missed: with the run that stands for it, or with the next instant of a calendar.
 *
 * @since 0.1.0
 * @category planning
 */
export const catchUp = (
  cadence: Cadence<never, unknown>,
  state: CadenceState,
  { last, run }: Finding
): Position.Onward => {
  const at = run ?? (cadence._tag === "Calendar" ? following(cadence, state, last) : null)
  return { cadence: { ...state, missedTo: last }, scheduledAt: at, nextAt: at }
}

/**
 * The next instant of a calendar after another.
 *
 * @since 0.1.0
 * @category planning
 */
export const following = ({ calendar }: OnCalendar, state: CadenceState, after: number): number | null =>
  Option.getOrNull(Calendar.next(calendar, state.anchor, after))
