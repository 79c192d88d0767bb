/**
 * Enqueuing runs that are due in years: one by one, each in a commit of its own, before and after many others; and many in
 * one call.
 */
import { Effect, Schema } from "effect"
import { Job, Jobs, Tick } from "tickwork"
import * as File from "../File.ts"
import * as Measure from "../Measure.ts"
import * as Raw from "../Raw.ts"
import type { Family, Row } from "../Report.ts"

const few = 500
const many = 20_000
const job = Job.make("mail", { payload: Schema.Number }, () => Effect.void)
const at = "2100-01-01T00:00:00Z"

const oneByOne = Effect.forEach(
  Array.from({ length: few }, (_, n) => n),
  (n) => Tick.enqueue(job, n, { at }),
  { discard: true }
)
const atOnce = Tick.enqueueAll(
  job,
  Array.from({ length: many }, (_, n) => n),
  { at }
)

const ours = Effect.gen(function* () {
  const file = yield* File.make()
  const measuring = Effect.gen(function* () {
    yield* oneByOne
    const first = yield* Measure.spent(oneByOne)
    const bulk = yield* Measure.spent(atOnce)
    // the bulk's own checkpoint is no part of what follows
    yield* oneByOne
    return { first, bulk, last: yield* Measure.spent(oneByOne) }
  })
  return yield* Effect.provide(measuring, File.tick(file, Jobs.make(job)))
}).pipe(Effect.scoped)

const keysOf = (kind: string, count: number) => Array.from({ length: count }, (_, n) => `${kind} ${n}`)

const floor = Effect.gen(function* () {
  const file = yield* File.make()
  yield* Effect.provide(Tick.enqueue(job, 0, { at }), File.tick(file, Jobs.make(job)))
  const raw = yield* Raw.open(file)
  raw.addEach(keysOf("warm-up", few), 1)
  return {
    one: Measure.spentSync(() => raw.addEach(keysOf("one", few), 1)),
    bulk: Measure.spentSync(() => raw.addEach(keysOf("bulk", many), many))
  }
}).pipe(Effect.scoped)

const rate = (count: number, ms: number) => ({ value: (count * 1000) / ms, unit: "/s" })

export const rows: Family = Effect.gen(function* () {
  const { bulk, first, last } = yield* ours
  const raw = yield* floor
  const row = (what: string, [count, ms, floorMs]: readonly [number, number, number], least: number): Row => ({
    what,
    ours: rate(count, ms),
    floor: rate(count, floorMs),
    goal: `≥ ${least.toLocaleString("en-US")} /s`,
    met: rate(count, ms).value >= least
  })
  return [
    row("enqueue, one by one (floor: both rows in one commit)", [few, first.wall, raw.one.wall], 5000),
    row(`enqueue, one by one, after ${many.toLocaleString("en-US")} others`, [few, last.wall, raw.one.wall], 5000),
    row(`enqueue ${many.toLocaleString("en-US")} in one call`, [many, bulk.wall, raw.bulk.wall], 40_000)
  ]
})
