/**
 * Runs the due jobs of a registry: it claims, runs, records and publishes them in their order.
 *
 * It names no database, and a failing job stops neither the tick nor another job.
 *
 * @since 0.1.0
 */
import { Clock, Context, Duration, Effect, FiberRef, FiberSet, Layer, Option, type Scope, Stream, Struct } from "effect"
import type { Explanation } from "./Explanation.ts"
import type { Fault, InvalidJobs } from "./InvalidJobs.ts"
import * as Alerter from "./internal/engine/Alerter.ts"
import { ClockWatch } from "./internal/engine/ClockWatch.ts"
import * as Control from "./internal/engine/Control.ts"
import { Driver } from "./internal/engine/Driver.ts"
import * as Elsewhere from "./internal/engine/Elsewhere.ts"
import { Engine } from "./internal/engine/Engine.ts"
import * as Hearing from "./internal/engine/Hearing.ts"
import * as Instruments from "./internal/engine/Instruments.ts"
import { Listeners } from "./internal/engine/Listeners.ts"
import * as LongestSleep from "./internal/engine/LongestSleep.ts"
import { isObserved } from "./internal/engine/Observed.ts"
import * as OddRegistry from "./internal/engine/OddRegistry.ts"
import { Presence } from "./internal/engine/Presence.ts"
import * as Releases from "./internal/engine/Releases.ts"
import { nowOf, Runner } from "./internal/engine/Runner.ts"
import { leaveAtStop, Share } from "./internal/engine/Share.ts"
import * as ShortWithin from "./internal/engine/ShortWithin.ts"
import * as Startup from "./internal/engine/Startup.ts"
import * as Status from "./internal/engine/Status.ts"
import * as Stranded from "./internal/engine/Stranded.ts"
import * as Transitions from "./internal/engine/Transitions.ts"
import { graceMs } from "./internal/engine/Tuning.ts"
import * as Millis from "./internal/Millis.ts"
import { type Registered, validCadenceOf } from "./internal/plan/Registered.ts"
import * as Registry from "./internal/plan/Registry.ts"
import type * as Job from "./Job.ts"
import type { JobState } from "./JobState.ts"
import type { JobStatus } from "./JobStatus.ts"
import { JobStore, type StoreError } from "./JobStore.ts"
import type * as Jobs from "./Jobs.ts"
import { JobTransaction } from "./JobTransaction.ts"
import type { LogEntry } from "./LogEntry.ts"
import * as Placement from "./Placement.ts"
import * as TickClient from "./TickClient.ts"
import type { Alert, Recovered, TickEvent } from "./TickEvent.ts"
import type { TickHealth } from "./TickHealth.ts"

/**
 * How many events a listener of {@link events} may fall behind before it misses the oldest.
 *
 * @since 0.1.0
 * @category constants
 */
export const eventBuffer = 1024

/**
 * The options of a tick.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<out R = never> {
  /** How many parallel jobs run at once; 4 by default. */
  readonly concurrency?: number
  /**
   * How long a call of {@link once} starts jobs; unlimited by default. After that time it only waits for running jobs; the
   * less urgent rest waits for the next call and counts as late there, not as missed. One job always starts. `Tick.run`
   * has no budget.
   */
  readonly budget?: Duration.DurationInput
  /** How long running jobs may take to end once the tick is interrupted; 10 seconds by default. */
  readonly drain?: Duration.DurationInput
  /** How long a claim lasts after its holder's last renewal; 30 seconds by default. */
  readonly lease?: Duration.DurationInput
  /** How late an instant may be collected before it counts as missed; 1 minute by default. */
  readonly tolerance?: Duration.DurationInput
  /**
   * How long a due job may wait for a slot before it counts as starving: a warning, the event `Starving` and
   * `Tick.health` name it and the jobs that hold the slot. 30 seconds by default; `Duration.infinity` for never.
   */
  readonly starvingAfter?: Duration.DurationInput
  /**
   * How long a run without a timeout may take before it counts as stuck: a warning, the event `Stuck` and `Tick.health` name
   * it. 10 minutes by default; `Duration.infinity` for never.
   */
  readonly stuckAfter?: Duration.DurationInput
  /**
   * How long a run may take before it counts as stuck where it takes longer than three of its intervals, too. 1 minute by
   * default; `Duration.infinity` for never.
   */
  readonly overrunAfter?: Duration.DurationInput
  /**
   * How the tick hears of the requests of other processes on the same database, such as to enqueue a run or to pause a
   * job. `"auto"` by default: the database tells of them, and nothing wakes while nothing happens; where it cannot, they
   * are read each second, and `Tick.health` says why. A duration is how often they are read instead. With `false` they are
   * read at start-up and with each request of this process.
   */
  readonly watch?: Duration.DurationInput | "auto" | false
  /**
   * How often a waiting tick checks the clock although nothing is due: 1 minute by default, from 1 second to 1 day. Each
   * check is a wake-up, and says that the process lives. With a longer one that much later it notices a clock that was set, a
   * machine that was suspended, a connection that no longer hears, and a newer release that has come or gone.
   */
  readonly clockCheck?: Duration.DurationInput
  /**
   * Called when a job has failed `alertAfter` times in a row, and when it has recovered. The tick does not wait for it; its
   * failures are logged. It is interrupted after 30 seconds, or as `alertTimeout` says. There is one call at a time for each
   * job: what comes meanwhile waits, of each instance the newest alone.
   */
  readonly onAlert?: (alert: Alert | Recovered) => Effect.Effect<unknown, unknown, R>
  /** How long a call of `onAlert` may take; 30 seconds by default. */
  readonly alertTimeout?: Duration.DurationInput
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
 * @since 0.1.0
 * @category models
 */
export type { EnqueueAllOptions, Enqueued, EnqueueOptions, Filter, PauseOptions, RequestOptions } from "./TickClient.ts"

/**
 * @since 0.1.0
 * @category errors
 */
export { InstanceNotFoundError } from "./TickClient.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Service extends TickClient.Service {
  readonly once: Effect.Effect<ReadonlyArray<LogEntry>, StoreError>
  readonly run: Effect.Effect<never>
  readonly next: Effect.Effect<Option.Option<Next>>
  readonly status: Effect.Effect<ReadonlyArray<JobStatus>>
  readonly explain: (
    job: Job.Any,
    options?: { readonly key?: string }
  ) => Effect.Effect<Explanation, TickClient.InstanceNotFoundError>
  readonly unregistered: Effect.Effect<ReadonlyArray<JobState>, StoreError>
  readonly health: Effect.Effect<TickHealth>
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

const optionFaults = (options: typeof defaults & Options<unknown>): ReadonlyArray<Fault> => {
  const { alertTimeout, budget, clockCheck, concurrency, drain, lease, tolerance, watch } = options
  const check = Registry.checkOf(null)
  const { count, span } = Registry.rules
  return [
    ...check(Registry.isCount(concurrency), "concurrency", concurrency, count),
    ...check(budget === undefined || Registry.isSpan(budget, 0), "budget", budget, span("0 ms", "50 millis")),
    ...check(Registry.isSpan(drain, 0), "drain", drain, span("0 ms", "10 seconds")),
    ...check(Registry.isSpan(lease, 1000), "lease", lease, span("1 second", "30 seconds")),
    ...check(Registry.isSpan(tolerance, 0), "tolerance", tolerance, span("0 ms", "1 minute")),
    ...Object.entries(Struct.pick(options, "overrunAfter", "starvingAfter", "stuckAfter")).flatMap(([option, value]) =>
      check(Millis.of(value) >= 1, option, value, Registry.rules.patience)
    ),
    ...check(
      Registry.isSpan(clockCheck, 1000) && Millis.of(clockCheck) <= Duration.toMillis("1 day"),
      "clockCheck",
      clockCheck,
      Registry.rules.clockCheck
    ),
    ...check(Registry.isSpan(alertTimeout, 1), "alertTimeout", alertTimeout, span("1 ms", "30 seconds")),
    ...check(watch === false || watch === "auto" || Registry.isSpan(watch, 1), "watch", watch, span("1 ms", "1 second"))
  ]
}

const defaults = {
  concurrency: 4,
  drain: "10 seconds" as Duration.DurationInput,
  lease: Duration.millis(Registry.defaultLeaseMs) as Duration.DurationInput,
  tolerance: "1 minute" as Duration.DurationInput,
  starvingAfter: "30 seconds" as Duration.DurationInput,
  stuckAfter: "10 minutes" as Duration.DurationInput,
  overrunAfter: "1 minute" as Duration.DurationInput,
  alertTimeout: "30 seconds" as Duration.DurationInput,
  clockCheck: Duration.millis(LongestSleep.defaultMs) as Duration.DurationInput,
  watch: "auto" as Hearing.Setting
}

const make = <R, R2>(
  jobs: Jobs.Jobs<R>,
  options: Options<R2>
): Effect.Effect<Service, InvalidJobs | StoreError, R | R2 | JobStore | Scope.Scope> =>
  Effect.gen(function* () {
    const settings = { ...defaults, ...options }
    const leaseMs = Millis.of(settings.lease)
    const transaction = Option.getOrUndefined(yield* Effect.serviceOption(JobTransaction))
    const registry = yield* Registry.validate(jobs, {
      leaseMs,
      isolations: transaction?.isolations,
      others: optionFaults(settings)
    })
    const drainMs = Duration.toMillis(settings.drain)
    const context = yield* Effect.context<R | JobStore>()
    const store = yield* JobStore
    const clock = yield* Clock.clockWith(Effect.succeed)
    const now = nowOf(clock)
    // opening may take a while, which is no jump
    const watch = new ClockWatch(clock, now)

    const listeners = new Listeners<TickEvent>(eventBuffer)
    const instruments = (yield* FiberRef.get(isObserved))
      ? Instruments.make(yield* FiberRef.get(FiberRef.currentMetricLabels))
      : Instruments.none
    const publish = (event: TickEvent) => {
      listeners.publish(event)
      instruments.record(event)
    }
    const clockCheckMs = Millis.of(settings.clockCheck)
    const longestSleep = yield* LongestSleep.within(clockCheckMs)
    const toleranceMs = Duration.toMillis(settings.tolerance)
    const presence = yield* Effect.acquireRelease(
      Effect.tap(
        Effect.succeed(new Presence({ store, registry, beats: Number.isFinite(longestSleep), clockCheckMs })),
        (presence) => presence.open
      ),
      // in real time: while a scope closes, no test moves its clock
      (presence) =>
        Effect.withClock(
          Effect.ignore(Effect.timeout(Effect.interruptible(Effect.disconnect(presence.leave)), graceMs)),
          Clock.make()
        )
    )
    for (const warning of [...OddRegistry.warnings(registry), ...ShortWithin.warnings(registry)])
      yield* Effect.logWarning(warning)
    yield* Releases.warnOfClock(presence)
    yield* Effect.forEach(presence.leftJobs, (jobName) => Effect.logWarning(Releases.leftWarning(presence, jobName)))
    const share = new Share(yield* Placement.Placement, registry)
    const opened = yield* Startup.open(registry, { now, toleranceMs, presence, share, publish })
    const hearing = new Hearing.Hearing(settings.watch, publish)
    yield* hearing.listen(store)
    const { mark, requests } = yield* store.requestsSince(null, share.requests([]))
    const engine = new Engine({
      registry: registry as ReadonlyArray<Registered>,
      requests,
      settings: {
        places: { serial: 1, parallel: settings.concurrency },
        budgetMs: settings.budget === undefined ? Number.POSITIVE_INFINITY : Duration.toMillis(settings.budget),
        drainMs,
        leaseMs,
        toleranceMs,
        delays: {
          starvingMs: Millis.of(settings.starvingAfter),
          stuckMs: Millis.of(settings.stuckAfter),
          overrunMs: Millis.of(settings.overrunAfter)
        },
        longestSleepMs: longestSleep
      },
      owner: store.owner,
      presence,
      share,
      keys: opened.keys,
      now
    })
    Transitions.open(engine, opened as Startup.Opened<never>, now)
    for (const warning of Stranded.allWarnings(engine)) yield* Effect.logWarning(warning)
    for (const { warning } of engine.notices.splice(0)) if (warning !== null) yield* Effect.logWarning(warning)
    yield* Effect.addFinalizer(() => Effect.sync(() => instruments.standing(0, 0)))
    instruments.standing(engine.lanes.size, engine.instances.size)
    const runInScope = yield* FiberSet.runtime(yield* FiberSet.make<void>())<never>()
    const runner = new Runner(engine, context as Context.Context<never>, publish, instruments)
    const driver = new Driver({
      engine,
      runner,
      store,
      watch,
      hearing,
      mark,
      publish,
      instruments,
      afterwards: (effect) => void runInScope(Effect.zipRight(Effect.yieldNow(), effect)),
      onAlert: yield* Alerter.make(options.onAlert, { timeoutMs: Millis.of(settings.alertTimeout), graceMs: drainMs })
    })
    yield* share.listen(() => runner.wake())
    const knowsElsewhere = TickClient.knows(store, jobs)
    const client = TickClient.make({
      jobs: new Map(jobs.all.map((job) => [job.name, job])),
      store,
      cadenceOf: (state) => validCadenceOf(engine.registeredOf(state)),
      unfinished: share.isAll
        ? Effect.sync(() => [...engine.instances].map(({ state }) => state))
        : Effect.suspend(() => store.load([...engine.registry.keys()], "unfinished")),
      isStored: TickClient.isStored(store),
      pending: store.pending,
      knows: (ref) => (share.has(ref) ? Effect.sync(() => Control.knows(engine, ref)) : knowsElsewhere(ref)),
      submit: (requests) => driver.submit(requests)
    })
    const known = Effect.all({
      now: Clock.currentTimeMillis,
      requests: Effect.suspend(() => Status.pending(engine, hearing, store))
    })
    return {
      ...client,
      once: driver.once,
      run: driver.run,
      next: Effect.map(known, ({ now, requests }) => Status.next(engine, now, requests)),
      status: Effect.zipWith(known, Elsewhere.all(engine, store), (known, others) =>
        Status.of(engine, { ...known, others })
      ),
      explain: ({ name: jobName }, { key = "" } = {}) =>
        Effect.flatMap(Effect.zip(known, Elsewhere.around(engine, store, { jobName, key })), ([known, others]) => {
          const explanation = Status.explain(engine, { jobName, key }, { ...known, others })
          return explanation ? Effect.succeed(explanation) : new TickClient.InstanceNotFoundError({ jobName, key })
        }),
      unregistered: unknownTo(store, new Set(registry.map(({ job }) => job.name))),
      health: driver.health,
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
 * The tick of a registry. It starts nothing by itself: use {@link once}, {@link run} or {@link layerDaemon}.
 *
 * With a `Placement` it takes care of some partitions alone, of which it leaves and takes instances while it runs.
 *
 * It requires the services of its jobs and a `JobStore`. Fails with `InvalidJobs`, which lists every fault of the registry,
 * and with `StoreError`.
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
 * The tick of a registry, which runs in the background until the layer is closed and then drains.
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
    Effect.tap(make(jobs, options), (tick) => Effect.zipRight(Effect.forkScoped(tick.run), leaveAtStop))
  )

/**
 * Runs exactly what is due now, records it and returns the log entries.
 *
 * Use it where the application decides when to tick. With nothing due it reads no job and costs a few microseconds; once a
 * minute it also stores that this process lives.
 *
 * @since 0.1.0
 * @category running
 */
export const once: Effect.Effect<ReadonlyArray<LogEntry>, StoreError, Tick> = Effect.withFiberRuntime(
  (fiber) => Context.unsafeGet(fiber.currentContext, Tick).once
)

/**
 * Runs what is due and sleeps until the next instance is due, without end.
 *
 * When it is interrupted, it starts nothing more, gives running jobs the time of `drain`, interrupts and records the rest,
 * and ends. A failing store is logged and retried, from 1 second up to 1 minute later.
 *
 * `Effect.race` does not wait for the fiber that it interrupts: to stop a tick on a signal, fork it into a scope
 * (`Effect.forkScoped`) or use {@link layerDaemon}. Both wait for the drain.
 *
 * @since 0.1.0
 * @category running
 */
export const run: Effect.Effect<never, never, Tick> = Effect.flatMap(Tick, (tick) => tick.run)

/**
 * The earliest planned start, pending requests included; `None` when every job has finished or is running. With a
 * `Placement`, of the instances that this process takes care of.
 *
 * @since 0.1.0
 * @category looking
 */
export const next: Effect.Effect<Option.Option<Next>, never, Tick> = Effect.flatMap(Tick, (tick) => tick.next)

/**
 * Every instance of the registry with its state and its decision: first the due ones in the order in which they start,
 * then the others by name. With a `Placement`, those of other processes follow, as they are stored; where the store does
 * not answer they are left out.
 *
 * @since 0.1.0
 * @category looking
 */
export const status: Effect.Effect<ReadonlyArray<JobStatus>, never, Tick> = Effect.flatMap(Tick, (tick) => tick.status)

/**
 * Why an instance runs or waits: its decision, when it is checked next, and the reasons behind it, such as a job that it
 * waits for and that backs off after an error. `Explanation.toText` says it in a sentence. With a `Placement` it says where
 * the instance is, too, and of one that another process takes care of what is stored.
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
): Effect.Effect<Explanation, TickClient.InstanceNotFoundError, Tick> =>
  Effect.flatMap(Tick, (tick) => tick.explain(job, options))

/**
 * The health of the tick: when it last checked for due jobs, which one has waited longest, and whether the store answers.
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

const {
  backfill: backfillOne,
  previewBackfill: previewOne,
  enqueue: enqueueOne,
  enqueueAll: enqueueMany,
  forget: forgetOne,
  pause: pauseOne,
  pauseAll: pauseMany,
  pending: pendingRequests,
  request,
  resumeAll: resumeMany
} = TickClient.verbs(Tick)

/**
 * Pauses a job: a current run continues, and no planned run starts until {@link resume}, or until the instant `until`, at
 * which the pause ends by itself. The pause survives a restart, holds for every process on the database, and the log says
 * who paused it and why. What is paused twice was paused by the first, and for the longer time.
 *
 * Fails with `RequestError` where `until` is no later instant.
 *
 * When it returns, the request is stored. This process does it at once, unless another process runs the job: that one
 * does it as soon as it hears of it. A transaction on the store's client includes the request.
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
export const pause = pauseOne

/**
 * Resumes a paused job. What was planned during the pause counts as missed: its catch-up policy decides.
 *
 * @since 0.1.0
 * @category control
 */
export const resume = request("resume")

/**
 * The requests of all processes that none has carried out yet, the oldest first, as the store has them: pauses, triggers,
 * enqueued runs. {@link status} and {@link explain} have those of each instance, as far as this process knows them.
 *
 * @example
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { Job, JobStore, Jobs, Tick, TickClient } from "tickwork"
 *
 * const sync = Job.make("sync", Effect.void).pipe(Job.every("5 seconds"))
 * const jobs = Jobs.make(sync)
 * const Both = Layer.merge(TickClient.layer(jobs), Tick.layer(jobs)).pipe(Layer.provide(JobStore.layerMemory))
 *
 * const program = Effect.gen(function* () {
 *   yield* Tick.once
 *   yield* TickClient.pause(sync, { by: "alice" })
 *   const [pause] = yield* Tick.pending
 *   console.assert(pause?.verb === "pause" && pause.by === "alice")
 * })
 * Effect.runPromise(program.pipe(Effect.provide(Both)))
 * ```
 *
 * @since 0.1.0
 * @category looking
 */
export const pending = pendingRequests

/**
 * Runs a job now, beside its plan: its cadence is not stepped, its conditions are not checked, and a pause does not stop
 * it. The run has its own `runKey` and is retried as any other run. Two triggers before it starts make one run.
 *
 * @since 0.1.0
 * @category control
 */
export const trigger = request("trigger")

/**
 * Pauses every instance that a filter chooses and that is not paused yet, in one transaction, and answers which they are.
 * Each has its own request and its own entry in the log, as from {@link pause}.
 *
 * What is enqueued afterwards, and a key that is listed for the first time, is not paused.
 *
 * @example
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { Job, JobStore, Jobs, Tick } from "tickwork"
 *
 * const sync = Job.make("sync", Effect.void).pipe(Job.every("5 seconds"))
 * const purge = Job.make("purge", Effect.void).pipe(Job.every("1 hour"))
 * const TickLive = Tick.layer(Jobs.make(sync, purge)).pipe(Layer.provide(JobStore.layerMemory))
 *
 * const program = Effect.gen(function* () {
 *   const paused = yield* Tick.pauseAll((job) => job !== sync, { by: "alice", why: "the disk is full" })
 *   console.assert(paused.map(({ jobName }) => jobName).join() === "purge")
 *   console.assert((yield* Tick.once).length === 1)
 *   const resumed = yield* Tick.resumeAll(() => true, { by: "alice" })
 *   console.assert(resumed.length === 1 && (yield* Tick.once).length === 1)
 * })
 * Effect.runPromise(program.pipe(Effect.provide(TickLive)))
 * ```
 *
 * @since 0.1.0
 * @category control
 */
export const pauseAll = pauseMany

/**
 * Resumes every paused instance that a filter chooses, in one transaction, and answers which they are. See
 * {@link resume} and {@link pauseAll}.
 *
 * @since 0.1.0
 * @category control
 */
export const resumeAll = resumeMany

/**
 * Tries again now what has failed. A retry that waits is made now; an enqueued run that has failed for good runs again
 * under its `runKey`, with a retry policy that begins again; of any other failed instance one run is made beside its plan,
 * as by {@link trigger}. What has not failed keeps its plan, and the log has the request alone.
 *
 * @example
 * ```ts
 * import { Effect, Layer, Schedule, Schema } from "effect"
 * import { Job, JobStore, Jobs, Tick } from "tickwork"
 *
 * let isOnline = false
 * const send = Effect.suspend(() => (isOnline ? Effect.void : Effect.fail("offline")))
 * const sendMail = Job.make("send_mail", { payload: Schema.String }, () => send).pipe(Job.retry(Schedule.recurs(0)))
 * const TickLive = Tick.layer(Jobs.make(sendMail)).pipe(Layer.provide(JobStore.layerMemory))
 *
 * const program = Effect.gen(function* () {
 *   const { key } = yield* Tick.enqueue(sendMail, "ada")
 *   const [failed] = yield* Tick.once
 *   isOnline = true
 *   yield* Tick.retry(sendMail, { key, by: "alice", why: "the line is back" })
 *   const [again] = yield* Tick.once
 *   console.assert(failed?.status === "error" && again?.status === "success" && again.attempt === 2)
 * })
 * Effect.runPromise(program.pipe(Effect.provide(TickLive)))
 * ```
 *
 * @since 0.1.0
 * @category control
 */
export const retry = request("retry")

/**
 * Cancels the current occurrence of a job: a running attempt is interrupted and recorded as `interrupted`, a planned retry
 * is not made, and a triggered run is dropped. The cadence continues.
 *
 * @since 0.1.0
 * @category control
 */
export const cancel = request("cancel")

/**
 * The planned times of a job without a payload in a range of the past, and which of them {@link backfill} would run. It
 * changes nothing.
 *
 * Planned times are those of the job's calendar as it is now, without the days that it leaves out; what the plan is still to
 * run is not among them, and a grid of `Job.every` without `from` begins with its first run. Where they are
 * older than what the log still has, no entry says whether a run has succeeded: they are `pruned`, and not run.
 *
 * Fails as {@link backfill} does.
 *
 * @since 0.1.0
 * @category control
 */
export const previewBackfill = previewOne

/**
 * Makes up for the planned times of a job in a range of the past for which no run has succeeded: each is run once, with
 * retries, as an occurrence of its own beside the plan. The body reads the planned time as `scheduledAt`, its own `runKey`,
 * and `manual` as `trigger`; the log has the verdict `backfilled`.
 *
 * They run one after the other, the earliest first, or `atOnce` many at once, under a key of their own that the answer names:
 * there they have their state, memory and history, and {@link cancel} takes back what has not begun. As a triggered run they
 * ignore a pause, conditions and `Job.after`, and change nothing of the plan. They are stored when this returns, and survive
 * restarts.
 *
 * Fails with `RequestError` for an invalid range or number, for a job that has no calendar and for more than 10,000 planned
 * times, and with `InstanceNotFoundError` where the job has no such instance.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job, JobLog, JobStore, Jobs, Tick } from "tickwork"
 *
 * const report = Job.make("report", (run) => Effect.log(new Date(run.scheduledAt))).pipe(Job.cron("0 9 * * *"))
 *
 * const program = Effect.gen(function* () {
 *   const { keys, times } = yield* Tick.backfill(report, { from: "2026-03-01T00:00Z", to: "2026-04-01T00:00Z" })
 *   console.assert(times.length === 31 && keys.length === 1)
 *   const runs = yield* Tick.once
 *   console.assert(runs.length === 31 && runs.every(({ verdict }) => verdict === "backfilled"))
 * })
 * Effect.runPromise(program.pipe(Effect.provide(Tick.layer(Jobs.make(report))), Effect.provide(JobStore.layerMemory)))
 * ```
 *
 * @since 0.1.0
 * @category control
 */
export const backfill = backfillOne

/**
 * Enqueues one run of a job for a payload, now or at an instant, and answers its key, its `runKey` and whether it is `new`
 * or a `duplicate`. The job is made with a `payload`; the run receives it, and has its own state, retries and history.
 *
 * A new run is stored when this returns, so it survives a restart; a transaction on the store's client includes it. Under a
 * key that is taken nothing is stored: by default a key is taken while anything is stored of its run, and {@link forget}
 * deletes that. {@link cancel} cancels the run and, before it has begun, sets its key free; {@link trigger} starts it now.
 *
 * Fails with `EnqueueError` for a payload that cannot be encoded, an invalid instant or an invalid key, and with
 * `InstanceNotFoundError` where the registry does not have the job.
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
 *   const first = yield* Tick.enqueue(sendMail, { to: "ada", text: "hello" }, { key: "greeting" })
 *   const again = yield* Tick.enqueue(sendMail, { to: "ada", text: "hello" }, { key: "greeting" })
 *   console.assert(first.outcome === "new" && again.outcome === "duplicate" && again.runKey === first.runKey)
 *   yield* Tick.enqueue(sendMail, { to: "grace", text: "a happy new year" }, { at: "2100-01-01T00:00:00Z" })
 *   console.assert((yield* Tick.once).length === 1)
 * })
 * Effect.runPromise(program.pipe(Effect.provide(TickLive)))
 * ```
 *
 * @since 0.1.0
 * @category control
 */
export const enqueue = enqueueOne

/**
 * Enqueues a run of a job for each payload, in one transaction and a few statements, and answers what became of each, in
 * their order: what {@link enqueue} does for one. Where one payload is invalid, nothing is enqueued. Without keys of yours
 * those that are due together begin in the order of their payloads.
 *
 * @example
 * ```ts
 * import { Effect, Layer, Schema } from "effect"
 * import { Job, JobStore, Jobs, Tick } from "tickwork"
 *
 * const sendMail = Job.make("send_mail", { payload: Schema.String }, (run) => Effect.log(`to ${run.payload}`))
 * const TickLive = Tick.layer(Jobs.make(sendMail)).pipe(Layer.provide(JobStore.layerMemory))
 *
 * const program = Effect.gen(function* () {
 *   const answers = yield* Tick.enqueueAll(sendMail, ["ada", "grace", "ada"], { key: (to) => to })
 *   console.assert(answers.map(({ outcome }) => outcome).join() === "new,new,duplicate")
 *   console.assert((yield* Tick.once).length === 2)
 * })
 * Effect.runPromise(program.pipe(Effect.provide(TickLive)))
 * ```
 *
 * @since 0.1.0
 * @category control
 */
export const enqueueAll = enqueueMany

/**
 * Deletes an instance with its state, its memory and its history, once it is not running. A job without keys, or a key that
 * is still listed, then starts again as a new instance.
 *
 * An instance of a job that no registry has any more is named in place of its job, as {@link unregistered} answers it: a
 * process that runs carries that out, unless another living process has the job.
 *
 * @example
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { Job, JobStore, Jobs, Tick } from "tickwork"
 *
 * const report = Job.make("send_report", Effect.void).pipe(Job.every("1 hour"))
 * const sync = Job.make("sync", Effect.void).pipe(Job.every("5 seconds"))
 *
 * const program = Effect.gen(function* () {
 *   yield* Tick.once.pipe(Effect.provide(Tick.layer(Jobs.make(report, sync))))
 *   const later = Effect.gen(function* () {
 *     for (const state of yield* Tick.unregistered) yield* Tick.forget(state, { why: "it is gone" })
 *     console.assert((yield* Tick.unregistered).length === 0)
 *   })
 *   yield* later.pipe(Effect.provide(Tick.layer(Jobs.make(sync))))
 * })
 * Effect.runPromise(program.pipe(Effect.provide(JobStore.layerMemory)))
 * ```
 *
 * @since 0.1.0
 * @category control
 */
export const forget = forgetOne

/**
 * Lists the keys of one job or of all jobs now. New keys get an instance. An instance whose key is missing from two lists in
 * a row becomes inactive: it keeps its state, and continues when its key is back.
 *
 * Keys are also listed when the tick is opened, when an instance is due and they are older than a minute, and as often
 * as the job's `refresh` says. A listing that fails changes nothing and publishes the event `KeysFailed`. With a `Placement`
 * each process creates the instances of its own partitions alone.
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
 * The stored states of jobs that the registry does not have: they are kept and never run. A job that returns to the
 * registry continues from its state; one with a new name takes it over with {@link Job.renamedFrom}.
 *
 * @since 0.1.0
 * @category looking
 */
export const unregistered: Effect.Effect<ReadonlyArray<JobState>, StoreError, Tick> = Effect.flatMap(
  Tick,
  (tick) => tick.unregistered
)

/**
 * The events from when the stream is run, as `TickEvent` lists them: starts, committed log entries and failures. The stream
 * never ends by itself and never fails.
 *
 * A listener slows neither the tick nor another listener. One that is more than {@link eventBuffer} events behind misses
 * the oldest. A gap shows in `seq`, which rises by one within an instance, and stays only where an entry merges with the
 * one before. The log itself is complete.
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
 *   // the stream has only the events after its start
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
