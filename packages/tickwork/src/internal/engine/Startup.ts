/**
 * Opens a registry on a store: it moves renamed instances, plans changed ones again and creates new ones.
 *
 * It runs no job, and changes neither claims nor rows of jobs outside the registry.
 *
 * @internal
 */
import { Effect, Random } from "effect"
import type { InvalidJobs } from "../../InvalidJobs.ts"
import * as JobState from "../../JobState.ts"
import { JobStore, type Save, type StoreError } from "../../JobStore.ts"
import type { TickEvent } from "../../TickEvent.ts"
import type { Keys } from "../Definition.ts"
import type { Registered } from "../plan/Registered.ts"
import type { EncodedValue } from "../schedule/EncodedValue.ts"
import * as KeyList from "./KeyList.ts"
import * as Reschedule from "./Reschedule.ts"

/** An instance to create. */
export interface NewInstance<R> {
  readonly registered: Registered<R>
  readonly key: string
  /** The payload and the due time of an enqueued run. */
  readonly payload?: EncodedValue | null
  readonly at?: number
}

interface Seeded<R> extends NewInstance<R> {
  readonly seed: number
}

const isSteppedFirst = ({ registered: { cadence } }: NewInstance<unknown>): boolean =>
  cadence._tag === "Schedule" && cadence.first === "ask"

/** The first state; only a schedule that is stepped before its first run may fail to answer. */
const begin =
  <R>(now: number, ask: Reschedule.FirstStep<R>) =>
  ({ at = now, key, payload = null, registered, seed }: Seeded<R>) => {
    const { cadence, job } = registered
    const randomSource = {
      jobName: job.name,
      key,
      position: { cadence: { definition: "", anchor: now, seed, steps: 0, state: null } }
    }
    const planned =
      cadence._tag === "Schedule" && cadence.first === "ask"
        ? ask(registered, cadence, { randomSource, now, before: null })
        : Reschedule.begin(registered, cadence, seed, at)
    return Effect.map(planned, (planned) => JobState.initial(job.name, key, planned, now, payload))
  }

/** The first states of instances. */
export const beginAll = <R>(
  instances: ReadonlyArray<NewInstance<R>>,
  now: number,
  ask: Reschedule.FirstStep<R>
): Effect.Effect<ReadonlyArray<JobState.JobState>, InvalidJobs, R> =>
  Effect.gen(function* () {
    const seeded: Array<Seeded<R>> = []
    // seeds are drawn in the order of the registry, whichever schedule answers first
    for (const instance of instances) seeded.push({ ...instance, seed: yield* Random.nextIntBetween(0, 2 ** 31) })
    const atOnce = seeded.filter((instance) => !isSteppedFirst(instance))
    const stepped = seeded.filter(isSteppedFirst)
    return [
      ...(yield* Effect.forEach(atOnce, begin(now, ask))),
      ...(yield* Effect.forEach(stepped, begin(now, ask), { concurrency: "unbounded" }))
    ]
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

type KeysByJob = ReadonlyMap<string, ReadonlySet<string>>

const keysOf = (stored: ReadonlyArray<Reschedule.Stored<unknown>>): KeysByJob => {
  const keys = new Map<string, Set<string>>()
  for (const [, { jobName, key }] of stored) {
    const ofJob = keys.get(jobName)
    if (ofJob === undefined) keys.set(jobName, new Set([key]))
    else ofJob.add(key)
  }
  return keys
}

/** The current keys of a registry's jobs; `null` where a listing failed. */
const listAll = <R>(
  registry: ReadonlyArray<Registered<R>>,
  known: KeysByJob,
  publish: (event: TickEvent) => void
): Effect.Effect<ReadonlyMap<string, ReadonlySet<string> | null>, never, R> => {
  const plain = new Set([""])
  const all = new Map<string, ReadonlySet<string> | null>()
  const keyed: Array<readonly [name: string, keys: Keys<R>]> = []
  for (const { job } of registry) {
    if (job.keys !== null) keyed.push([job.name, job.keys])
    else if (job.payload === null) all.set(job.name, plain)
  }
  const listed = ([name, keys]: readonly [name: string, keys: Keys<R>]) => {
    const list = Effect.tap(KeyList.list(keys), ({ error }) => {
      if (error === null) return Effect.void
      publish({ _tag: "KeysFailed", jobName: name, error })
      // no listener can subscribe while the layer is built, so the log has it too
      return Effect.logWarning(KeyList.warning(name, error))
    })
    const isMissing = (keys: ReadonlySet<string>) => [...(known.get(name) ?? [])].some((key) => !keys.has(key))
    return Effect.flatMap(list, ({ keys }) =>
      // a single listing may lack a key by mistake, so a second one confirms it
      keys === null || !isMissing(keys)
        ? Effect.succeed([name, keys] as const)
        : Effect.map(list, (again) => [name, again.keys === null ? null : new Set([...keys, ...again.keys])] as const)
    )
  }
  return Effect.map(Effect.forEach(keyed, listed, { concurrency: "unbounded" }), (lists) => {
    for (const [name, keys] of lists) all.set(name, keys)
    return all
  })
}

/** The instances of a registry, as stored after start-up. */
export interface Opened {
  readonly states: ReadonlyArray<JobState.JobState>
  /** Those whose keys are no longer listed. */
  readonly absent: ReadonlySet<JobState.JobState>
}

export const open = <R>(
  registry: ReadonlyArray<Registered<R>>,
  now: number,
  publish: (event: TickEvent) => void
): Effect.Effect<Opened, StoreError | InvalidJobs, JobStore | R> =>
  Effect.gen(function* () {
    const store = yield* JobStore
    const ask = Reschedule.stepNow<R>(publish)
    const byName = new Map(registry.map((registered) => [registered.job.name, registered]))
    const namesOf = (isEnqueued: boolean) =>
      registry.flatMap(({ job: { name, payload } }) => ((payload !== null) === isEnqueued ? [name] : []))
    const rows = Effect.zipWith(
      store.load(namesOf(false)),
      store.load(namesOf(true), "unfinished"),
      (all, unfinished) => [...all, ...unfinished]
    )
    const load = Effect.map(rows, (states) =>
      states.flatMap((state): ReadonlyArray<Reschedule.Stored<R>> => {
        const registered = byName.get(state.jobName)
        return registered === undefined ? [] : [[registered, state]]
      })
    )
    const commit = (saves: ReadonlyArray<Save>) =>
      saves.length === 0
        ? Effect.succeed(false)
        : Effect.zipRight(
            Effect.forEach(
              saves.flatMap(({ entries }) => entries).filter(({ status }) => status === "control"),
              ({ jobName, reason }) => Effect.logInfo(`Job "${jobName}" is planned again: ${reason}`),
              { discard: true }
            ),
            Effect.as(store.commit({ saves, claims: [] }), true)
          )

    yield* rename(registry)
    let stored = yield* load
    if (yield* commit(Reschedule.setBack(stored, now))) stored = yield* load
    if (yield* commit(yield* Reschedule.changed(stored, now, ask))) stored = yield* load

    const known = keysOf(stored)
    const keys = yield* listAll(registry, known, publish)
    const fresh = registry.flatMap((registered) => {
      const { name } = registered.job
      return [...(keys.get(name) ?? [])]
        .filter((key) => known.get(name)?.has(key) !== true)
        .map((key) => ({ registered, key }))
    })
    if (fresh.length > 0) {
      yield* store.add(yield* beginAll(fresh, now, ask))
      stored = yield* load
    }
    const states = stored.map(([, state]) => state)
    return { states, absent: new Set(states.filter(({ jobName, key }) => keys.get(jobName)?.has(key) === false)) }
  })
