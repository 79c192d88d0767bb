/**
 * Durable runs per second of one serial job that does nothing, one after the other: each record carries the next
 * claim in its commit.
 */
import { Deferred, Effect, Fiber, Schedule } from "effect"
import { Job, Jobs, Tick } from "tickwork"
import * as File from "../File.ts"
import * as HandClock from "../HandClock.ts"
import * as Measure from "../Measure.ts"
import * as Rates from "../Rates.ts"
import * as Raw from "../Raw.ts"
import type { Family } from "../Report.ts"

const runs = 1000
const samples = 5

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

const ours = (synchronous: File.Synchronous) =>
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
    return yield* Effect.provide(
      Effect.zipLeft(
        Measure.spent(untilDone),
        Effect.filterOrDieMessage(recorded, (total) => total === runs, "not every run was recorded")
      ),
      File.tick(file, jobs)
    ).pipe(Effect.withClock(clock))
  }).pipe(Effect.scoped)

const floor = (synchronous: File.Synchronous) =>
  Effect.gen(function* () {
    const file = yield* File.make(synchronous)
    yield* File.prepare(file, (yield* make).jobs)
    const raw = yield* Raw.open(file)
    return Measure.spentSync(() => raw.runOneByOne(Date.now, runs))
  }).pipe(Effect.scoped)

const measure = (synchronous: File.Synchronous) =>
  Effect.map(Measure.inTurns(samples, { ours: ours(synchronous), floor: floor(synchronous) }), (pair) =>
    Rates.rows(`durable runs, one by one, ${synchronous.toUpperCase()}`, pair, runs, 0.6)
  )

export const rows: Family = Effect.map(Effect.all([measure("normal"), measure("full")]), (rows) => rows.flat())
