/**
 * Stores what people request of instances, one or many.
 *
 * @internal
 */
import { Chunk, Clock, Effect, Option, Stream } from "effect"
import { Control, type JobLog, type JobState, JobStore } from "tickwork"
import { type Folded, InstanceState, Instances, type Known, Requests } from "../../view/index.ts"
import * as Limits from "../Limits.ts"
import type { JobsQuery } from "../Link.ts"
import * as JobsData from "./JobsData.ts"
import type { Reading } from "./Reading.ts"

export interface Sender {
  readonly by: string
  readonly why: string
}

/** How long an answer waits for a process to carry out a request, in ms. */
const waitMs = 1000

/** The requests of one transaction, at most. */
const batch = 500

const send = (
  verb: Requests.Verb,
  refs: ReadonlyArray<JobStore.Ref>,
  sender: Sender,
  { registries }: Known.Known,
  wait: number
) =>
  Effect.gen(function* () {
    const at = yield* Clock.currentTimeMillis
    const common = { verb, at, ...Control.senderOf(sender), dueAt: null, payload: null }
    const requests = refs.map(({ jobName, key }) => ({ ...common, jobName, key }))
    return yield* Requests.send(requests, registries, wait)
  })

/** Why nothing was stored, as a sentence; or when a process carried the request out, `null` where none has yet. */
export type Outcome = string | { readonly doneAt: number | null }

/** Requests something of one instance, and waits a moment for it to be carried out. */
export const one = (
  verb: Requests.Verb,
  state: JobState.JobState,
  sender: Sender,
  known: Known.Known
): Effect.Effect<Outcome, JobStore.StoreError, JobStore.JobStore> =>
  Effect.gen(function* () {
    const isPaused = Requests.isPausedOf(yield* (yield* JobStore.JobStore).pending)
    const refusal = Requests.refusalOf(verb, state, isPaused)
    if (refusal !== null) return `${InstanceState.nameOf(state)} ${refusal}.`
    const { doneAt } = yield* send(verb, [state], sender, known, waitMs)
    return { doneAt: doneAt[0] ?? null }
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
export const many = (
  verb: Requests.Verb,
  refs: ReadonlyArray<JobStore.Ref>,
  sender: Sender,
  known: Known.Known
): Effect.Effect<void, JobStore.StoreError, JobStore.JobStore> =>
  Stream.fromIterable(refs).pipe(
    Stream.grouped(batch),
    Stream.runForEach((some) => send(verb, Chunk.toReadonlyArray(some), sender, known, 0))
  )

/** The verb that a form names; none for anything else. */
export const verbOf = (text: string): Option.Option<Requests.Verb> =>
  Option.liftPredicate(text, (name): name is Requests.Verb => Object.hasOwn(Requests.past, name))
