/**
 * Opening half a million and a million keys.
 */
import { Effect } from "effect"
import * as File from "../File.ts"
import * as Measure from "../Measure.ts"
import * as Stored from "../Stored.ts"
import * as Growth from "./Growth.ts"

const wallOf = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.map(Measure.spent(effect), ({ wall }) => wall)

const measure = (count: number) =>
  Effect.gen(function* () {
    const file = yield* File.make()
    const registry = Stored.registry(count)
    const open = wallOf(Effect.scoped(File.build(file, registry)))
    return { openNew: yield* open, openStored: yield* open }
  }).pipe(Effect.scoped)

export const rows = Growth.rows({
  sizes: [500_000, 1_000_000],
  rows: {
    openNew: { what: "open n new keys, wall time", unit: "ms", order: "n log n" },
    openStored: { what: "open n stored keys, wall time", unit: "ms", order: "n log n", most: 10_000 }
  },
  measure,
  // each of them takes long
  mostSamples: 1
})
