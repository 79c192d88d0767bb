import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Schedule } from "effect"
import { Bound, Job, Jobs, Limit } from "tickwork"

const { Bounded, Unbounded } = Bound.Bound

const once = (name: string, seconds: number) =>
  Job.make(name, Effect.void).pipe(Job.repeat(Schedule.forever), Job.timeout(seconds * 1000), Job.priority(1))
const endless = (name: string) => Job.make(name, Effect.void).pipe(Job.every("1 hour"))

const boundsOf = (jobs: ReadonlyArray<Job.Job<string, void, never, never>>, options?: Bound.Options) =>
  Object.fromEntries(
    Either.getOrThrow(Bound.worstWait(Jobs.make(...jobs), options)).map(({ bound, jobName }) => [jobName, bound])
  )

describe("law 4, Order: the computed bound", () => {
  it("is the time to age, and every other job once", () => {
    const jobs = [once("a", 10), once("b", 20), once("c", 30).pipe(Job.priority(4))]
    assert.deepStrictEqual(boundsOf(jobs), {
      a: Bounded({ ms: 50_000 }),
      b: Bounded({ ms: 40_000 }),
      c: Bounded({ ms: 90_000 + 30_000 })
    })
  })

  it("of parallel jobs is shared by their places", () => {
    const jobs = ["a", "b", "c", "d", "e"].map((name) => once(name, 10).pipe(Job.parallel))
    assert.deepStrictEqual(boundsOf(jobs).a, Bounded({ ms: 10_000 }))
    assert.deepStrictEqual(boundsOf(jobs, { concurrency: 3 }).a, Bounded({ ms: 13_334 }))
  })

  it("holds five seconds for each condition", () => {
    const asked = once("a", 10).pipe(Job.when("one", Effect.succeed(true)), Job.when("two", Effect.succeed(true)))
    assert.deepStrictEqual(boundsOf([asked, once("b", 10)]).b, Bounded({ ms: 20_000 }))
  })

  it("counts each key of a job", () => {
    const keyed = Job.make("keyed", { keys: Effect.succeed(["x"]) }, () => Effect.void).pipe(
      Job.repeat(Schedule.forever),
      Job.timeout("10 seconds"),
      Job.priority(1)
    )
    assert.deepStrictEqual(boundsOf([keyed, once("b", 10)], { keys: 3 }), {
      keyed: Bounded({ ms: 30_000 }),
      b: Bounded({ ms: 30_000 })
    })
  })

  it("counts catch-up runs for earlier instants of a calendar: two, or what the policy makes", () => {
    const on = (cadence: (job: ReturnType<typeof once>) => ReturnType<typeof once>) =>
      boundsOf([once("a", 10), cadence(once("b", 10))]).a
    assert.deepStrictEqual(on(Job.every("1 minute")), Bounded({ ms: 20_000 }))
    assert.deepStrictEqual(
      on((job) => job.pipe(Job.every("1 minute"), Job.missed("skip"))),
      Bounded({ ms: 20_000 })
    )
    const earliest = (job: ReturnType<typeof once>) => job.pipe(Job.every("1 minute"), Job.missed("earliest"))
    assert.deepStrictEqual(on(earliest), Bounded({ ms: 40_000 }))
    const all = (job: ReturnType<typeof once>) => job.pipe(Job.every("1 second"), Job.missed("all", { atMost: 2 }))
    assert.deepStrictEqual(on(all), Bounded({ ms: 60_000 + 70_000 }))
    const inTime = boundsOf([once("a", 10), all(once("b", 10))], { tolerance: "2 seconds" }).a
    assert.deepStrictEqual(inTime, Bounded({ ms: 60_000 + 12_000 }))
  })

  it("is none where a job without a timeout shares a place, directly or through others", () => {
    const jobs = [
      once("serial", 10),
      once("both", 10).pipe(Job.limit(Limit.make("network", 2))),
      once("parallel", 10).pipe(Job.parallel, Job.limit(Limit.make("network", 2))),
      endless("endless").pipe(Job.parallel)
    ]
    const because = Unbounded({ because: "endless" })
    assert.deepStrictEqual(boundsOf(jobs), { serial: because, both: because, parallel: because, endless: because })
    assert.deepStrictEqual(boundsOf([once("serial", 10), endless("endless").pipe(Job.parallel)]), {
      serial: Bounded({ ms: 0 }),
      endless: because
    })
    assert.deepStrictEqual(boundsOf([once("alone", 10).pipe(Job.exclusive), endless("endless")]).alone, because)
  })

  it("is that of a chain of runs where places are shared", () => {
    const jobs = [once("a", 10), once("b", 10).pipe(Job.exclusive), once("c", 5).pipe(Job.parallel, Job.priority(2))]
    assert.deepStrictEqual(boundsOf(jobs), {
      a: Bounded({ ms: 10_000 * (2 + 1) }),
      b: Bounded({ ms: 10_000 * (2 + 1) }),
      c: Bounded({ ms: 30_000 + 10_000 * (2 + 0) })
    })
  })

  it("is not computed for a faulty registry or faulty options: it lists the faults", () => {
    const bad = Jobs.make(Job.make("a", Effect.void))
    const found = Either.flip(Bound.worstWait(bad, { concurrency: 0, keys: 1.5, tolerance: -1 }))
    const { faults, message } = Either.getOrThrow(found)
    assert.deepStrictEqual(
      faults.map(({ _tag }) => _tag),
      ["NoCadence", "InvalidOption", "InvalidOption", "InvalidOption"]
    )
    for (const option of ["concurrency", "keys", "tolerance"]) assert.include(message, `option ${option} must be `)
  })
})
