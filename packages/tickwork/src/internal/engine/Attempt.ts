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
import type { RunInfo } from "../../Run.ts"
import * as Instance from "./Instance.ts"
import type { Outcome } from "./Outcome.ts"

/** A running attempt. */
export interface Started {
  readonly instance: Instance.Instance
  readonly run: RunInfo
  /** The fencing token of its claim. */
  readonly token: number
}

/** An attempt whose body has ended. */
export interface Ended extends Started {
  readonly outcome: Outcome
  readonly endedAt: number
}

/** What follows an ended attempt. */
export interface Conclusion {
  readonly next: Position
  /** Planned times that passed during the retries, and that the occurrence covers. */
  readonly superseded: { readonly first: number; readonly count: number } | null
  /** The error of the job's retry policy, after which the default policy was stepped. */
  readonly broken: string | null
}

/** An ended attempt with its conclusion. */
export interface Settled extends Ended {
  readonly concluded: Conclusion
  /** The request that cancelled it. */
  readonly request?: StoredRequest | undefined
  /** Set where one transaction has stored it with the job's own writes. */
  readonly saved?: Save | undefined
}

export const start = (instance: Instance.Instance, at: number): Started => ({
  instance,
  run: Instance.runOf(instance, at),
  token: instance.state.claim.token
})

// made field by field: a spread costs more than the rest of settling

export const end = ({ instance, run, token }: Started, outcome: Outcome, endedAt: number): Ended => ({
  instance,
  run,
  token,
  outcome,
  endedAt
})

export const settle = (
  { endedAt, instance, outcome, run, token }: Ended,
  concluded: Conclusion,
  request?: StoredRequest,
  saved?: Save
): Settled => ({ instance, run, token, outcome, endedAt, concluded, request, saved })
