/**
 * Random numbers of a known seed: under them Effect's `Random` answers the same in every run.
 *
 * @since 0.1.0
 */
import { Effect, Layer, Random } from "effect"

/**
 * Swaps the random numbers of a program for those of a seed, any value that `Random.make` takes. Each build of the layer
 * begins with the first of them.
 *
 * @example
 * ```ts
 * import { Effect, Random } from "effect"
 * import { SeededRandom } from "tickwork/testing"
 *
 * const roll = Effect.provide(Random.nextIntBetween(1, 7), SeededRandom.layer("a seed"))
 * console.assert(Effect.runSync(roll) === Effect.runSync(roll))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (seed: unknown): Layer.Layer<never> =>
  // Layer.setRandom would go on where the layer was built before
  Layer.scopedDiscard(Effect.suspend(() => Effect.withRandomScoped(Random.make(seed))))
