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
import { JobStore, type Owner, type Save, type StoreError } from "../JobStore.ts"
import type { Registered } from "../Jobs.ts"
import * as Outcome from "./Outcome.ts"

type Dice = Pick<JobState.JobState, "cadence" | "jobName" | "key">

/** The dice of a step depend on what is stored, so a restart throws the same. */
export const diceOf = ({ cadence, jobName, key }: Dice): Random.Random =>
  Random.make(`${cadence.seed}/${jobName}/${key}/${cadence.steps}`)

const plan = <In, R>(registered: Registered<R>, begun: Cadence.Cadence<In, R>, dice: Dice, now: number) =>
  Effect.withRandom(Cadence.begin(begun, { now, seed: dice.cadence.seed, input: undefined as In }), diceOf(dice)).pipe(
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

type Stored<R> = readonly [registered: Registered<R>, state: JobState.JobState]

/** Runs whose process is gone: they are recorded before anything else is decided of their instances. */
const orphans = (stored: ReadonlyArray<Stored<unknown>>, owner: Owner, now: number): ReadonlyArray<Save> =>
  stored
    .filter(([, { claimOwner }]) => claimOwner !== null && owner.isGone(claimOwner))
    .map(([, state]) => cutShort(state, now, "its process ended before it did"))

/** A job whose schedule dies at its first question stays as it is, and does not keep the others from running. */
const isolated = <A, E, R>(
  { job }: Registered<unknown>,
  asked: Effect.Effect<A, E, R>
): Effect.Effect<A | null, E, R> =>
  Effect.catchAllDefect(asked, (defect) =>
    Effect.as(Effect.logError(`Job "${job.name}" is left out: its schedule died when it was asked first`, defect), null)
  )

/** Unclaimed instances whose job recurs in another way than it did. */
const changed = <R>(stored: ReadonlyArray<Stored<R>>, now: number) =>
  Effect.map(
    Effect.forEach(
      stored.filter(
        ([{ cadence }, { cadence: was, claimOwner }]) => claimOwner === null && was.definition !== cadence.definition
      ),
      ([registered, state]) => isolated(registered, replan(registered, state, now))
    ),
    (states) =>
      states
        .filter((state) => state !== null)
        .map((state): Save => ({ expected: { owner: null, token: state.claimToken }, state, run: null }))
  )

const beginAll = <R>(registry: ReadonlyArray<Registered<R>>, now: number) =>
  Effect.map(
    Effect.forEach(registry, (registered) => isolated(registered, begin(registered, now))),
    (begun) => begun.filter((state) => state !== null)
  )

/** The state of every instance of the registry, as it stands in the store from now on. */
export const open = <R>(
  registry: ReadonlyArray<Registered<R>>,
  now: number
): Effect.Effect<ReadonlyArray<JobState.JobState>, StoreError | InvalidJobs, JobStore | R> =>
  Effect.gen(function* () {
    const store = yield* JobStore
    const byName = new Map(registry.map((registered) => [registered.job.name, registered]))
    const load = Effect.map(store.load([...byName.keys()]), (states) =>
      states.flatMap((state): ReadonlyArray<Stored<R>> => {
        const registered = byName.get(state.jobName)
        return registered === undefined ? [] : [[registered, state]]
      })
    )
    const commit = (saves: ReadonlyArray<Save>) =>
      saves.length === 0 ? Effect.succeed(false) : Effect.as(store.commit({ saves, claims: [] }), true)

    let stored = yield* load
    if (yield* commit(orphans(stored, store.owner, now))) stored = yield* load
    if (yield* commit(yield* changed(stored, now))) stored = yield* load

    const known = new Set(stored.map(([, { jobName }]) => jobName))
    const begun = yield* beginAll(
      registry.filter(({ job }) => !known.has(job.name)),
      now
    )
    if (begun.length > 0) {
      yield* store.add(begun)
      stored = yield* load
    }
    // what still bears another definition was not to be planned anew: it waits for a registry that can
    return stored
      .filter(
        ([{ cadence }, { cadence: was, claimOwner }]) => claimOwner !== null || was.definition === cadence.definition
      )
      .map(([, state]) => state)
  })
