import { assert, describe, it } from "@effect/vitest"
import * as Entries from "@tickwork/test-support/Entries"
import { Arbitrary, FastCheck as fc, Schema } from "effect"
import { JobStats, LogEntry } from "tickwork"

const line = Entries.of

/** Newest first, as a store answers them. */
const statuses = (text: string, change: Partial<LogEntry.Entry> = {}) =>
  [...text].map((letter) => line({ ...change, status: letter === "s" ? "success" : "error" })).reverse()

const only = (lines: Iterable<LogEntry.Entry>, lateAfterMs?: number): JobStats.JobStats => {
  const [stats, ...others] = JobStats.of(lines, lateAfterMs)
  assert.strictEqual(others.length, 0)
  return stats ?? assert.fail("there are no figures")
}

describe("the figures of a job", () => {
  it("count attempts, those that failed, and those that were made again", () => {
    const { byStatus, errorRate, errors, retries, runs } = only([
      line(),
      line({ status: "error", verdict: null, attempt: 2, trigger: "retry" }),
      line({ status: "timeout" }),
      line({ status: "interrupted" }),
      line({ ...Entries.conditionFalse("no"), count: 9 }),
      line({ status: "control", verdict: "control", reason: "paused" })
    ])
    assert.deepStrictEqual({ runs, errors, retries, errorRate }, { runs: 4, errors: 3, retries: 1, errorRate: 0.75 })
    assert.deepStrictEqual(byStatus, { success: 1, error: 1, timeout: 1, interrupted: 1 })
  })

  it("count a row of equal verdicts as often as it came", () => {
    const { verdicts } = only([
      line({ startedAt: 50 }),
      line({ startedAt: 70 }),
      line({ ...Entries.conditionFalse("no"), count: 9 }),
      line({ ...Entries.down, count: 4 })
    ])
    const none = { "condition-failed": 0, superseded: 0, "left-out": 0, backfilled: 0 }
    assert.deepStrictEqual(verdicts, { ...none, ran: 2, late: 0, missed: 4, "condition-false": 9 })
    assert.strictEqual(only([line({ startedAt: 50 }), line({ startedAt: 70 })], 60).verdicts.late, 1)
  })

  it("tell the quantiles of a hundred durations exactly", () => {
    const lines = Array.from({ length: 100 }, (_, index) => line({ durationMs: 100 - index }))
    assert.deepStrictEqual(only(lines).duration, { p50: 50, p95: 95, p99: 99, max: 100 })
  })

  it("tell how late first attempts began, and of no other line", () => {
    const lines = [
      line({ startedAt: 10 }),
      line({ startedAt: 30, trigger: "missed" }),
      line({ startedAt: 9_000, verdict: null, attempt: 2, trigger: "retry" }),
      line({ startedAt: 9_000, verdict: null, trigger: "manual" }),
      line({ startedAt: 9_000, ...Entries.conditionFalse("no") })
    ]
    assert.deepStrictEqual(only(lines).lateness, { p50: 10, p95: 30, p99: 30, max: 30 })
  })

  it("tell nothing of durations where nothing ran", () => {
    const { duration, errorRate, lateness, streaks } = only([line(Entries.conditionFalse("no"))])
    assert.deepStrictEqual([duration, lateness, errorRate], [null, null, 0])
    assert.deepStrictEqual(streaks, { current: null, longestFailing: 0, longestSucceeding: 0 })
  })

  it("tell how often in a row it failed and succeeded, and which of them goes on", () => {
    const skipped = line(Entries.conditionFalse("no"))
    assert.deepStrictEqual(only([...statuses("sfffssf"), skipped]).streaks, {
      current: { outcome: "failure", runs: 1 },
      longestFailing: 3,
      longestSucceeding: 2
    })
    assert.deepStrictEqual(only([skipped, ...statuses("fss")]).streaks.current, { outcome: "success", runs: 2 })
  })

  it("follow each instance by itself, and name the one that fares worst", () => {
    const lines = [...statuses("sff", { key: "a" }), ...statuses("fss", { key: "b" }), ...statuses("f", { key: "c" })]
    assert.deepStrictEqual(only(lines).streaks, {
      current: { outcome: "failure", runs: 2 },
      longestFailing: 2,
      longestSucceeding: 2
    })
    const succeeding = [...statuses("sss", { key: "a" }), ...statuses("fs", { key: "b" })]
    assert.deepStrictEqual(only(succeeding).streaks.current, { outcome: "success", runs: 1 })
  })

  it("come for each job, in the order of their names", () => {
    const lines = ["b", "a", "b"].map((jobName) => line({ jobName }))
    assert.deepStrictEqual(
      JobStats.of(lines).map(({ jobName, runs }) => [jobName, runs]),
      [
        ["a", 1],
        ["b", 2]
      ]
    )
  })

  it("are the same, however the lines are handed in", () => {
    const arbitrary = Arbitrary.make(
      Schema.Struct({
        key: Schema.Literal("", "k"),
        status: LogEntry.Status,
        attempt: Schema.Literal(1, 2),
        startedAt: Schema.Int.pipe(Schema.between(0, 3000)),
        durationMs: Schema.Int.pipe(Schema.between(0, 5))
      })
    )
    fc.assert(
      fc.property(fc.array(arbitrary), fc.nat(), (changes, at) => {
        const lines = changes.map(line)
        const collector = new JobStats.Collector()
        collector.add(lines.slice(0, at % (lines.length + 1)))
        collector.add(lines.slice(at % (lines.length + 1)))
        assert.deepStrictEqual(collector.stats(), JobStats.of(lines))
      }),
      { seed: 7 }
    )
  })
})
