/**
 * How many prekeys a peer should have, and what is missing. Pure: it reads no table and no clock.
 */
import { Context, Duration } from "effect"

export interface Policy {
  /** With fewer unexpired prekeys than this, a peer is given new ones. */
  readonly minimum: number
  /** So many it has afterwards. */
  readonly full: number
  readonly lifetime: Duration.Duration
}

/** Enough for the hour until the next look: the demo's user takes about 400 of each peer. */
export class PrekeyPolicy extends Context.Reference<PrekeyPolicy>()("messenger/PrekeyPolicy", {
  defaultValue: (): Policy => ({ minimum: 450, full: 500, lifetime: Duration.days(7) })
}) {}

/** How many prekeys a peer can still hand out. */
export interface Stock {
  readonly peer: string
  readonly unexpired: number
}

export const isLow = ({ minimum }: Policy, { unexpired }: Stock): boolean => unexpired < minimum

/** One entry for each prekey to be made, naming its peer; a peer that holds the minimum gets none. */
export const missing = (policy: Policy, stocks: ReadonlyArray<Stock>): ReadonlyArray<string> =>
  stocks.flatMap((stock) =>
    isLow(policy, stock) ? Array.from({ length: policy.full - stock.unexpired }, () => stock.peer) : []
  )
