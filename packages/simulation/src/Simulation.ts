/**
 * Plays a registry on virtual time, also where a process dies, the store is out or the clock jumps. It never waits, unless
 * a job waits for the outside world, and touches no store but the one that it is given.
 *
 * @since 0.1.0
 */
import { Effect, Function as Fn, Schema } from "effect"
import * as Backfill from "tickwork/Backfill"
import type { InvalidJobs } from "tickwork/InvalidJobs"
import * as Job from "tickwork/Job"
import type { JobLog } from "tickwork/JobLog"
import type { JobStore, StoreError } from "tickwork/JobStore"
import type * as Jobs from "tickwork/Jobs"
import type { LogEntry } from "tickwork/LogEntry"
import type { Tick, Options as TickOptions } from "tickwork/Tick"
import * as JobDefinition from "tickwork/testing/JobDefinition"
import type { Difference } from "./Difference.ts"
import { checkedNumbers, search } from "./internal/Check.ts"
import * as Faults from "./internal/Faults.ts"
import { type Options, settingsOf } from "./internal/Options.ts"
import { play } from "./internal/Play.ts"
import type { PropertyFailedError } from "./internal/PropertyFailedError.ts"
import { replay as replayed } from "./internal/Replay.ts"
import * as SimulatedJobs from "./internal/SimulatedJobs.ts"
import type { Stub } from "./internal/Stub.ts"
import type { Timeline } from "./Timeline.ts"

export {
  type ByChance,
  type ClockJump,
  type Crash,
  type Outage,
  SimulationOptionError,
  type Write
} from "./internal/Faults.ts"
export type { Options } from "./internal/Options.ts"
export { PropertyFailedError } from "./internal/PropertyFailedError.ts"
export type { Between, Fails, Stub } from "./internal/Stub.ts"

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
    : Job.Cure<`the registry has no job named "${Name}": give a stub to one that it has`>

/** What the other jobs need; where the compiler does not know their names, what all jobs need. */
type Remaining<R, Members extends Job.Any, Name extends string> = string extends Members["name"] | Name
  ? R
  : Job.Context<Exclude<Members, Named<Members, Name>>>

type Stubbed<Members extends Job.Any, Name extends string> = string extends Members["name"] | Name
  ? Members
  : Exclude<Members, Named<Members, Name>> | Job.Job<Name, unknown, unknown, never, any, any>

/**
 * The same registry, in which a stub takes the place of a job when it is played: the registry then needs nothing of what
 * the job's body, conditions and keys need. Schedules and policies stay the job's own; provide the services that they need
 * with the job. A job that the registry does not have does not compile.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Simulation } from "@tickwork/simulation"
 * import { Job, Jobs } from "tickwork"
 *
 * const sync = Job.make("sync", Effect.fail("offline" as const)).pipe(Job.every("5 minutes"))
 * const jobs = Jobs.make(sync).pipe(
 *   Simulation.withStub(sync, { takes: "2 seconds", fails: { when: 0.1, with: "offline" } })
 * )
 *
 * Effect.runPromise(Simulation.run(jobs, { from: "2026-03-02T00:00:00Z", for: "1 day" })).then(({ jobs: [sync] }) => {
 *   console.assert(sync !== undefined && sync.errors > 0 && sync.retries > 0)
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const withStub: {
  <Name extends string, A, E, R, M, P>(
    job: Job.Job<Name, A, E, R, M, P>,
    stub: Stub<NoInfer<A>, NoInfer<E>, NoInfer<M>, NoInfer<P>>
  ): <R2, Members extends Job.Any>(
    jobs: Jobs.Jobs<R2, Members> & IsMember<Members, Name>
  ) => Jobs.Jobs<Remaining<R2, Members, Name>, Stubbed<Members, Name>>
  <R2, Members extends Job.Any, Name extends string, A, E, R, M, P>(
    jobs: Jobs.Jobs<R2, Members> & IsMember<Members, Name>,
    job: Job.Job<Name, A, E, R, M, P>,
    stub: Stub<NoInfer<A>, NoInfer<E>, NoInfer<M>, NoInfer<P>>
  ): Jobs.Jobs<Remaining<R2, Members, Name>, Stubbed<Members, Name>>
} = Fn.dual(3, (jobs: Jobs.Jobs<unknown>, { name }: Job.Any, stub: Stub) =>
  JobDefinition.map(jobs, (job) => (job.name === name ? SimulatedJobs.withStub(job, stub) : job))
)

/**
 * The same registry, in which a stub takes the place of every job that has none yet.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Simulation } from "@tickwork/simulation"
 * import { Job, Jobs } from "tickwork"
 *
 * const jobs = Jobs.make(Job.make("sync", Effect.die("never run")).pipe(Job.every("5 minutes")))
 * const played = Simulation.withStubs(jobs, { takes: { from: "1 second", to: "3 seconds" } })
 *
 * Effect.runPromise(Simulation.run(played, { from: "2026-03-02T00:00:00Z", for: "1 hour" })).then(({ busyMs }) => {
 *   console.assert(busyMs > 12_000 && busyMs < 39_000)
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const withStubs: {
  (stub: Stub<undefined, never>): <R>(jobs: Jobs.Jobs<R>) => Jobs.Jobs<never>
  <R>(jobs: Jobs.Jobs<R>, stub: Stub<undefined, never>): Jobs.Jobs<never>
} = Fn.dual(2, (jobs: Jobs.Jobs<unknown>, stub: Stub) =>
  JobDefinition.map(jobs, (job) => (SimulatedJobs.stubOf(job) === null ? SimulatedJobs.withStub(job, stub) : job))
)

/**
 * Plays a registry and answers its timeline. Jobs run their own effects, or their stubs ({@link withStub}).
 *
 * It fails with `InvalidJobs` as `Tick.layer` does, with {@link SimulationOptionError} for the first bad option, with
 * `StoreError`, and with the errors of `store`, `process` and `actions`.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Simulation } from "@tickwork/simulation"
 * import { Job, Jobs } from "tickwork"
 *
 * const sync = Job.make("sync", Effect.void).pipe(Job.every("5 minutes"))
 * const purge = Job.make("purge", Effect.void).pipe(Job.cron("0 3 * * *", "Europe/Berlin"))
 *
 * const week = Simulation.run(Jobs.make(sync, purge), { from: "2026-03-23T00:00:00Z", for: "7 days" })
 *
 * Effect.runPromise(week).then(({ runs }) => {
 *   console.assert(runs.length === 2017 + 7, "each night once, the short one included")
 * })
 * ```
 *
 * @since 0.1.0
 * @category running
 */
export const run = <R, Out = never, E = never, R2 = never>(
  jobs: Jobs.Jobs<R>,
  options: Options<Out, E, R2>
): Effect.Effect<
  Timeline,
  InvalidJobs | Faults.SimulationOptionError | StoreError | E,
  Exclude<R, Out | JobStore | JobLog> | Exclude<R2, Tick | JobLog>
> =>
  Effect.flatMap(
    Faults.checked(() => settingsOf(options)),
    (settings) => play(jobs, options, settings)
  ) as Effect.Effect<any, any, any>

/**
 * How {@link check} plays and searches.
 *
 * @since 0.1.0
 * @category models
 */
export interface CheckOptions {
  /** With how many seeds the registry is played, from `seed` upward; 10 unless set. */
  readonly seeds?: number
  /** How many plays the search for a smaller case may take in all; 500 unless set. */
  readonly atMost?: number
}

/**
 * Plays a registry with several seeds and checks a property of each timeline; the property throws or answers false where
 * it does not hold. Then it searches for a smaller case: fewer jobs, fewer faults, a later beginning, a shorter span.
 *
 * It fails with {@link PropertyFailedError}, which names the smallest case found and how to play it again, and with the
 * errors of {@link run}.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Simulation } from "@tickwork/simulation"
 * import { Job, Jobs } from "tickwork"
 *
 * const sync = Job.make("sync", Effect.void).pipe(Job.every("5 minutes"))
 * const backup = Job.make("backup", Effect.void).pipe(Job.cron("30 2 * * *", { zone: "Europe/Berlin", fold: "both" }))
 *
 * const onceADay = Simulation.check(
 *   Jobs.make(sync, backup),
 *   { from: "2026-10-20T22:00:00Z", for: "7 days", seeds: 1 },
 *   ({ runs }) => runs.filter(({ jobName }) => jobName === "backup").length <= 7
 * )
 *
 * Effect.runPromise(Effect.flip(onceADay)).then((error) => {
 *   console.assert(error._tag === "PropertyFailedError" && error.jobs.join() === "backup")
 * })
 * ```
 *
 * @since 0.1.0
 * @category running
 */
export const check = <R, Out = never, E = never, R2 = never>(
  jobs: Jobs.Jobs<R>,
  options: Options<Out, E, R2> & CheckOptions,
  property: (timeline: Timeline) => boolean | void
): Effect.Effect<
  void,
  PropertyFailedError | InvalidJobs | Faults.SimulationOptionError | StoreError | E,
  Exclude<R, Out | JobStore | JobLog> | Exclude<R2, Tick | JobLog>
> =>
  Effect.flatMap(
    Faults.checked(() => {
      checkedNumbers(options)
      return settingsOf(options)
    }),
    (settings) => search(jobs, options, settings, property)
  ) as Effect.Effect<any, any, any>

/**
 * Plays a registry over the time that the log of a real database has recorded, and answers the difference, run by run:
 * what a change to a schedule would have changed last month, say.
 *
 * A run takes as long and ends as its recorded run, or as the recorded run that began nearest; conditions answer what was
 * recorded; pauses, resumes and triggers happen again; recorded downtime is downtime. An instance whose calendar is
 * unchanged begins with its first entry; any other with the plan that this entry left. Runs of a schedule that stands on no
 * grid are compared by their number. Jobs with a payload and backfills are left out. A run that was cancelled, or cut short by a crash or
 * a stop, is replayed as an interrupted one: what followed it may differ.
 *
 * It fails with `InvalidJobs`, and with {@link EmptyLogError} where no entry can be replayed.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Difference, Simulation } from "@tickwork/simulation"
 * import { Job, JobLog, Jobs, JobStore } from "tickwork"
 *
 * const before = Job.make("sync", Effect.void).pipe(Job.every("5 minutes"))
 * const after = before.pipe(Job.every("10 minutes"))
 *
 * const program = Effect.gen(function* () {
 *   const log = yield* JobLog.JobLog
 *   const entries = yield* log.entries({ from: Date.parse("2026-03-01T00:00:00Z"), limit: 1_000_000 })
 *   if (entries.length === 0) return
 *   yield* Effect.log(Difference.toText(yield* Simulation.replay(Jobs.make(after), entries)))
 * })
 *
 * Effect.runPromise(Effect.provide(program, JobStore.layerMemory))
 * ```
 *
 * @since 0.1.0
 * @category running
 */
export const replay = <R>(
  jobs: Jobs.Jobs<R>,
  log: ReadonlyArray<LogEntry>,
  options: { readonly tick?: Omit<TickOptions, "onAlert"> } = {}
): Effect.Effect<Difference, InvalidJobs | EmptyLogError> => {
  const planned = log.filter(({ key }) => !Backfill.isKey(key))
  return (
    planned.every(({ jobName }) => jobs.all.some((job) => job.name === jobName && Job.inspect(job).hasPayload))
      ? new EmptyLogError()
      : replayed(jobs, planned, options.tick)
  ) as Effect.Effect<any, any>
}

/**
 * The log has no entry that can be replayed: none at all, or none but of jobs with a payload.
 *
 * @since 0.1.0
 * @category errors
 */
export class EmptyLogError extends Schema.TaggedError<EmptyLogError>("tickwork/EmptyLogError")("EmptyLogError", {}) {
  override get message() {
    return "The log must have an entry of a job without a payload, got none. Read it over a longer time."
  }
}
