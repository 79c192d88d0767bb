/**
 * Stores what people request of instances, one or many.
 *
 * @internal
 */
import { Chunk, Clock, Effect, Option, Stream } from "effect"
import { Control, type JobLog, type JobState, JobStore, Tick } from "tickwork"
import { type Folded, InstanceState, Instances, type Known, Requests } from "../../view/index.ts"
import * as Limits from "../Limits.ts"
import type { JobsQuery } from "../Link.ts"
import * as JobsData from "./JobsData.ts"
import type { Reading } from "./Reading.ts"

export interface Sender {
  readonly by: string
  readonly why: string
}

/** How long an answer waits for a process to carry out a request, in ms, and how often it looks. */
const wait = { totalMs: 1000, pollMs: 20 }

/** The requests of one transaction, at most. */
const batch = 500

/**
 * Stores the requests. A tick of this process hears of none that is stored beside it, so the last one goes through the tick,
 * which then reads all of them.
 */
const submit = (
  verb: Requests.Verb,
  refs: ReadonlyArray<JobStore.Ref>,
  sender: Sender
): Effect.Effect<void, JobStore.StoreError, JobStore.JobStore> =>
  Effect.gen(function* () {
    const store = yield* JobStore.JobStore
    const at = yield* Clock.currentTimeMillis
    const common = { verb, at, ...Control.senderOf(sender), dueAt: null, payload: null }
    const direct = (some: Iterable<JobStore.Ref>) =>
      store.submit(Array.from(some, ({ jobName, key }) => ({ ...common, jobName, key })))
    const tick = yield* Effect.serviceOption(Tick.Tick)
    const last = refs.at(-1)
    const others = Option.isNone(tick) ? refs : refs.slice(0, -1)
    yield* Stream.runForEach(Stream.grouped(Stream.fromIterable(others), batch), direct)
    if (last === undefined || Option.isNone(tick)) return
    const { jobName, key } = last
    yield* Effect.catchTag(tick.value.request(verb, { jobName, key }, sender), "InstanceNotFoundError", () =>
      direct([last])
    )
  })

/** When the newest such request since a mark was carried out; `null` where that takes too long. */
const doneAt = (verb: Requests.Verb, ref: JobStore.Ref, mark: number) =>
  Effect.gen(function* () {
    const store = yield* JobStore.JobStore
    for (let waited = 0; waited < wait.totalMs; waited += wait.pollMs) {
      const { requests } = yield* store.requestsSince(mark)
      const own = requests.filter((one) => one.verb === verb && one.jobName === ref.jobName && one.key === ref.key)
      const done = own.reduce<number | null>((newest, { doneAt }) => doneAt ?? newest, null)
      if (done !== null && own.every((one) => one.doneAt !== null)) return done
      yield* Effect.sleep(wait.pollMs)
    }
    return null
  })

/** Why nothing was stored, as a sentence; or when a process carried the request out, `null` where none has yet. */
export type Outcome = string | { readonly doneAt: number | null }

/** Requests something of one instance, and waits a moment for it to be carried out. */
export const one = (
  verb: Requests.Verb,
  state: JobState.JobState,
  sender: Sender,
  { registries }: Pick<Known.Known, "registries">
): Effect.Effect<Outcome, JobStore.StoreError, JobStore.JobStore> =>
  Effect.gen(function* () {
    const store = yield* JobStore.JobStore
    const isPaused = Requests.isPausedOf(yield* store.pending)
    const refusal = Requests.refusalOf(verb, state, isPaused)
    if (refusal !== null) return `${InstanceState.nameOf(state)} ${refusal}.`
    // a request that is done is among those since the mark from before it was stored
    const { mark } = yield* store.requestsSince(null)
    yield* submit(verb, [state], sender)
    return { doneAt: registries.isAnyAlive ? yield* doneAt(verb, state, mark) : null }
  })

/** The instances of one job, or of the jobs that the list shows. */
export interface Filter extends Pick<JobsQuery, "show" | "text"> {
  readonly job: string
}

const isOf = ({ show }: Filter, kind: InstanceState.Kind): boolean => {
  switch (show) {
    case "failing":
      return kind === "failed"
    case "overdue":
    case "paused":
    case "running":
      return kind === show
    case "all":
      return true
  }
}

export interface Chosen {
  readonly refs: ReadonlyArray<JobStore.Ref>
  readonly jobs: number
  /** There are more than a request for many takes. */
  readonly isTooMany: boolean
}

/** The instances that a filter and a verb take, at most {@link Limits.mostInstances}. */
export const choose = (
  reading: Reading,
  verb: Requests.Verb,
  filter: Filter
): Effect.Effect<Chosen, JobStore.StoreError, JobStore.JobStore | JobLog.JobLog> =>
  Effect.gen(function* () {
    const known = yield* reading.known
    const isPaused = Requests.isPausedOf(yield* (yield* JobStore.JobStore).pending)
    const isWanted = (counts: Folded.Folded) =>
      filter.job === "" ? JobsData.takes(filter)(counts) : counts.jobName === filter.job
    const jobs = (yield* reading.counts).filter(isWanted)
    const found = yield* Stream.fromIterable(jobs).pipe(
      Stream.flatMap(({ jobName }) => Instances.stream(jobName)),
      Stream.filter(
        (state) =>
          isOf(filter, InstanceState.of(state, known).kind) && Requests.refusalOf(verb, state, isPaused) === null
      ),
      Stream.map(({ jobName, key }) => ({ jobName, key })),
      Stream.take(Limits.mostInstances + 1),
      Stream.runCollect
    )
    const refs = Chunk.toReadonlyArray(Chunk.take(found, Limits.mostInstances))
    return {
      refs,
      jobs: new Set(refs.map(({ jobName }) => jobName)).size,
      isTooMany: found.length > Limits.mostInstances
    }
  })

/** Requests the same of many, without waiting for it to be carried out. */
export const many = submit

/** The verb that a form names; none for anything else. */
export const verbOf = (text: string): Option.Option<Requests.Verb> =>
  Option.liftPredicate(text, (name): name is Requests.Verb => Object.hasOwn(Requests.past, name))
