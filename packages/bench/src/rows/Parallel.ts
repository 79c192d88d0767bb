/**
 * Durable runs per second of parallel jobs that do nothing: claim, state and log entry, up to 100 runs in a commit.
 */

import { Effect } from "effect"
import { Job, Jobs, Tick } from "#adapter"
import * as File from "../File.ts"
import * as Goal from "../Goal.ts"
import * as HandClock from "../HandClock.ts"
import * as Measure from "../Measure.ts"
import * as Rates from "../Rates.ts"
import * as Replay from "../Replay.ts"
import type * as Row from "../Row.ts"
import type { Settings } from "../Settings.ts"
import * as Trace from "../Trace.ts"

const count = 1000
const concurrency = 100
const sizes = { table: { passes: 5, samples: 7 }, quick: { passes: 2, samples: 5 } }

const jobs = Jobs.make(
  ...Array.from({ length: count }, (_, index) =>
    Job.make(`job_${String(index).padStart(4, "0")}`, Effect.void).pipe(Job.every("1 second"), Job.parallel)
  )
)

/** Builds the tick of a file, and gives its passes. */
const passesOf = (file: File.File, passes: number) =>
  Effect.gen(function* () {
    const { clock, goOn } = HandClock.make(Date.now())
    const context = yield* Effect.withClock(File.build(file, jobs, { concurrency }), clock)
    const pass = Effect.flatMap(Tick.once, (runs) =>
      runs.length === count
        ? Effect.sync(() => goOn(1000))
        : Effect.dieMessage(`${runs.length} runs were recorded where ${count} were due`)
    )
    // the first run of a job also shows how long it takes
    yield* Effect.withClock(Effect.provide(pass, context), clock)
    return Measure.repeated(passes, pass).pipe(Effect.provide(context), Effect.withClock(clock))
  })

const measure = (synchronous: File.Synchronous, { size, withFloor }: Settings) =>
  Effect.gen(function* () {
    const { passes, samples } = sizes[size]
    const runs = count * passes
    const work = yield* passesOf(yield* File.make(synchronous), passes)
    const pair = yield* Measure.inTurns(samples, {
      ours: Measure.spent(work),
      floor: withFloor ? Replay.spent(yield* traced(synchronous, passes), runs / concurrency) : null
    })
    const what = `durable runs, parallel, ${concurrency} in a commit, ${synchronous.toUpperCase()}`
    const options = { what, pair, count: runs, goal: Goal.ofFloor(0.6), timesFirstBuild: 2.2 }
    return [Rates.row(options), Rates.cpuRow(options)]
  }).pipe(Effect.scoped)

const traced = (synchronous: File.Synchronous, passes: number) =>
  Effect.gen(function* () {
    const file = yield* File.make(synchronous)
    return yield* Trace.record(file, yield* passesOf(file, passes))
  })

export const rows: Row.Family = (settings) =>
  Effect.map(
    Effect.forEach(settings.size === "table" ? (["normal", "full"] as const) : (["normal"] as const), (synchronous) =>
      measure(synchronous, settings)
    ),
    (rows) => rows.flat()
  )
