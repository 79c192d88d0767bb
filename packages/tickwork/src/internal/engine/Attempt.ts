/**
 * One attempt as it grows: started under a claim, ended with an outcome, settled with what follows.
 *
 * Plain data: each step adds fields to the one before.
 *
 * @internal
 */
import type { StoredRequest } from "../../Control.ts"
import type { Save } from "../../JobStore.ts"
import type { Position } from "../../Position.ts"
import type { Run } from "../../Run.ts"
import * as Instance from "./Instance.ts"
import type { Outcome } from "./Outcome.ts"

/** An attempt under way. */
export interface Started {
  readonly instance: Instance.Instance
  readonly run: Run
  /** The fencing token of its claim. */
  readonly token: number
}

/** Its body is over. */
export interface Ended extends Started {
  readonly outcome: Outcome
  readonly endedAt: number
}

/** What follows an attempt that has ended. */
export interface Conclusion {
  readonly next: Position
  /** Planned times of a grid that passed during the retries, and that the occurrence covers. */
  readonly superseded: { readonly first: number; readonly count: number } | null
  /** What went wrong with the job's retry policy, so that the default one was stepped in its place. */
  readonly broken: string | null
}

/** What follows it is known. */
export interface Settled extends Ended {
  readonly concluded: Conclusion
  /** The request that cancelled it. */
  readonly request?: StoredRequest | undefined
  /** It is in the store already, in one transaction with the job's own writes. */
  readonly saved?: Save | undefined
}

export const start = (instance: Instance.Instance, at: number): Started => ({
  instance,
  run: Instance.runOf(instance, at),
  token: instance.state.claim.token
})
