/**
 * Opens a registry on a store: it moves renamed instances, plans changed ones again and creates new ones.
 *
 * It runs no job, and changes neither claims nor rows of jobs outside the registry or of those that a newer release runs.
 *
 * @internal
 */
import { Array as Arr, Effect, Random } from "effect"
import type { InvalidJobs } from "../../InvalidJobs.ts"
import * as JobState from "../../JobState.ts"
import { JobStore, type Save, type StoreError } from "../../JobStore.ts"
import * as Position from "../../Position.ts"
import type { TickEvent } from "../../TickEvent.ts"
import * as BackfillKey from "../BackfillKey.ts"
import type { Keys } from "../Definition.ts"
import * as BackfillList from "../plan/BackfillList.ts"
import { forKey, type Listed, type Registered } from "../plan/Registered.ts"
import type * as Cadence from "../schedule/Cadence.ts"
import type { EncodedValue } from "../schedule/EncodedValue.ts"
import * as KeyList from "./KeyList.ts"
import type { Presence } from "./Presence.ts"
import * as Reschedule from "./Reschedule.ts"
import type { Share } from "./Share.ts"
import * as ZoneChange from "./ZoneChange.ts"

/** An instance to create. */
export interface NewInstance<R> {
  readonly registered: Registered<R>
  readonly key: string
  /** The payload and the instant of an enqueued run. */
  readonly payload?: EncodedValue | null
  readonly at?: number
  /** It was enqueued without an instant: it is due when it is heard. */
  readonly isNow?: boolean
  /** Who asks for a backfill, and why. */
  readonly sender?: BackfillList.Sender
}

/** The first state; only a schedule that is stepped before its first run may fail to answer. */
const begin =
  <R>(now: number, ask: Reschedule.FirstStep<R>) =>
  ({
    at = now,
    isNow = false,
    key,
    payload = null,
    registered,
    seed,
    sender
  }: NewInstance<R> & { readonly seed: number }) => {
    const { cadence, job } = registered
    const position = { cadence: { definition: "", anchor: now, seed, steps: 0, state: null } }
    const planned = isSteppedFirst(cadence)
      ? ask(registered, cadence, { randomSource: { jobName: job.name, key, position }, now, before: null })
      : Reschedule.begin(registered, cadence, seed, at)
    return Effect.map(planned, (planned) => {
      const state = JobState.initial(job.name, key, planned, now, payload)
      if (BackfillKey.is(key)) return BackfillList.begin(state, now, sender)
      return isNow ? { ...state, position: Position.atOnce(state.position, now) } : state
    })
  }

const isSteppedFirst = <R>(cadence: Cadence.Cadence<never, R>): cadence is Cadence.OnSchedule<never, R> =>
  cadence._tag === "Schedule" && cadence.first === "ask"

/** The first states of instances. */
export const beginAll = <R>(
  instances: ReadonlyArray<NewInstance<R>>,
  now: number,
  ask: Reschedule.FirstStep<R>
): Effect.Effect<ReadonlyArray<JobState.JobState>, InvalidJobs, R> =>
  // seeds are drawn in the order of the registry, whichever schedule answers first
  Effect.forEach(instances, (instance) =>
    Effect.map(Random.nextIntBetween(0, 2 ** 31), (seed) => ({ ...instance, seed }))
  ).pipe(
    Effect.map(Arr.partition(({ registered }) => isSteppedFirst(registered.cadence))),
    Effect.flatMap(([atOnce, stepped]) =>
      Effect.zipWith(
        Effect.forEach(atOnce, begin(now, ask)),
        Effect.forEach(stepped, begin(now, ask), { concurrency: "unbounded" }),
        (atOnce, stepped) => [...atOnce, ...stepped]
      )
    )
  )

/**
 * Moves what releases have stored under a former name of a job to its name. An instance that a living process runs under
 * such a name stays there for now: it is named in `presence.unmoved`.
 */
export const takeOver = (presence: Presence, name: string): Effect.Effect<void, StoreError, JobStore> =>
  Effect.gen(function* () {
    const store = yield* JobStore
    let waiting = 0
    for (const former of presence.formerNames(name)) {
      const renamed = yield* store.rename(former, name, presence.otherOwners)
      waiting += renamed.waiting
      if (renamed.moved > 0)
        yield* Effect.logInfo(`Job "${name}" goes on with the state and the history of "${former}"`)
    }
    if (waiting > 0) presence.unmoved.add(name)
    else presence.unmoved.delete(name)
  })

/** The keys of jobs that are stored under a former name. */
const unmovedKeys = (
  presence: Presence
): Effect.Effect<ReadonlyMap<string, ReadonlySet<string>>, StoreError, JobStore> =>
  Effect.map(
    Effect.forEach(presence.unmoved, (name) =>
      Effect.map(
        Effect.flatMap(JobStore, (store) => store.load(presence.formerNames(name))),
        (states) => [name, new Set(states.map(({ key }) => key))] as const
      )
    ),
    (all) => new Map(all)
  )

/** The keys of a job, `null` where a listing failed, and what they say of each stored state: `undefined` where they lack it. */
interface Found {
  readonly keys: KeyList.Keys | null
  readonly listed: ReadonlyArray<Listed | undefined>
}

/** Found once: among a million keys, that takes longer than all else that an opening does with one. */
const find = (keys: KeyList.Keys | null, stored: ReadonlyArray<JobState.JobState>): Found => ({
  keys,
  listed: keys === null ? [] : stored.map(({ key }) => keys.get(key))
})

/** The current keys of a job. */
const list = <R>(
  name: string,
  keys: Keys<R>,
  stored: ReadonlyArray<JobState.JobState>,
  publish: (event: TickEvent) => void
): Effect.Effect<Found, never, R> => {
  const listed = Effect.tap(KeyList.list(keys), ({ error }) => {
    if (error === null) return Effect.void
    publish({ _tag: "KeysFailed", jobName: name, error })
    // no listener can subscribe while the layer is built, so the log has it too
    return Effect.logWarning(KeyList.warning(name, error))
  })
  const isLacking = ({ keys, listed }: Found) =>
    keys !== null && stored.some(({ key }, at) => listed[at] === undefined && key !== "" && !BackfillKey.is(key))
  return Effect.flatMap(listed, ({ keys }) => {
    const found = find(keys, stored)
    // a single listing may lack a key by mistake, so a second one confirms it
    return isLacking(found)
      ? Effect.map(listed, (again) => find(again.keys && new Map([...(keys ?? []), ...again.keys]), stored))
      : Effect.succeed(found)
  })
}

/** More keys than this in one process are worth a warning. */
const manyKeys = 10_000

const pinnedWarning = (name: string, keys: number): string =>
  `Job "${name}" has ${keys} keys in partition 0, which one process takes care of: it is linked by Job.after to a job without keys`

export interface OpenOptions extends Reschedule.Span {
  readonly presence: Presence
  readonly share: Share
  readonly publish: (event: TickEvent) => void
}

/** The instances of a registry, as stored after start-up. */
export interface Opened<R> {
  readonly instances: ReadonlyArray<Reschedule.Stored<R>>
  /** What the lists say of the keys of each job; `null` where a listing failed. */
  readonly keys: ReadonlyMap<string, KeyList.Keys | null>
  /** The states whose keys a list lacks. */
  readonly unlisted: ReadonlySet<JobState.JobState>
}

/** The states of each job. */
const byJob = (states: ReadonlyArray<JobState.JobState>): ReadonlyMap<string, ReadonlyArray<JobState.JobState>> => {
  const all = new Map<string, Array<JobState.JobState>>()
  for (const state of states) {
    const ofJob = all.get(state.jobName)
    if (ofJob === undefined) all.set(state.jobName, [state])
    else ofJob.push(state)
  }
  return all
}

/** The listed keys that no state has. */
const withoutState = (
  { keys, listed }: Found,
  states: ReadonlyArray<JobState.JobState>
): ReadonlyArray<readonly [key: string, listed: Listed]> => {
  if (keys === null) return []
  const stored = listed.reduce((count, one) => count + (one === undefined ? 0 : 1), 0)
  // mostly all are stored, and a set of them takes as long as the rest of an opening
  if (stored === keys.size) return []
  const known = new Set(states.map(({ key }) => key))
  return [...keys].filter(([key]) => !known.has(key))
}

export const open = <R>(
  registry: ReadonlyArray<Registered<R>>,
  { publish, ...span }: OpenOptions
): Effect.Effect<Opened<R>, StoreError | InvalidJobs, JobStore | R> =>
  Effect.gen(function* () {
    const store = yield* JobStore
    const { now, presence, share } = span
    const ask = Reschedule.stepNow<R>(publish)
    const isOurs = ({ job }: Registered<unknown>) => !presence.leaves(job.name)
    const ours = registry.filter(isOurs)
    const isOurState = ([registered, { unreadable }]: Reschedule.Stored<R>) =>
      unreadable === undefined && isOurs(registered)
    const byName = new Map(registry.map((registered) => [registered.job.name, registered]))
    const [enqueued, planned] = Arr.partition([...byName.keys()], (name) => byName.get(name)?.job.payload === null)
    const lists = new Map<string, Found>()
    let unlisted = new Set<JobState.JobState>()
    const load = Effect.zipWith(
      share.load(store, planned),
      share.load(store, enqueued, "unfinished"),
      (all, unfinished) => [...all, ...unfinished]
    )
    /** The states are those of the last load. */
    const ofJobs = (states: ReadonlyArray<JobState.JobState>): ReadonlyArray<Reschedule.Stored<R>> => {
      const places = new Map<string, number>()
      const stored: Array<Reschedule.Stored<R>> = []
      unlisted = new Set()
      for (const state of states) {
        const registered = byName.get(state.jobName)
        if (registered === undefined) continue
        const place = places.get(state.jobName) ?? 0
        places.set(state.jobName, place + 1)
        const { keys = null, listed = [] } = lists.get(state.jobName) ?? {}
        if (keys !== null && listed[place] === undefined) unlisted.add(state)
        stored.push([forKey(registered, state.key, listed[place], state.position.cadence.definition), state])
      }
      return stored
    }
    const loadAgain = Effect.map(load, (states) => {
      const known = byJob(states)
      for (const [name, { keys }] of lists) lists.set(name, find(keys, known.get(name) ?? []))
      return ofJobs(states)
    })
    const commit = (saves: ReadonlyArray<Save>) => {
      if (saves.length === 0) return Effect.succeed(false)
      const changes = saves.flatMap(({ entries }) => entries).filter(({ status }) => status === "control")
      const logged = Effect.forEach(changes, ({ jobName, reason }) =>
        Effect.logInfo(`Job "${jobName}" is planned again: ${reason}`)
      )
      return Effect.as(Effect.zipRight(logged, store.commit({ saves, claims: [] })), true)
    }

    yield* Effect.forEach(ours, ({ job }) => takeOver(presence, job.name))
    const states = yield* load
    const known = byJob(states)
    const storedOf = (name: string) => known.get(name) ?? []
    const plain = new Map([["", null]])
    const keyed = registry.flatMap(({ job: { keys, name, payload } }) => {
      if (keys === null && payload === null) lists.set(name, find(plain, storedOf(name)))
      return keys === null ? [] : [{ name, keys }]
    })
    yield* Effect.forEach(
      keyed,
      ({ keys, name }) => Effect.map(list(name, keys, storedOf(name), publish), (found) => lists.set(name, found)),
      { concurrency: "unbounded" }
    )
    const missing = new Map([...lists].map(([name, found]) => [name, withoutState(found, storedOf(name))]))
    // where another process lives, it goes by the clock that stored them
    let instances = ofJobs(states)
    let stored = instances.filter(isOurState)
    const commitAll = (saves: ReadonlyArray<Save>) =>
      Effect.gen(function* () {
        if (!(yield* commit(saves))) return
        instances = yield* loadAgain
        stored = instances.filter(isOurState)
      })
    yield* commitAll(Reschedule.setBack(presence.isAlone ? stored : [], now))
    yield* commitAll(yield* Reschedule.changed(stored, span, ask))
    yield* commitAll(ZoneChange.renewed(stored, now))

    for (const name of share.isAll ? [] : share.partitions.pinned) {
      const size = lists.get(name)?.keys?.size ?? 0
      if (size > manyKeys) yield* Effect.logWarning(pinnedWarning(name, size))
    }
    const unmoved = yield* unmovedKeys(presence)
    const fresh = ours.flatMap((registered) => {
      const jobName = registered.job.name
      const isMissing = (key: string) => share.has({ jobName, key }) && unmoved.get(jobName)?.has(key) !== true
      return (missing.get(jobName) ?? [])
        .filter(([key]) => isMissing(key))
        .map(([key, listed]) => ({ registered: forKey(registered, key, listed), key }))
    })
    if (fresh.length > 0) {
      yield* store.add(yield* beginAll(fresh, now, ask))
      instances = yield* loadAgain
    }
    return { instances, keys: new Map([...lists].map(([name, { keys }]) => [name, keys])), unlisted }
  })
