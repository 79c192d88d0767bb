/**
 * Decides when a job's failures are an alert or pause it, and when it has recovered.
 *
 * Pure: it publishes nothing.
 *
 * @internal
 */
import * as Control from "../../Control.ts"
import type { JobState } from "../../JobState.ts"
import type { LogEntry } from "../../LogEntry.ts"
import * as Position from "../../Position.ts"
import type { Alert, Recovered } from "../../TickEvent.ts"
import type { Plain } from "../Definition.ts"
import * as LogEntries from "./LogEntries.ts"

/** After how many failures in a row a job alerts, and after each how many it is paused. */
type Limits = Pick<Plain, "alertAfter" | "pauseAfter">

/** The alert that a change from one state to another makes; `null` for none. A job that is paused alerts at least then. */
export const alertOf = (
  before: JobState,
  after: JobState,
  { alertAfter, pauseAfter }: Limits
): Alert | Recovered | null => {
  const limit = alertAfter ?? pauseAfter
  if (limit === null) return null
  const { jobName, key } = after
  const wasFailing = before.failures >= limit
  if (!wasFailing && after.failures >= limit) {
    return { _tag: "Alert", jobName, key, failures: after.failures, error: after.lastError }
  }
  return wasFailing && after.failures === 0 ? { _tag: "Recovered", jobName, key, failures: before.failures } : null
}

/** The entry that pauses an instance after this many more failures in a row; `null` for none. */
export const pauseOf = (before: JobState, after: JobState, { pauseAfter }: Limits): LogEntry | null => {
  const { failures, lastError, position, updatedAt } = after
  if (pauseAfter === null || position.paused !== null || position.nextAt === null) return null
  if (Math.floor(failures / pauseAfter) <= Math.floor(before.failures / pauseAfter)) return null
  const why = `${failures} failure${failures === 1 ? "" : "s"} in a row${lastError === null ? "" : `: ${lastError}`}`
  const sender = Control.senderOf({ by: "tickwork", why })
  const next = Position.pause(position, { at: updatedAt, ...sender })
  return LogEntries.ofControl(after, Control.toText({ verb: "pause", ...sender }), updatedAt, next)
}
