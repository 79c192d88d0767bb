/**
 * Opening half a million and a million keys.
 */
import { Effect } from "effect"
import * as File from "../File.ts"
import * as Measure from "../Measure.ts"
import * as Stored from "../Stored.ts"
import * as Growth from "./Growth.ts"

const measure = (count: number) =>
  Effect.gen(function* () {
    const file = yield* File.make()
    const registry = Stored.registry(count)
    const open = Measure.spent(Effect.scoped(File.build(file, registry)))
    const fresh = yield* open
    // what the first one leaves behind is no part of the second
    yield* Measure.heapUsed
    const stored = yield* open
    return { openNew: fresh.cpu, openStored: stored.cpu, openStoredWall: stored.wall }
  }).pipe(Effect.scoped)

export const rows = Growth.rows({
  sizes: [500_000, 1_000_000],
  rows: {
    openNew: { what: "open n new keys, of a million", unit: "ms", order: "n log n" },
    openStored: { what: "open n stored keys, of a million", unit: "ms", order: "n log n" },
    openStoredWall: { what: "open n stored keys, wall time", unit: "ms", order: "bounded", most: 10_000 }
  },
  measure,
  // each of them takes long
  mostSamples: 1
})
