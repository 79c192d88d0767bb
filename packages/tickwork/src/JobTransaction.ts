/**
 * A transaction that commits a job's own writes together with its log entry, or neither of them.
 *
 * Only a store on a SQL database provides it. It never decides what is logged.
 *
 * @since 0.1.0
 */
import { Context, type Effect, Schema } from "effect"
import type * as Job from "./Job.ts"
import type { Expected, Ref, Save, StoreError } from "./JobStore.ts"

/**
 * Another owner took the claim of a run before its transaction was committed, so nothing of it was written.
 *
 * @since 0.1.0
 * @category errors
 */
export class ClaimLostError extends Schema.TaggedError<ClaimLostError>("tickwork/ClaimLostError")("ClaimLostError", {
  jobName: Schema.String,
  key: Schema.String
}) {
  override get message() {
    return `"${this.jobName}" must end within its lease, and took longer, so another process took it. Raise the lease, or lower the job's timeout.`
  }
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** The isolation levels that {@link Job.transactionalWith} may name here. */
  readonly isolations: ReadonlyArray<Job.Isolation>
  /**
   * Checks the claim, runs a body in a transaction of the store's client, writes the save that it leads to, and commits
   * both. Where another owner has the claim, the body does not start. If anything fails, nothing is written. Without an
   * `isolation` the store chooses it.
   */
  readonly around: <A, E, R, E2, R2>(
    claim: Ref & Expected,
    body: Effect.Effect<A, E, R>,
    saveOf: (value: A) => Effect.Effect<Save, E2, R2>,
    isolation?: Job.Isolation | null
  ) => Effect.Effect<Save, E | E2 | StoreError | ClaimLostError, R | R2>
}

/**
 * What a {@link Job.transactional} job needs. `SqlJobStore` and `PgJobStore` provide it beside `JobStore`.
 *
 * @since 0.1.0
 * @category services
 */
export class JobTransaction extends Context.Tag("tickwork/JobTransaction")<Job.JobTransaction, Service>() {}
