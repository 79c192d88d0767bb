import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Effect, Exit, FastCheck as fc, Schedule, Scope } from "effect"
import { Job, Jobs } from "tickwork"

type Sole = Job.Job<"sole", void, never, never>

const on =
  <Out>(make: () => Schedule.Schedule<Out>) =>
  (job: Sole): Sole =>
    Job.repeat(job, make())

const cadences: Record<string, (job: Sole) => Sole> = {
  "every 5 s": Job.every("5 seconds"),
  "every 83 s": Job.every("83 seconds"),
  "cron, each minute": Job.cron("* * * * *"),
  "cron with seconds": Job.cron("*/20 1-59/2 * * * *", "Asia/Kathmandu"),
  spaced: on(() => Schedule.spaced("17 seconds")),
  fixed: on(() => Schedule.fixed("13 seconds")),
  windowed: on(() => Schedule.windowed("30 seconds")),
  exponential: on(() => Schedule.exponential("250 millis", 1.5)),
  fibonacci: on(() => Schedule.fibonacci("100 millis")),
  jittered: on(() => Schedule.jittered(Schedule.spaced("9 seconds"))),
  "jittered backoff": on(() =>
    Schedule.exponential("1 second").pipe(Schedule.union(Schedule.spaced("1 minute")), Schedule.jittered)
  ),
  "recurs, then ends": on(() => Schedule.intersect(Schedule.recurs(8), Schedule.spaced("20 seconds"))),
  "up to ten minutes": on(() => Schedule.upTo(Schedule.spaced("40 seconds"), "10 minutes")),
  "one after the other": on(() =>
    Schedule.andThen(Schedule.intersect(Schedule.recurs(3), Schedule.spaced("2 seconds")), Schedule.fixed("25 seconds"))
  ),
  "scheduled, not repeated": (job) => Job.schedule(job, Schedule.jittered(Schedule.spaced("31 seconds")))
}

interface Stretch {
  /** How long the daemon is up, then down, in ms. */
  readonly up: number
  readonly down: number
}

/** What is planned and when it starts; between two stretches the process either ends, or goes on with what it knows. */
const starts = (cadence: (job: Sole) => Sole, stretches: ReadonlyArray<Stretch>, between: "restarts" | "sleeps") =>
  Effect.gen(function* () {
    const work = Bench.makeWork()
    const jobs = Jobs.make(cadence(work.job("sole")))
    const store = yield* Bench.makeStore
    const opened = Effect.gen(function* () {
      const scope = yield* Scope.make()
      return { scope, bench: yield* Scope.extend(Bench.open(jobs, { store }), scope) }
    })
    let { bench, scope } = yield* opened
    let fiber = yield* Bench.daemon(bench)
    for (const { down, up } of stretches) {
      yield* bench.time.advance(up)
      yield* Bench.stop(fiber)
      if (between === "restarts") yield* bench.time.until(Scope.close(scope, Exit.void))
      yield* bench.time.jumpTo((yield* bench.time.now) + down)
      if (between === "restarts") ({ bench, scope } = yield* opened)
      fiber = yield* Bench.daemon(bench)
    }
    yield* bench.time.advance("2 minutes")
    return work.begun.map((run) => [run.trigger, run.scheduledAt - Bench.start, run.startedAt - Bench.start])
  }).pipe(Bench.run)

const stretch = fc.record({
  up: fc.oneof(fc.constantFrom(0, 5000, 60_000), fc.integer({ min: 1, max: 90_000 })),
  down: fc.oneof(fc.constantFrom(0, 1, 100_000), fc.integer({ min: 1, max: 30_000 }))
})

describe("law 2, Durability", () => {
  it.effect.each(Object.entries(cadences))(
    "a daemon that is stopped and started again plans the same instants: %s",
    ([, cadence]) =>
      Effect.gen(function* () {
        const stops = Array.from({ length: 12 }, (_, n) => ({ up: 4000 + 7100 * n, down: 0 }))
        const planned = yield* starts(cadence, stops, "restarts")
        assert.isAbove(planned.length, 7)
        assert.deepStrictEqual(planned, yield* starts(cadence, [{ up: 516_600, down: 0 }], "sleeps"))
      })
  )

  it.effect.prop(
    "a restarted process plans what one that merely slept would plan",
    [fc.constantFrom(...Object.keys(cadences)), fc.array(stretch, { minLength: 1, maxLength: 6 })],
    ([name, stretches]) =>
      Effect.gen(function* () {
        const cadence = cadences[name] ?? assert.fail(name)
        const slept = yield* starts(cadence, stretches, "sleeps")
        assert.deepStrictEqual(yield* starts(cadence, stretches, "restarts"), slept)
      }),
    { fastCheck: { seed: 2, numRuns: 40 } }
  )

  it.effect("jitter is the same after a restart, and another for another job", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jittered = Job.repeat(Schedule.jittered(Schedule.spaced("1 minute")))
      const { time } = yield* Bench.daemonOf(Jobs.make(work.job("a").pipe(jittered), work.job("b").pipe(jittered)))
      yield* time.advance("10 minutes")
      assert.notDeepEqual(work.starts("a"), work.starts("b"))
      const gaps = work.starts("a").map((at, n, all) => at - (all[n - 1] ?? 0))
      assert.strictEqual(new Set(gaps).size, gaps.length, "each step throws its own dice")
    }).pipe(Bench.run)
  )
})
