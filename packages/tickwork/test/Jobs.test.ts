import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Layer, Option, Schedule } from "effect"
import { type InvalidJobs, Job, JobStore, Jobs, Limit, Tick } from "tickwork"
import * as Registry from "../src/internal/plan/Registry.ts"
import { hourly, job, wrong } from "./support/faults.ts"

const invalid = (jobs: Jobs.Jobs<never>): InvalidJobs.InvalidJobs =>
  Option.getOrThrow(Either.getLeft(Registry.validate(jobs)))
const optionsOf = ({ faults }: InvalidJobs.InvalidJobs) =>
  faults.map((fault) => (fault._tag === "InvalidOption" ? fault.option : fault._tag))
const open = (jobs: Jobs.Jobs<never>, options?: Tick.Options) =>
  Layer.build(Tick.layer(jobs, options)).pipe(Effect.provide(JobStore.layerMemory), Effect.scoped)

describe("a registry", () => {
  it("is valid where every job is, and keeps its jobs in their order", () => {
    const jobs = Jobs.make(
      job("sync").pipe(hourly, Job.priority(1), Job.parallel),
      job("purge").pipe(Job.cron("0 3 * * *", "Europe/Berlin"), Job.priority(10)),
      job("poll").pipe(Job.repeat(Schedule.spaced("1 minute")))
    )
    assert.deepStrictEqual(
      jobs.all.map(Job.inspect).map(({ cadence, name }) => [name, cadence?._tag]),
      [
        ["sync", "Calendar"],
        ["purge", "Calendar"],
        ["poll", "Schedule"]
      ]
    )
    assert.deepStrictEqual(Jobs.faults(jobs), [])
    assert.deepStrictEqual(Jobs.faults(Jobs.make()), [])
  })

  it.each(wrong)("names a fault with its job, its value and its cure: %s", (_, job, option, parts) => {
    const error = invalid(Jobs.make(...[job]))
    assert.deepStrictEqual(optionsOf(error), [option])
    const [headline, line, ...more] = error.message.split("\n")
    assert.strictEqual(headline, "The registry has 1 fault(s):")
    assert.deepStrictEqual(more, [])
    assert.include(line, `job ${JSON.stringify(job.name)}: ${option} must `)
    for (const part of parts) assert.include(line, part)
  })

  it("names all faults at once, in the order of the jobs, one line each", () => {
    const twice = [job("twin").pipe(hourly), job("twin").pipe(hourly), job("twin").pipe(hourly)]
    const error = invalid(Jobs.make(...wrong.map(([, job]) => job), ...twice))
    assert.deepStrictEqual(optionsOf(error), [...wrong.map(([, , option]) => option), "DuplicateName"])
    assert.strictEqual(error.message.split("\n").length, 1 + error.faults.length)
  })

  it("names every fault of one job", () => {
    const error = invalid(Jobs.make(job("").pipe(Job.priority(0), Job.every(0))))
    assert.deepStrictEqual(optionsOf(error), ["name", "priority", "every"])
  })

  it("finds a job without a cadence", () => {
    const error = invalid(Jobs.make(job("idle")))
    assert.deepStrictEqual(error.faults, [{ _tag: "NoCadence", job: "idle" }])
    assert.include(error.message, "Add Job.every, Job.cron, Job.at, Job.repeat, Job.schedule or Job.after")
  })

  it("finds a name given twice where no compiler could", () => {
    const { faults, message } = invalid(Jobs.make(...["a", "b", "a"].map((name) => job(name).pipe(hourly))))
    assert.deepStrictEqual(faults, [{ _tag: "DuplicateName", job: "a", times: 2 }])
    assert.include(message, 'job "a": its name must be unique, got 2 jobs of this name. Give each job its own')
  })

  it("finds two jobs that give one limit different numbers, and names both", () => {
    const jobs = [1, 1, 3].map((atMost, n) => job(`job ${n}`).pipe(hourly, Job.limit(Limit.make("network", atMost))))
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
    const parts = ['1 in scope "process" for job "job 0"', '3 in scope "process" for job "job 2"', "Share one value"]
    for (const part of ['limit "network" must be the same for all jobs', ...parts]) assert.include(message, part)
  })

  it("finds two jobs that give one limit different scopes, and names both", () => {
    const jobs = (["database", "process"] as const).map((scope) =>
      job(scope).pipe(hourly, Job.limit(Limit.make("quota", 2, { scope })))
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
    assert.include(message, 'got 2 in scope "database" for job "database" and 2 in scope "process" for job "process"')
  })

  it("lets the last number of a limit hold, and keeps the others", () => {
    const limited = job("a").pipe(
      hourly,
      Job.limit(Limit.make("network", 0)),
      Job.limit(Limit.make("disk", 2)),
      Job.limit(Limit.make("network", 1))
    )
    assert.deepStrictEqual(Jobs.faults(Jobs.make(limited)), [])
    assert.deepStrictEqual(Job.inspect(limited).limits, [
      { name: "disk", atMost: 2, scope: "process", per: null, by: null },
      { name: "network", atMost: 1, scope: "process", per: null, by: null }
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
      const options = error._tag === "InvalidJobs" ? optionsOf(error) : []
      assert.deepStrictEqual(options, ["priority", "NoCadence", "concurrency", "drain", "lease"])
      for (const option of options.slice(2)) assert.include(error.message, `Tick option ${option} must be `)
    })
  )

  it.effect.each([-1, Number.NaN, "-1 seconds"] as const)("fails where a duration of its options is %s", (bad) =>
    Effect.gen(function* () {
      const options = { budget: bad, drain: bad, lease: bad, tolerance: bad, watch: bad }
      const error = yield* Effect.flip(open(Jobs.make(job("a").pipe(hourly)), options))
      for (const option of Object.keys(options)) assert.include(error.message, `Tick option ${option} must be `)
    })
  )

  it.effect("opens on a valid registry", () => open(Jobs.make(job("a").pipe(hourly))))
})
