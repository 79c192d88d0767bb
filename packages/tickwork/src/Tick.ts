/**
 * One pass after the other: what is due, in what order, run, record, publish.
 *
 * A tick runs what the registry names and what the store says is due; it names no database and keeps no time of its
 * own. A job that fails stops neither the tick nor another job.
 *
 * @since 0.1.0
 */
import {
  Clock,
  Context,
  type DateTime,
  Duration,
  Effect,
  FiberRef,
  Layer,
  type Option,
  Schema,
  type Scope,
  Stream
} from "effect"
import type { Verb } from "./Control.ts"
import type { EnqueueError } from "./EnqueueError.ts"
import type { Explanation } from "./Explanation.ts"
import type { Fault, InvalidJobs } from "./InvalidJobs.ts"
import * as ErrorText from "./internal/ErrorText.ts"
import * as Alerter from "./internal/engine/Alerter.ts"
import { ClockWatch } from "./internal/engine/ClockWatch.ts"
import * as Control from "./internal/engine/Control.ts"
import { Driver } from "./internal/engine/Driver.ts"
import { Engine } from "./internal/engine/Engine.ts"
import * as Enqueue from "./internal/engine/Enqueue.ts"
import * as Instruments from "./internal/engine/Instruments.ts"
import { Listeners } from "./internal/engine/Listeners.ts"
import { longestSleepMs } from "./internal/engine/LongestSleep.ts"
import { isObserved } from "./internal/engine/Observed.ts"
import * as Replan from "./internal/engine/Reschedule.ts"
import { nowOf, Runner } from "./internal/engine/Runner.ts"
import * as Opening from "./internal/engine/Startup.ts"
import * as Status from "./internal/engine/Status.ts"
import * as Transitions from "./internal/engine/Transitions.ts"
import * as Millis from "./internal/Millis.ts"
import type { Registered } from "./internal/plan/Registered.ts"
import * as Registry from "./internal/plan/Registry.ts"
import type * as Job from "./Job.ts"
import type { JobState } from "./JobState.ts"
import type { JobStatus } from "./JobStatus.ts"
import { JobStore, type StoreError } from "./JobStore.ts"
import type * as Jobs from "./Jobs.ts"
import type { LogEntry } from "./LogEntry.ts"
import type { Alert, Recovered, TickEvent } from "./TickEvent.ts"
import type { TickHealth } from "./TickHealth.ts"

/**
 * How many events a slow listener of {@link events} may fall behind before it misses the oldest.
 *
 * @since 0.1.0
 * @category constants
 */
export const eventBuffer = 1024

/**
 * How a tick behaves.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<out R = never> {
  /** How many parallel jobs run at once; 4 unless set. */
  readonly concurrency?: number
  /**
   * For how long a call of {@link once} begins jobs; as long as anything is due unless set. Once so much time has passed,
   * it begins nothing more and waits for what runs; the rest, less urgent, waits for the next call, and counts as late
   * there, not as missed. One job begins in any case. `Tick.run` is not bounded by it.
   */
  readonly budget?: Duration.DurationInput
  /** How long running jobs may take to end once the tick is interrupted; 10 seconds unless set. */
  readonly drain?: Duration.DurationInput
  /** How long a claim stands when its holder has fallen silent; 30 seconds unless set. */
  readonly lease?: Duration.DurationInput
  /** How late an instant may be seen before it counts as missed; 1 minute unless set. */
  readonly tolerance?: Duration.DurationInput
  /**
   * How often the tick looks for what other processes have asked for on the same database: to pause, resume, trigger or
   * cancel a job. `false` unless set: then it looks when it is opened, and when its own process asks for something.
   */
  readonly watch?: Duration.DurationInput | false
  /**
   * Told when a job has failed as often in a row as its `alertAfter` says, and when it has recovered. It runs beside the
   * tick, which does not wait for it; where it fails, that is logged.
   */
  readonly onAlert?: (alert: Alert | Recovered) => Effect.Effect<unknown, unknown, R>
}

/**
 * The next planned start.
 *
 * @since 0.1.0
 * @category models
 */
export interface Next {
  readonly jobName: string
  readonly key: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

/**
 * Which instance is meant, and what the log says of whoever asks.
 *
 * @since 0.1.0
 * @category models
 */
export interface RequestOptions {
  /** Which instance of the job; the one of the whole device unless set. */
  readonly key?: string
  /** Who asks. */
  readonly by?: string
  readonly why?: string
}

/**
 * When a run is due that is enqueued, and under which key.
 *
 * @since 0.1.0
 * @category models
 */
export interface EnqueueOptions {
  /** At once unless set; what `Job.at` takes. */
  readonly at?: DateTime.DateTime.Input
  /** What is enqueued twice under one key runs once; a key of its own unless set. */
  readonly key?: string
}

/**
 * The registry of the tick does not name the job, or the job has no such instance: nothing was asked.
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
    const instance = ErrorText.instanceOf(this.jobName, this.key)
    return `This tick knows no ${instance}: name the job in the registry that the tick is made of, or give a key that the job has`
  }
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Service {
  readonly once: Effect.Effect<ReadonlyArray<LogEntry>, StoreError>
  readonly run: Effect.Effect<never>
  readonly next: Effect.Effect<Option.Option<Next>>
  readonly status: Effect.Effect<ReadonlyArray<JobStatus>>
  readonly explain: (
    job: Job.Any,
    options?: { readonly key?: string }
  ) => Effect.Effect<Explanation, InstanceNotFoundError>
  readonly unregistered: Effect.Effect<ReadonlyArray<JobState>, StoreError>
  readonly health: Effect.Effect<TickHealth>
  readonly request: (
    verb: Verb,
    job: Job.Any,
    asking?: RequestOptions
  ) => Effect.Effect<void, StoreError | InstanceNotFoundError>
  readonly enqueue: <P>(
    job: Job.Job<string, unknown, unknown, any, any, P>,
    payload: P,
    options?: EnqueueOptions
  ) => Effect.Effect<string, StoreError | InstanceNotFoundError | EnqueueError>
  readonly refreshKeys: (job?: Job.Any) => Effect.Effect<void, StoreError>
  readonly events: Stream.Stream<TickEvent>
}

/**
 * The tick of an application.
 *
 * @since 0.1.0
 * @category services
 */
export class Tick extends Context.Tag("tickwork/Tick")<Tick, Service>() {}

const optionFaults = (options: typeof usual & Options<unknown>): ReadonlyArray<Fault> => {
  const { budget, concurrency, drain, lease, tolerance, watch } = options
  const check = Registry.checkOf(null)
  const { count, span } = Registry.rules
  return [
    ...check(Registry.isCount(concurrency), "concurrency", concurrency, count),
    ...check(budget === undefined || Registry.isSpan(budget, 0), "budget", budget, span("0 ms", "50 millis")),
    ...check(Registry.isSpan(drain, 0), "drain", drain, span("0 ms", "10 seconds")),
    ...check(Registry.isSpan(lease, 1000), "lease", lease, span("1 second", "30 seconds")),
    ...check(Registry.isSpan(tolerance, 0), "tolerance", tolerance, span("0 ms", "1 minute")),
    ...check(watch === false || Registry.isSpan(watch, 1), "watch", watch, span("1 ms", "1 second"))
  ]
}

const usual = {
  concurrency: 4,
  drain: "10 seconds" as Duration.DurationInput,
  lease: Duration.millis(Registry.defaultLeaseMs) as Duration.DurationInput,
  tolerance: "1 minute" as Duration.DurationInput,
  watch: false as Duration.DurationInput | false
}

const make = <R, R2>(
  jobs: Jobs.Jobs<R>,
  options: Options<R2>
): Effect.Effect<Service, InvalidJobs | StoreError, R | R2 | JobStore | Scope.Scope> =>
  Effect.gen(function* () {
    const settings = { ...usual, ...options }
    const leaseMs = Millis.of(settings.lease)
    const registry = yield* Registry.validate(jobs, { leaseMs, others: optionFaults(settings) })
    const drainMs = Duration.toMillis(settings.drain)
    const context = yield* Effect.context<R | JobStore>()
    const store = yield* JobStore
    const clock = yield* Clock.clockWith(Effect.succeed)
    const now = nowOf(clock)

    const listeners = new Listeners<TickEvent>(eventBuffer)
    const instruments = (yield* FiberRef.get(isObserved))
      ? Instruments.make(yield* FiberRef.get(FiberRef.currentMetricLabels))
      : Instruments.none
    const publish = (event: TickEvent) => {
      listeners.publish(event)
      instruments.record(event)
    }
    const opened = yield* Opening.open(registry, now, publish)
    const requests = yield* store.pending()
    const engine = new Engine({
      registry: registry as ReadonlyArray<Registered>,
      requests,
      places: { serial: 1, parallel: settings.concurrency },
      owner: store.owner.id,
      isGone: store.owner.isGone,
      leaseMs,
      toleranceMs: Duration.toMillis(settings.tolerance),
      now
    })
    Transitions.open(engine, opened, now)
    yield* Effect.addFinalizer(() => Effect.sync(() => instruments.standing(0, 0)))
    instruments.standing(engine.due, engine.instances.size)
    const runner = new Runner(engine, context as Context.Context<never>, publish, instruments)
    const driver = new Driver({
      engine,
      runner,
      store,
      watch: new ClockWatch(clock, now),
      publish,
      instruments,
      onAlert: yield* Alerter.make(options.onAlert, drainMs),
      replan: (instances, now) =>
        Replan.changed(
          instances.map(({ registered, state }) => [registered, state] as const),
          now,
          Replan.stepLater(now)
          // an initial state that cannot be encoded is refused when the registry is opened
        ).pipe(Effect.orDie),
      begin: (instances, now) => Effect.orDie(Opening.beginAll(instances, now, Replan.stepLater(now))),
      budgetMs: settings.budget === undefined ? Number.POSITIVE_INFINITY : Duration.toMillis(settings.budget),
      drainMs,
      leaseMs,
      longestSleepMs: yield* FiberRef.get(longestSleepMs),
      watchMs: settings.watch === false ? Number.POSITIVE_INFINITY : Duration.toMillis(settings.watch),
      requestsReadAt: now
    })
    return {
      once: driver.once,
      run: driver.run,
      next: Effect.sync(() => Status.next(engine)),
      status: Effect.map(Clock.currentTimeMillis, (now) => Status.of(engine, now)),
      explain: ({ name: jobName }, { key = "" } = {}) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) => {
          const explanation = Status.explain(engine, { jobName, key }, now)
          return explanation === null ? new InstanceNotFoundError({ jobName, key }) : Effect.succeed(explanation)
        }),
      unregistered: unknownTo(store, new Set(registry.map(({ job }) => job.name))),
      health: driver.health,
      request: (verb, { name }, { by = "", key = "", why = "" } = {}) =>
        Effect.suspend(
          (): Effect.Effect<void, StoreError | InstanceNotFoundError> =>
            Control.knows(engine, { jobName: name, key })
              ? driver.submit({ verb, jobName: name, key, at: nowOf(clock), by, why, dueAt: null, payload: null })
              : new InstanceNotFoundError({ jobName: name, key })
        ),
      enqueue: (job, payload, options = {}) =>
        Effect.gen(function* () {
          if (!registry.some((registered) => registered.job.name === job.name)) {
            return yield* new InstanceNotFoundError({ jobName: job.name, key: "" })
          }
          const at = yield* Clock.currentTimeMillis
          const { dueAt, key, encoded } = yield* Enqueue.checked(job, payload, options, at)
          const request = {
            verb: "enqueue",
            jobName: job.name,
            key,
            at,
            by: "",
            why: "",
            dueAt,
            payload: encoded
          } as const
          yield* driver.submit(request)
          return key
        }),
      refreshKeys: (job) => driver.refreshKeys(job?.name),
      events: listeners.stream
    }
  })

const unknownTo = (store: JobStore["Type"], known: ReadonlySet<string>) =>
  Effect.flatMap(store.names, (names) => {
    const unknown = names.filter((name) => !known.has(name))
    return unknown.length === 0 ? Effect.succeed([]) : store.load(unknown)
  })

/**
 * The tick of a registry. It starts nothing by itself: use {@link once} or {@link run}, or {@link layerDaemon}.
 *
 * It needs what the jobs need, and a `JobStore`. It fails with `InvalidJobs`, which lists every fault of the
 * registry, and with `StoreError`.
 *
 * @example
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { Job, JobStore, Jobs, Tick } from "tickwork"
 *
 * const hello = Job.make("hello", Effect.log("hello")).pipe(Job.every("5 seconds"))
 * const TickLive = Tick.layer(Jobs.make(hello)).pipe(Layer.provide(JobStore.layerMemory))
 *
 * Effect.runPromise(Tick.once.pipe(Effect.provide(TickLive))).then((runs) => {
 *   console.assert(runs.length === 1 && runs[0]?.status === "success")
 * })
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = <R, R2 = never>(
  jobs: Jobs.Jobs<R>,
  options: Options<R2> = {}
): Layer.Layer<Tick, InvalidJobs | StoreError, R | R2 | JobStore> => Layer.scoped(Tick, make(jobs, options))

/**
 * The tick of a registry, running for as long as the layer lives; it drains when the layer is closed.
 *
 * @example
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { Job, JobStore, Jobs, Tick } from "tickwork"
 *
 * const hello = Job.make("hello", Effect.log("hello")).pipe(Job.every("5 seconds"))
 * const Background = Tick.layerDaemon(Jobs.make(hello)).pipe(Layer.provide(JobStore.layerMemory))
 *
 * const app = Effect.log("the application does its own work").pipe(Effect.provide(Background))
 * Effect.runPromise(app)
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerDaemon = <R, R2 = never>(
  jobs: Jobs.Jobs<R>,
  options: Options<R2> = {}
): Layer.Layer<Tick, InvalidJobs | StoreError, R | R2 | JobStore> =>
  Layer.scoped(
    Tick,
    Effect.tap(make(jobs, options), (tick) => Effect.forkScoped(tick.run))
  )

/**
 * Runs exactly what is due now, waits for it to be recorded, and answers the lines of the log.
 *
 * For a host that ticks at times of its own. With nothing due it touches no row and costs a few microseconds.
 *
 * @since 0.1.0
 * @category running
 */
export const once: Effect.Effect<ReadonlyArray<LogEntry>, StoreError, Tick> = Effect.flatMap(Tick, (tick) => tick.once)

/**
 * Sleeps until something is due, runs it, and so on for ever.
 *
 * Interrupted, it starts nothing more, gives running jobs the time of `drain`, interrupts what is left, records it
 * and ends. A store that fails is logged and tried again, from 1 second up to 1 minute later.
 *
 * `Effect.race` does not wait for what it interrupts: to stop a tick on a signal of your own, fork it into a scope
 * (`Effect.forkScoped`) or use {@link layerDaemon}, which both wait.
 *
 * @since 0.1.0
 * @category running
 */
export const run: Effect.Effect<never, never, Tick> = Effect.flatMap(Tick, (tick) => tick.run)

/**
 * The earliest planned start; none when every job has finished or runs right now.
 *
 * @since 0.1.0
 * @category looking
 */
export const next: Effect.Effect<Option.Option<Next>, never, Tick> = Effect.flatMap(Tick, (tick) => tick.next)

/**
 * Every instance of the registry with its state and its decision: first what is due, in the order in which it starts,
 * then the others in the order of their names.
 *
 * @since 0.1.0
 * @category looking
 */
export const status: Effect.Effect<ReadonlyArray<JobStatus>, never, Tick> = Effect.flatMap(Tick, (tick) => tick.status)

/**
 * Why an instance runs now, or waits: what is decided of it, when it is looked at next, and what stands behind that, such
 * as the job that it waits for, which backs off after an error. `Explanation.toText` says it in a sentence.
 *
 * @example
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { Explanation, Job, JobStore, Jobs, Tick } from "tickwork"
 *
 * const fetch = Job.make("fetch", Effect.void).pipe(Job.at("2100-01-01T00:00:00Z"))
 * const index = Job.make("index", Effect.void).pipe(Job.after([fetch]))
 * const TickLive = Tick.layer(Jobs.make(fetch, index)).pipe(Layer.provide(JobStore.layerMemory))
 *
 * Effect.runPromise(Tick.explain(index).pipe(Effect.provide(TickLive))).then((explanation) => {
 *   console.assert(
 *     Explanation.toText(explanation) ===
 *       '"index" waits for "fetch"; "fetch" is not due until 2100-01-01T00:00:00.000Z.'
 *   )
 * })
 * ```
 *
 * @since 0.1.0
 * @category looking
 */
export const explain = (
  job: Job.Any,
  options?: { readonly key?: string }
): Effect.Effect<Explanation, InstanceNotFoundError, Tick> => Effect.flatMap(Tick, (tick) => tick.explain(job, options))

/**
 * How the tick is doing: when it last looked, what has waited longest, and whether the store answers.
 *
 * @example
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { Job, JobStore, Jobs, Tick } from "tickwork"
 *
 * const hello = Job.make("hello", Effect.void).pipe(Job.every("5 seconds"))
 * const TickLive = Tick.layer(Jobs.make(hello)).pipe(Layer.provide(JobStore.layerMemory))
 *
 * Effect.runPromise(Tick.health.pipe(Effect.provide(TickLive))).then(({ oldestOverdue, store }) => {
 *   console.assert(store.isReachable && oldestOverdue?.jobName === "hello")
 * })
 * ```
 *
 * @since 0.1.0
 * @category looking
 */
export const health: Effect.Effect<TickHealth, never, Tick> = Effect.flatMap(Tick, (tick) => tick.health)

type HasPayload<P> = [void] extends [P]
  ? Job.Cure<"a job is enqueued for a payload: make it with one, Job.make(name, { payload: MySchema }, (run) => ...)">
  : unknown

type ByValue<J> = [Extract<J, string>] extends [never]
  ? unknown
  : Job.Cure<"a job is told by its value, not by its name: pass what Job.make has made">

const ask =
  (verb: Verb) =>
  <J extends Job.Any | string>(
    job: J & ByValue<J>,
    asking?: RequestOptions
  ): Effect.Effect<void, StoreError | InstanceNotFoundError, Tick> =>
    Effect.flatMap(Tick, (tick) => tick.request(verb, job as Job.Any, asking))

/**
 * Pauses a job: what runs goes on, and nothing more of it begins by itself, until {@link resume}. It survives a restart,
 * holds for every process on the database, and is in the log with who and why.
 *
 * When it returns, the request is stored; it is done at once where this process may do it, and otherwise by whoever
 * runs the job now, within the time of its `watch`. Inside a transaction on the store's client it is part of that.
 *
 * @example
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { Job, JobStore, Jobs, Tick } from "tickwork"
 *
 * const sync = Job.make("sync", Effect.void).pipe(Job.every("5 seconds"))
 * const TickLive = Tick.layer(Jobs.make(sync)).pipe(Layer.provide(JobStore.layerMemory))
 *
 * const program = Effect.gen(function* () {
 *   yield* Tick.pause(sync, { by: "alice", why: "the server moves" })
 *   console.assert((yield* Tick.once).length === 0)
 *   yield* Tick.resume(sync, { by: "alice" })
 *   console.assert((yield* Tick.once).length === 1)
 * })
 * Effect.runPromise(program.pipe(Effect.provide(TickLive)))
 * ```
 *
 * @since 0.1.0
 * @category control
 */
export const pause = ask("pause")

/**
 * Lets a paused job go on. What it would have run meanwhile counts as missed: its policy decides.
 *
 * @since 0.1.0
 * @category control
 */
export const resume = ask("resume")

/**
 * Runs a job now, beside its plan: its cadence is not asked, its conditions are not looked at, and a pause does not keep
 * it. It has a `runKey` of its own, and is tried again as any other run is. Who asks twice before it runs gets one run.
 *
 * @since 0.1.0
 * @category control
 */
export const trigger = ask("trigger")

/**
 * Stops what a job is doing: a run that goes on is interrupted, and recorded as `interrupted`; neither it nor an attempt
 * that was to be made again is tried again, and a run that somebody asked for is called off. The cadence goes on.
 *
 * @since 0.1.0
 * @category control
 */
export const cancel = ask("cancel")

/**
 * Has a job run once for a payload, now or at an instant, and answers the key of that run. The job is made with a
 * `payload`; the run is told it, and has a state, retries and a history of its own.
 *
 * It is stored when this returns, so it survives a restart; inside a transaction on the store's client it is part of
 * that. Each key runs once for as long as something is stored of it: {@link forget} sets it free. With {@link cancel} a
 * run is called off or stopped, with {@link trigger} it is brought forward.
 *
 * It fails with `EnqueueError` where the payload cannot be encoded, the instant is none or the key will not do, and with
 * `InstanceNotFoundError` where the registry does not name the job.
 *
 * @example
 * ```ts
 * import { Effect, Layer, Schema } from "effect"
 * import { Job, JobStore, Jobs, Tick } from "tickwork"
 *
 * const Mail = Schema.Struct({ to: Schema.String, text: Schema.String })
 * const sendMail = Job.make("send_mail", { payload: Mail }, (run) => Effect.log(`to ${run.payload.to}`))
 * const TickLive = Tick.layer(Jobs.make(sendMail)).pipe(Layer.provide(JobStore.layerMemory))
 *
 * const program = Effect.gen(function* () {
 *   yield* Tick.enqueue(sendMail, { to: "ada", text: "hello" }, { key: "greeting" })
 *   yield* Tick.enqueue(sendMail, { to: "ada", text: "hello" }, { key: "greeting" })
 *   yield* Tick.enqueue(sendMail, { to: "grace", text: "a happy new year" }, { at: "2100-01-01T00:00:00Z" })
 *   console.assert((yield* Tick.once).length === 1)
 * })
 * Effect.runPromise(program.pipe(Effect.provide(TickLive)))
 * ```
 *
 * @since 0.1.0
 * @category control
 */
export const enqueue = <P>(
  job: Job.Job<string, unknown, unknown, any, any, P> & HasPayload<P>,
  payload: NoInfer<P>,
  options?: EnqueueOptions
): Effect.Effect<string, StoreError | InstanceNotFoundError | EnqueueError, Tick> =>
  Effect.flatMap(Tick, (tick) => tick.enqueue(job, payload, options))

/**
 * Removes an instance with its state, its memory and its history, once it is not running. One that is still wanted, a
 * job without keys or a key that is still listed, begins anew as on the first day.
 *
 * @since 0.1.0
 * @category control
 */
export const forget = ask("forget")

/**
 * Lists the keys of a job now, or those of all jobs: instances of new keys begin, and one whose key two lists in a row
 * have lacked rests: nothing of it is lost, and when its key is back it goes on where it was.
 *
 * Keys are also listed when the tick is opened, when an instance is due and they are older than a minute, and as often
 * as the job's `refresh` says. A list that fails changes nothing, and is told of by the event `KeysFailed`.
 *
 * @example
 * ```ts
 * import { Effect, Layer, Ref } from "effect"
 * import { Job, JobStore, Jobs, Tick } from "tickwork"
 *
 * const program = Effect.gen(function* () {
 *   const peers = yield* Ref.make(["ada"])
 *   const ping = Job.make("ping", { keys: Ref.get(peers) }, (run) => Effect.log(`to ${run.key}`)).pipe(Job.every("1 hour"))
 *   const built = yield* Layer.build(Tick.layer(Jobs.make(ping)).pipe(Layer.provide(JobStore.layerMemory)))
 *   const runs = Effect.gen(function* () {
 *     console.assert((yield* Tick.once).length === 1)
 *     yield* Ref.set(peers, ["ada", "grace"])
 *     yield* Tick.refreshKeys(ping)
 *     const [run] = yield* Tick.once
 *     console.assert(run?.key === "grace")
 *   })
 *   yield* Effect.provide(runs, built)
 * })
 * Effect.runPromise(Effect.scoped(program))
 * ```
 *
 * @since 0.1.0
 * @category running
 */
export const refreshKeys = (job?: Job.Any): Effect.Effect<void, StoreError, Tick> =>
  Effect.flatMap(Tick, (tick) => tick.refreshKeys(job))

/**
 * What is stored of jobs that the registry does not name: it is encoded, and never run. A job that comes back goes on
 * where it was; one that bears another name now takes it over with {@link Job.renamedFrom}.
 *
 * @since 0.1.0
 * @category looking
 */
export const unregistered: Effect.Effect<ReadonlyArray<JobState>, StoreError, Tick> = Effect.flatMap(
  Tick,
  (tick) => tick.unregistered
)

/**
 * What happens from when the stream is run: what begins, each line of the log once it is committed, and what goes wrong,
 * as `TickEvent` lists them. The stream never ends by itself and never fails.
 *
 * A listener never slows the tick, and costs no other listener an event. One that falls more than {@link eventBuffer}
 * events behind misses the oldest, and goes on with the newest that many. It can tell by the numbers of the lines: `seq`
 * counts up by one within an instance, and stays only where a verdict is that of the line before. The log itself lacks
 * nothing: what has to be known to the last line is read from there.
 *
 * @example
 * ```ts
 * import { Effect, Fiber, Layer, Stream } from "effect"
 * import { Job, JobStore, Jobs, Tick } from "tickwork"
 *
 * const hello = Job.make("hello", Effect.log("hello")).pipe(Job.every("5 seconds"))
 * const TickLive = Tick.layer(Jobs.make(hello)).pipe(Layer.provide(JobStore.layerMemory))
 *
 * const program = Effect.gen(function* () {
 *   const listening = yield* Effect.fork(Stream.runCollect(Stream.take(Tick.events, 2)))
 *   // nobody hears what happened before the stream runs
 *   yield* Effect.yieldNow()
 *   yield* Tick.once
 *   const [started, recorded] = yield* Fiber.join(listening)
 *   console.assert(started?._tag === "RunStarted")
 *   console.assert(recorded?._tag === "RunRecorded" && recorded.run.status === "success")
 * })
 * Effect.runPromise(program.pipe(Effect.provide(TickLive)))
 * ```
 *
 * @since 0.1.0
 * @category looking
 */
export const events: Stream.Stream<TickEvent, never, Tick> = Stream.unwrap(Effect.map(Tick, (tick) => tick.events))
