/**
 * Requests to the processes that run jobs: enqueuing runs, and pausing, resuming, triggering, retrying, cancelling and
 * forgetting instances. A process that runs nothing needs no more than this and a store.
 *
 * It runs no job.
 *
 * @since 0.1.0
 */
import { Array as Arr, Clock, Context, type DateTime, Effect, Either, Layer, Schema } from "effect"
import * as Backfill from "./Backfill.ts"
import { type PendingRequest, pendingOf, type StoredRequest, senderOf, type Verb } from "./Control.ts"
import type { EnqueueError } from "./EnqueueError.ts"
import * as Definition from "./internal/Definition.ts"
import * as Enqueue from "./internal/engine/Enqueue.ts"
import { InstanceMap } from "./internal/InstanceMap.ts"
import * as InstanceName from "./internal/InstanceName.ts"
import { forKey, register, validCadenceOf } from "./internal/plan/Registered.ts"
import * as Registry from "./internal/plan/Registry.ts"
import type { Cadence } from "./internal/schedule/Cadence.ts"
import * as Instant from "./internal/schedule/Instant.ts"
import type * as Job from "./Job.ts"
import type { JobLog } from "./JobLog.ts"
import { isFinished, type JobState } from "./JobState.ts"
import { JobStore, type Ref, type StoreError, type Submission, type Submitted, type Unique } from "./JobStore.ts"
import type * as Jobs from "./Jobs.ts"
import * as RequestError from "./RequestError.ts"
import * as Run from "./Run.ts"

/**
 * The instance that a request is about, and what the log says of its sender.
 *
 * @since 0.1.0
 * @category models
 */
export interface RequestOptions {
  /** The key of the instance; by default the one of a job without keys. */
  readonly key?: string
  /** Who sends the request; kept in one line, with control and bidirectional characters shown by number. */
  readonly by?: string
  /** The reason, kept likewise. */
  readonly why?: string
}

/**
 * A request to pause, and when the pause ends by itself.
 *
 * @since 0.1.0
 * @category models
 */
export interface PauseOptions extends RequestOptions {
  /** A later instant, in any form that `Job.at` takes; by default only a request ends the pause. */
  readonly until?: DateTime.DateTime.Input
}

/**
 * When an enqueued run is due, and its key.
 *
 * @since 0.1.0
 * @category models
 */
export interface EnqueueOptions {
  /** An instant, in any form that `Job.at` takes; as soon as a process hears of it by default. */
  readonly at?: DateTime.DateTime.Input
  /** A run under a key that is taken is a duplicate and is not stored; a new key by default. */
  readonly key?: string
  /**
   * How long a key is taken: `"stored"` (default), as long as anything is stored of its run, also when that has succeeded
   * or failed for good; or `"waiting"`, until its run begins: then one more run follows the one under way. A run that was
   * cancelled before it began, or forgotten, takes no key.
   */
  readonly unique?: Unique
}

/**
 * When enqueued runs are due, and their keys.
 *
 * @since 0.1.0
 * @category models
 */
export interface EnqueueAllOptions<P> extends Pick<EnqueueOptions, "at" | "unique"> {
  /** The key of a payload's run, which has its place among the payloads, from 0 on; new keys by default. */
  readonly key?: (payload: P, index: number) => string
}

/**
 * What became of an enqueued run: a `new` one is stored and will run; a `duplicate` is not stored, since its key is taken.
 *
 * @since 0.1.0
 * @category models
 */
export interface Enqueued {
  readonly key: string
  /** The `runKey` of the new run, or of the one that is there already. */
  readonly runKey: string
  readonly outcome: "new" | "duplicate"
}

/**
 * The registry of the tick or the client does not have the job, or the job has no such instance: no request was stored.
 *
 * @since 0.1.0
 * @category errors
 */
export class InstanceNotFoundError extends Schema.TaggedError<InstanceNotFoundError>("tickwork/InstanceNotFoundError")(
  "InstanceNotFoundError",
  {
    jobName: Schema.String,
    key: Schema.String
  }
) {
  override get message() {
    const instance = InstanceName.of(this.jobName, this.key)
    return `There is no ${instance} here: name the job in the registry that this tick or client is made of, or give a key that the job has`
  }
}

/**
 * A stored instance by the name of its job, for one that no registry has any more; a `JobState` is one, too.
 *
 * @since 0.1.0
 * @category models
 */
export interface NamedInstance {
  readonly jobName: string
  /** By default the one of a job without keys. */
  readonly key?: string
}

/**
 * Which instances a request to many is for. It gets the job, by its value, and the key of each instance; the key of a job
 * without keys is empty.
 *
 * @since 0.1.0
 * @category models
 */
export type Filter = (job: Job.Any, key: string) => boolean

/** When what is requested ends by itself, in ms since the epoch; `null` or absent where it does not. */
interface Ending {
  readonly dueAt?: number | null
}

/**
 * Why a backfill was not stored.
 *
 * @since 0.1.0
 * @category errors
 */
export type BackfillError = StoreError | InstanceNotFoundError | RequestError.RequestError

/**
 * @since 0.1.0
 * @category models
 */
export interface Service {
  readonly request: (
    verb: Verb,
    job: Job.Any | NamedInstance,
    options?: RequestOptions & Ending
  ) => Effect.Effect<void, StoreError | InstanceNotFoundError>
  readonly pending: Effect.Effect<ReadonlyArray<PendingRequest>, StoreError>
  readonly requestAll: (
    verb: "pause" | "resume",
    filter: Filter,
    options?: Omit<RequestOptions, "key"> & Ending
  ) => Effect.Effect<ReadonlyArray<Ref>, StoreError>
  readonly previewBackfill: (
    job: Job.Any,
    options: Omit<Backfill.Options, "atOnce" | "by" | "why">
  ) => Effect.Effect<Backfill.Preview, BackfillError, JobLog>
  readonly backfill: (
    job: Job.Any,
    options: Backfill.Options
  ) => Effect.Effect<Backfill.Backfilled, BackfillError, JobLog>
  readonly enqueue: <P>(
    job: Job.Job<string, unknown, unknown, any, any, P>,
    payload: P,
    options?: EnqueueOptions
  ) => Effect.Effect<Enqueued, StoreError | InstanceNotFoundError | EnqueueError>
  readonly enqueueAll: <P>(
    job: Job.Job<string, unknown, unknown, any, any, P>,
    payloads: Iterable<P>,
    options?: EnqueueAllOptions<P>
  ) => Effect.Effect<ReadonlyArray<Enqueued>, StoreError | InstanceNotFoundError | EnqueueError>
}

/**
 * The requests of a process that runs nothing.
 *
 * @since 0.1.0
 * @category services
 */
export class TickClient extends Context.Tag("tickwork/TickClient")<TickClient, Service>() {}

/** How requests are stored, and of what. */
interface Options {
  readonly jobs: ReadonlyMap<string, Job.Any>
  /** True where there is such an instance, or may be. */
  readonly knows: (ref: Ref) => Effect.Effect<boolean, StoreError>
  readonly isStored: (ref: Ref) => Effect.Effect<boolean, StoreError>
  readonly store: JobStore["Type"]
  /** The cadence of a stored instance; `null` where it is not known, or wrong. */
  readonly cadenceOf: (state: JobState) => Cadence<never, unknown> | null
  /** The stored instances, at least those that can still run. */
  readonly unfinished: Effect.Effect<Iterable<JobState>, StoreError>
  /** Requests that are not done. */
  readonly pending: Effect.Effect<ReadonlyArray<StoredRequest>, StoreError>
  readonly submit: (requests: ReadonlyArray<Submission>) => Effect.Effect<ReadonlyArray<Submitted>, StoreError>
}

/**
 * The requests, however they are stored.
 *
 * @internal
 */
export const make = ({ cadenceOf, isStored, jobs, knows, pending, store, submit, unfinished }: Options): Service => {
  const previewBackfill: Service["previewBackfill"] = ({ name: jobName }, { key = "", ...range }) =>
    Effect.gen(function* () {
      const [state] = jobs.has(jobName) ? yield* store.get([{ jobName, key }]) : []
      if (state === undefined || state.unreadable !== undefined)
        return yield* new InstanceNotFoundError({ jobName, key })
      const cadence = cadenceOf(state)
      return yield* cadence === null ? Backfill.previewStored(state, range) : Backfill.previewOn(state, cadence, range)
    }).pipe(Effect.provideService(JobStore, store))
  const enqueueAll: Service["enqueueAll"] = (job, payloads, options = {}) =>
    Effect.gen(function* () {
      const { name: jobName } = job
      if (!jobs.has(jobName)) return yield* new InstanceNotFoundError({ jobName, key: "" })
      const requests = yield* Enqueue.requests(job, payloads, options)
      const answers = requests.length === 0 ? [] : yield* submit(requests)
      return Arr.zipWith(requests, answers, ({ key }, { outcome, scheduledAt }) => {
        return { key, runKey: Run.keyOf(jobName, key, scheduledAt), outcome }
      })
    })
  return {
    request: (verb, job, { by = "", dueAt = null, why = "", ...options } = {}) =>
      Effect.gen(function* () {
        const named: NamedInstance = "name" in job ? { jobName: job.name } : job
        const { jobName } = named
        const key = options.key ?? named.key ?? ""
        const isByName = verb === "forget" && !("name" in job) && !jobs.has(jobName)
        const isKnown = isByName
          ? yield* isStored({ jobName, key })
          : jobs.has(jobName) && (yield* knows({ jobName, key }))
        if (!isKnown) return yield* new InstanceNotFoundError({ jobName, key })
        const at = yield* Clock.currentTimeMillis
        yield* submit([{ verb, jobName, key, at, ...senderOf({ by, why }), dueAt, payload: null }])
      }),
    pending: Effect.map(pending, Arr.map(pendingOf)),
    requestAll: (verb, filter, { by = "", dueAt = null, why = "" } = {}) =>
      Effect.gen(function* () {
        const at = yield* Clock.currentTimeMillis
        // what a pending request makes of an instance counts as its state
        const last = new InstanceMap<boolean>()
        for (const request of yield* pending)
          if (request.verb === "pause" || request.verb === "resume") last.set(request, request.verb === "pause")
        const refs = Arr.fromIterable(yield* unfinished).flatMap((state): ReadonlyArray<Ref> => {
          const { jobName, key, position } = state
          const job = jobs.get(jobName)
          // a pause that ends by itself may be made a longer one
          const isPaused =
            last.find(state) ?? (position.paused !== null && (verb === "resume" || !position.paused.until))
          const isWanted =
            job !== undefined && isPaused === (verb === "resume") && !isFinished(state) && filter(job, key)
          return isWanted ? [{ jobName, key }] : []
        })
        const sender = senderOf({ by, why })
        if (refs.length > 0) yield* submit(refs.map((ref) => ({ ...ref, verb, at, ...sender, dueAt, payload: null })))
        return refs
      }),
    previewBackfill,
    backfill: (job, { atOnce = 1, by = "", why = "", ...range }) =>
      Effect.gen(function* () {
        const preview = yield* previewBackfill(job, range)
        const requests = yield* Backfill.requestsOf(preview, { atOnce, ...senderOf({ by, why }) })
        if (requests.length > 0) yield* submit(requests)
        return { ...preview, keys: requests.map(({ key }) => key) }
      }),
    enqueue: (job, payload, { key, ...options } = {}) =>
      Effect.map(
        enqueueAll(job, [payload], key === undefined ? options : { ...options, key: () => key }),
        ([enqueued]) => enqueued as Enqueued
      ),
    enqueueAll
  }
}

/** The options of a request, with when the pause ends by itself. */
const ending = <O extends RequestOptions>(
  jobName: string | null,
  { until, ...options }: O & PauseOptions
): Effect.Effect<Omit<O & PauseOptions, "until"> & Ending, RequestError.RequestError> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => {
    if (until === undefined) return Either.right(options)
    const later = Either.filterOrLeft(
      Instant.of(until),
      (at) => at > now,
      () => "must be later than now"
    )
    const cure = 'Use one such as "2027-01-01T09:00:00+01:00", or leave it out.'
    const refused = (reason: string) => RequestError.of({ jobName, option: "until", value: until, reason, cure })
    return Either.mapBoth(later, { onLeft: refused, onRight: (dueAt) => ({ ...options, dueAt }) })
  })

type HasPayload<P> = [void] extends [P]
  ? Job.Cure<"a job is enqueued for a payload: make it with one, Job.make(name, { payload: MySchema }, (run) => ...)">
  : unknown

type HasCalendar<P> = [P] extends [void]
  ? unknown
  : Job.Cure<"a job with a payload has no planned times to make up for: enqueue its runs">

type ByValue<J> = [Extract<J, string>] extends [never]
  ? unknown
  : Job.Cure<"pass the job itself, not its name: the value that Job.make has made">

/**
 * The verbs of a service that takes requests.
 *
 * @internal
 */
export const verbs = <I, S extends Service>(service: Context.Tag<I, S>) => ({
  request:
    (verb: Exclude<Verb, "pause">) =>
    <J extends Job.Any | string>(
      job: J & ByValue<J>,
      options?: RequestOptions
    ): Effect.Effect<void, StoreError | InstanceNotFoundError, I> =>
      Effect.flatMap(service, (tick) => tick.request(verb, job as Job.Any, options)),
  forget: <J extends Job.Any | NamedInstance | string>(
    job: J & ByValue<J>,
    options?: RequestOptions
  ): Effect.Effect<void, StoreError | InstanceNotFoundError, I> =>
    Effect.flatMap(service, (tick) => tick.request("forget", job as Job.Any | NamedInstance, options)),
  pending: Effect.flatMap(service, (tick): Effect.Effect<ReadonlyArray<PendingRequest>, StoreError> => tick.pending),
  pause: <J extends Job.Any | string>(
    job: J & ByValue<J>,
    options: PauseOptions = {}
  ): Effect.Effect<void, StoreError | InstanceNotFoundError | RequestError.RequestError, I> =>
    Effect.flatMap(Effect.all([service, ending((job as Job.Any).name, options)]), ([tick, options]) =>
      tick.request("pause", job as Job.Any, options)
    ),
  pauseAll: (
    filter: Filter,
    options: Omit<PauseOptions, "key"> = {}
  ): Effect.Effect<ReadonlyArray<Ref>, StoreError | RequestError.RequestError, I> =>
    Effect.flatMap(Effect.all([service, ending(null, options)]), ([tick, options]) =>
      tick.requestAll("pause", filter, options)
    ),
  resumeAll: (
    filter: Filter,
    options?: Omit<RequestOptions, "key">
  ): Effect.Effect<ReadonlyArray<Ref>, StoreError, I> =>
    Effect.flatMap(service, (tick) => tick.requestAll("resume", filter, options)),
  previewBackfill: <P>(
    job: Job.Job<string, unknown, unknown, any, any, P> & HasCalendar<P>,
    options: Omit<Backfill.Options, "atOnce" | "by" | "why">
  ): Effect.Effect<Backfill.Preview, BackfillError, I | JobLog> =>
    Effect.flatMap(service, (tick) => tick.previewBackfill(job, options)),
  backfill: <P>(
    job: Job.Job<string, unknown, unknown, any, any, P> & HasCalendar<P>,
    options: Backfill.Options
  ): Effect.Effect<Backfill.Backfilled, BackfillError, I | JobLog> =>
    Effect.flatMap(service, (tick) => tick.backfill(job, options)),
  enqueue: <P>(
    job: Job.Job<string, unknown, unknown, any, any, P> & HasPayload<P>,
    payload: NoInfer<P>,
    options?: EnqueueOptions
  ): Effect.Effect<Enqueued, StoreError | InstanceNotFoundError | EnqueueError, I> =>
    Effect.flatMap(service, (tick) => tick.enqueue(job, payload, options)),
  enqueueAll: <P>(
    job: Job.Job<string, unknown, unknown, any, any, P> & HasPayload<P>,
    payloads: Iterable<NoInfer<P>>,
    options?: EnqueueAllOptions<NoInfer<P>>
  ): Effect.Effect<ReadonlyArray<Enqueued>, StoreError | InstanceNotFoundError | EnqueueError, I> =>
    Effect.flatMap(service, (tick) => tick.enqueueAll(job, payloads, options))
})

/**
 * Whether a store has an instance.
 *
 * @internal
 */
export const isStored =
  (store: Pick<JobStore["Type"], "get">) =>
  (ref: Ref): Effect.Effect<boolean, StoreError> =>
    Effect.map(store.get([ref]), (states) => states.length > 0)

/**
 * Whether there is an instance of these jobs, or may be, as the store alone knows.
 *
 * @internal
 */
export const knows = (store: Pick<JobStore["Type"], "get">, jobs: Jobs.Jobs<unknown>): Options["knows"] => {
  const byName = new Map(jobs.all.map((job) => [job.name, Definition.of(job)]))
  return (ref) =>
    byName.get(ref.jobName)?.keys === null && (ref.key === "" || Registry.isKey(ref.key))
      ? Effect.succeed(true)
      : // a store may keep another key in the place of one that it cannot hold
        Effect.map(store.get([ref]), (states) => states.some(({ key }) => key === ref.key))
}

const verbsHere = verbs(TickClient)

/**
 * The requests to the processes that run these jobs, for a process that runs none of them: it needs the store alone, not
 * what the jobs need, reads no state, and answers as soon as the request is stored. The processes that run the job hear of
 * it by events, as of those of any other process. One that has a `Tick` on the same store uses the verbs of that, since it
 * hears of its own requests once a minute alone.
 *
 * Fails with `InstanceNotFoundError` for a job that is not among these, and for a key that a job with keys does not have.
 *
 * @example
 * ```ts
 * import { Effect, Layer, Schema } from "effect"
 * import { Job, JobStore, Jobs, Tick, TickClient } from "tickwork"
 *
 * const sendMail = Job.make("send_mail", { payload: Schema.String }, (run) => Effect.log(`to ${run.payload}`))
 * const jobs = Jobs.make(sendMail)
 * const Both = Layer.merge(TickClient.layer(jobs), Tick.layer(jobs)).pipe(Layer.provide(JobStore.layerMemory))
 *
 * const program = Effect.gen(function* () {
 *   const { outcome } = yield* TickClient.enqueue(sendMail, "ada", { key: "welcome" })
 *   console.assert(outcome === "new")
 *   const again = yield* Tick.enqueue(sendMail, "ada", { key: "welcome" })
 *   console.assert(again.outcome === "duplicate")
 * })
 * Effect.runPromise(program.pipe(Effect.provide(Both)))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = <R>(jobs: Jobs.Jobs<R>): Layer.Layer<TickClient, never, JobStore> =>
  Layer.effect(
    TickClient,
    Effect.map(JobStore, (store) => {
      const byName = new Map(jobs.all.map((job) => [job.name, job]))
      return make({
        jobs: byName,
        store,
        cadenceOf: ({ jobName, key, position }) => {
          const [registered] = jobs.all.flatMap((job) => (job.name === jobName ? register(Definition.of(job)) : []))
          return validCadenceOf(registered && forKey(registered, key, undefined, position.cadence.definition))
        },
        unfinished: Effect.suspend(() => store.load([...byName.keys()], "unfinished")),
        isStored: isStored(store),
        pending: store.pending,
        knows: knows(store, jobs),
        submit: (requests) => Effect.map(store.submit(requests), ({ answers }) => answers)
      })
    })
  )

/**
 * Pauses a job: see `Tick.pause`.
 *
 * @since 0.1.0
 * @category control
 */
export const pause = verbsHere.pause

/**
 * Resumes a paused job: see `Tick.resume`.
 *
 * @since 0.1.0
 * @category control
 */
export const resume = verbsHere.request("resume")

/**
 * Runs a job now, beside its plan: see `Tick.trigger`.
 *
 * @since 0.1.0
 * @category control
 */
export const trigger = verbsHere.request("trigger")

/**
 * Pauses every instance that a filter chooses: see `Tick.pauseAll`.
 *
 * @since 0.1.0
 * @category control
 */
export const pauseAll = verbsHere.pauseAll

/**
 * Resumes every paused instance that a filter chooses: see `Tick.resumeAll`.
 *
 * @since 0.1.0
 * @category control
 */
export const resumeAll = verbsHere.resumeAll

/**
 * The requests that no process has carried out yet: see `Tick.pending`.
 *
 * @since 0.1.0
 * @category control
 */
export const pending = verbsHere.pending

/**
 * Tries again now what has failed: see `Tick.retry`.
 *
 * @since 0.1.0
 * @category control
 */
export const retry = verbsHere.request("retry")

/**
 * Cancels the current occurrence of a job: see `Tick.cancel`.
 *
 * @since 0.1.0
 * @category control
 */
export const cancel = verbsHere.request("cancel")

/**
 * Deletes an instance with its state and its history: see `Tick.forget`.
 *
 * @since 0.1.0
 * @category control
 */
export const forget = verbsHere.forget

/**
 * The planned times in a range of the past, and which of them a backfill would run: see `Tick.previewBackfill`.
 *
 * @since 0.1.0
 * @category control
 */
export const previewBackfill = verbsHere.previewBackfill

/**
 * Makes up for planned times in the past: see `Tick.backfill`.
 *
 * @since 0.1.0
 * @category control
 */
export const backfill = verbsHere.backfill

/**
 * Enqueues one run of a job for a payload: see `Tick.enqueue`.
 *
 * @since 0.1.0
 * @category control
 */
export const enqueue = verbsHere.enqueue

/**
 * Enqueues a run of a job for each payload, in one transaction: see `Tick.enqueueAll`.
 *
 * @since 0.1.0
 * @category control
 */
export const enqueueAll = verbsHere.enqueueAll
