import { assert, describe, it } from "@effect/vitest"
import { Simulation } from "@tickwork/simulation"
import * as Bench from "@tickwork/test-support/Bench"
import { Effect, Metric, Schedule } from "effect"
import { Job, Jobs, type LogEntry, TickMetrics } from "tickwork"

const { minute, start } = Bench

type Read<Out> = Effect.Effect<Out>

const named = (name: string) => TickMetrics.ofJob({ name })

const runsOf = (name: string, status: LogEntry.Status): Read<number> =>
  Effect.map(Metric.value(TickMetrics.runs.pipe(named(name), Metric.tagged("status", status))), ({ count }) => count)

const skippedBy = (name: string, verdict: LogEntry.Verdict) =>
  TickMetrics.skipped.pipe(named(name), Metric.tagged("verdict", verdict))

const skippedOf = (name: string, verdict: LogEntry.Verdict): Read<number> => countOf(skippedBy(name, verdict))

const countOf = (metric: Metric.Metric.Counter<number>): Read<number> =>
  Effect.map(Metric.value(metric), ({ count }) => count)

const standingOf = (metric: Metric.Metric.Gauge<number>): Read<number> =>
  Effect.map(Metric.value(metric), ({ value }) => value)

const measuredOf = (metric: Metric.Metric.Histogram<number>) =>
  Effect.map(Metric.value(metric), ({ count, sum }) => ({ count, sum }))

/** The metrics of a process are all tests': each test tells its own apart by a label. */
const alone =
  (label: string) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    effect.pipe(Effect.tagMetrics("test", label), Bench.run)

describe("the metrics of a tick", () => {
  it.effect("count the runs of each job by what became of them, as the log does", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      let turns = 0
      const ends = [Effect.void, Effect.fail("no"), Effect.die("no"), Effect.never, Effect.interrupt]
      const mixed = Job.make(
        "mixed",
        Effect.suspend(() => ends[turns++ % ends.length] ?? Effect.void)
      ).pipe(Job.every("1 minute"), Job.timeout("5 seconds"), Job.parallel, Bench.withoutRetry)
      const bench = yield* Bench.daemonOf(Jobs.make(mixed, work.job("steady").pipe(Job.every("10 seconds"))))
      yield* bench.time.advance("10 minutes")
      const counted = (jobName: string, status: LogEntry.Status) =>
        Effect.map(bench.store.logOf(jobName), (log) => log.filter((run) => run.status === status).length)
      for (const jobName of ["mixed", "steady"]) {
        for (const status of ["success", "error", "timeout", "interrupted"] as const) {
          assert.strictEqual(yield* runsOf(jobName, status), yield* counted(jobName, status), `${jobName} ${status}`)
        }
      }
      assert.isAbove(yield* runsOf("mixed", "timeout"), 0)
      assert.isAbove(yield* runsOf("mixed", "interrupted"), 0)
      assert.isAbove(yield* runsOf("mixed", "error"), 1)
      assert.strictEqual(yield* runsOf("steady", "success"), 61)
    }).pipe(alone("runs"))
  )

  it.effect("measure in seconds how long runs took, without those that were interrupted", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const quick = work.job("quick", "1500 millis").pipe(Job.every("1 minute"))
      const cut = Job.make("cut", Effect.zipRight(Effect.sleep("2 seconds"), Effect.interrupt))
      const bench = yield* Bench.daemonOf(
        Jobs.make(quick, cut.pipe(Job.every("1 hour"), Job.parallel, Bench.withoutRetry))
      )
      yield* bench.time.advance("2 minutes")
      yield* bench.time.advance("2 seconds")
      assert.deepStrictEqual(yield* measuredOf(TickMetrics.runDuration.pipe(named("quick"))), { count: 3, sum: 4.5 })
      assert.strictEqual((yield* measuredOf(TickMetrics.runDuration.pipe(named("cut")))).count, 0)
      assert.strictEqual(yield* runsOf("cut", "interrupted"), 1)
    }).pipe(alone("duration"))
  )

  it.effect("measure how late the first attempt at each instant began, and no other", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const first = work.job("first", "2 seconds").pipe(Job.every("1 hour"), Job.priority(1))
      const second = work
        .job("second", 0, Effect.fail("no"))
        .pipe(
          Job.every("1 hour"),
          Job.retry(Schedule.spaced("10 seconds").pipe(Schedule.intersect(Schedule.recurs(3))))
        )
      const bench = yield* Bench.daemonOf(Jobs.make(first, second))
      yield* bench.time.advance("5 minutes")
      yield* bench.tick.request("trigger", first)
      yield* bench.time.advance("5 seconds")
      const latenessOf = (name: string) => measuredOf(TickMetrics.runLateness.pipe(named(name)))
      assert.lengthOf(work.starts("second"), 4)
      assert.lengthOf(work.starts("first"), 2)
      assert.deepStrictEqual(yield* latenessOf("first"), { count: 1, sum: 0 })
      assert.deepStrictEqual(yield* latenessOf("second"), { count: 1, sum: 2 })
    }).pipe(alone("lateness"))
  )

  it.effect("count the instants at which nothing ran, by why", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const hourly = Job.every("1 hour")
      const closed = work.job("closed").pipe(hourly, Job.when("open", Effect.succeed(false)))
      const broken = work.job("broken").pipe(hourly, Job.when("open", Effect.die("no")))
      const patient = work
        .job("patient")
        .pipe(hourly, Job.when("open", Effect.succeed(false), { recheck: "25 minutes" }))
      const stubborn = work
        .job("stubborn", 0, Effect.fail("no"))
        .pipe(
          Job.every("1 minute"),
          Job.retry(Schedule.spaced("50 seconds").pipe(Schedule.intersect(Schedule.recurs(2))))
        )
      const bench = yield* Bench.open(Jobs.make(closed, broken, patient, stubborn))
      const fiber = yield* Bench.daemon(bench)
      yield* bench.time.advance("30 minutes")
      assert.strictEqual(yield* skippedOf("patient", "condition-false"), 0)
      // the third look, at 50 minutes, is the last about the first instant
      yield* bench.time.advance("29 minutes")
      assert.strictEqual(yield* skippedOf("closed", "condition-false"), 1)
      assert.strictEqual(yield* skippedOf("broken", "condition-failed"), 1)
      assert.strictEqual(yield* skippedOf("patient", "condition-false"), 1)
      const superseded = (yield* bench.store.logOf("stubborn")).filter(({ status }) => status === "skipped")
      assert.strictEqual(
        yield* skippedOf("stubborn", "superseded"),
        superseded.reduce((sum, { count }) => sum + count, 0)
      )
      assert.isAbove(superseded.length, 0)
      yield* Bench.stop(fiber)
      yield* bench.tick.request("pause", closed)
      yield* bench.time.jumpTo(start + 10 * Bench.hour)
      const later = yield* Bench.open(Jobs.make(closed, broken, patient, stubborn), { store: bench.store })
      yield* later.tick.once
      const missed = (yield* bench.store.logOf("broken")).filter((run) => run.missedBecause === "down")
      assert.isAbove(missed.length, 0)
      assert.strictEqual(
        yield* countOf(skippedBy("broken", "missed").pipe(Metric.tagged("because", "down"))),
        missed.reduce((sum, { count }) => sum + count, 0)
      )
    }).pipe(alone("skipped"))
  )

  it.effect("say what runs, what is due and what there is, for as long as that is so", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const long = work.job("long", "10 seconds").pipe(Job.every("1 hour"), Job.priority(1))
      const keyed = Job.make("keyed", { keys: Effect.succeed(["ada", "grace"]) }, () => Effect.void).pipe(
        Job.every("1 hour")
      )
      const tick = Effect.gen(function* () {
        const bench = yield* Bench.daemonOf(Jobs.make(long, keyed))
        yield* bench.time.advance("5 seconds")
        assert.strictEqual(yield* standingOf(TickMetrics.running.pipe(named("long"))), 1)
        assert.strictEqual(yield* standingOf(TickMetrics.running.pipe(named("keyed"))), 0)
        assert.strictEqual(yield* standingOf(TickMetrics.due), 2)
        assert.strictEqual(yield* standingOf(TickMetrics.instances), 3)
        yield* bench.time.advance("5 seconds")
        assert.strictEqual(yield* standingOf(TickMetrics.running.pipe(named("long"))), 0)
        assert.strictEqual(yield* standingOf(TickMetrics.due), 0)
      })
      yield* Effect.scoped(tick)
      assert.strictEqual(yield* standingOf(TickMetrics.instances), 0)
      assert.strictEqual(yield* runsOf("keyed", "success"), 2)
    }).pipe(alone("standing"))
  )

  it.effect("count troubles: a store that fails, a claim that is lost, an alert, a clock that is moved", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const failing = work
        .job("failing", 0, Effect.fail("no"))
        .pipe(Job.every("1 minute"), Job.alertAfter(2), Bench.withoutRetry)
      const long = work.job("long", "5 seconds").pipe(Job.every("1 day"), Job.parallel)
      const bench = yield* Bench.daemonOf(Jobs.make(failing, long))
      const state = yield* bench.store.state("long")
      const claim = { owner: state.claim.owner, token: state.claim.token, seq: state.seq }
      yield* bench.store.commit({
        saves: [
          {
            expected: claim,
            state: { ...state, claim: { ...state.claim, owner: "thief", token: claim.token + 1 } },
            entries: []
          }
        ],
        claims: []
      })
      yield* bench.time.advance("2 minutes")
      assert.strictEqual(yield* countOf(TickMetrics.claimsLost.pipe(named("long"))), 1)
      assert.strictEqual(yield* countOf(TickMetrics.alerts.pipe(named("failing"))), 1)
      assert.strictEqual(yield* countOf(TickMetrics.storeFailures), 0)
      bench.store.fail(2)
      yield* bench.time.advance("2 minutes")
      const failures = bench.events.filter((event) => event._tag === "StoreFailed").length
      assert.isAbove(failures, 0)
      assert.strictEqual(yield* countOf(TickMetrics.storeFailures), failures)
      assert.strictEqual(yield* countOf(TickMetrics.clockJumps), 0)
      yield* bench.time.jumpTo(start + 30 * minute)
      yield* bench.time.advance("1 minute")
      assert.strictEqual(yield* countOf(TickMetrics.clockJumps), 1)
    }).pipe(alone("troubles"))
  )

  it.effect("tell jobs apart and never keys, under names that begin with tickwork", () =>
    Effect.gen(function* () {
      const keyed = Job.make("peers", { keys: Effect.succeed(["ada", "grace"]) }, () => Effect.void).pipe(
        Job.every("1 hour")
      )
      const bench = yield* Bench.open(Jobs.make(keyed))
      yield* bench.tick.once
      // Effect counts the fibers that it starts
      const snapshot = (yield* Metric.snapshot).filter(
        ({ metricKey: { name, tags } }) =>
          tags.some(({ key, value }) => key === "test" && value === "tags") && !name.startsWith("effect_")
      )
      assert.isAbove(snapshot.length, 4)
      for (const { metricKey } of snapshot) {
        assert.match(metricKey.name, /^tickwork_/)
        for (const { key, value } of metricKey.tags) {
          assert.include(["job", "status", "verdict", "test"], key)
          assert.notInclude(["ada", "grace"], value)
        }
      }
    }).pipe(alone("tags"))
  )

  it.effect("count nothing that is only simulated", () =>
    Effect.gen(function* () {
      const jobs = Jobs.make(Bench.makeWork().job("simulated").pipe(Job.every("1 minute")))
      const timeline = yield* Simulation.run(jobs, { from: start, for: "1 hour", seed: 1 })
      assert.isAbove(timeline.runs.length, 0)
      assert.strictEqual(yield* runsOf("simulated", "success"), 0)
      assert.strictEqual(yield* standingOf(TickMetrics.instances), 0)
    }).pipe(alone("simulated"))
  )
})
