/**
 * Applies a request to the plan of an instance.
 *
 * Pure: it writes nothing itself.
 *
 * @internal
 */

import * as Control from "../../Control.ts"
import { hasFailed, type JobState } from "../../JobState.ts"
import type { LogEntry } from "../../LogEntry.ts"
import * as Position from "../../Position.ts"
import * as BackfillKey from "../BackfillKey.ts"
import * as Calendar from "../schedule/Calendar.ts"
import * as LogEntries from "./LogEntries.ts"

const isOnce = ({ position: { cadence } }: JobState): boolean => cadence.definition === Calendar.once.definition

/** It keeps its instant, which tells that it was called off and has not ended by a run. */
const calledOff = (from: Position.Position): Position.Position =>
  Position.advance({ ...from, manual: null }, { cadence: from.cadence, nextAt: null, scheduledAt: from.scheduledAt })

/** What failed is tried again now; what did not fail keeps its plan. */
const retried = (state: JobState, { at, by, why }: Control.Request, now: number): Position.Position => {
  const { position } = state
  const { attempt, cadence, manual, nextAt, paused } = position
  if (manual !== null) return { ...position, manual: { ...manual, nextAt: now } }
  if (!hasFailed(state)) return position
  if (attempt > 1 && paused === null) return { ...position, nextAt: now }
  // the same run as before, under its runKey, with a policy that begins again
  if (isOnce(state) && nextAt === null && paused === null)
    return {
      ...position,
      nextAt: now,
      scheduledAt: cadence.anchor,
      attempt: Math.max(2, state.totalRuns + 1),
      retry: null
    }
  return { ...position, manual: { at, by, why, nextAt: now, attempt: 1, retry: null } }
}

const changed = (state: JobState, request: Control.Request, now: number): Position.Position => {
  const { at, by, dueAt, verb, why } = request
  const next = state.position
  // a backfill runs what it lists, and nothing else
  if (BackfillKey.is(state.key) && next.manual === null && (verb === "trigger" || verb === "retry")) return next
  switch (verb) {
    case "pause":
      return Position.pause(next, { at: now, by, why, ...(dueAt === null ? {} : { until: dueAt }) })
    case "resume":
      return { ...next, paused: null }
    case "cancel":
      // an enqueued run has no next instant
      return isOnce(state) ? calledOff(next) : { ...next, manual: null }
    // these two do not change the plan
    case "enqueue":
    case "forget":
      return next
    case "retry":
      return retried(state, request, now)
    case "trigger":
      if (isOnce(state) && next.nextAt !== null) return next.nextAt > now ? Position.atOnce(next, now) : next
      // two triggers before the run starts make one run
      return { ...next, manual: state.position.manual ?? { at, by, why, nextAt: now, attempt: 1, retry: null } }
  }
}

/** The log entry of a request, with the position after it. */
export const entryOf = (state: JobState, request: Control.Request, now: number): LogEntry => {
  // another process may have stored any text
  const next = changed(state, { ...request, ...Control.senderOf(request) }, now)
  return LogEntries.ofControl(state, Control.toText(request), now, next)
}
