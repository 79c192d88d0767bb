/**
 * Plans the instances again whose planned instant their calendar no longer names, with a log entry for each.
 *
 * Pure: it writes nothing itself.
 *
 * @internal
 */
import * as JobState from "../../JobState.ts"
import type { Save } from "../../JobStore.ts"
import * as Plan from "../plan/Plan.ts"
import type { Registered } from "../plan/Registered.ts"
import type { Calendar } from "../schedule/Calendar.ts"
import * as ZoneRules from "../schedule/ZoneRules.ts"
import * as Instance from "./Instance.ts"
import * as LogEntries from "./LogEntries.ts"

/**
 * Instances of one job share most instants, and asking a calendar costs more than opening an instance. Those of the last
 * calendar are remembered: where each key has its own, remembering all of them would cost as much as asking.
 */
const remembering = () => {
  let last: Calendar | null = null
  const known = new Map<number, number | null>()
  return (calendar: Calendar, plan: ZoneRules.Plan, planned: number): number | null => {
    if (planned === plan.kept) return planned
    if (calendar !== last) known.clear()
    last = calendar
    const at = known.get(planned)
    if (at !== undefined) return at
    const becomes = ZoneRules.today(calendar, plan, planned)
    known.set(planned, becomes)
    return becomes
  }
}

const dated = (at: number | null): string => (at === null ? "never" : new Date(at).toISOString())

/** New plans for the unclaimed instances of this definition that were planned under other rules of their time zone. */
export const renewed = (
  stored: ReadonlyArray<readonly [Registered<unknown>, JobState.JobState]>,
  now: number
): ReadonlyArray<Save> => {
  const becomes = remembering()
  return stored.flatMap(([registered, state]) => {
    const { cadence } = registered
    if (cadence._tag === "Schedule" || cadence.cron === null || state.claim.owner !== null) return []
    if (Plan.definitionMismatch(registered, state) !== null) return []
    const next = ZoneRules.renewed(cadence, state.position, becomes)
    if (next === null) return []
    const change = `${dated(state.position.scheduledAt)} became ${dated(next.scheduledAt)}`
    const entry = LogEntries.ofControl(state, `the rules of ${cadence.cron.zone} have changed: ${change}`, now, next)
    return [{ expected: Instance.expectedOf(state), state: JobState.applyEntry(state, entry), entries: [entry] }]
  })
}
