/**
 * Instances to plan for, made of the few facts that a plan depends on.
 */
import { Effect, Either, FastCheck as fc } from "effect"
import { type Decision, Job, JobState, type Position } from "tickwork"
import * as Definition from "../../src/internal/Definition.ts"
import * as Plan from "../../src/internal/plan/Plan.ts"
import type * as Cadence from "../../src/internal/schedule/Cadence.ts"
import * as Calendar from "../../src/internal/schedule/Calendar.ts"
import * as Missed from "../../src/internal/schedule/Missed.ts"
import * as Retry from "../../src/internal/schedule/Retry.ts"
import { type Present, type Sharer, share, sharer } from "./places.ts"

export interface Facts {
  readonly name: string
  readonly key?: string
  readonly priority?: number
  readonly mode?: Job.ConcurrencyMode
  readonly limits?: ReadonlyArray<string>
  readonly cadence?: Cadence.Cadence
  readonly runningSince?: number | null
  readonly state?: Partial<Omit<JobState.JobState, "claim" | "position">>
  readonly position?: Partial<Position.Position>
  readonly claim?: Partial<JobState.Claim>
}

/** A grid of five seconds from instant 0. */
export const every5s = Either.getOrThrow(Calendar.every("5 seconds"))

export const candidate = (facts: Facts): Plan.Candidate => {
  const { cadence = every5s, key = "", limits = [], name, mode = "serial", priority = 5, runningSince = null } = facts
  const { claim = {}, position = {}, state = {} } = facts
  const job = Definition.of(share({ mode, limits, priority })(Job.make(name, Effect.void)))
  const nextAt = position.nextAt ?? 0
  const planned = {
    state: { definition: cadence.definition, anchor: 0, seed: 1, steps: 0, state: null },
    nextAt
  }
  const retry = { failure: Retry.defaultPolicy, unexpected: Retry.defaultPolicy }
  const initial = JobState.initial(name, key, planned, 0)
  const registered = { job, cadence, invalid: null, missed: Missed.defaultRule, retry, windowMs: 0, timeoutMs: null }
  return {
    registered,
    runningSince,
    state: {
      ...initial,
      ...state,
      claim: { ...initial.claim, ...claim },
      position: { ...initial.position, scheduledAt: nextAt, ...position }
    }
  }
}

/** Instances that are due, or not yet, at `now`; some run already. No two have both the same name and the same key. */
export const candidates = (now: number): fc.Arbitrary<ReadonlyArray<Plan.Candidate>> =>
  fc
    .uniqueArray(
      fc.record({
        name: fc.constantFrom("a", "b", "c", "d", "B"),
        key: fc.constantFrom("", "x", "y", "Z"),
        priority: fc.integer({ min: 1, max: 10 }),
        mode: fc.constantFrom("serial" as const, "parallel" as const),
        runningSince: fc.nat(9).map((n) => (n === 0 ? now : null)),
        nextAt: fc.oneof(fc.constantFrom(now, now - 30_000, now - 60_000), fc.integer({ min: 0, max: now + 5000 }))
      }),
      { selector: ({ key, name }) => `${name}/${key}`, maxLength: 20 }
    )
    .map((all) => all.map(({ nextAt, ...facts }) => candidate({ ...facts, position: { nextAt } })))

/** Instances of a job each, in places of every kind: due at `now` or running. */
export const sharing = (now: number): fc.Arbitrary<ReadonlyArray<Plan.Candidate>> =>
  fc
    .array(fc.record({ sharer, isRunning: fc.nat(4).map((n) => n === 0), since: fc.integer({ min: 0, max: now }) }), {
      maxLength: 12
    })
    .map((all) =>
      all.map(({ isRunning, sharer, since }, n) =>
        candidate({
          ...sharer,
          name: `job ${n}`,
          runningSince: isRunning ? now : null,
          position: { nextAt: since }
        })
      )
    )

export const presentOf = ({ registered: { job }, state }: Plan.Candidate): Present => {
  const { limits, name, mode, priority } = job
  const sharer: Sharer = { mode, priority, limits: limits.map(({ name }) => name) }
  return { ...sharer, name, since: state.position.nextAt ?? Number.NaN }
}

/** True where `a` must start before `b`, told anew from the law: urgent, then old, then by name, then by key. */
export const isBefore = (a: Plan.Candidate, b: Plan.Candidate, now: number): boolean => {
  const rank = ({ registered: { job }, state }: Plan.Candidate) => {
    let urgency = job.priority
    for (let at = (state.position.nextAt ?? 0) + 30_000; at <= now && urgency > 1; at += 30_000) urgency -= 1
    return [urgency, state.position.nextAt ?? 0, job.name, state.key] as const
  }
  const [x, y] = [rank(a), rank(b)]
  const first = x.findIndex((part, n) => part !== y[n])
  return first >= 0 && (x[first] ?? 0) < (y[first] ?? 0)
}

export const nameOf = ({ registered, state }: Plan.Candidate) => `${registered.job.name}/${state.key}`
export const starts = (decided: ReadonlyArray<Plan.Decided>) =>
  decided.filter(({ decision }) => decision._tag === "Run").map(({ candidate }) => candidate)
export const waits = (decided: ReadonlyArray<Plan.Decided>, reason: Decision.Reason["_tag"]) =>
  decided
    .filter(({ decision }) => decision._tag === "Wait" && decision.reason._tag === reason)
    .map(({ candidate }) => candidate)

/**
 * How long an instance due at 0 waits for the one mode, while fresh jobs of priority 1 come without end and each run
 * lasts `lasts`; infinity where it has not started within an hour.
 */
export const longestWait = (priority: number, lasts: number): number => {
  const patient = candidate({ name: "patient", priority, position: { nextAt: 0 } })
  for (let at = 0; at < 3_600_000; at += lasts) {
    const load = [1, 2, 3].map((n) => candidate({ name: `fresh ${n}`, priority: 1, position: { nextAt: at } }))
    if (starts(Plan.decide([...load, patient], { serial: 1, parallel: 0 }, at))[0] === patient) return at
  }
  return Number.POSITIVE_INFINITY
}
