/**
 * The costs by number of instances: keys on a SQLite file, ten of them due each second.
 */

import { Effect } from "effect"
import { Job, Jobs, Tick } from "#adapter"
import * as File from "../File.ts"
import * as HandClock from "../HandClock.ts"
import * as Measure from "../Measure.ts"
import * as Growth from "./Growth.ts"

const due = 10

const registry = (count: number) => {
  const waiting = Effect.succeed(Array.from({ length: count }, (_, n) => `peer ${n}`))
  const often = Effect.succeed(Array.from({ length: due }, (_, n) => `peer ${n}`))
  return Jobs.make(
    Job.make("due", { keys: often, refresh: "1 day" }, () => Effect.void).pipe(Job.every("1 second"), Job.parallel),
    Job.make("waiting", { keys: waiting, refresh: "1 day" }, () => Effect.void).pipe(
      Job.cron("0 0 * * *"),
      Job.parallel
    )
  )
}

const cpuOf = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.map(Measure.spent(effect), ({ cpu }) => cpu)

const measure = (count: number) =>
  Effect.gen(function* () {
    const file = yield* File.make()
    const hand = HandClock.make(Date.parse("2027-01-01T01:00:00Z"))
    const jobs = registry(count)
    return yield* Effect.gen(function* () {
      const before = yield* Measure.heapUsed
      const openNew = yield* cpuOf(Effect.scoped(File.build(file, jobs)))
      const openStored = yield* cpuOf(Effect.scoped(File.build(file, jobs)))
      const context = yield* File.build(file, jobs)
      const bytes = ((yield* Measure.heapUsed) - before) / count
      const tenDue = Effect.suspend(() => {
        hand.goOn(1000)
        return Tick.once
      })
      return yield* Effect.gen(function* () {
        yield* Measure.repeated(20, tenDue)
        return {
          openNew,
          openStored,
          bytes,
          nothing: yield* Measure.leastCpu(5000, Tick.once),
          ten: yield* Measure.leastCpu(40, tenDue),
          next: yield* Measure.leastCpu(50, Tick.next),
          health: yield* Measure.leastCpu(50, Tick.health),
          status: yield* cpuOf(Tick.status),
          refresh: yield* cpuOf(Tick.refreshKeys())
        }
      }).pipe(Effect.provide(context))
    }).pipe(Effect.withClock(hand.clock))
  }).pipe(Effect.scoped)

export const rows = Growth.rows({
  sizes: [6250, 12_500, 25_000, 50_000],
  rows: {
    openNew: { what: "open n new keys", unit: "ms", order: "n log n" },
    openStored: { what: "open n stored keys", unit: "ms", order: "n log n" },
    bytes: { what: "heap of each of n keys", unit: "B", order: "constant" },
    nothing: { what: "tick, nothing due of n", unit: "µs", order: "constant" },
    ten: { what: "tick, 10 due of n", unit: "µs", order: "constant" },
    next: { what: "Tick.next of n", unit: "µs", order: "constant" },
    health: { what: "Tick.health of n", unit: "µs", order: "constant" },
    status: { what: "Tick.status of n", unit: "ms", order: "n log n" },
    refresh: { what: "Tick.refreshKeys of n", unit: "ms", order: "n log n" }
  },
  measure,
  mostSamples: 2
})
