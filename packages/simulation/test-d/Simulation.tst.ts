import { Simulation, type Timeline } from "@tickwork/simulation"
import { Context, Effect } from "effect"
import { Job, type JobStore, Jobs } from "tickwork"
import { describe, expect, test } from "tstyche"

class Peers extends Context.Tag("Peers")<Peers, { readonly count: number }>() {}
class Keys extends Context.Tag("Keys")<Keys, { readonly count: number }>() {}

const send = Job.make(
  "send",
  Effect.flatMap(Peers, ({ count }) => (count > 0 ? Effect.succeed(count) : Effect.fail("offline" as const)))
).pipe(Job.every("5 seconds"))
const replenish = Job.make("replenish", Effect.asVoid(Keys)).pipe(
  Job.every("1 hour"),
  Job.when(
    "some peer is there",
    Effect.map(Peers, ({ count }) => count > 0)
  )
)
const other = Job.make("other", Effect.void).pipe(Job.every("1 hour"))
const jobs = Jobs.make(send, replenish)

describe("a stub", () => {
  test("takes away what its job alone needs", () => {
    const sent = jobs.pipe(Simulation.withStub(send, {}))
    expect(Simulation.run(sent, { from: 0, for: "1 day" })).type.toBeAssignableTo<
      Effect.Effect<Timeline.Timeline, unknown, Peers | Keys>
    >()
    expect(sent).type.toBeAssignableTo<Jobs.Jobs<Peers | Keys>>()
    const replenished = Simulation.withStub(jobs, replenish, {})
    expect(replenished).type.toBeAssignableTo<Jobs.Jobs<Peers>>()
    expect(replenished).type.not.toBeAssignableTo<Jobs.Jobs<never>>()
    expect(Simulation.withStub(replenished, send, {})).type.toBeAssignableTo<Jobs.Jobs<never>>()
    expect(Simulation.withStubs(jobs, {})).type.toBeAssignableTo<Jobs.Jobs<never>>()
  })

  test("fails with what its job fails with, and answers what it answers", () => {
    expect(Simulation.withStub).type.toBeCallableWith(send, { fails: { when: 0.1, with: "offline" }, answers: 3 })
    expect(Simulation.withStub).type.not.toBeCallableWith(send, { fails: { when: 0.1, with: "broken" } })
    expect(Simulation.withStub).type.not.toBeCallableWith(send, { answers: "three" })
    expect(Simulation.withStub).type.not.toBeCallableWith(send, { body: () => Effect.fail("broken") })
  })

  test("is for a job that the registry has", () => {
    expect(Simulation.withStub).type.not.toBeCallableWith(jobs, other, {})
    expect(jobs.pipe).type.not.toBeCallableWith(Simulation.withStub(other, {}))
  })
})

describe("a simulation", () => {
  test("needs what the jobs without a stub need, and provides actions with a tick", () => {
    const played = Simulation.run(jobs, { from: 0, for: "1 day" })
    expect(played).type.toBeAssignableTo<Effect.Effect<Timeline.Timeline, unknown, Peers | Keys>>()
    expect(played).type.not.toBeAssignableTo<Effect.Effect<Timeline.Timeline, unknown, Peers>>()
    expect(played).type.not.toBeAssignableTo<Effect.Effect<Timeline.Timeline, JobStore.StoreError, Peers | Keys>>()
  })
})
