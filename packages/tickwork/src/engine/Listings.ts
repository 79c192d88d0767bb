/**
 * When the keys of each job were listed last, and when they are listed again.
 *
 * It lists nothing itself and tells no time.
 *
 * @internal
 */
import type { Registered } from "../Jobs.ts"
import * as Millis from "../Millis.ts"

/** What is due is run by keys that are no older than this. */
const oldestMs = 60_000

interface Listing {
  readonly registered: Registered
  readonly refreshMs: number
  nextAt: number
  isUnderWay: boolean
}

export class Listings {
  readonly #all: ReadonlyMap<string, Listing>

  constructor(registry: ReadonlyArray<Registered>, listedAt: number) {
    this.#all = new Map(
      registry.flatMap((registered) => {
        const { keys, name } = registered.job
        if (keys === null) return []
        const refreshMs = Millis.of(keys.refresh)
        return [[name, { registered, refreshMs, nextAt: listedAt + refreshMs, isUnderWay: false }] as const]
      })
    )
  }

  /** The earliest instant at which keys are listed again; infinity where there are none. */
  get nextAt(): number {
    let nextAt = Number.POSITIVE_INFINITY
    for (const listing of this.#all.values()) if (!listing.isUnderWay) nextAt = Math.min(nextAt, listing.nextAt)
    return nextAt
  }

  /** The jobs whose keys have to be listed now: they are being listed from now on. */
  take(now: number): ReadonlyArray<Registered> {
    return [...this.#all.values()].flatMap((listing) => {
      if (listing.isUnderWay || listing.nextAt > now) return []
      listing.isUnderWay = true
      listing.nextAt = Number.POSITIVE_INFINITY
      return [listing.registered]
    })
  }

  /** They were listed, or could not be: then it is tried again before long. */
  listed({ job }: Registered, isListed: boolean, now: number): void {
    const listing = this.#all.get(job.name)
    if (listing === undefined) return
    listing.isUnderWay = false
    const { refreshMs } = listing
    listing.nextAt = Math.min(listing.nextAt, now + (isListed ? refreshMs : Math.min(refreshMs, oldestMs)))
  }

  /** An instance of the job is due: its keys have to be fairly new. */
  due({ job }: Registered, now: number): void {
    const listing = this.#all.get(job.name)
    if (listing === undefined || listing.isUnderWay) return
    if (now - (listing.nextAt - listing.refreshMs) >= oldestMs) listing.nextAt = Math.min(listing.nextAt, now)
  }

  /** The keys of a job, or of all jobs, are listed as soon as that can be. */
  hurry(now: number, jobName?: string): void {
    for (const [name, listing] of this.#all) {
      if (jobName === undefined || name === jobName) listing.nextAt = Math.min(listing.nextAt, now)
    }
  }

  /** The clock was set back by so many ms. */
  moveBack(byMs: number): void {
    for (const listing of this.#all.values()) listing.nextAt -= byMs
  }
}
