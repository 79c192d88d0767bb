/**
 * Durable runs per second of one serial job that does nothing, one after the other: each record carries the next
 * claim in its commit.
 */

import { Deferred, Effect, Fiber, Schedule } from "effect"
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

const runs = 1000
const samples = { normal: 5, full: 3 }

/**
 * A job that runs `runs` times without a pause, and signals the start of its last run. On its clock each run takes 20 ms,
 * since zero-delay schedules of instant runs are throttled.
 */
const make = Effect.map(Deferred.make<void>(), (done) => {
  let left = runs
  const { clock, goOn } = HandClock.make(0)
  const body = Effect.suspend(() => {
    goOn(20)
    left -= 1
    return left === 0 ? Deferred.succeed(done, undefined) : Effect.void
  })
  return { clock, done, jobs: Jobs.make(Job.make("again", body).pipe(Job.repeat(Schedule.recurs(runs - 1)))) }
})

/** Runs the job to its end, beside what is to be known of it. */
const through = <A, E, R>(
  synchronous: File.Synchronous,
  use: (file: File.File, untilDone: Effect.Effect<void, never, Tick.Tick>) => Effect.Effect<A, E, R>
) =>
  Effect.gen(function* () {
    const file = yield* File.make(synchronous)
    const { clock, done, jobs } = yield* make
    // the interruption counts: it records the last run
    const untilDone = Effect.gen(function* () {
      const running = yield* Effect.fork(Tick.run)
      yield* Deferred.await(done)
      yield* Fiber.interrupt(running)
    })
    const recorded = Effect.map(Tick.status, ([first]) => first?.state.totalRuns)
    return yield* Effect.zipLeft(
      use(file, untilDone),
      Effect.filterOrDieMessage(recorded, (total) => total === runs, "not every run was recorded")
    ).pipe(Effect.provide(File.tick(file, jobs)), Effect.withClock(clock))
  })

const measure = (synchronous: File.Synchronous, { withFloor }: Settings) =>
  Effect.gen(function* () {
    const pair = yield* Measure.inTurns(samples[synchronous], {
      ours: Effect.scoped(through(synchronous, (_, untilDone) => Measure.spent(untilDone))),
      floor: withFloor ? Replay.spent(yield* through(synchronous, Trace.record), runs) : null
    })
    const what = `durable runs, one by one, ${synchronous.toUpperCase()}`
    const options = { what, pair, count: runs, goal: Goal.ofFloor(0.6) }
    return [Rates.row(options), Rates.cpuRow(options)]
  }).pipe(Effect.scoped)

export const rows: Row.Family = (settings) =>
  Effect.map(
    Effect.forEach(settings.size === "table" ? (["normal", "full"] as const) : (["normal"] as const), (synchronous) =>
      measure(synchronous, settings)
    ),
    (rows) => rows.flat()
  )
