import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Effect, Metric, Schedule } from "effect"
import { Decision, Job, JobStats, Jobs, type LogEntry, TickMetrics } from "tickwork"

/** Texts that the engine itself writes as reasons, or nearly. */
const misleading = [
  "missed: down",
  "missed: lunch",
  "superseded by attempt 2 of x",
  "its schedule had not answered yet",
  "not tried again: the next instant has come",
  "paused by ada",
  "condition failed: no"
]

const skippedOf = (jobName: string) =>
  Effect.map(
    Metric.value(
      TickMetrics.skipped.pipe(TickMetrics.ofJob({ name: jobName }), Metric.tagged("verdict", "condition-false"))
    ),
    ({ count }) => count
  )

const shown = ({ count, missedBecause, verdict }: LogEntry.LogEntry) => [verdict, missedBecause, count]

describe("the verdict of an entry", () => {
  for (const text of misleading) {
    it.effect(`counts a condition called "${text}" as a false condition`, () =>
      Effect.gen(function* () {
        const work = Bench.makeWork()
        const job = work.job("careful").pipe(Job.every("1 minute"), Job.when(text, Effect.succeed(false)))
        const bench = yield* Bench.daemonOf(Jobs.make(job))
        yield* bench.time.advance("2 minutes")
        yield* bench.tick.request("pause", job, { by: "ada" })
        yield* bench.tick.request("resume", job, { by: "ada" })
        yield* bench.time.advance("2 minutes")
        const entries = yield* bench.store.logOf("careful")
        assert.deepStrictEqual(entries.map(shown), [
          ["condition-false", null, 3],
          ["control", null, 1],
          ["control", null, 1],
          ["condition-false", null, 2]
        ])
        assert.deepInclude(JobStats.of(entries)[0]?.verdicts, { "condition-false": 5, missed: 0, superseded: 0 })
        assert.strictEqual(yield* skippedOf("careful"), 5)
        const [status] = yield* bench.tick.status
        assert.strictEqual(status?.state.lastVerdict, "condition-false")
        assert.include(Decision.toText(status?.decision ?? assert.fail()), `"${text}" was false`)
      }).pipe(Effect.tagMetrics("test", text), Bench.run)
    )
  }

  it.effect("says of each planned instant how it ended, and nothing of retries and manual runs", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const failing = work
        .job("failing", "1 second", Effect.fail("no"))
        .pipe(Job.every("1 minute"), Job.retry(Schedule.recurs(1)))
      const broken = work.job("broken").pipe(Job.every("1 hour"), Job.when("open", Effect.fail("no")))
      const bench = yield* Bench.daemonOf(Jobs.make(failing, broken))
      yield* bench.time.advance("30 seconds")
      yield* bench.tick.request("trigger", failing)
      yield* bench.time.advance("10 seconds")
      yield* bench.time.jumpTo(Bench.start + 10 * Bench.minute)
      yield* bench.time.advance("2 minutes")
      const entries = yield* bench.store.logOf("failing")
      const verdicts = entries.map(({ attempt, missedBecause, trigger, verdict }) => [
        ...[trigger, attempt],
        ...[verdict, missedBecause]
      ])
      assert.deepStrictEqual(verdicts.slice(0, 2), [
        ["schedule", 1, "ran", null],
        ["retry", 2, null, null]
      ])
      assert.deepInclude(verdicts, ["manual", 1, null, null])
      assert.deepInclude(verdicts, ["missed", 1, "missed", "jumped"])
      assert.deepInclude(verdicts, ["schedule", 1, "late", null])
      const [refused] = yield* bench.store.logOf("broken")
      assert.deepInclude(refused, { status: "skipped", verdict: "condition-failed", missedBecause: null })
    }).pipe(Bench.run)
  )

  it.effect("is late if the run began over a second after its instant; figures take another limit", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const first = work.job("first", "1500 millis").pipe(Job.every("1 hour"), Job.priority(1))
      const second = work.job("second").pipe(Job.every("1 hour"), Job.after([first]))
      const bench = yield* Bench.daemonOf(Jobs.make(first, second))
      yield* bench.time.advance("2 seconds")
      const [entry] = yield* bench.store.logOf("second")
      assert.deepInclude(entry, { status: "success", verdict: "late" })
      const log = yield* bench.store.log
      assert.strictEqual(JobStats.of(log, 2000).find(({ jobName }) => jobName === "second")?.verdicts.late, 0)
    }).pipe(Bench.run)
  )
})
