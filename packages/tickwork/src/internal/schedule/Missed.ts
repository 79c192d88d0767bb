/**
 * Catch-up policy for occurrences missed while the process was down, paused or suspended, or the clock jumped.
 *
 * Pure: from a cadence, a state and an instant it finds what was missed and which occurrence runs instead.
 *
 * @internal
 */
import { Struct } from "effect"
import type { CadenceState } from "../../CadenceState.ts"
import * as Position from "../../Position.ts"
import type { Trigger } from "../../Run.ts"
import type { Cadence } from "./Cadence.ts"
import * as Calendar from "./Calendar.ts"

/** Which missed instants run: the `latest` for all of them, the `earliest` for all of them, `all` in order, or none (`skip`). */
export type Policy = "latest" | "earliest" | "all" | "skip"

export const policies: ReadonlyArray<Policy> = ["latest", "earliest", "all", "skip"]

/** A policy with its bounds: no run starts more than `withinMs` late, and at most `atMost` runs catch up. */
export interface Rule {
  readonly policy: Policy
  readonly withinMs: number
  readonly atMost: number
}

export const defaultRule: Rule = { policy: "latest", withinMs: Number.POSITIVE_INFINITY, atMost: 100 }

/** The highest `atMost` that a job may set. */
export const mostAtOnce = 10_000

/** Missed instants: the first, the last and how many, and which instant runs now; `null` where none does. */
export interface Finding {
  readonly first: number
  readonly last: number
  /** Those that no earlier finding reported; for a cron expression counting stops at {@link longestCount}. */
  readonly count: number
  readonly run: number | null
}

export const longestCount = 1000

interface Check {
  readonly now: number
  readonly toleranceMs: number
}

/**
 * What was missed, or `null`: an instant first seen more than `toleranceMs` late, and one that a later instant has
 * overtaken. An instant that is checked again has its verdict already: only later ones count.
 */
export const find = (
  cadence: Cadence<never, unknown>,
  rule: Rule,
  position: Position.Position,
  check: Check
): Finding | null => {
  const { attempt, scheduledAt: planned } = position
  if (attempt > 1 || planned === null) return null
  const isSeen = Position.isRechecked(position)
  if (cadence._tag === "Calendar") return onGrid(cadence, rule, position.cadence, { planned, isSeen, ...check })
  if (isSeen) return null
  const lateMs = check.now - planned
  if (lateMs <= check.toleranceMs || planned <= missedTo(position.cadence)) return null
  const isRun = rule.policy !== "skip" && lateMs <= rule.withinMs
  return { first: planned, last: planned, count: 1, run: isRun ? planned : null }
}

const missedTo = (state: CadenceState): number => state.missedTo ?? Number.NEGATIVE_INFINITY

const onGrid = (
  calendar: Calendar.Calendar,
  rule: Rule,
  state: CadenceState,
  { isSeen, now, planned, toleranceMs }: Check & { readonly planned: number; readonly isSeen: boolean }
): Finding | null => {
  const latestBy = (at: number) => Calendar.latest(calendar, state.anchor, planned, at)
  const following = (at: number) => calendar.next(state.anchor, at)
  const isLate = now - planned > toleranceMs
  const inOrder = rule.policy === "all" || rule.policy === "earliest"
  if (inOrder && (isSeen || !isLate)) return null

  const latest = latestBy(now)
  const isInTime = now - latest <= toleranceMs
  if (latest === planned && (isSeen || isInTime || planned <= missedTo(state))) return null

  const known = Math.max(missedTo(state), isSeen ? planned : planned - 1)
  const unknown = known < planned ? planned : following(known)
  const found = (last: number, run: number | null): Finding => {
    const count = Calendar.count(calendar, state.anchor, { after: known, until: last, atMost: longestCount })
    return { first: unknown ?? last, last, count, run }
  }
  const lastMissed = () => (isInTime ? latestBy(latest - 1) : latest)
  const oldest = Math.max(planned, now - rule.withinMs)
  switch (rule.policy) {
    case "latest":
      return found(lastMissed(), isInTime || now - latest <= rule.withinMs ? latest : null)
    case "skip":
      return found(lastMissed(), isInTime ? latest : null)
    case "earliest": {
      const first = oldest === planned ? planned : following(oldest - 1)
      return found(latest, first !== null && first <= latest ? first : null)
    }
    case "all": {
      // what was reported is being caught up on; the next instant is reported when it is late itself
      if (unknown === null || now - unknown <= toleranceMs) return null
      const last = lastMissed()
      const [first = null] = Calendar.last(calendar, state.anchor, { from: oldest, until: last, atMost: rule.atMost })
      return found(last, first ?? (isInTime ? latest : null))
    }
  }
}

/** The instant of the occurrence that a run claimed now is made for. */
export const occurrenceOf = (
  cadence: Cadence<never, unknown>,
  rule: Rule,
  position: Position.Position,
  now: number
): number =>
  find(cadence, rule, position, { now, toleranceMs: Number.POSITIVE_INFINITY })?.run ?? position.scheduledAt ?? now

/** True where the planned run catches up on what was missed, and has not been checked yet. */
export const isCatchingUp = (position: Position.Position): boolean =>
  position.attempt === 1 &&
  position.scheduledAt !== null &&
  position.scheduledAt <= missedTo(position.cadence) &&
  !Position.isRechecked(position)

/** Why a run for an instant is made. */
export const triggerOf = ({ attempt, cadence }: Position.Position, instant: number): Trigger =>
  attempt > 1 ? "retry" : instant <= missedTo(cadence) ? "missed" : "schedule"

/**
 * Where a calendar goes on after `at`: the instant that a run covered plus the run's own duration. One run caught up on
 * all that was missed, unless the policy is `all`.
 */
export const onward = (calendar: Calendar.Calendar, rule: Rule, state: CadenceState, at: number): Position.Onward => {
  const to = missedTo(state)
  const next = calendar.next(state.anchor, rule.policy === "all" ? at : Math.max(at, to))
  const isSame = state.missedTo === undefined || (next !== null && next <= to)
  return { cadence: isSame ? state : Struct.omit(state, "missedTo"), scheduledAt: next, nextAt: next }
}

/** Where a cadence goes on after a finding: with the catch-up run, or with the next instant of a calendar. */
export const catchUp = (
  cadence: Cadence<never, unknown>,
  state: CadenceState,
  { last, run }: Finding
): Position.Onward => {
  const at = run ?? (cadence._tag === "Calendar" ? cadence.next(state.anchor, last) : null)
  return { cadence: { ...state, missedTo: last }, scheduledAt: at, nextAt: at }
}
