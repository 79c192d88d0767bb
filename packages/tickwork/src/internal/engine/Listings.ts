/**
 * When the keys of each job are listed next.
 *
 * It lists nothing itself and reads no clock.
 *
 * @internal
 */

import * as Millis from "../Millis.ts"
import type { Registered } from "../plan/Registered.ts"
import type { Keys } from "./KeyList.ts"

/** A due instance runs only by keys that are no older than this. */
const oldestMs = 60_000

interface Listing {
  readonly registered: Registered
  readonly refreshMs: number
  /** The last list; `null` where there has been none. */
  keys: Keys | null
  nextAt: number
  isUnderWay: boolean
}

export class Listings {
  readonly #all: ReadonlyMap<string, Listing>

  constructor(registry: ReadonlyArray<Registered>, lists: ReadonlyMap<string, Keys | null>, listedAt: number) {
    this.#all = new Map(
      registry.flatMap((registered) => {
        const { keys, name } = registered.job
        if (keys === null) return []
        const refreshMs = Millis.of(keys.refresh)
        return [
          [
            name,
            { registered, refreshMs, keys: lists.get(name) ?? null, nextAt: listedAt + refreshMs, isUnderWay: false }
          ] as const
        ]
      })
    )
  }

  /** The last list of a job's keys; `null` where there has been none. */
  of(jobName: string): Keys | null {
    return this.#all.get(jobName)?.keys ?? null
  }

  /** The earliest instant at which keys are listed again; infinity where there are none. */
  get nextAt(): number {
    let earliest = Number.POSITIVE_INFINITY
    // every call of a tick comes by here, and few registries have keys
    if (this.#all.size === 0) return earliest
    for (const { isUnderWay, nextAt } of this.#all.values()) if (!isUnderWay && nextAt < earliest) earliest = nextAt
    return earliest
  }

  /** Takes the jobs whose keys are due for listing, and marks them as being listed. */
  take(now: number): ReadonlyArray<Registered> {
    const taken = [...this.#all.values()].filter(({ isUnderWay, nextAt }) => !isUnderWay && nextAt <= now)
    for (const listing of taken) {
      listing.isUnderWay = true
      listing.nextAt = Number.POSITIVE_INFINITY
    }
    return taken.map(({ registered }) => registered)
  }

  /** Plans the next listing; after a failure it comes sooner. */
  listed({ job }: Registered, keys: Keys | null, now: number): void {
    const listing = this.#all.get(job.name)
    if (listing === undefined) return
    listing.keys = keys ?? listing.keys
    listing.isUnderWay = false
    const { refreshMs } = listing
    listing.nextAt = Math.min(listing.nextAt, now + (keys !== null ? refreshMs : Math.min(refreshMs, oldestMs)))
  }

  /** Lists the keys of a job with a due instance now, unless they are recent. */
  due({ job }: Registered, now: number): void {
    const listing = this.#all.get(job.name)
    if (listing === undefined || listing.isUnderWay || listing.nextAt <= now) return
    if (now - (listing.nextAt - listing.refreshMs) >= oldestMs) listing.nextAt = now
  }

  /** Lists the keys of one job, or of all jobs, as soon as possible. */
  refreshNow(now: number, jobName?: string): void {
    for (const [name, listing] of this.#all) {
      if (jobName === undefined || name === jobName) listing.nextAt = Math.min(listing.nextAt, now)
    }
  }

  /** Moves all times back with the clock, in ms. */
  moveBack(byMs: number): void {
    for (const listing of this.#all.values()) listing.nextAt -= byMs
  }
}
