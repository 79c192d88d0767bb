/**
 * The limits that a registry shares with other processes, and the jobs that each limit counts.
 *
 * The store counts, not this module.
 *
 * @internal
 */
import type { ClaimLimit } from "../../JobStore.ts"
import * as Millis from "../Millis.ts"
import type { Registered } from "../plan/Registered.ts"

/** A limit as each claim carries it; a rate has the window and the key of the claim yet to come. */
export interface SharedLimit extends Omit<ClaimLimit, "rate"> {
  readonly rate?: { readonly perMs: number; readonly by: "key" | null }
}

/** What a claim carries that is made at an instant. */
export const ofClaim =
  (key: string, now: number) =>
  ({ rate, ...limit }: SharedLimit): ClaimLimit =>
    rate === undefined ? limit : { ...limit, rate: { since: now - rate.perMs, key: rate.by === "key" ? key : null } }

/** The limits that the claims of each job carry, by its name; `null` where no job has such a limit. */
export const of = (registry: ReadonlyArray<Registered>): ReadonlyMap<string, ReadonlyArray<SharedLimit>> | null => {
  const jobNames = new Map<string, Array<string>>()
  const limited = registry.flatMap((registered) => {
    const limits = registered.job.limits.filter(({ scope }) => scope === "database")
    return limits.length === 0 ? [] : [{ registered, limits }]
  })
  for (const { limits, registered } of limited) {
    for (const { name } of limits) jobNames.set(name, [...(jobNames.get(name) ?? []), registered.job.name])
  }
  if (limited.length === 0) return null
  return new Map(
    limited.map(({ limits, registered }) => [
      registered.job.name,
      limits.map(({ atMost, by, name, per }) => ({
        ...{ name, jobNames: jobNames.get(name) ?? [], atMost },
        ...(per === null ? {} : { rate: { perMs: Millis.of(per), by } })
      }))
    ])
  )
}
