/**
 * Runs that are enqueued for a payload and do nothing: one after the other, and ten at once.
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

const sizes = { table: { runs: 10_000, samples: 3 }, quick: { runs: 3000, samples: 3 } }

const serial = Job.make("mail", { payload: Schema.Number }, () => Effect.void)

/** Enqueues the runs, and gives the tick of another opening that runs them. */
const filled = (file: File.File, job: typeof serial, runs: number) =>
  Effect.gen(function* () {
    const jobs = Jobs.make(job)
    const payloads = Array.from({ length: runs }, (_, n) => n)
    yield* Effect.provide(Tick.enqueueAll(job, payloads), File.tick(file, jobs))
    const context = yield* File.build(file, jobs, { concurrency: 10 })
    const all = Effect.filterOrDieMessage(Tick.once, ({ length }) => length === runs, "not every run was made")
    return Effect.provide(all, context)
  })

const ours = (job: typeof serial, runs: number) =>
  Effect.gen(function* () {
    const file = yield* File.make()
    return yield* Measure.spent(yield* filled(file, job, runs))
  }).pipe(Effect.scoped)

const traced = (job: typeof serial, runs: number) =>
  Effect.gen(function* () {
    const file = yield* File.make()
    return yield* Trace.record(file, yield* filled(file, job, runs))
  })

const measure = (what: string, job: typeof serial, goal: Goal.Goal, { size, withFloor }: Settings) =>
  Effect.gen(function* () {
    const { runs, samples } = sizes[size]
    const floor = withFloor ? Replay.spent(yield* traced(job, runs), runs / 100) : null
    const pair = yield* Measure.inTurns(samples, { ours: ours(job, runs), floor })
    const options = { what: `one-off runs, ${what}`, pair, count: runs, goal }
    return [Rates.row(options), Rates.cpuRow(options)]
  }).pipe(Effect.scoped)

export const rows: Row.Family = (settings) =>
  Effect.map(
    Effect.all([
      measure("one after the other", serial, Goal.none, settings),
      measure("ten at once", serial.pipe(Job.parallel), Goal.atLeast(20_000, "/s"), settings)
    ]),
    (rows) => rows.flat()
  )
