import { assert, describe, it } from "@effect/vitest"
import { Simulation } from "@tickwork/simulation"
import * as Bench from "@tickwork/test-support/Bench"
import { Cause, Context, DefaultServices, Effect, Exit, Option, Schedule, Tracer } from "effect"
import { Job, Jobs, Run } from "tickwork"

const { second, start } = Bench

/** Notes the spans that are made. */
const noting = () => {
  const usual = Context.get(DefaultServices.liveServices, Tracer.Tracer)
  const spans: Array<Tracer.Span> = []
  const tracer = Tracer.make({
    ...usual,
    span: (...args) => {
      const span = usual.span(...args)
      spans.push(span)
      return span
    }
  })
  const named = (name: string) => spans.filter((span) => span.name === name)
  return { spans, tracer, named }
}

const millis = (nanos: bigint) => Number(nanos / 1_000_000n) - start

const timesOf = ({ status }: Tracer.Span) => [
  millis(status.startTime),
  status._tag === "Ended" ? millis(status.endTime) : null
]

const exitOf = ({ status }: Tracer.Span) => (status._tag === "Ended" ? status.exit : Exit.die("it goes on"))

const errorOf = (span: Tracer.Span) => {
  const exit = exitOf(span)
  return Exit.isSuccess(exit) ? null : (Cause.prettyErrors(exit.cause)[0]?.message ?? "no error")
}

describe("the span of a run", () => {
  it.effect("is one for each attempt, in a trace of its own, and says which run it was of", () =>
    Effect.gen(function* () {
      const { named, spans, tracer } = noting()
      const greet = Job.make("greet", { keys: Effect.succeed(["ada"]) }, ({ attempt }) =>
        Effect.zipRight(Effect.sleep("2 seconds"), attempt === 1 ? Effect.fail("no") : Effect.void)
      ).pipe(Job.every("1 hour"), Job.retry(Schedule.spaced("5 seconds")))
      const first = Job.make("first", Effect.sleep("3 seconds")).pipe(Job.every("1 hour"), Job.priority(1))
      const bench = yield* Bench.open(Jobs.make(first, greet))
      yield* Effect.withTracer(Bench.daemon(bench), tracer)
      yield* bench.time.advance("1 minute")
      assert.deepStrictEqual(
        spans.map(({ name }) => name),
        ["run first", "run greet", "run greet"]
      )
      assert.lengthOf(new Set(spans.map(({ traceId }) => traceId)), 3)
      assert.isTrue(spans.every(({ parent }) => Option.isNone(parent)))
      const [attempt, again] = named("run greet").map(({ attributes }) => Object.fromEntries(attributes))
      const run = {
        "tickwork.job": "greet",
        "tickwork.key": "ada",
        "tickwork.run_key": Run.keyOf("greet", "ada", start),
        "tickwork.scheduled_at": "2026-03-02T12:00:00.000Z"
      }
      assert.deepStrictEqual(attempt, {
        ...run,
        "tickwork.attempt": 1,
        "tickwork.trigger": "schedule",
        "tickwork.late_ms": 3000,
        "tickwork.status": "error"
      })
      assert.deepStrictEqual(again, {
        ...run,
        "tickwork.attempt": 2,
        "tickwork.trigger": "retry",
        "tickwork.late_ms": 10_000,
        "tickwork.status": "success"
      })
      assert.deepStrictEqual(named("run greet").map(timesOf), [
        [3 * second, 5 * second],
        [10 * second, 12 * second]
      ])
    }).pipe(Bench.run)
  )

  it.effect("ends as failed where the run does: on a failure, a defect, a timeout and an interruption", () =>
    Effect.gen(function* () {
      const { named, tracer } = noting()
      const ending = (name: string, effect: Effect.Effect<void, Error>) =>
        Job.make(name, effect).pipe(Job.every("1 hour"), Job.parallel, Job.timeout("5 seconds"), Bench.withoutRetry)
      const long = Job.make("cancelled", Effect.never).pipe(Job.every("1 hour"), Job.parallel)
      const bench = yield* Bench.open(
        Jobs.make(
          ending("succeeds", Effect.void),
          ending("fails", Effect.fail(new Error("no luck"))),
          ending("dies", Effect.die(new Error("no idea"))),
          ending("hangs", Effect.never),
          ending("leaves", Effect.interrupt),
          long
        ),
        { concurrency: 6 }
      )
      yield* Effect.withTracer(Bench.daemon(bench), tracer)
      yield* bench.time.advance("10 seconds")
      yield* bench.tick.request("cancel", long)
      yield* bench.time.advance("1 second")
      const ended = (name: string) =>
        named(`run ${name}`).map((span) => [span.attributes.get("tickwork.status"), errorOf(span)])
      assert.deepStrictEqual(ended("succeeds"), [["success", null]])
      assert.deepStrictEqual(ended("fails"), [["error", "no luck"]])
      assert.deepStrictEqual(ended("dies"), [["error", "no idea"]])
      assert.deepStrictEqual(ended("hangs"), [["timeout", "it was interrupted after 5 s"]])
      assert.deepStrictEqual(ended("leaves"), [["interrupted", "it was interrupted"]])
      assert.deepStrictEqual(ended("cancelled"), [["interrupted", "it was interrupted"]])
      for (const [status] of ["succeeds", "fails", "dies", "hangs", "leaves", "cancelled"].flatMap(ended)) {
        assert.include(
          (yield* bench.store.log).map((line) => line.status),
          status
        )
      }
    }).pipe(Bench.run)
  )

  it.effect("begins when the conditions have been looked at, and is not made where they do not hold", () =>
    Effect.gen(function* () {
      const { spans, tracer } = noting()
      const look = Effect.as(Effect.sleep("2 seconds"), true)
      const open = Job.make("open", Effect.sleep("1 second")).pipe(
        Job.every("1 hour"),
        Job.parallel,
        Job.when("yes", look)
      )
      const closed = Job.make("closed", Effect.void).pipe(
        Job.every("1 hour"),
        Job.parallel,
        Job.when("no", Effect.succeed(false))
      )
      const bench = yield* Bench.open(Jobs.make(open, closed))
      yield* Effect.withTracer(Bench.daemon(bench), tracer)
      yield* bench.time.advance("1 minute")
      assert.deepStrictEqual(
        spans.map(({ name }) => name),
        ["run open"]
      )
      assert.deepStrictEqual(spans.map(timesOf), [[2 * second, 3 * second]])
    }).pipe(Bench.run)
  )

  it.effect("is the parent of what the body traces, and has no parent, whatever stands around the tick", () =>
    Effect.gen(function* () {
      const { named, tracer } = noting()
      const job = Job.make(
        "sync",
        Effect.zip(
          Effect.withSpan(Effect.void, "inner"),
          Effect.map(Effect.currentSpan, ({ name }) => name)
        )
      ).pipe(Job.every("1 hour"))
      const traced = Effect.gen(function* () {
        const bench = yield* Effect.withSpan(Bench.open(Jobs.make(job)), "opening")
        yield* Effect.withSpan(bench.tick.once, "ticking")
      })
      yield* traced.pipe(Effect.withSpan("application"), Effect.withTracer(tracer))
      const [span] = named("run sync")
      assert.strictEqual(span?.parent._tag, "None")
      assert.deepStrictEqual(
        named("inner").map(({ parent }) => Option.getOrNull(parent)),
        [span ?? null]
      )
      assert.lengthOf(named("application"), 1)
    }).pipe(Bench.run)
  )

  const currentSpan = Effect.map(Effect.option(Effect.currentSpan), Option.isNone)

  it.effect("is not made where nobody sees it, and a body finds none, whatever stands around the tick", () =>
    Effect.gen(function* () {
      const found: Array<boolean> = []
      const job = Job.make(
        "sync",
        Effect.map(currentSpan, (isNone) => found.push(isNone))
      ).pipe(Job.every("1 minute"))
      const bench = yield* Effect.withSpan(Bench.open(Jobs.make(job)), "opening")
      yield* Effect.withSpan(bench.tick.once, "ticking")
      const { spans, tracer } = noting()
      yield* bench.time.advance("1 minute")
      yield* bench.tick.once.pipe(Effect.withTracer(tracer), Effect.withTracerEnabled(false))
      assert.deepStrictEqual(found, [true, true])
      assert.deepStrictEqual(spans, [])
      yield* bench.time.advance("1 minute")
      yield* Effect.withTracer(bench.tick.once, tracer)
      assert.deepStrictEqual(found, [true, true, false])
    }).pipe(Bench.run)
  )

  it.effect("is all that is traced of a tick, but for what the store does for the application", () =>
    Effect.gen(function* () {
      const { named, spans, tracer } = noting()
      const job = Job.make("sync", Effect.void).pipe(Job.every("1 minute"))
      const rows = yield* Bench.makeStore
      const store = {
        ...rows,
        commit: (batch: Parameters<typeof rows.commit>[0]) => Effect.withSpan(rows.commit(batch), "commit"),
        submit: (requests: Parameters<typeof rows.submit>[0]) => Effect.withSpan(rows.submit(requests), "submit")
      }
      const bench = yield* Bench.open(Jobs.make(job), { store })
      yield* Effect.withTracer(Bench.daemon(bench), tracer)
      yield* bench.time.advance("1 minute")
      assert.deepStrictEqual(
        spans.map(({ name }) => name),
        ["run sync", "run sync"]
      )
      yield* bench.tick.request("trigger", job).pipe(Effect.withSpan("application"), Effect.withTracer(tracer))
      assert.deepStrictEqual(
        named("submit").map(({ parent }) => Option.getOrNull(parent)),
        named("application")
      )
    }).pipe(Bench.run)
  )

  it.effect("is not made of what is only simulated", () =>
    Effect.gen(function* () {
      const { spans, tracer } = noting()
      const jobs = Jobs.make(Job.make("sync", Effect.withSpan(Effect.void, "inner")).pipe(Job.every("1 minute")))
      const timeline = yield* Effect.withTracer(Simulation.run(jobs, { from: start, for: "1 hour", seed: 1 }), tracer)
      assert.isAbove(timeline.runs.length, 0)
      assert.deepStrictEqual(spans, [])
    }).pipe(Bench.run)
  )
})
