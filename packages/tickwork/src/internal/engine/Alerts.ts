/**
 * Decides when a job's failures are an alert, and when it has recovered.
 *
 * Pure: it publishes nothing.
 *
 * @internal
 */
import type { JobState } from "../../JobState.ts"
import type { Alert, Recovered } from "../../TickEvent.ts"

/** The alert that a change from one state to another makes; `null` for none. */
export const alertOf = (before: JobState, after: JobState, alertAfter: number | null): Alert | Recovered | null => {
  if (alertAfter === null) return null
  const { jobName, key } = after
  const wasFailing = before.failures >= alertAfter
  if (!wasFailing && after.failures >= alertAfter) {
    return { _tag: "Alert", jobName, key, failures: after.failures, error: after.lastError }
  }
  return wasFailing && after.failures === 0 ? { _tag: "Recovered", jobName, key, failures: before.failures } : null
}
