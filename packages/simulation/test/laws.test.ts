/** The laws, as a timeline shows them, over random registries in which things go wrong. */
import { assert, describe, it } from "@effect/vitest"
import { Simulation, type Timeline } from "@tickwork/simulation"
import * as Bench from "@tickwork/test-support/Bench"
import { jobsOf, type Plain, plain } from "@tickwork/test-support/Registries"
import * as Sets from "@tickwork/test-support/Sets"
import { Effect, FastCheck as fc } from "effect"

const faults = fc.record({
  seed: fc.integer({ min: 0, max: 1_000_000 }),
  crashes: fc.constantFrom({ every: "4 minutes" } as const, { every: "3 minutes", down: "2 minutes" } as const, []),
  outages: fc.constantFrom({ every: "10 minutes", for: "30 seconds" } as const, []),
  clockJumps: fc.constantFrom<ReadonlyArray<Simulation.ClockJump>>(
    [],
    [{ at: "2026-03-02T12:07:07Z", ahead: "30 minutes" }],
    [{ at: "2026-03-02T12:07:07Z", back: "5 minutes" }],
    [
      { at: "2026-03-02T12:03:00Z", back: "40 seconds" },
      { at: "2026-03-02T12:11:00Z", ahead: "3 hours" }
    ]
  )
})

type Faults = typeof faults extends fc.Arbitrary<infer A> ? A : never

const played = (plains: ReadonlyArray<Plain>, given: Faults) =>
  Effect.suspend(() =>
    Simulation.run(jobsOf(Bench.makeWork(), plains), {
      from: Bench.start,
      for: "20 minutes",
      patience: "20 millis",
      ...given
    })
  )

type Entries = ReadonlyArray<Timeline.Entry>

const byInstance = (runs: Entries): ReadonlyArray<Entries> => {
  const groups = new Map<string, Array<Timeline.Entry>>()
  for (const run of runs) groups.set(run.jobName, [...(groups.get(run.jobName) ?? []), run])
  return [...groups.values()]
}

/** Each number of a line once, without a hole. */
const hasEachLineOnce = ({ controls, runs, skips }: Timeline.Timeline) => {
  for (const lines of byInstance([...controls, ...runs, ...skips])) {
    const numbers = lines.map(({ seq }) => seq).sort((one, other) => one - other)
    assert.deepStrictEqual(
      numbers,
      numbers.map((_, index) => index + 1)
    )
  }
}

const runsNoAttemptTwice = ({ runs }: Timeline.Timeline) => {
  const attempts = runs.map(({ attempt, jobName, scheduledAt }) => `${jobName}, attempt ${attempt} of ${scheduledAt}`)
  assert.deepStrictEqual(
    attempts.filter((one, index) => attempts.indexOf(one) !== index),
    []
  )
}

/** In the order of their numbers: a clock that was set back makes no other order. */
const overlapsItselfNowhere = (timeline: Timeline.Timeline) => {
  if (timeline.jumps.length > 0) return
  for (const runs of byInstance(timeline.runs)) {
    const ordered = [...runs].sort((one, other) => one.seq - other.seq)
    for (const [index, run] of ordered.entries()) {
      const before = ordered[index - 1]
      if (before !== undefined) assert.isAtLeast(run.startedAt, before.startedAt + before.durationMs)
    }
  }
}

describe("a simulation in which things go wrong", () => {
  it.effect.prop(
    "keeps law 3, Record, and law 6, Once, and is the same to the byte when played again",
    [fc.array(plain, { minLength: 1, maxLength: 5 }), faults],
    ([plains, given]) =>
      Effect.gen(function* () {
        const timeline = yield* played(plains, given)
        hasEachLineOnce(timeline)
        runsNoAttemptTwice(timeline)
        overlapsItselfNowhere(timeline)
        assert.strictEqual(JSON.stringify(yield* played(plains, given)), JSON.stringify(timeline))
      }),
    { fastCheck: { seed: 6, numRuns: Sets.pick({ fast: 8, full: 30 }) }, timeout: 600_000 }
  )
})
