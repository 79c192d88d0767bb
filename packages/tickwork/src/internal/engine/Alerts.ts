/**
 * What somebody has to be told when a job fails again and again, and when it has recovered.
 *
 * Pure: it tells nobody itself.
 *
 * @internal
 */
import type { JobState } from "../../JobState.ts"
import type { Alert, Recovered } from "../../TickEvent.ts"

/** What is to be told of the way from one state to another. */
export const alertOf = (before: JobState, after: JobState, alertAfter: number | null): Alert | Recovered | null => {
  if (alertAfter === null) return null
  const { jobName, key } = after
  const wasTold = before.failures >= alertAfter
  if (!wasTold && after.failures >= alertAfter) {
    return { _tag: "Alert", jobName, key, failures: after.failures, error: after.lastError }
  }
  return wasTold && after.failures === 0 ? { _tag: "Recovered", jobName, key, failures: before.failures } : null
}
