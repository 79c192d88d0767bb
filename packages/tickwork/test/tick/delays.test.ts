/**
 * Runs that take too long and jobs that wait too long for a slot: what is said of them, when, and how often.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Duration, Effect, Logger, Schedule } from "effect"
import { Explanation, Job, Jobs, Limit, Tick, type TickEvent } from "tickwork"

const { hour, minute, second, start } = Bench

/** Takes down each line that is logged, with the instant at which it was. */
const noting = () => {
  const lines: Array<readonly [at: number, text: string]> = []
  const logger = Logger.make(({ date, message }) => {
    lines.push([date.getTime() - start, [message].flat().join(" ")])
  })
  return { lines, layer: Logger.replace(Logger.defaultLogger, logger) }
}

const of = <A, E>({ tick }: Pick<Bench.Bench, "tick">, effect: Effect.Effect<A, E, Tick.Tick>) =>
  Effect.provideService(effect, Tick.Tick, tick)

const daemonOf = (jobs: Jobs.Jobs<never>, options: Tick.Options = {}) =>
  Effect.gen(function* () {
    const { layer, lines } = noting()
    const bench = yield* Bench.open(jobs, options)
    yield* Effect.provide(Bench.daemon(bench), layer)
    return { ...bench, lines }
  })

const delaysOf = (events: ReadonlyArray<TickEvent.TickEvent>) =>
  events.flatMap((event) => (event._tag === "Stuck" || event._tag === "Starving" ? [event] : []))

const hang = Job.make("hang", {}, () => Effect.never).pipe(Job.every("5 seconds"), Job.priority(1))
const other = Job.make("other", Effect.void).pipe(Job.every("5 seconds"))

describe("a job that never ends and has the slot of others", () => {
  it.effect("is named within a minute, and they go on once it is cancelled", () =>
    Effect.gen(function* () {
      const bench = yield* daemonOf(Jobs.make(hang, other))
      yield* bench.time.advance("29 seconds")
      assert.deepStrictEqual(bench.lines, [])
      yield* bench.time.advance("30 seconds")
      const waits = { jobName: "other", key: "", since: start, slot: "serial" }
      const holders = [{ jobName: "hang", key: "" }]
      assert.deepStrictEqual(delaysOf(bench.events), [{ _tag: "Starving", ...waits, holders }])
      assert.deepStrictEqual(bench.lines, [
        [
          40 * second,
          'The job "other" has waited for a slot since 2026-03-02T12:00:00.000Z: serial, held by job "hang"'
        ]
      ])
      assert.deepStrictEqual((yield* bench.tick.health).starving, [{ ...waits, holders }])
      const why = Explanation.toText(yield* bench.tick.explain(other))
      assert.include(why, '"other" waits for a slot: serial; "hang" is running since 2026-03-02T12:00:00.000Z')

      yield* bench.time.advance("1 minute")
      const { starving, stuck } = yield* bench.tick.health
      const reason = "it has run for longer than three of its intervals"
      assert.deepStrictEqual(stuck, [
        { jobName: "hang", key: "", since: start, owner: bench.store.owner.id, why: reason }
      ])
      assert.strictEqual(starving.length, 1)
      assert.deepStrictEqual(
        delaysOf(bench.events).map(({ _tag }) => _tag),
        ["Starving", "Stuck"]
      )

      yield* of(bench, Tick.pause(hang))
      yield* of(bench, Tick.cancel(hang))
      yield* bench.time.advance("10 seconds")
      assert.deepInclude(yield* bench.tick.health, { starving: [], stuck: [] })
      assert.isAtLeast((yield* bench.store.logOf("other")).length, 2)
    }).pipe(Bench.run)
  )

  it.effect("is told once for as long as that lasts, and again where it comes back", () =>
    Effect.gen(function* () {
      const bench = yield* daemonOf(Jobs.make(hang, other))
      yield* bench.time.advance("1 hour")
      assert.strictEqual(delaysOf(bench.events).length, 2)
      assert.strictEqual(bench.lines.length, 2)
      yield* of(bench, Tick.cancel(hang))
      yield* bench.time.advance("1 hour")
      assert.deepStrictEqual(
        delaysOf(bench.events).map(({ _tag, jobName }) => [_tag, jobName]),
        [
          ["Starving", "other"],
          ["Stuck", "hang"],
          ["Starving", "other"],
          ["Stuck", "hang"]
        ]
      )
    }).pipe(Bench.run)
  )

  it.effect("wakes the tick no more often than a run that nothing waits for", () =>
    Effect.gen(function* () {
      const wakeUps = (options: Tick.Options, told: number) =>
        Effect.gen(function* () {
          const bench = yield* daemonOf(Jobs.make(hang, other), options)
          const before = yield* bench.time.wakeUps
          yield* bench.time.advance("1 hour")
          assert.deepStrictEqual([delaysOf(bench.events).length, bench.lines.length], [told, told])
          return (yield* bench.time.wakeUps) - before
        }).pipe(Bench.run)
      const never = { starvingAfter: Duration.infinity, stuckAfter: Duration.infinity, overrunAfter: Duration.infinity }
      assert.strictEqual(yield* wakeUps({}, 2), yield* wakeUps(never, 0))
    })
  )
})

describe("a run that takes too long", () => {
  /** When each kind of run is first told, in ms from its start. */
  const toldAfter = <E>(job: Job.Job<"long", void, E, never>, options: Tick.Options = {}) =>
    Effect.gen(function* () {
      const bench = yield* daemonOf(Jobs.make(job), options)
      yield* bench.time.advance("5 hours")
      const [first] = bench.lines
      const stuck = delaysOf(bench.events).filter(({ _tag }) => _tag === "Stuck")
      assert.strictEqual(stuck.length, first === undefined ? 0 : 1)
      return first === undefined ? null : start + first[0] - (stuck[0]?.since ?? 0)
    }).pipe(Bench.run)

  const never = () => Job.make("long", {}, () => Effect.never)

  it.effect("is told after 10 minutes where it has no timeout, a minute and three of its intervals", () =>
    Effect.gen(function* () {
      const near = (told: number | null, dueMs: number) => {
        assert.isNotNull(told)
        assert.isAbove(told, dueMs)
        // the next turn is that of the renewal
        assert.isAtMost(told, dueMs + 15 * second)
      }
      near(yield* toldAfter(never().pipe(Job.every("1 day"))), 10 * minute)
      near(yield* toldAfter(never().pipe(Job.schedule(Schedule.forever))), 10 * minute)
      near(yield* toldAfter(never().pipe(Job.every("1 second"))), minute)
      near(yield* toldAfter(never().pipe(Job.every("1 minute"))), 3 * minute)
      near(yield* toldAfter(never().pipe(Job.cron("* * * * *"))), 3 * minute)
      near(yield* toldAfter(never().pipe(Job.every("1 day")), { stuckAfter: "1 hour" }), hour)
      near(yield* toldAfter(never().pipe(Job.every("1 second")), { overrunAfter: "2 minutes" }), 2 * minute)
    })
  )

  it.effect("is told where it does not end at its timeout, and not where it may take as long", () =>
    Effect.gen(function* () {
      const stubborn = Job.make("long", {}, () => Effect.uninterruptible(Effect.sleep("1 hour")))
      const told = yield* toldAfter(stubborn.pipe(Job.every("1 day"), Job.timeout("20 minutes"), Bench.withoutRetry))
      assert.isTrue(told !== null && told > 20 * minute && told <= 20 * minute + 15 * second)
      const patient = Job.make("long", {}, () => Effect.sleep("1 hour"))
      assert.isNull(yield* toldAfter(patient.pipe(Job.every("1 day"), Job.timeout("2 hours"))))
    })
  )

  it.effect("is told once for each run, by a call of once as well", () =>
    Effect.gen(function* () {
      const { layer, lines } = noting()
      const job = Job.make("long", {}, () => Effect.sleep("30 minutes")).pipe(Job.every("1 day"))
      const bench = yield* Bench.open(Jobs.make(job))
      for (const day of [0, 1]) {
        yield* Effect.provide(bench.time.until(bench.tick.once), layer)
        assert.strictEqual(lines.length, day + 1)
        yield* bench.time.advance("1 day")
      }
    }).pipe(Bench.run)
  )
})

describe("a job that waits for a slot", () => {
  it.effect("is told by a limit's name and its holders, and by its longest waiting instance alone", () =>
    Effect.gen(function* () {
      const network = Limit.make("network", 2)
      const keys = Effect.succeed(["ada", "grace"])
      const holds = Job.make("holds", { keys }, () => Effect.never).pipe(
        Job.cron("0 0 1 1 *"),
        Job.parallel,
        Job.limit(network)
      )
      const many = Effect.succeed(Array.from({ length: 50 }, (_, n) => `peer ${String(n).padStart(2, "0")}`))
      const waits = Job.make("waits", { keys: many }, () => Effect.void).pipe(
        Job.every("1 hour"),
        Job.parallel,
        Job.limit(network)
      )
      const bench = yield* daemonOf(Jobs.make(holds, waits))
      yield* of(bench, Tick.trigger(holds, { key: "ada" }))
      yield* of(bench, Tick.trigger(holds, { key: "grace" }))
      yield* bench.time.advance("61 minutes")
      assert.deepStrictEqual(
        delaysOf(bench.events).filter(({ _tag }) => _tag === "Starving"),
        [
          {
            _tag: "Starving",
            jobName: "waits",
            key: "peer 00",
            since: start + hour,
            slot: "network",
            holders: [
              { jobName: "holds", key: "ada" },
              { jobName: "holds", key: "grace" }
            ]
          }
        ]
      )
    }).pipe(Bench.run)
  )

  it.effect("counts from when it waits, not from when it was due", () =>
    Effect.gen(function* () {
      const busy = Job.make("busy", {}, () => Effect.sleep("20 seconds")).pipe(Job.every("1 minute"), Job.priority(1))
      const bench = yield* daemonOf(Jobs.make(busy, other))
      yield* of(bench, Tick.pause(other))
      yield* bench.time.advance("1 hour")
      yield* bench.time.advance("1 second")
      yield* of(bench, Tick.resume(other))
      yield* bench.time.advance("10 seconds")
      assert.deepStrictEqual((yield* bench.tick.health).starving, [])
      yield* bench.time.jumpTo(start + 5 * hour)
      yield* bench.time.advance("1 minute")
      assert.deepStrictEqual(delaysOf(bench.events), [])
    }).pipe(Bench.run)
  )
})

describe("the options of these warnings", () => {
  it.effect("are durations, and each other value is a fault that says what to write", () =>
    Effect.gen(function* () {
      for (const option of ["starvingAfter", "stuckAfter", "overrunAfter"] as const) {
        const refused = yield* Effect.flip(Bench.open(Jobs.make(other), { [option]: 0 }))
        assert.include(
          refused.message,
          `${option} must be a duration of at least 1 ms, got 0. Use one such as "30 seconds", or Duration.infinity for never.`
        )
      }
    }).pipe(Bench.run)
  )
})

describe("a body that keeps the event loop", () => {
  it.effect("is an event each time, and a warning until the job runs without that", () =>
    Effect.gen(function* () {
      const { layer, lines } = noting()
      const bench = yield* Bench.open(
        Jobs.make(
          Job.make("heavy", {}, (run) =>
            Effect.sync(() => {
              // time passes while nothing else runs
              if (run.scheduledAt !== start + 2 * minute) jump()
            })
          ).pipe(Job.every("1 minute"))
        )
      )
      let jump = () => {}
      const clock = bench.time.clock
      const shift = { ms: 0 }
      jump = () => {
        shift.ms += 1500
      }
      const slow = Object.assign(Object.create(Object.getPrototypeOf(clock)), clock, {
        unsafeCurrentTimeMillis: () => clock.unsafeCurrentTimeMillis() + shift.ms
      })
      const once = Effect.provide(Effect.withClock(bench.tick.once, slow), layer)
      for (let n = 0; n < 5; n++) {
        yield* once
        yield* bench.time.advance("1 minute")
      }
      const blocked = bench.events.filter(({ _tag }) => _tag === "Blocked")
      assert.strictEqual(blocked.length, 4)
      const warned = lines.filter(([, text]) => text.startsWith("Nothing else could run for 1500 ms"))
      assert.strictEqual(warned.length, 2)
      assert.include(warned[0]?.[1] ?? "", 'job "heavy" kept the event loop')
    }).pipe(Bench.run)
  )
})
