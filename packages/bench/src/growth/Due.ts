/**
 * The costs by number of due instances, all of them due at once: on a SQLite file, and in memory where all wait for one
 * slot.
 */

import { Effect, Layer } from "effect"
import { Job, JobStore, Jobs, Tick } from "#adapter"
import * as File from "../File.ts"
import * as HandClock from "../HandClock.ts"
import * as Measure from "../Measure.ts"
import * as Growth from "./Growth.ts"

const keysOf = (count: number) => Effect.succeed(Array.from({ length: count }, (_, n) => `peer ${n}`))

const parallel = (count: number) =>
  Jobs.make(Job.make("due", { keys: keysOf(count) }, () => Effect.void).pipe(Job.every("1 minute"), Job.parallel))

const serial = (count: number) =>
  Jobs.make(Job.make("due", { keys: keysOf(count) }, () => Effect.void).pipe(Job.every("1 minute")))

/** The first tick, and a later one that knows how long the runs take. */
const ticks = (count: number, layer: Layer.Layer<Tick.Tick, unknown>) =>
  Effect.gen(function* () {
    const { clock, goOn } = HandClock.make(Date.parse("2027-01-01T01:00:00Z"))
    const tick = Effect.filterOrDieMessage(Tick.once, ({ length }) => length === count, "not all of them ran")
    const cpu = Effect.map(Measure.spent(tick), ({ cpu }) => cpu)
    return yield* Effect.gen(function* () {
      const first = yield* cpu
      goOn(60_000)
      return { first, later: yield* cpu }
    }).pipe(Effect.provide(layer), Effect.withClock(clock))
  })

const measure = (count: number) =>
  Effect.gen(function* () {
    const file = yield* File.make()
    const onFile = yield* ticks(count, File.tick(file, parallel(count), { concurrency: 100 }))
    const inMemory = yield* ticks(
      count,
      Layer.fresh(Tick.layer(serial(count)).pipe(Layer.provide(JobStore.layerMemory)))
    )
    return { ...onFile, serialFirst: inMemory.first, serialLater: inMemory.later }
  }).pipe(Effect.scoped)

export const rows = Growth.rows({
  sizes: [2000, 4000, 8000, 16_000],
  rows: {
    first: { what: "first tick, n parallel instances due, SQLite", unit: "ms", order: "n log n" },
    later: { what: "later tick, n parallel instances due, SQLite", unit: "ms", order: "n log n" },
    serialFirst: { what: "first tick, n serial instances due, in memory", unit: "ms", order: "n log n" },
    serialLater: { what: "later tick, n serial instances due, in memory", unit: "ms", order: "n log n" }
  },
  measure,
  samples: 2
})
