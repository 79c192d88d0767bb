import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Array as Arr, Effect, FastCheck as fc, Schema } from "effect"
import { Decision, Job, Jobs, Run } from "tickwork"

const { second, start } = Bench

const Moved = Schema.Struct({ files: Schema.Number, until: Schema.Date })

const decisionOf = ({ tick }: Bench.Bench) =>
  Effect.map(tick.status, ([status]) => (status === undefined ? "" : Decision.toText(status.decision)))

describe("what a run reports", () => {
  it.effect("is in its log entry as its schema encodes it: the last value, however the run ends", () =>
    Effect.gen(function* () {
      let fails = false
      const job = Job.make("move", { report: Moved }, (run) =>
        Effect.gen(function* () {
          yield* run.report({ files: 1, until: new Date(0) })
          yield* run.report({ files: 2, until: new Date(run.startedAt) })
          if (fails) return yield* Effect.fail("disk full")
        })
      ).pipe(Job.every("1 minute"), Bench.withoutRetry)
      const quiet = Job.make("quiet", { report: Moved }, () => Effect.void).pipe(Job.every("1 minute"))
      const bench = yield* Bench.open(Jobs.make(job, quiet))
      const [done, silent] = yield* bench.tick.once
      assert.deepStrictEqual(done?.report, { value: { files: 2, until: "2026-03-02T12:00:00.000Z" } })
      assert.isNull(silent?.report)
      fails = true
      yield* bench.time.advance("1 minute")
      const failed = (yield* bench.tick.once).find(({ jobName }) => jobName === "move")
      assert.deepStrictEqual(
        [failed?.status, failed?.report?.value],
        ["error", { files: 2, until: "2026-03-02T12:01:00.000Z" }]
      )
      const [first] = yield* bench.store.logOf("move")
      assert.deepStrictEqual(first?.report, done?.report)
    }).pipe(Bench.run)
  )

  it.effect.each([
    ["a value of another shape", 7, /must be a string|string/i],
    ["more than 4 KB", "x".repeat(4100), /it has more than 4 KB/]
  ] as const)("that is %s ends the attempt with an error that names the cure", ([, value, reason]) =>
    Effect.gen(function* () {
      const job = Job.make("move", { report: Schema.String }, (run) => run.report(value as string)).pipe(
        Job.every("1 hour"),
        Bench.withoutRetry
      )
      const bench = yield* Bench.open(Jobs.make(job))
      const [entry] = yield* bench.tick.once
      assert.match(entry?.error ?? "", reason)
      assert.match(entry?.error ?? "", /Report a value that the job's schema describes, of at most 4 KB/)
      assert.isNull(entry?.report)
    }).pipe(Bench.run)
  )

  it.effect.prop("comes back as it was, whatever it is", [fc.jsonValue()], ([value]) =>
    Effect.gen(function* () {
      const job = Job.make("any", { report: Schema.Unknown }, (run) => run.report(value)).pipe(Job.every("1 hour"))
      const bench = yield* Bench.open(Jobs.make(job), { store: yield* Bench.makeStore })
      const [entry] = yield* bench.tick.once
      if (JSON.stringify(value).length > 2000) return
      assert.strictEqual(entry?.status, "success")
      const stored = JSON.parse(JSON.stringify(entry?.report))
      assert.deepStrictEqual(stored, entry?.report)
    }).pipe(Bench.run)
  )
})

describe("the progress of a run", () => {
  const copying = (steps: number, each = "300 millis" as const) =>
    Job.make("copy", (run) =>
      Effect.forEach(Arr.range(1, steps), (n) => Effect.zipRight(Effect.sleep(each), run.progress(n, steps)), {
        discard: true
      })
    ).pipe(Job.every("1 hour"))

  it.effect("is in the status while it runs, stored at most once a second, and gone at its end", () =>
    Effect.gen(function* () {
      const bench = yield* Bench.daemonOf(Jobs.make(copying(100)))
      yield* bench.time.advance("15 seconds")
      assert.match(yield* decisionOf(bench), /^running since 2026-03-02T12:00:00.000Z, 4[6-9] of 100$/)
      const { claim } = yield* bench.store.state("copy")
      assert.deepInclude(claim.progress, { total: 100 })
      assert.isAtLeast(claim.progress?.done ?? 0, 46)
      assert.isAtLeast(claim.progress?.at ?? 0, start + 13 * second)
      const written = bench.store.calls.filter((verb) => verb === "progress").length
      assert.isAtLeast(written, 10)
      assert.isAtMost(written, 15)
      yield* bench.time.advance("1 minute")
      assert.isNull((yield* bench.store.state("copy")).claim.progress)
      assert.strictEqual((yield* bench.store.state("copy")).lastStatus, "success")
    }).pipe(Bench.run)
  )

  it.effect("wakes nothing that says nothing, and what is no number is left out", () =>
    Effect.gen(function* () {
      const job = Job.make("odd", (run) =>
        Effect.all([run.progress(Number.NaN), run.progress(1, Number.POSITIVE_INFINITY), Effect.sleep("1 minute")])
      ).pipe(Job.every("1 hour"))
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* bench.time.advance("10 seconds")
      assert.notInclude(bench.store.calls, "progress")
    }).pipe(Bench.run)
  )

  it.effect("never delays a record, also where the store does not answer or fails", () =>
    Effect.gen(function* () {
      const inner = yield* Bench.makeStore
      for (const progress of [() => Effect.never, () => Effect.die("broken")]) {
        const store = { ...(yield* Bench.makeStore), progress }
        const other = Bench.makeWork()
        const jobs = Jobs.make(copying(20).pipe(Job.parallel), other.job("other").pipe(Job.every("1 second")))
        const bench = yield* Bench.daemonOf(jobs, { store })
        const from = other.begun.length
        yield* bench.time.advance("30 seconds")
        const { durationMs } = (yield* store.logOf("copy"))[0] ?? assert.fail("no record")
        assert.strictEqual(durationMs, 6 * second)
        assert.strictEqual(other.begun.length - from, 30)
      }
      assert.deepStrictEqual(inner.calls, [])
    }).pipe(Bench.run)
  )

  it.effect("of a process that has died is gone with its claim", () =>
    Effect.gen(function* () {
      const first = yield* Bench.daemonOf(Jobs.make(copying(1000)))
      yield* first.time.advance("10 seconds")
      const store = first.store.as("second", [first.store.owner.id])
      assert.isNotNull((yield* store.state("copy")).claim.progress)
      first.store.fail(Number.POSITIVE_INFINITY)
      yield* Bench.open(Jobs.make(Job.make("copy", Effect.void).pipe(Job.every("1 hour"))), { store }).pipe(
        Effect.flatMap(({ tick }) => tick.once)
      )
      const [interrupted, again] = yield* store.logOf("copy")
      assert.deepStrictEqual([interrupted?.status, again?.status], ["interrupted", "success"])
      assert.isNull((yield* store.state("copy")).claim.progress)
    }).pipe(Bench.run)
  )

  it("is shown in a few words", () => {
    assert.strictEqual(Run.progressText({ done: 3, total: null, at: 0 }), "3")
  })
})
