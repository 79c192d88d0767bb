/**
 * Dice of a known seed: whoever rolls Effect's `Random` under them rolls the same in every run.
 *
 * @since 0.1.0
 */
import { Effect, Layer, Random } from "effect"

/**
 * Swaps the dice of a program for those of a seed, any value that `Random.make` takes. Each time the layer is built they
 * begin anew.
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
  // Layer.setRandom would go on with the same dice where the layer is built again
  Layer.scopedDiscard(Effect.suspend(() => Effect.withRandomScoped(Random.make(seed))))
