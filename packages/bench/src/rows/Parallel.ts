/**
 * Durable runs per second of parallel jobs that do nothing: claim, state and log entry, up to 100 runs in a commit.
 */
import { Effect } from "effect"
import { Job, Jobs, Tick } from "tickwork"
import * as File from "../File.ts"
import * as HandClock from "../HandClock.ts"
import * as Measure from "../Measure.ts"
import * as Rates from "../Rates.ts"
import * as Raw from "../Raw.ts"
import type { Family } from "../Report.ts"

const count = 1000
const concurrency = 100
const passes = 5
const samples = 7

const jobs = Jobs.make(
  ...Array.from({ length: count }, (_, index) =>
    Job.make(`job_${String(index).padStart(4, "0")}`, Effect.void).pipe(Job.every("1 second"), Job.parallel)
  )
)

const measure = (synchronous: File.Synchronous) =>
  Effect.gen(function* () {
    const ourFile = yield* File.make(synchronous)
    const rawFile = yield* File.make(synchronous)
    yield* File.prepare(rawFile, jobs)
    const raw = yield* Raw.open(rawFile)
    const { clock, goOn } = HandClock.make(Date.now())

    const ourPass = Effect.flatMap(Tick.once, (runs) =>
      runs.length === count
        ? Effect.sync(() => goOn(1000))
        : Effect.dieMessage(`${runs.length} runs were recorded where ${count} were due`)
    )
    const rawPass = Effect.sync(() => raw.runEach(() => clock.unsafeCurrentTimeMillis(), concurrency))
    const pair = yield* Measure.inTurns(samples, {
      ours: Measure.spent(Measure.repeated(passes, ourPass)),
      floor: Measure.spent(Measure.repeated(passes, rawPass))
    }).pipe(Effect.provide(File.tick(ourFile, jobs, { concurrency })), Effect.withClock(clock))
    return Rates.rows(
      `durable runs, parallel, ${concurrency} in a commit, ${synchronous.toUpperCase()}`,
      pair,
      count * passes,
      0.5
    )
  }).pipe(Effect.scoped)

export const rows: Family = Effect.map(Effect.all([measure("normal"), measure("full")]), (rows) => rows.flat())
