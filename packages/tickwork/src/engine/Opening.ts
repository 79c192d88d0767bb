/**
 * What happens to the stored instances when a registry is opened: renamed ones are moved, changed definitions are
 * planned anew, new ones begin. Rows of jobs that the registry no longer names are left alone.
 *
 * It runs no job, and leaves claims alone: the first tick looks for those whose owner is gone.
 *
 * @internal
 */
import { Effect, Random } from "effect"
import type { InvalidJobs } from "../InvalidJobs.ts"
import * as JobState from "../JobState.ts"
import { JobStore, type Save, type StoreError } from "../JobStore.ts"
import type { Registered } from "../Jobs.ts"
import * as Replan from "./Replan.ts"

const begin = <R>(registered: Registered<R>, now: number) =>
  Effect.gen(function* () {
    const { cadence, job } = registered
    const seed = yield* Random.nextIntBetween(0, 2 ** 31)
    const dice = {
      jobName: job.name,
      key: "",
      cadence: { definition: Replan.notBegun, anchor: now, seed, steps: 0, state: null }
    }
    const answer = yield* Replan.isolated(registered, Replan.begin(registered, cadence, dice, now))
    const planned = answer instanceof Replan.Unanswered ? { state: dice.cadence, nextAt: null } : answer
    return JobState.initial(job.name, "", planned, now)
  })

const rename = (registry: ReadonlyArray<Registered<unknown>>) =>
  Effect.flatMap(JobStore, (store) =>
    Effect.forEach(
      registry,
      ({ job: { name, renamedFrom } }) =>
        renamedFrom === null
          ? Effect.void
          : Effect.flatMap(store.rename(renamedFrom, name), (isRenamed) =>
              isRenamed
                ? Effect.logInfo(`Job "${name}" goes on with the state and the history of "${renamedFrom}"`)
                : Effect.void
            ),
      { discard: true }
    )
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
      states.flatMap((state): ReadonlyArray<Replan.Stored<R>> => {
        const registered = byName.get(state.jobName)
        return registered === undefined ? [] : [[registered, state]]
      })
    )
    const commit = (saves: ReadonlyArray<Save>) =>
      saves.length === 0
        ? Effect.succeed(false)
        : Effect.zipRight(
            Effect.forEach(
              saves.flatMap(({ runs }) => runs).filter(({ status }) => status === "control"),
              ({ jobName, reason }) => Effect.logInfo(`Job "${jobName}" is planned anew: ${reason}`),
              { discard: true }
            ),
            Effect.as(store.commit({ saves, claims: [] }), true)
          )

    yield* rename(registry)
    let stored = yield* load
    if (yield* commit(Replan.setBack(stored, now))) stored = yield* load
    if (yield* commit((yield* Replan.changed(stored, now)).saves)) stored = yield* load

    const known = new Set(stored.map(([, { jobName }]) => jobName))
    const begun = yield* Effect.forEach(
      registry.filter(({ job }) => !known.has(job.name)),
      (registered) => begin(registered, now)
    )
    if (begun.length > 0) {
      yield* store.add(begun)
      stored = yield* load
    }
    return stored.map(([, state]) => state)
  })
