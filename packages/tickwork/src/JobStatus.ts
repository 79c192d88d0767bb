/**
 * One instance of the registry: its job, its state and its decision.
 *
 * @since 0.1.0
 */
import type { PendingRequest } from "./Control.ts"
import type { Decision } from "./Decision.ts"
import type { ConcurrencyMode } from "./Job.ts"
import type { JobState } from "./JobState.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface JobStatus {
  readonly jobName: string
  readonly key: string
  readonly description: string | null
  readonly priority: number
  readonly mode: ConcurrencyMode
  readonly state: JobState
  readonly decision: Decision
  /** What this process knows to be requested of it and not yet carried out, the oldest first. */
  readonly pending: ReadonlyArray<PendingRequest>
}
