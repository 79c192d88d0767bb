import { Effect, type Either, Exit, Schema } from "effect"
import { Job } from "tickwork"
import { JobBench } from "tickwork/testing"
import { describe, expect, it } from "tstyche"

declare const needy: Effect.Effect<number, "offline", "the server">

const sync = Job.make("sync", needy).pipe(Job.every("1 hour"), Job.transactional)
const bench = Effect.runSync(JobBench.make(sync, { now: 0 }))

describe("a job on a bench", () => {
  it("needs to run what the job needs, but no transaction", () => {
    expect(JobBench.run(bench)).type.toBe<
      Effect.Effect<JobBench.Outcome<number, "offline", "the server" | Job.JobTransaction>, never, "the server">
    >()
  })

  it("has a past of ends that the job can have, and of no others", () => {
    expect(JobBench.past).type.toBeCallableWith(bench, [Exit.succeed(1), Exit.fail("offline" as const)])
    expect(JobBench.past).type.not.toBeCallableWith(bench, [Exit.fail("lost")])
    expect(bench.pipe).type.toBeCallableWith(JobBench.past([Exit.fail("offline" as const)]))
    expect(bench.pipe).type.not.toBeCallableWith(JobBench.past([Exit.fail("lost")]))
  })

  it("is given memory of the job's type, and has it", () => {
    const memory = { schema: Schema.Number, initial: 0 }
    const counts = Job.make("counts", { memory }, () => Effect.void)
    expect(JobBench.make).type.toBeCallableWith(counts, { now: 0, memory: 1 })
    expect(JobBench.make).type.not.toBeCallableWith(counts, { now: 0, memory: "1" })
    expect(JobBench.make).type.not.toBeCallableWith(sync, { now: 0, memory: 1 })
    expect<Either.Either.Right<JobBench.JobBench<void, never, never, number>["memory"]>>().type.toBe<number>()
  })

  it("is given a payload of the job's type, or a state that has one", () => {
    const mail = Job.make("mail", { payload: Schema.Number }, () => Effect.void)
    expect(JobBench.make).type.toBeCallableWith(mail, { now: 0, payload: 1 })
    expect(JobBench.make).type.toBeCallableWith(mail, { now: 0, state: bench.state })
    expect(JobBench.make).type.not.toBeCallableWith(mail, { now: 0 })
    expect(JobBench.make).type.not.toBeCallableWith(mail, { now: 0, payload: "1" })
    expect(JobBench.make).type.not.toBeCallableWith(sync, { now: 0, payload: 1 })
  })
})
