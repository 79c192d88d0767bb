/**
 * Enqueuing runs that are due in years: one by one, each in a commit of its own, before and after many others; and many in
 * one call.
 */

import { Effect, Schema } from "effect"
import { Job, Jobs, Tick } from "#adapter"
import * as File from "../File.ts"
import * as Goal from "../Goal.ts"
import * as Measure from "../Measure.ts"
import * as Rates from "../Rates.ts"
import * as Replay from "../Replay.ts"
import type * as Row from "../Row.ts"
import type { Settings } from "../Settings.ts"
import * as Trace from "../Trace.ts"

const sizes = {
  table: { few: 500, many: 20_000, others: 100_000, samples: 3, samplesAfter: 1 },
  quick: { few: 200, many: 5000, others: 5000, samples: 3, samplesAfter: 3 }
}
const job = Job.make("mail", { payload: Schema.Number }, () => Effect.void)
const jobs = Jobs.make(job)
const at = "2100-01-01T00:00:00Z"

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n)
const oneByOne = (count: number) =>
  Effect.forEach(numbers(count), (n) => Tick.enqueue(job, n, { at }), { discard: true })
const atOnce = (count: number) => Tick.enqueueAll(job, numbers(count), { at })

const measured = <A, E>(work: Effect.Effect<A, E, Tick.Tick>, before: Effect.Effect<unknown, E, Tick.Tick>) =>
  Effect.gen(function* () {
    const file = yield* File.make()
    return yield* Effect.zipRight(before, Measure.spent(work)).pipe(Effect.provide(File.tick(file, jobs)))
  }).pipe(Effect.scoped)

const traced = <A, E>(work: Effect.Effect<A, E, Tick.Tick>, before: Effect.Effect<unknown, E, Tick.Tick>) =>
  Effect.gen(function* () {
    const file = yield* File.make()
    return yield* Effect.zipRight(before, Trace.record(file, work)).pipe(Effect.provide(File.tick(file, jobs)))
  })

export const rows: Row.Family = ({ size, withFloor }: Settings) =>
  Effect.gen(function* () {
    const { few, many, others, samples, samplesAfter } = sizes[size]
    const [one, bulk] = [oneByOne(few), atOnce(many)]
    const floorOf = (trace: Trace.Trace, commits: number) => Replay.spent(trace, commits)
    const oneFloor = withFloor ? floorOf(yield* traced(one, one), few) : null
    const bulkFloor = withFloor ? floorOf(yield* traced(bulk, one), 1) : null
    const first = yield* Measure.inTurns(samples, { ours: measured(one, one), floor: oneFloor })
    const all = yield* Measure.inTurns(samples, { ours: measured(bulk, one), floor: bulkFloor })
    // a few more come between, since the checkpoint of the many is no part of what follows
    const after = Effect.zipRight(atOnce(others), oneByOne(few))
    const last = yield* Measure.inTurns(samplesAfter, { ours: measured(one, after), floor: oneFloor })
    const goal = Goal.atLeast(5000, "/s")
    const count = (value: number) => value.toLocaleString("en-US")
    const isFlat = Goal.make("≤ 1.3 × that before them", () => last.ours.wall <= first.ours.wall * 1.3)
    const each = {
      what: "enqueue, one by one (floor: the same rows, a commit each)",
      pair: first,
      count: few,
      goal,
      timesFirstBuild: 25
    }
    const inOneCall = {
      what: `enqueue ${count(many)} in one call`,
      pair: all,
      count: many,
      goal: Goal.atLeast(40_000, "/s")
    }
    return [
      Rates.row(each),
      Rates.cpuRow(each),
      Rates.row({
        what: `enqueue, one by one, after ${count(others)} others`,
        pair: last,
        count: few,
        goal: Goal.and(goal, isFlat)
      }),
      Rates.row(inOneCall),
      Rates.cpuRow(inOneCall)
    ]
  }).pipe(Effect.scoped)
