import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Layer, Option, Schedule } from "effect"
import { type InvalidJobs, Job, JobStore, Jobs, Tick } from "tickwork"
import { hourly, job, wrong } from "./support/faults.ts"

const invalid = (jobs: Jobs.Jobs<never>): InvalidJobs.InvalidJobs =>
  Option.getOrThrow(Either.getLeft(Jobs.validate(jobs)))
const open = (jobs: Jobs.Jobs<never>, options?: Tick.Options) =>
  Layer.build(Tick.layer(jobs, options)).pipe(Effect.provide(JobStore.layerMemory), Effect.scoped)

describe("a registry", () => {
  it("is valid where nothing is wrong with it, and keeps its jobs in their order", () => {
    const jobs = Jobs.make(
      job("sync").pipe(hourly, Job.priority(1), Job.parallel),
      job("purge").pipe(Job.cron("0 3 * * *", "Europe/Berlin"), Job.priority(10)),
      job("poll").pipe(Job.repeat(Schedule.spaced("1 minute")))
    )
    const registered = Either.getOrThrow(Jobs.validate(jobs))
    assert.deepStrictEqual(
      registered.map(({ cadence, job }) => [job.name, cadence._tag]),
      [
        ["sync", "Calendar"],
        ["purge", "Calendar"],
        ["poll", "Schedule"]
      ]
    )
    assert.deepStrictEqual(Jobs.faults(jobs), [])
    assert.deepStrictEqual(Either.getOrThrow(Jobs.validate(Jobs.make())), [])
  })

  it.each(wrong)("names a fault with its job and its cure: %s", (_, job, fault, said) => {
    const { faults, message } = invalid(Jobs.make(...[job]))
    assert.deepStrictEqual(
      faults.map(({ _tag }) => _tag),
      [fault]
    )
    const [headline, line, ...more] = message.split("\n")
    assert.strictEqual(headline, "The registry has 1 fault(s):")
    assert.deepStrictEqual(more, [])
    for (const part of said) assert.include(line, part)
  })

  it("names all faults at once, in the order of the jobs, one line each", () => {
    const twice = [job("twin").pipe(hourly), job("twin").pipe(hourly), job("twin").pipe(hourly)]
    const { faults, message } = invalid(Jobs.make(...wrong.map(([, job]) => job), ...twice))
    assert.deepStrictEqual(
      faults.map(({ _tag }) => _tag),
      [...wrong.map(([, , fault]) => fault), "DuplicateName"]
    )
    assert.strictEqual(message.split("\n").length, 1 + faults.length)
  })

  it("names every fault of one job", () => {
    const { faults } = invalid(Jobs.make(job("").pipe(Job.priority(0), Job.every(0))))
    assert.deepStrictEqual(
      faults.map(({ _tag }) => _tag),
      ["BadName", "BadPriority", "BadInterval"]
    )
  })

  it("finds a name given twice where no compiler could", () => {
    const { faults, message } = invalid(Jobs.make(...["a", "b", "a"].map((name) => job(name).pipe(hourly))))
    assert.deepStrictEqual(faults, [{ _tag: "DuplicateName", job: "a", times: 2 }])
    assert.include(message, 'job "a": 2 jobs bear this name. Give each its own')
  })

  it("finds two jobs that give one limit different numbers, and names both", () => {
    const jobs = [1, 1, 3].map((atMost, n) => job(`job ${n}`).pipe(hourly, Job.limit("network", atMost)))
    const { faults, message } = invalid(Jobs.make(...jobs))
    assert.deepStrictEqual(faults, [
      {
        _tag: "UnequalLimits",
        limit: "network",
        jobs: ["job 0", "job 2"],
        numbers: [1, 3],
        scopes: ["process", "process"]
      }
    ])
    for (const part of ['limit "network"', 'job "job 0" says at most 1', 'job "job 2" at most 3', "Give both the same"])
      assert.include(message, part)
  })

  it("finds two jobs that give one limit different scopes, and names both", () => {
    const jobs = (["database", "process"] as const).map((scope) =>
      job(scope).pipe(hourly, Job.limit("quota", 2, { scope }))
    )
    const { faults, message } = invalid(Jobs.make(...jobs))
    assert.deepStrictEqual(faults, [
      {
        _tag: "UnequalLimits",
        limit: "quota",
        jobs: ["database", "process"],
        numbers: [2, 2],
        scopes: ["database", "process"]
      }
    ])
    for (const part of [
      'limit "quota"',
      'job "database" says at most 2 in a "database"',
      'job "process" at most 2 in a "process"',
      'Job.limit("quota", 2, { scope: "database" })'
    ])
      assert.include(message, part)
  })

  it("lets the last number of a limit hold, and keeps the others", () => {
    const limited = job("a").pipe(hourly, Job.limit("network", 0), Job.limit("disk", 2), Job.limit("network", 1))
    assert.deepStrictEqual(Jobs.faults(Jobs.make(limited)), [])
    assert.deepStrictEqual(limited.limits, [
      { name: "disk", atMost: 2, scope: "process" },
      { name: "network", atMost: 1, scope: "process" }
    ])
  })

  it("lets the last cadence of a job hold", () => {
    assert.deepStrictEqual(Jobs.faults(Jobs.make(job("a").pipe(Job.every(0), hourly))), [])
  })
})

describe("Tick.layer", () => {
  it.effect("fails with every fault of the registry and of its own options", () =>
    Effect.gen(function* () {
      const jobs = Jobs.make(job("a").pipe(Job.priority(0)))
      const error = yield* Effect.flip(
        open(jobs, { concurrency: 0, lease: "10 millis", drain: Number.POSITIVE_INFINITY })
      )
      assert.strictEqual(error._tag, "InvalidJobs")
      const tags = error._tag === "InvalidJobs" ? error.faults.map(({ _tag }) => _tag) : []
      assert.deepStrictEqual(tags, ["BadPriority", "NoCadence", "BadOption", "BadOption", "BadOption"])
      for (const option of ["concurrency", "lease", "drain"]) assert.include(error.message, `Tick option ${option}: `)
    })
  )

  it.effect.each([-1, Number.NaN, "-1 seconds"] as const)("fails where a duration of its options is %s", (bad) =>
    Effect.gen(function* () {
      const options = { budget: bad, drain: bad, lease: bad, tolerance: bad, watch: bad }
      const error = yield* Effect.flip(open(Jobs.make(job("a").pipe(hourly)), options))
      for (const option of Object.keys(options)) assert.include(error.message, `Tick option ${option}: `)
    })
  )

  it.effect("opens on a valid registry", () => open(Jobs.make(job("a").pipe(hourly))))
})
