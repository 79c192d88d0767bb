/**
 * What the store has of instances that other processes take care of.
 *
 * It changes nothing, and takes nothing of it over.
 *
 * @internal
 */
import { Effect } from "effect"
import type { JobState } from "../../JobState.ts"
import type { Ref, Service } from "../../JobStore.ts"
import type { Engine } from "./Engine.ts"

type States = Effect.Effect<ReadonlyArray<JobState>>

const none: States = Effect.succeed([])

/** All of them that can still run, and those of jobs that plan again; none where the store does not answer. */
export const all = ({ registry, share }: Engine, store: Pick<Service, "load">): States => {
  if (share.isAll) return none
  const named = (isEnqueued: boolean) =>
    [...registry.values()].flatMap(({ job }) => ((job.payload !== null) === isEnqueued ? [job.name] : []))
  const read = Effect.zipWith(store.load(named(false)), store.load(named(true), "unfinished"), (all, unfinished) => [
    ...all,
    ...unfinished
  ])
  return Effect.orElse(read, () => none)
}

/** An instance that another process takes care of, and those that it may wait for; none where this one does. */
export const around = (engine: Engine, store: Pick<Service, "get" | "load">, ref: Ref): States => {
  if (engine.isHere(ref)) return none
  const { linked, of } = engine.share.partitions
  const names = linked(ref.jobName)
  // what is linked by its key has the same one, and in partition 0 one job may wait for all keys of another
  const read = of(ref) === 0 ? store.load(names) : store.get(names.map((jobName) => ({ jobName, key: ref.key })))
  return Effect.orElse(read, () => none)
}
