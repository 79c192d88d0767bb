import { assert, describe, it } from "@effect/vitest"
import { Timeline } from "@tickwork/simulation"
import * as Entries from "@tickwork/test-support/Entries"
import { Chunk, Effect, Either, FastCheck as fc, Layer, Stream } from "effect"
import { Job, JobLog, JobStore, Jobs, type LogEntry, Tick } from "tickwork"
import { ManualClock } from "tickwork/testing"
import * as Timelines from "./support/timelines.ts"

const { entry, hour, minute } = Timelines

const from = Date.parse("2026-03-29T00:00:00Z")

const line = (jobName: string, atMs: number, fields: Partial<LogEntry.Entry> = {}) =>
  entry({ jobName, startedAt: from + atMs, ...fields })

const window = { from, to: from + hour }

const sync: ReadonlyArray<LogEntry.Entry> = [
  line("sync", 0, { seq: 1, durationMs: 200 }),
  line("sync", 10 * minute, { seq: 2, status: "error", durationMs: 100, scheduledAt: from + 10 * minute - 2000 }),
  line("sync", 11 * minute, { seq: 3, trigger: "retry", attempt: 2, verdict: null, durationMs: 300 }),
  line("sync", 20 * minute, { ...Entries.down, seq: 4, count: 3 }),
  line("sync", 30 * minute, { ...Entries.conditionFalse("prekeys are low"), seq: 5, count: 2 }),
  line("sync", 40 * minute, { seq: 6, status: "control", verdict: "control", reason: "paused by ada" })
]

const lines = [...sync, line("purge", 5 * minute)]

// what only a simulated timeline shows
const unknown = /seed|energy|wake-up|every tick|saved|alert|busy/i

describe("a timeline of a log", () => {
  it("marks the time of which a job's entries were deleted, and no other", () => {
    const timeline = Timeline.ofLog(lines, { ...window, pruned: [{ jobName: "purge", to: from + 5 * minute }] })
    const text = Timeline.toText(timeline)
    assert.match(text, /\npurge │┄+▁·+\n/)
    assert.match(text, /\nsync +│[^┄]+\n/)
    assert.include(text, "┄ pruned")
    assert.include(Timeline.toSvg(timeline), "pruned: its log entries were deleted")
    assert.notInclude(Timeline.toText(Timeline.ofLog(lines, window)), "pruned")
    const saved = Timeline.fromJson(Timeline.toJson(timeline))
    assert.deepStrictEqual(Either.getOrThrow(saved).pruned, timeline.pruned)
  })

  it("counts the entries, with a lane for each job, by name", () => {
    const { busyMs, controls, jobs, runs, skips } = Timeline.ofLog(lines, window)
    assert.deepStrictEqual(
      jobs.map(({ jobName }) => jobName),
      ["purge", "sync"]
    )
    const { busyMs: took, errors, lateness, missed, retries, runs: many, skips: why } = jobs[1] ?? assert.fail()
    assert.deepStrictEqual([many, retries, errors, missed, took], [3, 1, 1, 3, 600])
    assert.deepStrictEqual(lateness, { p50: 0, p95: 2000, p99: 2000, max: 2000 })
    assert.deepStrictEqual(why, [
      { verdict: "missed", reason: "missed: down", count: 3 },
      { verdict: "condition-false", reason: "prekeys are low", count: 2 }
    ])
    assert.deepStrictEqual([runs.length, skips.length, controls.length, busyMs], [4, 2, 1, 600])
  })

  it("counts a condition called as the engine calls what was missed as a false condition", () => {
    const entries = [
      line("sync", minute, { ...Entries.conditionFalse("missed: down"), count: 4 }),
      line("sync", 0, Entries.down)
    ]
    const { jobs } = Timeline.ofLog(entries, window)
    assert.strictEqual(jobs[0]?.missed, 1)
    assert.deepStrictEqual(jobs[0]?.skips, [
      { verdict: "condition-false", reason: "missed: down", count: 4 },
      { verdict: "missed", reason: "missed: down", count: 1 }
    ])
  })

  it("holds what began at or after its start and before its end", () => {
    const outside = [line("sync", -1), line("sync", 0), line("sync", hour - 1), line("sync", hour)]
    const { runs } = Timeline.ofLog(outside, window)
    assert.deepStrictEqual(
      runs.map(({ startedAt }) => startedAt),
      [from, from + hour - 1]
    )
  })

  it.prop(
    "is the same for every order of the entries",
    [fc.shuffledSubarray(lines, { minLength: lines.length })],
    ([shuffled]) => {
      assert.deepStrictEqual(Timeline.ofLog(shuffled, window), Timeline.ofLog(lines, window))
    }
  )

  it("has its runs in the order in which they ended", () => {
    const long = line("long", 0, { durationMs: 5000 })
    const short = line("short", 1000, { durationMs: 10 })
    assert.deepStrictEqual(
      Timeline.ofLog([long, short], window).runs.map(({ jobName }) => jobName),
      ["short", "long"]
    )
  })

  const someRun = fc
    .record({
      jobName: fc.constantFrom("long", "sync"),
      atMs: fc.integer({ min: 0, max: hour - 1 }),
      durationMs: fc.oneof(fc.integer({ min: 0, max: 10_000 }), fc.integer({ min: 0, max: hour })),
      status: fc.constantFrom<LogEntry.Entry["status"]>("success", "error", "timeout"),
      verdict: fc.constantFrom<LogEntry.Entry["verdict"]>("ran", "backfilled", null)
    })
    .map(({ atMs, jobName, ...fields }) => line(jobName, atMs, fields))

  it.effect.prop(
    "is drawn alike with a resolution of some slices for each column, from a stream or a list",
    [fc.array(someRun, { maxLength: 200 })],
    ([entries]) =>
      Effect.gen(function* () {
        const options = { ...window, resolution: 10 * 80 }
        const resolved = Timeline.ofLog(entries, options)
        const whole = Timeline.ofLog(entries, window)
        // names of four letters leave 80 columns
        const draw = (timeline: Timeline.Timeline) => Timeline.toText(timeline, { width: 86 })
        assert.strictEqual(draw(resolved), draw(whole))
        assert.deepStrictEqual(resolved.jobs, whole.jobs)
        const streamed = yield* Timeline.ofLogStream(Stream.fromIterable(entries), options)
        assert.deepStrictEqual(streamed, resolved)
      })
  )

  it("keeps no more runs than its resolution has slices, for each job and end", () => {
    const many = Array.from({ length: 10_000 }, (_, index) => line("sync", index * 300, { durationMs: 5 }))
    const { jobs, runs } = Timeline.ofLog(many, { ...window, resolution: 100 })
    assert.deepStrictEqual([jobs[0]?.runs, runs.length], [10_000, 84])
    assert.strictEqual(
      runs.reduce((sum, { count }) => sum + count, 0),
      10_000
    )
  })

  it("shows nothing that a log does not hold, also after it was saved and read", () => {
    const drawn = Timeline.ofLog(lines, { ...window, zone: "Europe/Berlin" })
    const read = Either.getOrThrow(Timeline.fromJson(Timeline.toJson(drawn)))
    for (const timeline of [drawn, read]) {
      for (const text of [Timeline.toText(timeline), Timeline.toSvg(timeline, { title: "Log" })]) {
        assert.notMatch(text, unknown)
        assert.match(text, /sync[\s\S]*Europe\/Berlin|Europe\/Berlin[\s\S]*sync/)
      }
    }
  })

  it("leaves the text of a simulated timeline as it is", () => {
    const text = Timeline.toText(Timelines.quietDay())
    for (const said of ["seed 42", "energy", "wake-ups", "every tick"]) assert.include(text, said)
  })

  it("calls nothing late where it has only retries", () => {
    const again = Timeline.ofLog([line("sync", minute, { trigger: "retry", attempt: 2, scheduledAt: from })], window)
    const row =
      Timeline.toText(again, { width: 200 })
        .split("\n")
        .find((one) => /^sync +\d/.test(one)) ?? ""
    assert.deepStrictEqual(
      row
        .trim()
        .split(/\s{2,}/)
        .slice(-3),
      ["–", "–", "–"]
    )
  })

  it.prop("is drawn in a span without entries, however short", [fc.integer({ min: 0, max: 3 })], ([ms]) => {
    const nothing = Timeline.ofLog([], { from, to: from + ms })
    assert.isAbove(Timeline.toText(nothing).length, 0)
    assert.match(Timeline.toSvg(nothing), /<\/svg>\n$/)
  })

  it.effect("holds every run of a tick's log", () =>
    Effect.gen(function* () {
      const time = yield* ManualClock.ManualClock
      const shared = Layer.succeedContext(yield* Effect.scoped(Layer.build(JobStore.layerMemory)))
      const hello = Job.make("hello", Effect.void).pipe(Job.every("1 minute"))
      yield* Effect.gen(function* () {
        for (let n = 0; n < 5; n++) {
          yield* Tick.once
          yield* time.advance("1 minute")
        }
      }).pipe(Effect.provide(Layer.provide(Tick.layer(Jobs.make(hello)), shared)))
      const all = yield* Effect.provide(Stream.runCollect(JobLog.stream({})), shared)
      const drawn = Timeline.ofLog(Chunk.toReadonlyArray(all), { from, to: yield* time.now })
      assert.strictEqual(drawn.runs.length, 5)
      assert.deepStrictEqual(Timeline.runsOf(drawn, hello), drawn.runs)
    }).pipe(Effect.provide(ManualClock.layer(from)))
  )
})
