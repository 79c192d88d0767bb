/**
 * The claim of another process as this one has seen it: when to look at it again, and when its lease has expired.
 *
 * @internal
 */
import type { Claim } from "../../JobState.ts"
import { lookAgainMs } from "./Tuning.ts"

export interface SeenClaim {
  readonly owner: string | null
  readonly token: number
  readonly renewals: number
  /** Since when its number of renewals has been the same, on this process's clock. */
  readonly since: number
  /** How often the same claim has been seen. */
  readonly looks: number
}

const isSame = (seen: SeenClaim | null, { owner, token }: Claim): seen is SeenClaim =>
  seen !== null && seen.owner === owner && seen.token === token

/** What is known of a claim that is seen now. */
export const look = (claim: Claim, seen: SeenClaim | null, now: number): SeenClaim => {
  const { owner, renewals, token } = claim
  if (!isSame(seen, claim)) return { owner, token, renewals, since: now, looks: 0 }
  return { owner, token, renewals, since: seen.renewals === renewals ? seen.since : now, looks: seen.looks + 1 }
}

/** When to look at it again: soon, since most runs are short, then ever later, and when its lease would have expired. */
export const lookAt = ({ looks, since }: SeenClaim, leaseMs: number, now: number): number =>
  Math.min(now + lookAgainMs * 2 ** looks, since + leaseMs)

/** True where this is the same claim, not renewed for a whole lease. */
export const isExpired = (seen: SeenClaim | null, claim: Claim, leaseMs: number, now: number): boolean =>
  isSame(seen, claim) && seen.renewals === claim.renewals && now - seen.since >= leaseMs
