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
import type { TickEvent } from "../TickEvent.ts"
import * as Replan from "./Replan.ts"

/** A repeated job runs first, and a calendar needs not be asked: only a schedule that is asked first may fail to answer. */
const begin = <R>(registered: Registered<R>, seed: number, now: number, ask: Replan.Ask<R>) => {
  const { cadence, job } = registered
  const dice = { jobName: job.name, key: "", cadence: { definition: "", anchor: now, seed, steps: 0, state: null } }
  const planned =
    cadence._tag === "Schedule" && cadence.first === "ask"
      ? ask(registered, cadence, { dice, now, before: null })
      : Replan.begin(registered, cadence, seed, now)
  return Effect.map(planned, (planned) => JobState.initial(job.name, "", planned, now))
}

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

const beginAll = <R>(registry: ReadonlyArray<Registered<R>>, now: number, ask: Replan.Ask<R>) =>
  Effect.flatMap(
    // the dice are thrown in the order of the registry, whichever schedule answers first
    Effect.forEach(registry, (registered) =>
      Effect.map(Random.nextIntBetween(0, 2 ** 31), (seed) => [registered, seed] as const)
    ),
    (seeded) =>
      Effect.forEach(seeded, ([registered, seed]) => begin(registered, seed, now, ask), { concurrency: "unbounded" })
  )

/** The state of every instance of the registry, as it stands in the store from now on. */
export const open = <R>(
  registry: ReadonlyArray<Registered<R>>,
  now: number,
  publish: (event: TickEvent) => void
): Effect.Effect<ReadonlyArray<JobState.JobState>, StoreError | InvalidJobs, JobStore | R> =>
  Effect.gen(function* () {
    const store = yield* JobStore
    const ask = Replan.askNow<R>(publish)
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
    if (yield* commit(yield* Replan.changed(stored, now, ask))) stored = yield* load

    const known = new Set(stored.map(([, { jobName }]) => jobName))
    const begun = yield* beginAll(
      registry.filter(({ job }) => !known.has(job.name)),
      now,
      ask
    )
    if (begun.length > 0) {
      yield* store.add(begun)
      stored = yield* load
    }
    return stored.map(([, state]) => state)
  })
