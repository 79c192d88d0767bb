/**
 * What happens to the stored instances when a registry is opened: new ones begin, orphans are found, changed
 * definitions are planned anew. Rows of jobs that the registry no longer names are left alone.
 *
 * It runs no job.
 *
 * @internal
 */
import { Effect, Option, Random } from "effect"
import * as Cadence from "../Cadence.ts"
import * as Calendar from "../Calendar.ts"
import { InvalidJobs } from "../InvalidJobs.ts"
import * as JobState from "../JobState.ts"
import { JobStore, type Save, type StoreError } from "../JobStore.ts"
import type { Registered } from "../Jobs.ts"
import * as Outcome from "./Outcome.ts"

type Dice = Pick<JobState.JobState, "cadence" | "jobName" | "key">

/** The dice of a step depend on what is stored, so a restart throws the same. */
export const withDice = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  { cadence, jobName, key }: Dice
): Effect.Effect<A, E, R> =>
  Effect.withRandom(effect, Random.make(`${cadence.seed}/${jobName}/${key}/${cadence.steps}`))

const plan = <In, R>(registered: Registered<R>, begun: Cadence.Cadence<In, R>, dice: Dice, now: number) =>
  withDice(Cadence.begin(begun, { now, seed: dice.cadence.seed, input: undefined as In }), dice).pipe(
    Effect.mapError(
      ({ found, path }) =>
        new InvalidJobs({ faults: [{ _tag: "UnstorableCadence", job: registered.job.name, path, found }] })
    )
  )

const begin = <R>(registered: Registered<R>, now: number) =>
  Effect.gen(function* () {
    const { cadence, job } = registered
    const seed = yield* Random.nextIntBetween(0, 2 ** 31)
    const dice = { jobName: job.name, key: "", cadence: { definition: "", anchor: now, seed, steps: 0, state: null } }
    const planned = yield* plan(registered, cadence, dice, now)
    return JobState.initial(job.name, "", planned, now)
  })

/** A changed calendar plans from the last run and never at once; a changed schedule keeps the earlier instant. */
const replan = <R>(registered: Registered<R>, state: JobState.JobState, now: number) =>
  Effect.gen(function* () {
    const { cadence } = registered
    if (cadence._tag === "Calendar") {
      const anchor = state.lastRunAt ?? state.cadence.anchor
      const nextAt = Option.getOrNull(Calendar.next(cadence.calendar, anchor, now))
      return JobState.replanned(
        state,
        { ...state.cadence, definition: cadence.definition, anchor, state: null },
        nextAt,
        now
      )
    }
    const planned = yield* plan(registered, { ...cadence, first: "ask" }, state, now)
    const earlier = [planned.nextAt, state.nextAt].filter((at) => at !== null)
    const nextAt = earlier.length === 0 ? null : Math.min(...earlier)
    return JobState.replanned(state, { ...planned.state, definition: cadence.definition }, nextAt, now)
  })

/** The line of a run whose owner is gone, and the state after it: its instant is tried again. */
export const cutShort = (state: JobState.JobState, now: number, error: string): Save => {
  const startedAt = state.claimedAt ?? now
  const scheduledAt = state.claimedFor ?? startedAt
  const run = Outcome.toRun(
    state,
    Outcome.cutShort(error),
    { trigger: state.attempt > 1 ? "retry" : "schedule", scheduledAt, startedAt, endedAt: Math.max(now, startedAt) },
    Outcome.again(state, scheduledAt, now)
  )
  return {
    expected: { owner: state.claimOwner, token: state.claimToken },
    state: JobState.after(state, run),
    run
  }
}

const isSettled = <R>({ cadence }: Registered<R>, state: JobState.JobState): boolean =>
  state.claimOwner === null && state.cadence.definition === cadence.definition

const settle = <R>(registered: Registered<R>, state: JobState.JobState, now: number) =>
  Effect.gen(function* () {
    const { owner } = yield* JobStore
    if (state.claimOwner !== null) {
      return owner.isGone(state.claimOwner) ? [cutShort(state, now, "its process ended before it did")] : []
    }
    const changed = yield* replan(registered, state, now)
    return [{ expected: { owner: null, token: state.claimToken }, state: changed, run: null }]
  })

const load = (registry: ReadonlyArray<Registered<unknown>>) =>
  Effect.flatMap(JobStore, (store) => store.load(registry.map(({ job }) => job.name)))

/** The state of every instance of the registry, as it stands in the store from now on. */
export const open = <R>(
  registry: ReadonlyArray<Registered<R>>,
  now: number
): Effect.Effect<ReadonlyArray<JobState.JobState>, StoreError | InvalidJobs, JobStore | R> =>
  Effect.gen(function* () {
    const store = yield* JobStore
    const byName = new Map(registry.map((registered) => [registered.job.name, registered]))
    const stored = yield* load(registry)

    const known = new Set(stored.map(({ jobName }) => jobName))
    const added = yield* Effect.forEach(
      registry.filter(({ job }) => !known.has(job.name)),
      (registered) => begin(registered, now)
    )
    const saves: Array<Save> = []
    for (const state of stored) {
      const registered = byName.get(state.jobName)
      if (registered === undefined || isSettled(registered, state)) continue
      saves.push(...(yield* settle(registered, state, now)))
    }

    if (added.length > 0) yield* store.add(added)
    if (saves.length > 0) yield* store.commit({ saves, claims: [] })
    return added.length + saves.length === 0 ? stored : yield* load(registry)
  })
