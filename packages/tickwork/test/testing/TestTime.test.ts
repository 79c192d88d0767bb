import { assert, describe, it, layer } from "@effect/vitest"
import { Cause, Clock, Effect, Exit, Fiber, Option, Random, TestClock } from "effect"
import { Job, JobStore, Jobs, Tick } from "tickwork"
import { ManualClock, SeededRandom, TestTime, TickBench } from "tickwork/testing"

const noon = "2026-03-02T12:00:00Z"
const noonMs = Date.parse(noon)
const hour = 3_600_000

const throws = Effect.replicateEffect(Random.nextIntBetween(0, 1_000_000), 5)

const ambient = Effect.all([Effect.clockWith(Effect.succeed), Effect.randomWith(Effect.succeed)])

const hourly = (naps = 0) => {
  const starts: Array<number> = []
  const body = Effect.sleep(naps)
  const job = Job.make("hourly", {}, (run) =>
    Effect.zipRight(
      Effect.sync(() => starts.push(run.startedAt)),
      body
    )
  )
  return { jobs: Jobs.make(job.pipe(Job.every("1 hour"))), starts }
}

/** Three hours of a tick on the hand-moved clock. */
const threeHours = Effect.gen(function* () {
  const { jobs, starts } = hourly()
  const time = yield* ManualClock.ManualClock
  const from = yield* time.now
  const bench = yield* TickBench.make(jobs)
  yield* TickBench.daemon(bench)
  yield* time.advance("3 hours")
  assert.strictEqual(yield* Clock.currentTimeMillis, from + 3 * hour, "the test is on that clock, too")
  return starts
})

const [after0, after1, after2, after3] = [0, 1, 2, 3].map((n) => noonMs + n * hour)

describe("seeded dice", () => {
  const rolled = (seeded = SeededRandom.layer("a")) => Effect.runSync(Effect.provide(throws, seeded))

  it("are the same in every run, and others for another seed", () => {
    assert.deepStrictEqual(rolled(), rolled())
    assert.notDeepEqual(rolled(), rolled(SeededRandom.layer("b")))
  })

  it("begin anew wherever their layer is built", () => {
    const seeded = SeededRandom.layer("a")
    assert.deepStrictEqual(rolled(seeded), rolled(seeded))
  })

  it.effect("are the same in it.effect, and put back after it", () =>
    Effect.gen(function* () {
      const before = yield* ambient
      assert.deepStrictEqual(yield* Effect.provide(throws, SeededRandom.layer("a")), rolled())
      assert.deepStrictEqual(yield* ambient, before)
    })
  )

  it.effect("are those of the bodies and of the schedules of a tick", () =>
    Effect.gen(function* () {
      const rolledOf = (seed: number) =>
        Effect.gen(function* () {
          const rolls: Array<number> = []
          const roll = Effect.map(Random.next, (rolled) => rolls.push(rolled))
          const job = Job.make("rolls", roll).pipe(Job.every("1 hour"))
          const bench = yield* TickBench.make(Jobs.make(job))
          yield* bench.tick.once
          return [rolls, (yield* bench.log).map(({ position: { cadence } }) => cadence.seed)] as const
        }).pipe(Effect.scoped, Effect.provide(TestTime.layer({ seed })))
      assert.deepStrictEqual(yield* rolledOf(5), yield* rolledOf(5))
      const [rolls, seeds] = yield* rolledOf(6)
      const [otherRolls, otherSeeds] = yield* rolledOf(5)
      assert.notDeepEqual(rolls, otherRolls)
      assert.notDeepEqual(seeds, otherSeeds)
    })
  )
})

describe("a hand-moved clock", () => {
  it("runs what sleeps to its end, at once, and shows how long it took", () =>
    Effect.runPromise(
      Effect.gen(function* () {
        const time = yield* ManualClock.ManualClock
        const racing = Effect.race(Effect.sleep("2 hours"), Effect.as(Effect.sleep("1 hour"), "first"))
        assert.strictEqual(yield* time.until(racing), "first")
        assert.strictEqual(yield* time.now, noonMs + hour)
      }).pipe(Effect.provide(TestTime.layer({ start: noon })))
    ))

  it("hands on what the effect fails with, and lets no time pass where nothing sleeps", () =>
    Effect.runPromise(
      Effect.gen(function* () {
        const time = yield* ManualClock.ManualClock
        assert.deepStrictEqual(yield* Effect.exit(time.until(Effect.fail("no"))), Exit.fail("no"))
        yield* time.until(Effect.promise(() => new Promise((resolve) => setImmediate(resolve))))
        assert.strictEqual(yield* time.now, noonMs)
      }).pipe(Effect.provide(TestTime.layer({ start: noon })))
    ))
})

describe("test time", () => {
  it("is what a program sees that it is provided to, and nothing else", async () => {
    const before = await Effect.runPromise(ambient)
    const starts = await Effect.runPromise(
      threeHours.pipe(Effect.scoped, Effect.provide(TestTime.layer({ start: noon })))
    )
    assert.deepStrictEqual(starts, [after0, after1, after2, after3])
    assert.deepStrictEqual(await Effect.runPromise(ambient), before)
  })

  it("dies where its start is no instant, saying why", () => {
    const refused = TestTime.layer({ start: "2026-02-30T00:00:00Z" })
    const died = Effect.runSync(Effect.provide(Effect.void, refused).pipe(Effect.sandbox, Effect.flip))
    assert.include(Cause.pretty(died), 'start of TestTime must be a day that exists, got "2026-02-30T00:00:00Z"')
  })

  it.effect("stands over the clock of it.effect, which is back afterwards, untouched", () =>
    Effect.gen(function* () {
      yield* TestClock.adjust("1 minute")
      const before = yield* ambient
      const starts = yield* threeHours.pipe(Effect.scoped, Effect.provide(TestTime.layer({ start: noon })))
      assert.deepStrictEqual(starts, [after0, after1, after2, after3])
      assert.deepStrictEqual(yield* ambient, before)
      assert.strictEqual(yield* Clock.currentTimeMillis, 60_000)
    })
  )

  it.scoped("is provided to an it.scoped, whose tick stops with it", () =>
    Effect.map(threeHours, (starts) => assert.deepStrictEqual(starts, [after0, after1, after2, after3])).pipe(
      Effect.provide(TestTime.layer({ start: noon }))
    )
  )

  it.effect("lets a tick on TestClock go by adjust, beside it", () =>
    Effect.gen(function* () {
      const { jobs, starts } = hourly(1000)
      const onTestClock = yield* Effect.forkScoped(
        Effect.provide(Tick.run, Tick.layer(jobs)).pipe(Effect.provide(JobStore.layerMemory))
      )
      const byHand = yield* threeHours.pipe(Effect.scoped, Effect.provide(TestTime.layer({ start: noon })))
      assert.deepStrictEqual([byHand.length, starts], [4, [0]], "no time has passed on TestClock")
      yield* TestClock.adjust("2 hours")
      assert.deepStrictEqual(starts, [0, hour, 2 * hour])
      const stopping = yield* Effect.fork(Fiber.interrupt(onTestClock))
      yield* TestClock.adjust("1 second")
      assert.isTrue(Option.isSome(yield* stopping.poll))
    }).pipe(Effect.scoped)
  )
})

layer(TestTime.layer({ start: noon, seed: 3 }))("test time in a layer block", (it) => {
  it.scoped("is the time of each test, in an it.scoped", () =>
    Effect.map(threeHours, (starts) => assert.deepStrictEqual(starts, [after0, after1, after2, after3]))
  )

  it.effect("goes on from one test of the block to the next, in an it.effect", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* Clock.currentTimeMillis, after3)
      const time = yield* ManualClock.ManualClock
      yield* time.advance("1 hour")
      assert.strictEqual(yield* Clock.currentTimeMillis, noonMs + 4 * hour)
    })
  )

  it.layer(TestTime.layer())("nested in another", (it) => {
    it.effect("is its own", () => Effect.map(Clock.currentTimeMillis, (now) => assert.strictEqual(now, 0)))
  })
})
