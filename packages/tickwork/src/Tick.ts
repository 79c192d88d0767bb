/**
 * One pass after the other: what is due, in what order, run, record, publish.
 *
 * A tick runs what the registry names and what the store says is due; it names no database and keeps no time of its
 * own. A job that fails stops neither the tick nor another job.
 *
 * @since 0.1.0
 */
import { type Cause, Clock, Context, Duration, Effect, Layer, Option, PubSub, Runtime, Stream } from "effect"
import { ClockWatch } from "./engine/ClockWatch.ts"
import { Driver } from "./engine/Driver.ts"
import { Engine } from "./engine/Engine.ts"
import * as Opening from "./engine/Opening.ts"
import * as Replan from "./engine/Replan.ts"
import { nowOf, Runner } from "./engine/Runner.ts"
import * as Status from "./engine/Status.ts"
import type { Fault, InvalidJobs } from "./InvalidJobs.ts"
import type { JobRun } from "./JobRun.ts"
import type { JobState } from "./JobState.ts"
import type { JobStatus } from "./JobStatus.ts"
import { JobStore, type StoreError } from "./JobStore.ts"
import * as Jobs from "./Jobs.ts"
import type { Alert, Recovered, TickEvent } from "./TickEvent.ts"

/**
 * How many events a slow listener may fall behind before it misses the oldest.
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
  /** How long running jobs may take to end once the tick is interrupted; 10 seconds unless set. */
  readonly drain?: Duration.DurationInput
  /** How long a claim stands when its holder has fallen silent; 30 seconds unless set. */
  readonly lease?: Duration.DurationInput
  /** How late an instant may be seen before it counts as missed; 1 minute unless set. */
  readonly tolerance?: Duration.DurationInput
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
 * @since 0.1.0
 * @category models
 */
export interface Service {
  readonly once: Effect.Effect<ReadonlyArray<JobRun>, StoreError>
  readonly run: Effect.Effect<never>
  readonly next: Effect.Effect<Option.Option<Next>>
  readonly status: Effect.Effect<ReadonlyArray<JobStatus>>
  readonly unregistered: Effect.Effect<ReadonlyArray<JobState>, StoreError>
  readonly events: Stream.Stream<TickEvent>
}

/**
 * The tick of an application.
 *
 * @since 0.1.0
 * @category services
 */
export class Tick extends Context.Tag("tickwork/Tick")<Tick, Service>() {}

const optionFaults = ({
  concurrency,
  drain,
  lease,
  tolerance
}: Required<Omit<Options, "onAlert">>): ReadonlyArray<Fault> => {
  const bad = (option: string, value: unknown, cure: string): Fault => ({ _tag: "BadOption", option, value, cure })
  const isFinite = (input: Duration.DurationInput, atLeast: number) =>
    Option.exists(Duration.decodeUnknown(input), (_) => Duration.toMillis(_) >= atLeast && Duration.isFinite(_))
  return [
    ...(Number.isInteger(concurrency) && concurrency >= 1
      ? []
      : [bad("concurrency", concurrency, "Use a whole number from 1 upward.")]),
    ...(isFinite(drain, 0) ? [] : [bad("drain", drain, 'Use a finite duration such as "10 seconds".')]),
    ...(isFinite(lease, 1000) ? [] : [bad("lease", lease, 'Use a finite duration of at least "1 second".')]),
    ...(isFinite(tolerance, 0) ? [] : [bad("tolerance", tolerance, 'Use a finite duration such as "1 minute".')])
  ]
}

const usual = { concurrency: 4, drain: "10 seconds", lease: "30 seconds", tolerance: "1 minute" } as const

const make = <R, R2>(
  jobs: Jobs.Jobs<R>,
  options: Options<R2>
): Effect.Effect<Service, InvalidJobs | StoreError, R | R2 | JobStore> =>
  Effect.gen(function* () {
    const settings = { ...usual, ...options }
    const registry = yield* Jobs.validate(jobs, optionFaults(settings))
    const context = yield* Effect.context<R | R2 | JobStore>()
    const store = yield* JobStore
    const clock = yield* Clock.clockWith(Effect.succeed)
    const now = nowOf(clock)
    const leaseMs = Duration.toMillis(settings.lease)

    const engine = new Engine({
      registry: registry as ReadonlyArray<Jobs.Registered>,
      states: yield* Opening.open(registry, now),
      places: { serial: 1, parallel: settings.concurrency },
      owner: store.owner.id,
      leaseMs,
      toleranceMs: Duration.toMillis(settings.tolerance),
      now
    })
    const events = yield* PubSub.sliding<TickEvent>(eventBuffer)
    const publish = (event: TickEvent) => {
      events.unsafeOffer(event)
    }
    const runner = new Runner(engine, context as Context.Context<never>, publish)
    const runtime = yield* Effect.runtime<R | R2 | JobStore>()
    const tell = (alert: Alert | Recovered, onAlert: NonNullable<Options<R2>["onAlert"]>) => {
      const told = Effect.suspend(() => onAlert(alert))
      const failed = (cause: Cause.Cause<unknown>) =>
        Effect.logError(`onAlert failed for job "${alert.jobName}"`, cause)
      Runtime.runFork(runtime)(Effect.catchAllCause(told, failed))
    }
    const driver = new Driver({
      engine,
      runner,
      store,
      watch: new ClockWatch(clock, now),
      publish,
      onAlert: (alert) => {
        if (options.onAlert !== undefined) tell(alert, options.onAlert)
      },
      replan: (instances, now) =>
        Replan.changed(
          instances.map(({ registered, state }) => [registered, state] as const),
          now
        ).pipe(Effect.catchAll((error) => Effect.as(Effect.logError(error.message), []))),
      drainMs: Duration.toMillis(settings.drain),
      leaseMs
    })
    return {
      once: driver.once,
      run: driver.run,
      next: Effect.sync(() => Status.next(engine)),
      status: Effect.map(Clock.currentTimeMillis, (now) => Status.of(engine, now)),
      unregistered: unknownTo(store, new Set(registry.map(({ job }) => job.name))),
      events: Stream.fromPubSub(events)
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
): Layer.Layer<Tick, InvalidJobs | StoreError, R | R2 | JobStore> => Layer.effect(Tick, make(jobs, options))

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
export const once: Effect.Effect<ReadonlyArray<JobRun>, StoreError, Tick> = Effect.flatMap(Tick, (tick) => tick.once)

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
 * What is stored of jobs that the registry does not name: it is kept, and never run. A job that comes back goes on
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
 * What happens from now on. A listener never slows the tick: one that falls more than {@link eventBuffer} events
 * behind misses the oldest.
 *
 * @since 0.1.0
 * @category looking
 */
export const events: Stream.Stream<TickEvent, never, Tick> = Stream.unwrap(Effect.map(Tick, (tick) => tick.events))
