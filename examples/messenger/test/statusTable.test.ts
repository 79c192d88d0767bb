import { stripVTControlCharacters } from "node:util"
import { describe, it } from "@effect/vitest"
import { Effect, Layer, Schedule } from "effect"
import { Job, JobStore, Jobs, Tick } from "tickwork"
import { ManualClock } from "tickwork/testing"
import { expect } from "vitest"
import * as Cells from "../src/Cells.ts"
import * as RelativeTime from "../src/RelativeTime.ts"
import * as StatusTable from "../src/StatusTable.ts"
import { start } from "./support/bench.ts"

const jobs = Jobs.make(
  Job.make("sync_send", Effect.fail(new Error("line one\nline two \u001b[2J\u202e 漢字"))).pipe(
    Job.every("5 seconds"),
    Job.retry(Schedule.stop),
    Job.priority(1)
  ),
  Job.make("purge_expired", Effect.void).pipe(Job.every("10 seconds")),
  Job.make("a_name_far_too_long_for_its_column", Effect.void).pipe(Job.every("1 hour"), Job.priority(10))
)

const statuses = Effect.gen(function* () {
  yield* Tick.once
  const time = yield* ManualClock.ManualClock
  yield* time.advance("3 seconds")
  return yield* Tick.status
}).pipe(
  Effect.provide(
    Tick.layer(jobs).pipe(Layer.provide(JobStore.layerMemory), Layer.provideMerge(ManualClock.layer(start)))
  )
)

const now = start + 3000

describe("the status table", () => {
  it.effect("shows job, priority, last run, status, duration, runs, errors and next run in 80 columns", () =>
    Effect.gen(function* () {
      expect(StatusTable.render(yield* statuses, { now, width: 80, colors: false })).toEqual([
        "job                  pri   last run status      duration   runs errors  next run",
        "sync_send              1    3 s ago error         < 1 ms      1      1    in 2 s",
        "purge_expired          5    3 s ago success       < 1 ms      1      0    in 7 s",
        "a_name_far_too_long…  10    3 s ago success       < 1 ms      1      0 in 60 min",
        "sync_send: Error: line one line two \\u{1b}[2J\\u{202e} 漢字"
      ])
    })
  )

  it.effect("is at most as wide as the terminal at any width, with large numbers and with colours", () =>
    Effect.gen(function* () {
      const large = (yield* statuses).map((status) => ({
        ...status,
        state: { ...status.state, totalRuns: 123_456_789, totalErrors: 98_765_432, lastDurationMs: 7_200_000 }
      }))
      for (let width = 0; width <= 220; width++) {
        for (const line of StatusTable.render(large, { now, width, colors: true })) {
          expect(Cells.width(stripVTControlCharacters(line))).toBeLessThanOrEqual(width)
        }
      }
    })
  )

  it.effect("gives the details a column of their own on a wide terminal", () =>
    Effect.gen(function* () {
      const lines = StatusTable.render(yield* statuses, { now, width: 200, colors: false })
      expect(lines).toHaveLength(4)
      expect(lines[1]).toContain("line one line two")
    })
  )

  it.effect("has colours only on request, and prints no control character of a job", () =>
    Effect.gen(function* () {
      const all = yield* statuses
      const plain = StatusTable.render(all, { now, width: 200, colors: false })
      const painted = StatusTable.render(all, { now, width: 200, colors: true })
      expect(plain.join("")).not.toMatch(/\p{Cc}/u)
      expect(painted.map(stripVTControlCharacters)).toEqual(plain)
      expect(painted.join("")).toContain("\u001b[31merror")
    })
  )
})

describe("a relative time", () => {
  it("never understates the time left, nor overstates the time passed", () => {
    const instants = [0, 1, 1000, 1001, 59_999, 60_000, 3_599_000, 3_600_000, 90_000_000]
    expect(instants.map((ms) => RelativeTime.until(ms, 0))).toEqual([
      "now",
      "in 1 s",
      "in 1 s",
      "in 2 s",
      "in 60 s",
      "in 1 min",
      "in 60 min",
      "in 1 h",
      "in 2 d"
    ])
    expect(instants.map((ms) => RelativeTime.since(0, ms))).toEqual([
      "now",
      "now",
      "1 s ago",
      "1 s ago",
      "59 s ago",
      "1 min ago",
      "59 min ago",
      "1 h ago",
      "1 d ago"
    ])
    expect([0, 0.4, 12, 999, 1500, 61_000].map(RelativeTime.duration)).toEqual([
      "< 1 ms",
      "< 1 ms",
      "12 ms",
      "999 ms",
      "1.5 s",
      "1 min"
    ])
  })
})
