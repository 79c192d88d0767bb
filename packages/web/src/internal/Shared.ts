/**
 * What all requests to one page on one store share: what was read a moment ago, and the streams that are open.
 *
 * @internal
 */
import { type Context, type DateTime, Deferred, Effect, FiberId } from "effect"
import type { JobStore } from "tickwork"
import * as JobsData from "./data/JobsData.ts"
import * as Reading from "./data/Reading.ts"
import * as TimelineData from "./data/TimelineData.ts"
import * as Feed from "./Feed.ts"
import type { Bounds } from "./Limits.ts"

export interface Shared {
  readonly reading: Reading.Reading
  readonly timeline: ReturnType<typeof TimelineData.make>
  readonly jobs: ReturnType<typeof JobsData.make>
  readonly feed: Feed.Feed
  /** What was just written is read. */
  readonly clear: () => void
}

/** The same for each store, for as long as the store is there. */
export const make = (zone: DateTime.TimeZone, bounds: Bounds, ended: Deferred.Deferred<void>) => {
  const all = new WeakMap<object, Shared>()
  return (store: Context.Tag.Service<JobStore.JobStore>): Shared => {
    const found = all.get(store)
    if (found !== undefined) return found
    const reading = Reading.make(zone)
    const jobs = JobsData.make(reading, bounds.pageSize)
    const clear = () => {
      reading.clear()
      jobs.clear()
    }
    const shared = {
      reading,
      timeline: TimelineData.make(reading),
      jobs,
      feed: Feed.make(bounds.streams, ended),
      clear
    }
    all.set(store, shared)
    return shared
  }
}

/** Nothing has ended yet. */
export const running = (): Deferred.Deferred<void> => Deferred.unsafeMake(FiberId.none)

export const end = (ended: Deferred.Deferred<void>): Effect.Effect<void> =>
  Effect.asVoid(Deferred.succeed(ended, undefined))
