/**
 * The attempts of a run are found from any of them, however many they are and however long the log around them.
 */
import { expect, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Logger, Schedule } from "effect"
import { Job, JobLog, JobStore, Jobs, Tick } from "tickwork"
import { ManualClock } from "tickwork/testing"
import { RunEntries } from "../src/view/index.ts"

const attempts = 250

const fails = Job.make("fails", Effect.fail("offline")).pipe(
  Job.every("1 hour"),
  Job.retry(Schedule.spaced("1 second").pipe(Schedule.intersect(Schedule.recurs(attempts - 1))))
)

it.scoped("the run of an attempt has all its attempts, the first one first, and none of another run", () =>
  Effect.gen(function* () {
    const time = yield* ManualClock.ManualClock
    const tick = yield* Tick.Tick
    const running = yield* Effect.fork(tick.run)
    yield* time.advance("150 minutes")
    yield* Fiber.interrupt(running)
    const log = yield* JobLog.JobLog
    for (const seq of [1, 2, attempts, attempts + 1, attempts + 120, 2 * attempts]) {
      const [entry] = yield* log.entries({ jobName: "fails", key: "", seq })
      expect(entry).toBeDefined()
      if (entry === undefined) continue
      const run = yield* RunEntries.ofEntry(entry)
      const first = seq <= attempts ? 1 : attempts + 1
      expect(run.map((one) => one.seq)).toEqual(Array.from({ length: attempts }, (_, index) => first + index))
      expect(run).toEqual(yield* RunEntries.of({ ...entry, isManual: false }))
    }
  }).pipe(
    Effect.provide(
      Tick.layer(Jobs.make(fails)).pipe(
        Layer.provideMerge(JobStore.layerMemory),
        Layer.provideMerge(ManualClock.layer(0)),
        Layer.provideMerge(Logger.remove(Logger.defaultLogger))
      )
    )
  )
)
