/**
 * How many prekeys each peer should hold, and how many are missing. Pure.
 */
import { Context, Duration } from "effect"

export interface Policy {
  /** A peer with fewer unexpired prekeys gets new ones. */
  readonly minimum: number
  /** The number of prekeys after that. */
  readonly full: number
  readonly lifetime: Duration.Duration
}

/** Enough for the hour until the next check: the demo's user takes about 400 of each peer. */
export class PrekeyPolicy extends Context.Reference<PrekeyPolicy>()("messenger/PrekeyPolicy", {
  defaultValue: (): Policy => ({ minimum: 450, full: 500, lifetime: Duration.days(7) })
}) {}

/** How many prekeys a peer can still hand out. */
export interface Stock {
  readonly peer: string
  readonly unexpired: number
}

export const isLow = ({ minimum }: Policy, { unexpired }: Stock): boolean => unexpired < minimum

/** The peer of each prekey to make; a peer that holds the minimum gets none. */
export const missing = (policy: Policy, stocks: ReadonlyArray<Stock>): ReadonlyArray<string> =>
  stocks.flatMap((stock) =>
    isLow(policy, stock) ? Array.from({ length: policy.full - stock.unexpired }, () => stock.peer) : []
  )
