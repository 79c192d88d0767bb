/**
 * The costs by number of requests of the last minute, on a SQLite file.
 */

import { Effect, Schema } from "effect"
import { Job, Jobs, Tick } from "#adapter"
import * as File from "../File.ts"
import * as Measure from "../Measure.ts"
import * as Growth from "./Growth.ts"

const mail = Job.make("mail", { payload: Schema.Number }, () => Effect.void).pipe(Job.parallel)
const daily = Job.make("daily", Effect.void).pipe(Job.cron("0 0 * * *"))
const jobs = Jobs.make(mail, daily)
const at = "2100-01-01T00:00:00Z"
const some = 200

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n)
const cpuOf = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.map(Measure.spent(effect), ({ cpu }) => cpu)
const perRequest = (ms: number) => (ms * 1000) / some
const enqueueSome = Effect.forEach(numbers(some), (n) => Tick.enqueue(mail, n, { at }), { discard: true })
const pauseSome = Measure.repeated(some / 2, Effect.zipRight(Tick.pause(daily), Tick.resume(daily)))

const after = (count: number) =>
  Effect.gen(function* () {
    const file = yield* File.make()
    const requests = Effect.gen(function* () {
      yield* enqueueSome
      const atOnce = yield* cpuOf(Tick.enqueueAll(mail, numbers(count), { at }))
      // the checkpoint of the many is no part of what follows
      yield* enqueueSome
      return { atOnce, enqueue: perRequest(yield* cpuOf(enqueueSome)), pause: perRequest(yield* cpuOf(pauseSome)) }
    })
    const costs = yield* Effect.provide(requests, File.tick(file, jobs))
    return { ...costs, open: yield* cpuOf(Effect.scoped(File.build(file, jobs))) }
  }).pipe(Effect.scoped)

/** Runs that are due at different instants, all of them past. */
const run = (count: number) =>
  Effect.gen(function* () {
    const file = yield* File.make()
    const now = Date.now()
    const ages = Math.max(1, Math.round(count / 100))
    const enqueue = Effect.forEach(
      numbers(ages),
      (age) => Tick.enqueueAll(mail, numbers(Math.ceil(count / ages)), { at: now - 1000 * age }),
      { discard: true }
    )
    yield* Effect.provide(enqueue, File.tick(file, jobs))
    return yield* Effect.provide(cpuOf(Tick.once), File.tick(file, jobs, { concurrency: 100 }))
  }).pipe(Effect.scoped)

const measure = (count: number) =>
  Effect.gen(function* () {
    return { ...(yield* after(count)), run: yield* run(count) }
  })

export const rows = Growth.rows({
  // fewer requests fit into a write-ahead log that is not copied into the file yet
  sizes: [8000, 16_000, 32_000, 64_000],
  rows: {
    enqueue: { what: "enqueue one, after n of the last minute", unit: "µs", order: "constant" },
    pause: { what: "pause or resume, after n enqueued in the last minute", unit: "µs", order: "constant" },
    atOnce: { what: "enqueue n in one call", unit: "ms", order: "n log n" },
    open: { what: "open with n waiting runs", unit: "ms", order: "n log n" },
    run: { what: "run n waiting runs of different ages", unit: "ms", order: "n log n" }
  },
  measure
})
