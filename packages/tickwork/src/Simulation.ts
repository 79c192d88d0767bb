/**
 * The schedule of an application, played in simulated time: what its jobs will do, what it costs, and what becomes of it
 * where a process dies, a store is out or a clock is moved.
 *
 * It is the real engine, on a clock that waits for nobody. The same registry, span and seed give the same timeline to
 * the byte. It never waits, unless a job waits for the outside world, and it touches no store but the one it is given.
 *
 * @since 0.1.0
 */
import {
  Context,
  DateTime,
  type Duration,
  Effect,
  FiberRef,
  Function as Fn,
  HashSet,
  Layer,
  Option,
  Random,
  type Runtime
} from "effect"
import * as MemoryStore from "./engine/MemoryStore.ts"
import type { InvalidJobs } from "./InvalidJobs.ts"
import type * as Job from "./Job.ts"
import type { JobRun } from "./JobRun.ts"
import { JobStore, type StoreError } from "./JobStore.ts"
import * as Jobs from "./Jobs.ts"
import { JobTransaction } from "./JobTransaction.ts"
import { Account } from "./simulation/Account.ts"
import * as EveryTick from "./simulation/EveryTick.ts"
import * as Faults from "./simulation/Faults.ts"
import * as Logs from "./simulation/Logs.ts"
import { Outside } from "./simulation/Outside.ts"
import * as Played from "./simulation/Played.ts"
import type { StandIn } from "./simulation/StandIn.ts"
import { VirtualTime } from "./simulation/VirtualTime.ts"
import { World } from "./simulation/World.ts"
import * as Tick from "./Tick.ts"
import type { Alert, Recovered } from "./TickEvent.ts"
import { type Cost, defaultCost, type Timeline } from "./Timeline.ts"

export {
  type ByChance,
  type ClockJump,
  type Crash,
  InvalidSimulation,
  type Outage,
  type Write
} from "./simulation/Faults.ts"
export type { Between, Fails, StandIn } from "./simulation/StandIn.ts"

type Named<Members extends Job.Any, Name extends string> = Members extends Job.Any
  ? string extends Members["name"]
    ? never
    : Members["name"] extends Name
      ? Members
      : never
  : never

type IsMember<Members extends Job.Any, Name extends string> = string extends Members["name"] | Name
  ? unknown
  : [Name] extends [Members["name"]]
    ? unknown
    : Job.Cure<`the registry has no job named "${Name}": stand in for one that it has`>

/** What the others need; where the compiler does not know who they are, what all of them need. */
type Remaining<R, Members extends Job.Any, Name extends string> = string extends Members["name"] | Name
  ? R
  : Job.Context<Exclude<Members, Named<Members, Name>>>

type StoodIn<Members extends Job.Any, Name extends string> = string extends Members["name"] | Name
  ? Members
  : Exclude<Members, Named<Members, Name>> | Job.Job<Name, unknown, unknown, never, any, any>

/**
 * The same registry, in which something stands in for a job when it is played: it then needs nothing of what the job's
 * body, conditions and keys need. A job that the registry does not have does not compile.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job, Jobs, Simulation } from "tickwork"
 *
 * const sync = Job.make("sync", Effect.fail("offline" as const)).pipe(Job.every("5 minutes"))
 * const jobs = Jobs.make(sync).pipe(
 *   Simulation.withStandIn(sync, { takes: "2 seconds", fails: { when: 0.1, with: "offline" } })
 * )
 *
 * Effect.runPromise(Simulation.run(jobs, { from: "2026-03-02T00:00:00Z", for: "1 day" })).then(({ jobs: [sync] }) => {
 *   console.assert(sync !== undefined && sync.errors > 0 && sync.errors === sync.retries)
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const withStandIn: {
  <Name extends string, A, E, R, M, P>(
    job: Job.Job<Name, A, E, R, M, P>,
    standIn: StandIn<NoInfer<A>, NoInfer<E>, NoInfer<M>, NoInfer<P>>
  ): <R2, Members extends Job.Any>(
    jobs: Jobs.Jobs<R2, Members> & IsMember<Members, Name>
  ) => Jobs.Jobs<Remaining<R2, Members, Name>, StoodIn<Members, Name>>
  <R2, Members extends Job.Any, Name extends string, A, E, R, M, P>(
    jobs: Jobs.Jobs<R2, Members> & IsMember<Members, Name>,
    job: Job.Job<Name, A, E, R, M, P>,
    standIn: StandIn<NoInfer<A>, NoInfer<E>, NoInfer<M>, NoInfer<P>>
  ): Jobs.Jobs<Remaining<R2, Members, Name>, StoodIn<Members, Name>>
} = Fn.dual(3, (jobs: Jobs.Jobs<unknown>, { name }: Job.Any, standIn: StandIn) =>
  Jobs.map(jobs, (job) => (job.name === name ? Played.withStandIn(job, standIn) : job))
)

/**
 * The same registry, in which something stands in for every job for which nothing does yet.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job, Jobs, Simulation } from "tickwork"
 *
 * const jobs = Jobs.make(Job.make("sync", Effect.die("never run")).pipe(Job.every("5 minutes")))
 * const played = Simulation.withStandIns(jobs, { takes: { from: "1 second", to: "3 seconds" } })
 *
 * Effect.runPromise(Simulation.run(played, { from: "2026-03-02T00:00:00Z", for: "1 hour" })).then(({ busyMs }) => {
 *   console.assert(busyMs > 12_000 && busyMs < 39_000)
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const withStandIns: {
  (standIn: StandIn<undefined, never>): <R>(jobs: Jobs.Jobs<R>) => Jobs.Jobs<never>
  <R>(jobs: Jobs.Jobs<R>, standIn: StandIn<undefined, never>): Jobs.Jobs<never>
} = Fn.dual(2, (jobs: Jobs.Jobs<unknown>, standIn: StandIn) =>
  Jobs.map(jobs, (job) => (Played.standInOf(job) === null ? Played.withStandIn(job, standIn) : job))
)

/**
 * What is simulated.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<Out = never, E = never, R = never> extends Faults.Faults {
  /** When it begins. */
  readonly from: DateTime.DateTime.Input
  /** How much time passes. */
  readonly for: Duration.DurationInput
  /** What all dice are thrown by; 0 unless set. */
  readonly seed?: number
  /** The time zone of the charts; UTC unless set. */
  readonly zone?: string
  /**
   * The store, opened anew by each process; one in memory, which outlives them, unless set. The time that a store itself
   * takes does not pass.
   */
  readonly store?: Layer.Layer<JobStore | Out, E, R>
  /** How the tick behaves. */
  readonly tick?: Tick.Options<R>
  /** What a process does; `Tick.run` unless set. A host that ticks at times of its own repeats `Tick.once`. */
  readonly process?: Effect.Effect<unknown, E, Tick.Tick | R>
  /** What people do, and when: they pause a job, say. Where no process is up, nothing is done. */
  readonly acts?: ReadonlyArray<{
    readonly at: DateTime.DateTime.Input
    readonly effect: Effect.Effect<unknown, E, Tick.Tick | R>
  }>
  /** What the energy is counted by; `Timeline.defaultCost` unless set. */
  readonly cost?: Cost
  /** How often everything would run in the plan that this one is held against; every second unless set. */
  readonly everyTick?: Duration.DurationInput
  /**
   * How long, on the machine's clock, a job may wait for the outside world while simulated time stands still; 1 second
   * unless set. After that it is taken for waiting for something in simulated time.
   */
  readonly patience?: Duration.DurationInput
}

const usual = { seed: 0, zone: "UTC", everyTick: "1 second", patience: "1 second" } as const

const settingsOf = (options: Options<any, any, any>) => {
  const settings = { ...usual, ...options }
  const { acts = [], cost = defaultCost, seed, zone } = settings
  const from = Faults.instantOf("from", settings.from)
  const forMs = Faults.durationOf("for", settings.for)
  if (!Number.isSafeInteger(seed)) throw Faults.bad("seed", seed, "Use a whole number.")
  if (Option.isNone(DateTime.zoneMakeNamed(zone))) throw Faults.bad("zone", zone, 'Use one such as "Europe/Berlin".')
  const isCost = (joules: number) => Number.isFinite(joules) && joules >= 0
  if (!isCost(cost.wakeUp) || !isCost(cost.busyMs)) throw Faults.bad("cost", cost, "Use millijoules from 0 upward.")
  const stretch = { from, forMs, seed }
  return {
    ...stretch,
    cost,
    zone,
    faults: Faults.of(options, stretch),
    acts: acts.map(({ at, effect }) => ({ at: Faults.sinceStart("acts.at", at, stretch), effect })),
    everyMs: Faults.durationOf("everyTick", settings.everyTick),
    patienceMs: Faults.durationOf("patience", settings.patience, 0)
  }
}

/** Nobody hears what is only simulated, and nothing of it is real time or real luck. */
const inSimulation =
  (time: VirtualTime, seed: number) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    effect.pipe(
      Effect.withClock(time.clock),
      Effect.withRandom(Random.make(seed)),
      Effect.locally(FiberRef.currentLoggers, HashSet.empty())
    )

const play = (jobs: Jobs.Jobs<unknown>, options: Options<any, any, any>, settings: ReturnType<typeof settingsOf>) => {
  const { cost, everyMs, forMs, from, patienceMs, seed, zone } = settings
  const time = new VirtualTime(from)
  const account = new Account(jobs.all)
  const outside = new Outside(time, patienceMs)
  const write = (line: JobRun) => account.write(line)
  const stage = (services: Context.Context<JobStore>): Played.Stage => {
    const hasTransactions = Option.isSome(Context.getOption(services, JobTransaction))
    return { time, account, outside, seed, hasTransactions }
  }
  const isPlayed = jobs.all.every((job) => Played.standInOf(job) !== null)
  const memory = MemoryStore.make(isPlayed ? Logs.toldOnly(write) : Logs.told(write))
  const onAlert = (alert: Alert | Recovered) => {
    const { _tag, failures, jobName, key } = alert
    const error = alert._tag === "Alert" ? alert.error : null
    account.alarm({ at: time.now, kind: _tag === "Alert" ? "alert" : "recovered", jobName, key, failures, error })
    return options.tick?.onAlert?.(alert) ?? Effect.void
  }
  const worldOf = (runtime: Runtime.Runtime<unknown>) =>
    new World({
      ...settings,
      time,
      account,
      outside,
      program: {
        runtime,
        store: options.store ?? Layer.succeed(JobStore, memory),
        registry: (services) => Played.registry(jobs, stage(services)),
        options: { ...options.tick, onAlert },
        drive: options.process ?? Tick.run
      },
      written: (saves) => {
        if (options.store !== undefined) for (const { runs } of saves) for (const line of runs) write(line)
      },
      isUnwatched: isPlayed && options.store === undefined && settings.faults.length === 0
    })
  const timelineOf = (world: World): Timeline => {
    const works = jobs.all.map(({ name }) => account.workOf(name))
    const accounts = account.accounts()
    return {
      from,
      to: time.now,
      seed,
      zone,
      jobs: accounts,
      runs: account.runs,
      skips: account.skips,
      controls: account.controls,
      alarms: account.alarms,
      wakeUps: account.wakeUps,
      idleWakeUps: account.idleWakeUps,
      busyMs: accounts.reduce((sum, { busyMs }) => sum + busyMs, 0),
      downtime: world.downtime,
      outages: world.outages,
      jumps: world.jumps,
      everyTick: EveryTick.play(works, { everyMs, forMs }),
      cost
    }
  }
  return Effect.flatMap(inSimulation(time, seed)(Effect.runtime<unknown>()), (runtime) => {
    const world = worldOf(runtime)
    return Effect.async<Timeline, unknown>((resume) => {
      let isInterrupted = false
      world
        .play(() => isInterrupted)
        .then(
          (cause) => resume(cause === null ? Effect.sync(() => timelineOf(world)) : Effect.failCause(cause)),
          (defect) => resume(Effect.die(defect))
        )
      return Effect.sync(() => {
        isInterrupted = true
      })
    })
  })
}

/**
 * Plays a registry, and answers what came of it. Jobs run their own effects, or what stands in for them
 * ({@link withStandIn}).
 *
 * It fails with `InvalidJobs`, as the registry would when it is opened, with `InvalidSimulation` where an option will
 * not do, with `StoreError`, and with what `store`, `process` and `acts` fail with.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job, Jobs, Simulation } from "tickwork"
 *
 * const sync = Job.make("sync", Effect.void).pipe(Job.every("5 minutes"))
 * const purge = Job.make("purge", Effect.void).pipe(Job.cron("0 3 * * *", "Europe/Berlin"))
 *
 * const week = Simulation.run(Jobs.make(sync, purge), { from: "2026-03-23T00:00:00Z", for: "7 days" })
 *
 * Effect.runPromise(week).then(({ runs, wakeUps }) => {
 *   console.assert(runs.length === 2017 + 7 && wakeUps === 2016)
 * })
 * ```
 *
 * @since 0.1.0
 * @category running
 */
export const run = <R, Out = never, E = never, R2 = never>(
  jobs: Jobs.Jobs<R>,
  options: Options<Out, E, R2>
): Effect.Effect<Timeline, InvalidJobs | Faults.InvalidSimulation | StoreError | E, Exclude<R, Out | JobStore> | R2> =>
  Effect.flatMap(
    Faults.checked(() => settingsOf(options)),
    (settings) => play(jobs, options, settings)
  ) as Effect.Effect<any, any, any>
