import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Array as Arr, Effect, FastCheck as fc, Option, Order, Schedule } from "effect"
import { Decision, Job, Jobs } from "tickwork"
import { makeLog } from "../support/log.ts"

const { second, start } = Bench

const slowed = ({ events }: Bench.Bench) =>
  events.flatMap((event) => (event._tag === "Throttled" ? [event.jobName] : []))

/** The most starts within any second that begins with one. */
const mostWithinASecond = (starts: ReadonlyArray<number>): number =>
  Math.max(...starts.map((from) => starts.filter((at) => from <= at && at < from + second).length))

describe("a schedule that asks for no delay at all", () => {
  it.effect("runs a hundred times a second, waits for the rest of it, and tells of it each time", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const bench = yield* Bench.daemonOf(Jobs.make(work.job("forever").pipe(Job.repeat(Schedule.forever))))
      yield* bench.time.advance(9999)
      assert.deepStrictEqual(
        work.starts("forever"),
        Arr.makeBy(1000, (n) => Math.floor(n / 100) * second)
      )
      assert.deepStrictEqual(slowed(bench), Arr.replicate("forever", 10))
    }).pipe(Bench.run)
  )

  it.effect("is warned about once, by name", () =>
    Effect.gen(function* () {
      const log = makeLog()
      const job = Bench.makeWork().job("forever").pipe(Job.repeat(Schedule.forever))
      const bench = yield* Bench.open(Jobs.make(job))
      yield* Effect.provide(Bench.daemon(bench), log.layer)
      yield* bench.time.advance("3 seconds")
      assert.deepStrictEqual(log.lines, [
        {
          text: 'The schedule of job "forever" asks for no delay: after 100 runs within 1 s it is throttled',
          level: "Warning",
          job: "forever"
        }
      ])
    }).pipe(Bench.run)
  )

  it.effect("ends after as many runs as it asked for, a hundred in each second", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const bench = yield* Bench.daemonOf(Jobs.make(work.job("recurs").pipe(Job.repeat(Schedule.recurs(1000)))))
      yield* bench.time.advance("1 minute")
      assert.deepStrictEqual(
        work.starts("recurs"),
        Arr.makeBy(1001, (n) => Math.floor(n / 100) * second)
      )
      assert.strictEqual(slowed(bench).length, 10)
      assert.isTrue(Option.isNone(yield* bench.tick.next))
    }).pipe(Bench.run)
  )

  it.effect.prop(
    "never runs more than a hundred times within a second, however little time its body takes",
    [fc.integer({ min: 0, max: 9 }), fc.constantFrom("serial" as const, "parallel" as const)],
    ([takes, place]) =>
      Effect.gen(function* () {
        const work = Bench.makeWork()
        const job = work.job("forever", takes).pipe(Job.repeat(Schedule.forever))
        const bench = yield* Bench.daemonOf(Jobs.make(place === "serial" ? job : Job.parallel(job)))
        yield* bench.time.advance("5 seconds")
        assert.strictEqual(mostWithinASecond(work.starts("forever")), 100)
        assert.isAtLeast(work.starts("forever").length, 400)
        assert.isAtLeast(slowed(bench).length, 4)
      }).pipe(Bench.run),
    { fastCheck: { seed: 1, numRuns: 20 } }
  )

  it.effect("leaves other jobs their instants, and is no reason to slow them down", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const beside = Arr.makeBy(100, (n) => n * 50)
      const bench = yield* Bench.daemonOf(
        Jobs.make(
          work.job("forever", 1).pipe(Job.repeat(Schedule.forever)),
          work.job("serial").pipe(Job.every("50 millis")),
          work.job("parallel").pipe(Job.every("50 millis"), Job.parallel)
        )
      )
      yield* bench.time.advance(4999)
      assert.deepStrictEqual(work.starts("parallel"), beside)
      const late = work.starts("serial").map((at, n) => at - (beside[n] ?? Number.NaN))
      assert.strictEqual(late.length, beside.length)
      assert.isTrue(
        late.every((ms) => ms === 0 || ms === 1),
        "each waits for one run at most"
      )
      assert.deepStrictEqual(Arr.dedupe(slowed(bench)), ["forever"])
    }).pipe(Bench.run)
  )

  it.effect("keeps the place from less urgent jobs for a hundred runs at most", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const { time } = yield* Bench.daemonOf(
        Jobs.make(
          work.job("forever", 3).pipe(Job.repeat(Schedule.forever), Job.priority(1)),
          work.job("last").pipe(Job.every("1 second"), Job.priority(10))
        )
      )
      yield* time.advance(9999)
      const late = work.starts("last").map((at, n) => at - n * second)
      assert.strictEqual(late.length, 10)
      assert.isAtMost(Math.max(...late), 303)
    }).pipe(Bench.run)
  )

  it.effect("is slowed down as well where a condition keeps its job from running", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      let looks = 0
      const refuse = Effect.sync(() => {
        looks += 1
        return false
      })
      const job = work.job("never").pipe(Job.repeat(Schedule.forever), Job.when("it may", refuse))
      const bench = yield* Bench.daemonOf(Jobs.make(job))
      yield* bench.time.advance(2999)
      assert.strictEqual(looks, 300)
      assert.deepStrictEqual(slowed(bench), Arr.replicate("never", 3))
    }).pipe(Bench.run)
  )

  it.effect("is not slowed down where its body takes time", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const bench = yield* Bench.daemonOf(Jobs.make(work.job("steady", 20).pipe(Job.repeat(Schedule.forever))))
      yield* bench.time.advance(9999)
      assert.deepStrictEqual(
        work.starts("steady"),
        Arr.makeBy(500, (n) => n * 20)
      )
      assert.deepStrictEqual(slowed(bench), [])
    }).pipe(Bench.run)
  )

  it.effect("is not slowed down where it asks for a delay, be it a millisecond", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const bench = yield* Bench.daemonOf(Jobs.make(work.job("quick").pipe(Job.repeat(Schedule.spaced(1)))))
      yield* bench.time.advance(999)
      assert.strictEqual(work.begun.length, 1000)
      assert.deepStrictEqual(slowed(bench), [])
    }).pipe(Bench.run)
  )
})

const soon = "1 second"
const minute = "1 minute"

describe("a schedule that ends", () => {
  it.effect.each([
    ["repeat, recurs", Job.repeat(Schedule.recurs(3)), [0, 0, 0, 0]],
    ["schedule, recurs", Job.schedule(Schedule.recurs(3)), [0, 0, 0]],
    ["repeat, stop", Job.repeat(Schedule.stop), [0]],
    ["schedule, stop", Job.schedule(Schedule.stop), []],
    ["repeat, upTo", Job.repeat(Schedule.spaced("20 seconds").pipe(Schedule.upTo(minute))), [0, 20, 40, 60]],
    ["repeat, fromDelays", Job.repeat(Schedule.fromDelays(soon, "5 seconds", minute)), [0, 1, 6, 66]],
    ["schedule, fromDelays", Job.schedule(Schedule.fromDelays(soon, "5 seconds", minute)), [1, 6, 66]]
  ] as const)("finishes the job, and a restart does not begin it anew: %s", ([, recurs, expected]) =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const starts = expected.map((seconds) => seconds * second)
      const jobs = Jobs.make(recurs(work.job("some")))
      const first = yield* Bench.open(jobs)
      const fiber = yield* Bench.daemon(first)
      yield* first.time.advance("5 minutes")
      yield* Bench.stop(fiber)
      const again = yield* Bench.daemonOf(jobs, { store: first.store })
      yield* again.time.advance("1 hour")
      for (const { tick } of [first, again]) {
        const [status] = yield* tick.status
        assert.deepStrictEqual(status?.decision, Decision.wait(Decision.Reason.Finished()))
        assert.isTrue(Option.isNone(yield* tick.next))
        assert.deepStrictEqual(yield* tick.once, [])
      }
      assert.deepStrictEqual(work.starts("some"), starts)
      assert.strictEqual((yield* first.store.log).length, starts.length)
    }).pipe(Bench.run)
  )
})

const urgentFirst = Order.combine(
  Order.mapInput(Order.number, (job: Job.Any) => Job.inspect(job).priority),
  Order.mapInput(Order.string, (job: Job.Any) => job.name)
)

describe("a thousand jobs due at once under a daemon", () => {
  it.effect("run once each, by priority and then by name, in few commits once their durations are known", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = Arr.makeBy(1000, (n) =>
        work.job(`job ${String((n * 37) % 1000)}`).pipe(Job.every("1 hour"), Job.priority(((n * 7) % 10) + 1))
      )
      const { store, time } = yield* Bench.daemonOf(Jobs.make(...jobs))
      const expected = Arr.sort(jobs, urgentFirst).map(({ name }) => name)
      assert.deepStrictEqual(work.names(), expected)
      work.begun.length = 0
      store.calls.length = 0
      yield* time.advance("1 hour")
      assert.deepStrictEqual(work.names(), expected)
      assert.isTrue(work.begun.every(({ startedAt }) => startedAt === start + Bench.hour))
      assert.isAtMost(Bench.aboutJobs(store.calls).length, 12)
    }).pipe(Bench.run)
  )
})

describe("jobs that make up for every instant that they missed", () => {
  it.effect.each([
    ["two jobs every 500 ms, down for 10 s, tolerance 300 ms", 2, 500, 10 * second, 300],
    ["two jobs every second, down for 5 minutes", 2, second, 5 * Bench.minute, Bench.minute],
    ["ten jobs every 5 seconds, down for an hour", 10, 5 * second, Bench.hour, Bench.minute],
    ["seventy jobs every minute, down for an hour", 70, Bench.minute, Bench.hour, Bench.minute]
  ] as const)("have caught up after as long as they were down: %s", ([, count, interval, down, tolerance]) =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const all = Arr.makeBy(count, (n) => work.job(`job ${n}`).pipe(Job.every(interval), Job.missed("all")))
      const { store, tick, time } = yield* Bench.open(Jobs.make(...all), { tolerance })
      yield* tick.once
      yield* time.jumpTo(start + down)
      yield* Bench.daemonOf(Jobs.make(...all), { store, tolerance })
      yield* time.advance(down + 2 * Bench.minute)
      const last = new Map(work.begun.map((run) => [run.jobName, run.scheduledAt]))
      assert.isAbove(Math.min(...last.values()), (yield* time.now) - interval)
    }).pipe(Bench.run)
  )
})
