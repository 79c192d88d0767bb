import { assert, describe, it } from "@effect/vitest"
import * as Bench from "@tickwork/test-support/Bench"
import { Effect, Exit, FastCheck as fc, Ref, Schedule, ScheduleDecision, ScheduleInterval, Schema } from "effect"
import { Job, Jobs } from "tickwork"
import * as Counter from "../support/counter.ts"

const { minute, second } = Bench

describe("a job with memory", () => {
  it.effect("begins with its initial memory, then with what its last success left", () =>
    Effect.gen(function* () {
      const { counter, job } = Counter.make()
      const { store, time } = yield* Bench.daemonOf(Jobs.make(job))
      assert.deepStrictEqual(yield* Counter.memoryOf(store), { runs: 1 }, "kept with the record of the run")
      yield* time.advance("2 minutes")
      assert.deepStrictEqual(counter.seen, [0, 1, 2])
      assert.deepStrictEqual(
        (yield* store.log).map(({ memory }) => memory),
        [1, 2, 3].map((runs) => ({ value: { runs } }))
      )
    }).pipe(Bench.run)
  )

  it.effect.each([
    ["fails", Effect.fail("offline"), "error"],
    ["dies", Effect.die("broken"), "error"],
    ["interrupts itself", Effect.interrupt, "interrupted"],
    ["takes too long", Effect.never, "timeout"]
  ] as const)("forgets what a run left that %s", ([, end, status]) =>
    Effect.gen(function* () {
      const { counter, job } = Counter.make()
      const { store, time } = yield* Bench.daemonOf(Jobs.make(job))
      counter.end = end
      yield* time.advance("2 minutes")
      counter.end = Effect.void
      yield* time.advance("1 minute")
      assert.deepStrictEqual(
        (yield* store.log).map((line) => [line.status, line.memory?.value ?? null]),
        [
          ["success", { runs: 1 }],
          [status, null],
          [status, null],
          ["success", { runs: 2 }]
        ]
      )
      assert.deepStrictEqual(counter.seen, [0, 1, 1, 1])
    }).pipe(Bench.run)
  )

  it.effect("begins each attempt at one instant with what was committed", () =>
    Effect.gen(function* () {
      const { counter, job } = Counter.make()
      counter.end = Effect.suspend(() => (counter.seen.length < 3 ? Effect.fail("offline") : Effect.void))
      const { store, time } = yield* Bench.daemonOf(Jobs.make(Job.retry(job, Schedule.spaced("1 second"))))
      yield* time.advance("10 seconds")
      assert.deepStrictEqual(counter.seen, [0, 0, 0])
      assert.deepStrictEqual(yield* Counter.memoryOf(store), { runs: 1 })
    }).pipe(Bench.run)
  )

  it.effect("forgets what a run left that a stop cut short, or that somebody cancelled", () =>
    Effect.gen(function* () {
      const { counter, job } = Counter.make()
      const unhurried = Job.timeout(job, "1 hour")
      const first = yield* Bench.open(Jobs.make(unhurried), { drain: 0 })
      counter.end = Effect.never
      const daemon = yield* Bench.daemon(first)
      yield* first.tick.request("cancel", unhurried)
      yield* first.time.advance("61 seconds")
      yield* Bench.stop(daemon)
      counter.end = Effect.void
      const { store, time } = yield* Bench.daemonOf(Jobs.make(unhurried), { store: first.store })
      yield* time.advance("1 second")
      assert.deepStrictEqual(counter.seen, [0, 0, 0])
      assert.deepStrictEqual(
        (yield* store.log).map(({ status }) => status),
        ["control", "interrupted", "interrupted", "success"]
      )
      assert.deepStrictEqual(yield* Counter.memoryOf(store), { runs: 1 })
    }).pipe(Bench.run)
  )

  it.effect("keeps it through runs that are skipped, and takes what a run by hand left", () =>
    Effect.gen(function* () {
      const { counter, job } = Counter.make()
      const looked = { at: true }
      const shy = Job.when(
        job,
        "it may",
        Effect.sync(() => looked.at)
      )
      const { store, tick, time } = yield* Bench.daemonOf(Jobs.make(shy))
      looked.at = false
      yield* time.advance("1 minute")
      yield* tick.request("trigger", shy)
      yield* time.advance("1 second")
      assert.deepStrictEqual(counter.seen, [0, 1])
      assert.deepStrictEqual(yield* Counter.memoryOf(store), { runs: 2 })
    }).pipe(Bench.run)
  )

  it.effect("writes nothing where a run leaves what it found", () =>
    Effect.gen(function* () {
      const job = Job.make("counter", { memory: Counter.counting }, ({ memory }) => Ref.update(memory, (same) => same))
      const { store, tick } = yield* Bench.open(Jobs.make(job.pipe(Job.every("1 minute"))))
      yield* tick.once
      assert.deepStrictEqual(
        (yield* store.log).map(({ memory, status }) => [status, memory]),
        [["success", null]]
      )
      assert.isNull((yield* store.state("counter")).memory)
    }).pipe(Bench.run)
  )

  it.effect("tells a memory of null from none", () =>
    Effect.gen(function* () {
      const seen: Array<string | null> = []
      const memory = { schema: Schema.NullOr(Schema.String), initial: "unknown" }
      const job = Job.make("counter", { memory }, ({ memory }) =>
        Effect.zipRight(
          Effect.map(memory, (last) => seen.push(last)),
          Ref.set(memory, null)
        )
      )
      const { time } = yield* Bench.daemonOf(Jobs.make(job.pipe(Job.every("1 minute"))))
      yield* time.advance("1 minute")
      assert.deepStrictEqual(seen, ["unknown", null])
    }).pipe(Bench.run)
  )

  it.effect("has one for each of its keys", () =>
    Effect.gen(function* () {
      const keys = Effect.succeed(["ada", "grace"])
      const job = Job.make("counter", { keys, memory: Counter.counting }, ({ key, memory }) =>
        key === "ada" ? Counter.more(memory) : Effect.zipRight(Counter.more(memory), Effect.fail("offline"))
      ).pipe(Job.every("1 minute"), Job.retry(Schedule.stop))
      const { store, time } = yield* Bench.daemonOf(Jobs.make(job))
      yield* time.advance("1 minute")
      const states = yield* store.load(["counter"])
      assert.deepStrictEqual(
        states.map(({ key, memory }) => [key, memory?.value]),
        [
          ["ada", { runs: 2 }],
          ["grace", undefined]
        ]
      )
    }).pipe(Bench.run)
  )

  it.effect("feeds its schedule what its body answers, and nothing of its memory", () =>
    Effect.gen(function* () {
      const inputs: Array<Exit.Exit<string> | undefined> = []
      const schedule = Schedule.makeWithState(0, (now, input: Exit.Exit<string> | undefined, n) => {
        inputs.push(input)
        return Effect.succeed([n + 1, n, ScheduleDecision.continueWith(ScheduleInterval.after(now + minute))] as const)
      })
      const job = Job.make("counter", { memory: Counter.counting }, ({ memory }) =>
        Effect.as(Counter.more(memory), "fine")
      )
      const { store } = yield* Bench.daemonOf(Jobs.make(job.pipe(Job.repeat(schedule))))
      assert.deepStrictEqual(inputs, [Exit.succeed("fine")])
      assert.deepStrictEqual(yield* Counter.memoryOf(store), { runs: 1 })
    }).pipe(Bench.run)
  )

  it.effect("keeps its memory under another name, and over a restart", () =>
    Effect.gen(function* () {
      const { job } = Counter.make()
      const { store, tick, time } = yield* Bench.open(Jobs.make(job))
      yield* tick.once
      const seen: Array<number> = []
      const renamed = Job.make("tally", { memory: Counter.counting }, ({ memory }) =>
        Effect.map(memory, ({ runs }) => seen.push(runs))
      ).pipe(Job.every("1 minute"), Job.renamedFrom("counter"))
      const reread = yield* Bench.throughJson(store)
      yield* time.advance("1 minute")
      yield* (yield* Bench.open(Jobs.make(renamed), { store: reread })).tick.once
      assert.deepStrictEqual(seen, [1])
    }).pipe(Bench.run)
  )

  it.effect("goes on from what its last success left while the store is away", () =>
    Effect.gen(function* () {
      const { counter, job } = Counter.make()
      const { store, time } = yield* Bench.daemonOf(Jobs.make(job))
      counter.end = Effect.sync(() => store.fail(3))
      yield* time.advance("1 minute")
      counter.end = Effect.void
      yield* time.advance("2 minutes")
      assert.deepStrictEqual(counter.seen, [0, 1, 2, 3])
      assert.deepStrictEqual(yield* Counter.memoryOf(store), { runs: 4 })
    }).pipe(Bench.run)
  )

  it.effect.prop(
    "remembers as many runs as have succeeded, however they end",
    [fc.array(fc.constantFrom("succeeds", "fails", "dies", "takes too long"), { maxLength: 12 })],
    ([ends]) =>
      Effect.gen(function* () {
        const ways = {
          succeeds: Effect.void,
          fails: Effect.fail(1),
          dies: Effect.die(2),
          "takes too long": Effect.never
        }
        const { counter, job } = Counter.make()
        counter.end = Effect.suspend(
          (): Effect.Effect<void, number> => ways[ends[counter.seen.length - 1] as keyof typeof ways] ?? Effect.fail(3)
        )
        const { store, time } = yield* Bench.daemonOf(Jobs.make(job))
        yield* time.advance(ends.length * minute + 30 * second)
        const successes = ends.filter((end) => end === "succeeds").length
        assert.deepStrictEqual(yield* Counter.memoryOf(store), successes === 0 ? null : { runs: successes })
      }).pipe(Bench.run),
    { fastCheck: { seed: 11, numRuns: 40 } }
  )
})
