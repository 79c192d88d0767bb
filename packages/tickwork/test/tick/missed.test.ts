import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Job, Jobs, type Run } from "tickwork"
import * as Bench from "../support/Bench.ts"

const { hour, minute } = Bench

const told = (runs: ReadonlyArray<Run.Run>) =>
  runs.map((run) => [run.trigger, run.scheduledAt - Bench.start, run.startedAt - Bench.start])

/** One run now if it is due, then nothing for so many ms, while the process is down, and a new process. */
const downFor = (ms: number, job: Job.Job<string, void, never, never>) =>
  Effect.gen(function* () {
    const jobs = Jobs.make(job)
    const { store, tick, time } = yield* Bench.open(jobs)
    yield* tick.once
    yield* time.jumpTo(Bench.start + ms)
    return yield* Bench.daemonOf(jobs, { store })
  })

describe("instants that nobody was there for", () => {
  it.effect("an every-5-s job runs once after 8 hours of downtime, standing for the latest instant", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const { time } = yield* downFor(8 * hour + 2000, work.job("sync_send").pipe(Job.every("5 seconds")))
      yield* time.advance("3 seconds")
      assert.deepStrictEqual(told(work.begun), [
        ["schedule", 0, 0],
        ["schedule", 8 * hour, 8 * hour + 2000],
        ["schedule", 8 * hour + 5000, 8 * hour + 5000]
      ])
    }).pipe(Bench.run)
  )

  it.effect("a daily job that was missed by hours runs once, as missed, and keeps its hour from then on", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const { time } = yield* downFor(20 * hour, work.job("purge").pipe(Job.cron("0 3 * * *")))
      yield* time.advance("1 day")
      assert.deepStrictEqual(told(work.begun), [
        ["missed", 15 * hour, 20 * hour],
        ["schedule", 39 * hour, 39 * hour]
      ])
    }).pipe(Bench.run)
  )

  it.effect("a daily job runs once for all the days it missed, standing for the last of them", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      yield* downFor(15 * hour + 5 * 24 * hour + minute, work.job("purge").pipe(Job.cron("0 3 * * *")))
      assert.deepStrictEqual(told(work.begun), [["schedule", 135 * hour, 135 * hour + minute]])
    }).pipe(Bench.run)
  )

  it.effect("an instant is late up to a minute after it, and missed from then on", () =>
    Effect.gen(function* () {
      const triggers = yield* Effect.forEach([0, 1, minute, minute + 1, hour], (late) => {
        const work = Bench.makeWork()
        return downFor(15 * hour + late, work.job("purge").pipe(Job.cron("0 3 * * *"))).pipe(
          Effect.as(work.begun),
          Bench.run,
          Effect.map((begun) => begun.map((run) => run.trigger))
        )
      })
      assert.deepStrictEqual(triggers, [["schedule"], ["schedule"], ["schedule"], ["missed"], ["missed"]])
    })
  )

  it.effect("what was seen in time and waited for its place is late, never missed", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const bench = yield* Bench.daemonOf(
        Jobs.make(
          work.job("first", "5 minutes").pipe(Job.every("1 day"), Job.priority(1)),
          work.job("waits").pipe(Job.every("1 day"))
        )
      )
      yield* bench.time.advance("5 minutes")
      assert.deepInclude(work.begun[1], { jobName: "waits", trigger: "schedule", startedAt: Bench.start + 5 * minute })
    }).pipe(Bench.run)
  )

  it.effect("a run that starts late leaves out no instant that came while it went on, and shifts none", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const { time } = yield* Bench.daemonOf(
        Jobs.make(
          work.job("first", "4 seconds").pipe(Job.every("1 day"), Job.priority(1)),
          work.job("late", "2 seconds").pipe(Job.every("5 seconds"))
        )
      )
      yield* time.advance("16 seconds")
      assert.deepStrictEqual(told(work.begun).slice(1), [
        ["schedule", 0, 4000],
        ["schedule", 5000, 6000],
        ["schedule", 10_000, 10_000],
        ["schedule", 15_000, 15_000]
      ])
    }).pipe(Bench.run)
  )

  it.effect(
    "a suspended laptop and a clock that jumped ahead are noticed within a minute, and end in one run, no burst",
    () =>
      Effect.gen(function* () {
        const work = Bench.makeWork()
        const { time } = yield* Bench.daemonOf(Jobs.make(work.job("sync_send").pipe(Job.every("2 minutes"))))
        yield* time.advance("1 second")
        yield* time.jumpTo(Bench.start + 8 * hour)
        yield* time.advance("1 minute")
        yield* time.advance("1 minute")
        assert.deepStrictEqual(told(work.begun), [
          ["schedule", 0, 0],
          ["schedule", 8 * hour, 8 * hour + 59_000],
          ["schedule", 8 * hour + 2 * minute, 8 * hour + 2 * minute]
        ])
      }).pipe(Bench.run)
  )
})
