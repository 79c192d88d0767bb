/**
 * The data of the jobs: a cache that fills up and is cleared.
 */
import { Context, Effect, Layer, Ref } from "effect"

export class Cache extends Context.Tag("observed/Cache")<Cache, Ref.Ref<number>>() {}

export const layer = Layer.effect(Cache, Ref.make(0))

export const add = (pages: number) =>
  Effect.flatMap(
    Cache,
    Ref.update((held) => held + pages)
  )

export const isFull = Effect.flatMap(Cache, (cache) => Effect.map(cache, (held) => held >= 6))

/** Answers the number of pages that it held. */
export const clear = Effect.flatMap(Cache, Ref.getAndSet(0))
