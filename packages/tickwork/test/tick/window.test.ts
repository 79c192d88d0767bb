import { assert, describe, it, vi } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import * as Sets from "@tickwork/test-support/Sets"
import { Effect, FastCheck as fc } from "effect"
import { Job, Jobs } from "tickwork"
import { MinHeap } from "../../src/internal/engine/MinHeap.ts"

const { minute, second, start } = Bench

interface Chance {
  /** In ms from the start of the bench. */
  readonly at: number
  readonly window: number
}

/** All within a minute, so that no wake-up which looks for a jump of the clock comes between. */
const chance: fc.Arbitrary<Chance> = fc.record({
  at: fc.integer({ min: 1, max: 30 * second }),
  window: fc.oneof(fc.constantFrom(0, 0, 1), fc.integer({ min: 0, max: 25 * second }))
})

/** How many instants it takes to meet every window: tried out, since a point in an optimum may move to a window's end. */
const fewest = (chances: ReadonlyArray<Chance>): number => {
  const ends = [...new Set(chances.map(({ at, window }) => at + window))]
  let best = ends.length
  for (let chosen = 0; chosen < 2 ** ends.length; chosen++) {
    const points = ends.filter((_, n) => (chosen & (1 << n)) !== 0)
    const meetsAll = chances.every(({ at, window }) => points.some((point) => at <= point && point <= at + window))
    if (meetsAll) best = Math.min(best, points.length)
  }
  return best
}

/** Jobs that run once, named by their number, until a moment before the daemon would look for a jump of the clock. */
const startsOf = (chances: ReadonlyArray<Chance>) =>
  Effect.gen(function* () {
    const work = Bench.makeWork()
    const jobs = chances.map(({ at, window }, n) => work.job(`${n}`).pipe(Job.at(start + at), Job.window(window)))
    const { time } = yield* Bench.daemonOf(Jobs.make(...jobs))
    yield* time.advance(59 * second)
    const starts = chances.map((_, n) => work.starts(`${n}`))
    return { starts, begun: work.begun, wakeUps: yield* time.wakeUps }
  }).pipe(Bench.run)

describe("jobs that may start a little late", () => {
  it.effect.prop(
    "share wake-ups: the daemon wakes as seldom as their windows allow, and late for none",
    [fc.array(chance, { minLength: 1, maxLength: 9 })],
    ([chances]) =>
      Effect.gen(function* () {
        const { begun, starts, wakeUps } = yield* startsOf(chances)
        for (const [n, { at, window }] of chances.entries()) {
          const [startedAt = Number.NaN, ...again] = starts[n] ?? []
          assert.deepStrictEqual(again, [], "each runs once")
          assert.isAtLeast(startedAt, at)
          assert.isAtMost(startedAt, at + window)
        }
        assert.strictEqual(new Set(begun.map(({ startedAt }) => startedAt)).size, fewest(chances))
        assert.strictEqual(wakeUps, fewest(chances))
      }),
    { fastCheck: { seed: 7, numRuns: Sets.pick({ fast: 100, full: 300 }) }, timeout: 900_000 }
  )

  it.effect.each([
    ["runs at the end of its window when nothing else wakes the daemon", [], 10],
    ["runs with an exact job whose instant falls inside its window", [5], 5],
    ["runs with an exact job that is due at its own instant", [0], 0],
    ["runs with an exact job that is due at the very end of its window", [10], 10],
    ["leaves an exact job alone that comes before it, or after its window", [-1, 11], 10]
  ] as const)("%s", ([, exact, expected]) =>
    Effect.gen(function* () {
      const at = 20 * second
      const others = exact.map((seconds) => ({ at: at + seconds * second, window: 0 }))
      const { starts } = yield* startsOf([{ at, window: 10 * second }, ...others])
      assert.deepStrictEqual(starts, [[at + expected * second], ...others.map((other) => [other.at])])
    })
  )

  it.effect("wake the daemon once a minute where three wake-ups were needed, and leave out no instant", () =>
    Effect.gen(function* () {
      const wakeUps = yield* Effect.forEach([0, 20 * second], (window) => {
        const work = Bench.makeWork()
        const jobs = [5, 15].map((n) => work.job(`at ${n}`).pipe(Job.cron(`${n} * * * * *`), Job.window(window)))
        return Effect.gen(function* () {
          const exact = work.job("exact").pipe(Job.cron("25 * * * * *"))
          const { time } = yield* Bench.daemonOf(Jobs.make(...jobs, exact))
          yield* time.advance("10 minutes")
          assert.strictEqual(new Set(work.begun.map((run) => run.scheduledAt)).size, 30)
          return yield* time.wakeUps
        }).pipe(Bench.run)
      })
      assert.deepStrictEqual(wakeUps, [30, 10])
    })
  )

  it.effect("start with a daemon that starts, and shift no instant of their grid by starting late", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = Jobs.make(work.job("patient", 1000).pipe(Job.every("20 seconds"), Job.window("8 seconds")))
      const first = yield* Bench.open(jobs)
      const fiber = yield* Bench.daemon(first)
      yield* first.time.advance("43 seconds")
      yield* Bench.stop(fiber)
      const { time } = yield* Bench.daemonOf(jobs, { store: first.store })
      yield* time.advance("30 seconds")
      assert.deepStrictEqual(work.starts("patient"), [0, 28_000, 43_000, 68_000])
      assert.deepStrictEqual(
        work.begun.map((run) => run.scheduledAt - start),
        [0, 20_000, 40_000, 60_000]
      )
    }).pipe(Bench.run)
  )

  it.effect.each([
    [0, ["long", "patient", "urgent"]],
    [40, ["long", "patient", "urgent"]],
    [41, ["long", "urgent", "patient"]],
    [60, ["long", "urgent", "patient"]]
  ] as const)("gain priority by waiting from the end of their window on: %i seconds", ([window, expected]) =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const { time } = yield* Bench.daemonOf(
        Jobs.make(
          work.job("long", "70 seconds").pipe(Job.at(start), Job.priority(1)),
          work.job("patient").pipe(Job.at(start), Job.priority(5), Job.window(window * second)),
          work.job("urgent").pipe(Job.at(start + 65 * second), Job.priority(4))
        )
      )
      yield* time.advance("2 minutes")
      assert.deepStrictEqual(work.names(), [...expected])
    }).pipe(Bench.run)
  )

  it.effect("run at once where a host asks for what is due now", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const job = work.job("patient").pipe(Job.at(start + 1000), Job.window("1 hour"))
      const { tick, time } = yield* Bench.open(Jobs.make(job))
      yield* time.advance(999)
      assert.deepStrictEqual(yield* tick.once, [])
      yield* time.advance(1)
      assert.strictEqual((yield* tick.once).length, 1)
      assert.deepStrictEqual(work.starts("patient"), [1000])
    }).pipe(Bench.run)
  )

  it.effect("are not missed when they start at the end of a window that is longer than the tolerance", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const job = work.job("patient").pipe(Job.cron("10 * * * * *"), Job.window("45 seconds"))
      const { store, time } = yield* Bench.daemonOf(Jobs.make(job), { tolerance: "1 second" })
      yield* time.advance("2 minutes")
      assert.deepStrictEqual(work.starts("patient"), [55 * second, 115 * second])
      assert.deepStrictEqual(
        (yield* store.log).map(({ status, trigger }) => [status, trigger]),
        [
          ["success", "schedule"],
          ["success", "schedule"]
        ]
      )
    }).pipe(Bench.run)
  )

  it.effect.each([
    [5 * minute, "schedule"],
    [6 * minute, "schedule"],
    [6 * minute + 1, "missed"]
  ] as const)("are missed once the tolerance has passed after the end of their window: %i ms", ([late, trigger]) =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const jobs = Jobs.make(work.job("patient").pipe(Job.at(start), Job.window("5 minutes")))
      const { store, time } = yield* Bench.open(jobs)
      yield* time.jumpTo(start + late)
      const { tick } = yield* Bench.open(jobs, { store })
      yield* tick.once
      assert.deepStrictEqual(
        work.begun.map((run) => run.trigger),
        [trigger]
      )
    }).pipe(Bench.run)
  )

  it.effect("take no more memory with each run, under a host that never asks when to wake", () =>
    Effect.gen(function* () {
      const add = vi.spyOn(MinHeap.prototype, "add")
      const take = vi.spyOn(MinHeap.prototype, "takeDue")
      yield* Effect.addFinalizer(() => Effect.sync(() => vi.restoreAllMocks()))
      const { job } = Bench.makeWork()
      const { tick, time } = yield* Bench.open(
        Jobs.make(
          job("patient").pipe(Job.every("10 seconds"), Job.window("8 seconds")),
          job("exact").pipe(Job.every("7 seconds"))
        )
      )
      for (let n = 0; n < 300; n++) {
        yield* tick.once
        yield* time.advance("5 seconds")
      }
      const kept = add.mock.calls.length - take.mock.results.filter(({ value }) => value !== undefined).length
      assert.isAbove(add.mock.calls.length, 500)
      assert.isAtMost(kept, 8)
    }).pipe(Bench.run)
  )
})
