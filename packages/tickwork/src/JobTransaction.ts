/**
 * A transaction in which a job's own writes and the record of its run are one: both are kept, or neither.
 *
 * Only a store on a SQL database provides it. It never decides what is recorded: it is told.
 *
 * @since 0.1.0
 */
import { Context, type Effect, Schema } from "effect"
import type * as Job from "./Job.ts"
import type { Expected, Ref, Save, StoreError } from "./JobStore.ts"

/**
 * The claim of a run had passed on to another owner before its transaction could be committed, so nothing of it was.
 *
 * @since 0.1.0
 * @category errors
 */
export class ClaimLost extends Schema.TaggedError<ClaimLost>("tickwork/ClaimLost")("ClaimLost", {
  jobName: Schema.String,
  key: Schema.String
}) {
  override get message() {
    return `"${this.jobName}" took longer than its lease, so another process took it: raise the lease, or lower the job's timeout`
  }
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /**
   * Runs a body in a transaction of the store's client, then writes what is to be saved of it, and commits both. The
   * claim is looked at first: where it has passed on, the body does not begin. Whatever fails, nothing is kept.
   */
  readonly around: <A, E, R, E2, R2>(
    claim: Ref & Expected,
    body: Effect.Effect<A, E, R>,
    saveOf: (value: A) => Effect.Effect<Save, E2, R2>
  ) => Effect.Effect<Save, E | E2 | StoreError | ClaimLost, R | R2>
}

/**
 * What a job needs that is {@link Job.transactional}: `SqlJobStore` provides it beside the job store.
 *
 * @since 0.1.0
 * @category services
 */
export class JobTransaction extends Context.Tag("tickwork/JobTransaction")<Job.JobTransaction, Service>() {}
