/**
 * One thing worth doing again and again: a name, an effect, and how it recurs.
 *
 * A `Job` is a description. Making one, or changing one with a combinator, runs nothing and checks nothing:
 * wrong values are kept as they are and reported together, by name, when the registry is opened.
 *
 * @since 0.1.0
 */
import {
  type Cause,
  type DateTime,
  type Duration,
  type Effect,
  Either,
  type Exit,
  Function as Fn,
  Pipeable,
  Predicate,
  type Schedule,
  type Schema
} from "effect"
import type { Memory } from "./internal/engine/Memory.ts"
import * as Cadence from "./internal/schedule/Cadence.ts"
import * as Calendar from "./internal/schedule/Calendar.ts"
import type * as Missed from "./internal/schedule/Missed.ts"
import * as Retry from "./internal/schedule/Retry.ts"
import * as ScheduleStateCodec from "./internal/schedule/ScheduleStateCodec.ts"
import type { Told } from "./Run.ts"

/**
 * @since 0.1.0
 * @category symbols
 */
export const TypeId: unique symbol = Symbol.for("tickwork/Job")

/**
 * @since 0.1.0
 * @category symbols
 */
export type TypeId = typeof TypeId

/**
 * Where a job's runs find room: one serial job runs at a time; parallel ones run beside it; an exclusive one runs alone.
 *
 * @since 0.1.0
 * @category models
 */
export type ConcurrencyMode = "serial" | "parallel" | "exclusive"

/**
 * Where a limit holds: in each process by itself, or over all processes on one database.
 *
 * @since 0.1.0
 * @category models
 */
export type Scope = "process" | "database"

/**
 * A named place that several jobs share: at most so many of their runs at once within its scope.
 *
 * @since 0.1.0
 * @category models
 */
export interface Limit {
  readonly name: string
  readonly atMost: number
  readonly scope: Scope
}

/**
 * Another job that has to succeed first, or to end in any way; where `sameTick` is true, at this job's own instant or
 * after it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Dependency {
  readonly jobName: string
  readonly on: "success" | "end"
  readonly sameTick: boolean
}

/**
 * Where the keys of a job's instances come from, and how often they are listed again.
 *
 * @since 0.1.0
 * @category models
 */
export interface Keys<out R = never> {
  readonly list: Effect.Effect<Iterable<string>, unknown, R>
  readonly refresh: Duration.DurationInput
}

/**
 * A question asked before a run: while the answer is no, the run is skipped for the reason given.
 *
 * @since 0.1.0
 * @category models
 */
export interface Condition<out E = unknown, out R = never> {
  readonly reason: string
  readonly holds: Effect.Effect<boolean, E, R>
  /** How soon it is asked again after a no; `null` where that is a matter of the cadence. */
  readonly recheck: Duration.DurationInput | null
}

/**
 * How a condition is asked.
 *
 * @since 0.1.0
 * @category models
 */
export interface ConditionOptions {
  /** How soon it is asked again after a no; at the next instant of the cadence unless set. */
  readonly recheck?: Duration.DurationInput
}

/**
 * A value that makes no cadence: what was given and why it is refused.
 *
 * @since 0.1.0
 * @category models
 */
export type BadCadence =
  | { readonly _tag: "BadInterval"; readonly interval: unknown; readonly reason: string }
  | { readonly _tag: "BadCron"; readonly expression: unknown; readonly zone: unknown; readonly reason: string }
  | { readonly _tag: "BadInstant"; readonly instant: unknown; readonly reason: string }
  | { readonly _tag: "UnstorableCadence"; readonly path: string; readonly found: string }

/**
 * A retry policy that cannot be kept between two attempts: where its state holds what, and in which policy.
 *
 * @since 0.1.0
 * @category models
 */
export interface BadPolicy {
  readonly _tag: "UnstorableRetry"
  readonly path: string
  readonly found: string
}

/**
 * What becomes of instants that were missed, as it was given.
 *
 * @since 0.1.0
 * @category models
 */
export interface MissedPolicy extends MissedBounds {
  readonly policy: Missed.Policy
}

/**
 * Bounds on making up for what was missed.
 *
 * @since 0.1.0
 * @category models
 */
export interface MissedBounds {
  /** An instant that is found more late than this is not run; unless set, none is too late. */
  readonly within?: Duration.DurationInput
  /** How many runs make up for what is found together where `all` are asked for, the last ones; 100 unless set. */
  readonly atMost?: number
}

/**
 * How the state of a schedule is kept: through a Schema of its own, or in this process only.
 *
 * @since 0.1.0
 * @category models
 */
export interface ScheduleOptions {
  /** Unless set, plain data and all that Effect's own schedules hold is kept. */
  readonly state?: Schema.Schema<any, any> | "memory only"
}

/**
 * A job with a literal name `Name`, which succeeds with `A`, fails with `E`, needs `R`, remembers `M` and is handed `P`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Job<out Name extends string, out A, out E, out R, in out M = void, in out P = void>
  extends Pipeable.Pipeable {
  readonly [TypeId]: TypeId
  readonly name: Name
  readonly description: string | null
  readonly body: (run: Told<any, any>) => Effect.Effect<A, E, R>
  readonly keys: Keys<R> | null
  readonly memory: Memory<M> | null
  readonly payload: Schema.Schema<P, any> | null
  readonly cadence: Either.Either<Cadence.Cadence<never, R>, BadCadence> | null
  readonly conditions: ReadonlyArray<Condition<unknown, R>>
  readonly priority: number
  readonly mode: ConcurrencyMode
  readonly limits: ReadonlyArray<Limit>
  readonly after: ReadonlyArray<Dependency>
  readonly missed: MissedPolicy
  readonly window: Duration.DurationInput
  readonly retry: Readonly<Record<Retry.Kind, Either.Either<Retry.Policy<R>, BadPolicy> | null>>
  readonly timeout: Duration.DurationInput | null
  readonly isTransactional: boolean
  readonly alertAfter: number | null
  readonly version: number
  readonly renamedFrom: string | null
}

/**
 * Any job at all.
 *
 * @since 0.1.0
 * @category models
 */
export type Any = Job<string, unknown, unknown, any, any, any>

/**
 * What a job needs.
 *
 * @since 0.1.0
 * @category models
 */
export type Context<J extends Any> = J extends Job<string, unknown, unknown, infer R, any, any> ? R : never

/**
 * What stands in the last line of a compiler's message where a job does not fit what is asked of it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Cure<Text extends string> {
  readonly "the cure": Text
}

type AcceptsExit<In, A, E> = [Exit.Exit<A, E> | undefined] extends [In]
  ? unknown
  : Cure<"a cadence is fed `Exit<A, E> | undefined` of its job: widen the schedule's input with Schedule.mapInput, or drop it">

type HasNoPayload<P> = [void] extends [P]
  ? unknown
  : Cure<"a job with a payload runs when it is enqueued: drop its cadence">

type AcceptsFailure<In, E> = [E] extends [In]
  ? unknown
  : Cure<"a retry policy is asked about the failure `E` of its job: widen its input with Schedule.mapInput, or drop it">

type AcceptsCause<In> = [Cause.Cause<never>] extends [In]
  ? unknown
  : Cure<"a policy for unexpected ends is asked about a `Cause<never>`: widen its input with Schedule.mapInput, or drop it">

/**
 * What a {@link transactional} job needs: a store on a SQL database provides it.
 *
 * @since 0.1.0
 * @category models
 */
export interface JobTransaction {
  readonly JobTransaction: unique symbol
}

/**
 * What a job is made with, beside its body.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<M = void, P = void, KR = never> {
  /** Lists the keys of the job's instances, each with its own state; the one of the whole device unless set. */
  readonly keys?: Effect.Effect<Iterable<string>, unknown, KR>
  /** How often keys are listed again; 1 minute unless set. */
  readonly refresh?: Duration.DurationInput
  /** What each instance remembers; nothing unless set. */
  readonly memory?: Memory<M>
  /** What each run is handed by whoever enqueues it; such a job has no cadence. */
  readonly payload?: Schema.Schema<P, any>
}

const prototype = Object.assign(Object.create(Pipeable.Prototype), { [TypeId]: TypeId })

/**
 * The same job, but for what is changed.
 *
 * @internal
 */
export const copy = <J extends Any, Change extends Partial<Any>>(self: J, change: Change) =>
  Object.assign(Object.create(prototype), self, change)

/**
 * True for every job, whatever it does.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job } from "tickwork"
 *
 * console.assert(Job.isJob(Job.make("purge", Effect.void)))
 * ```
 *
 * @since 0.1.0
 * @category guards
 */
export const isJob = (u: unknown): u is Any => Predicate.hasProperty(u, TypeId)

/**
 * A job from a name and an effect. The name is its identity in the store, so it must not change between releases.
 *
 * Priority 5, serial, without conditions, and not recurring yet: say when with {@link every}, {@link cron}, {@link at},
 * {@link repeat} or {@link schedule}. The second form hands the {@link Run} to the body, and beside it what the options
 * declare:
 *
 * - `memory`: `run.memory` is a `Ref` of what the last success left there, or of `initial`. What stands in it when the
 *   body succeeds is committed with the record of the run; what any other end leaves is forgotten. What the schema does
 *   not read goes to `migrate`; without that the body does not run, and its attempt ends with `MemoryDecodeError`.
 * - `payload`: `run.payload` is what the run was enqueued with. Such a job has no cadence: it runs once for each value
 *   that it is handed. What the schema does not read ends the attempt with `PayloadDecodeError`.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job } from "tickwork"
 *
 * const purge = Job.make("purge", Effect.log("purging")).pipe(Job.every("1 hour"), Job.priority(8))
 * const report = Job.make("report", {}, (run) => Effect.log(run.runKey)).pipe(Job.cron("0 9 * * 1-5", "Europe/Berlin"))
 *
 * console.assert(purge.name === "purge" && report.priority === 5)
 * ```
 *
 * @example
 * ```ts
 * import { Effect, Ref, Schema } from "effect"
 * import { Job, JobStore, Jobs, Tick } from "tickwork"
 *
 * const memory = { schema: Schema.Struct({ cursor: Schema.Number }), initial: { cursor: 0 } }
 *
 * const poll = Job.make("poll", { memory }, (run) =>
 *   Ref.update(run.memory, ({ cursor }) => ({ cursor: cursor + 10 }))
 * ).pipe(Job.every("1 minute"))
 *
 * const program = Effect.gen(function* () {
 *   const [run] = yield* Tick.once
 *   console.assert(JSON.stringify(run?.memory) === `{"value":{"cursor":10}}`)
 * })
 * Effect.runPromise(program.pipe(Effect.provide(Tick.layer(Jobs.make(poll))), Effect.provide(JobStore.layerMemory)))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: {
  <const Name extends string, A, E, R>(name: Name, effect: Effect.Effect<A, E, R>): Job<Name, A, E, R>
  <const Name extends string, A, E, R, M = void, P = void, KR = never>(
    name: Name,
    options: Options<M, P, KR>,
    body: (run: Told<M, P>) => Effect.Effect<A, E, R>
  ): Job<Name, A, E, R | KR, M, P>
} = <A, E, R>(
  name: string,
  effectOrOptions: Effect.Effect<A, E, R> | Options<any, any, R>,
  given?: (run: Told<any, any>) => Effect.Effect<A, E, R>
): Job<any, A, E, R, any, any> => {
  const options = given === undefined ? {} : (effectOrOptions as Options<any, any, R>)
  const { keys, memory = null, payload = null, refresh = "1 minute" } = options
  return Object.assign(Object.create(prototype), {
    name,
    description: null,
    body: given ?? (() => effectOrOptions as Effect.Effect<A, E, R>),
    keys: keys === undefined ? null : { list: keys, refresh },
    memory,
    payload,
    cadence: null,
    conditions: [],
    priority: 5,
    mode: "serial" as const,
    limits: [],
    after: [],
    missed: { policy: "latest" as const },
    window: 0,
    retry: { failure: null, unexpected: null },
    timeout: null,
    isTransactional: false,
    alertAfter: null,
    version: 1,
    renamedFrom: null
  })
}

/**
 * Runs every so often: at once the first time, then on the grid of instants one interval apart.
 *
 * A late run shifts nothing, and one run covers what it overtook. The interval is at least 1 ms; another is
 * reported as `BadInterval`. The last cadence given to a job is the one that holds. A job with a payload runs when it is
 * enqueued: a cadence for it does not compile, or is reported as `PayloadWithCadence`.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job } from "tickwork"
 *
 * const sync = Job.make("sync", Effect.void).pipe(Job.every("5 seconds"))
 * const same = Job.every(Job.make("sync", Effect.void), "5 seconds")
 * console.assert(sync.name === same.name)
 * ```
 *
 * @since 0.1.0
 * @category cadences
 */
export const every: {
  (
    interval: Duration.DurationInput
  ): <Name extends string, A, E, R, M, P>(self: Job<Name, A, E, R, M, P> & HasNoPayload<P>) => Job<Name, A, E, R, M, P>
  <Name extends string, A, E, R, M, P>(
    self: Job<Name, A, E, R, M, P> & HasNoPayload<P>,
    interval: Duration.DurationInput
  ): Job<Name, A, E, R, M, P>
} = Fn.dual(2, (self: Any, interval: Duration.DurationInput) =>
  copy(self, {
    cadence: Either.mapBoth(Calendar.every(interval), {
      onLeft: ({ reason }) => ({ _tag: "BadInterval" as const, interval, reason }),
      onRight: Cadence.every
    })
  })
)

/**
 * Runs at the instants that a cron expression names: five fields, six with seconds first, or a nickname such as
 * `@daily`; in the time zone given, UTC by default. The first run is at the next match, never at once.
 *
 * On the days on which clocks are moved, an expression with a fixed hour runs once, and one whose hour is a wildcard or
 * a step keeps its pace; the options `gap` and `fold` choose otherwise. A bad expression, zone or option, or a date
 * that never comes, is reported as `BadCron`.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job } from "tickwork"
 *
 * const backup = Job.make("backup", Effect.void).pipe(Job.cron("0 3 * * *", "Europe/Berlin"))
 * const hourly = Job.make("hourly", Effect.void).pipe(Job.cron("@hourly"))
 * const twice = Job.make("twice", Effect.void).pipe(
 *   Job.cron("30 2 * * *", { zone: "Europe/Berlin", gap: "skip", fold: "both" })
 * )
 * console.assert([backup, hourly, twice].every(Job.isJob))
 * ```
 *
 * @since 0.1.0
 * @category cadences
 */
export const cron: {
  (
    expression: string,
    zoneOrOptions?: string | Calendar.CronOptions
  ): <Name extends string, A, E, R, M, P>(self: Job<Name, A, E, R, M, P> & HasNoPayload<P>) => Job<Name, A, E, R, M, P>
  <Name extends string, A, E, R, M, P>(
    self: Job<Name, A, E, R, M, P> & HasNoPayload<P>,
    expression: string,
    zoneOrOptions?: string | Calendar.CronOptions
  ): Job<Name, A, E, R, M, P>
} = Fn.dual(
  (args) => isJob(args[0]),
  (self: Any, expression: string, zoneOrOptions: string | Calendar.CronOptions = {}) =>
    copy(self, {
      cadence: Either.mapBoth(Calendar.cron(expression, zoneOrOptions), {
        onLeft: ({ reason }) => ({
          _tag: "BadCron" as const,
          expression,
          zone: Calendar.zoneOf(zoneOrOptions),
          reason
        }),
        onRight: Cadence.cron
      })
    })
)

/**
 * Runs at one instant, once, and never again, not even after a restart: a `DateTime`, a `Date`, milliseconds since the
 * epoch, or a text that says its offset from UTC, such as `2027-01-01T09:00:00+01:00`.
 *
 * An instant that has passed when the job is first seen obeys {@link missed}. What is no instant is reported as
 * `BadInstant`.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job } from "tickwork"
 *
 * const newYear = Job.make("new_year", Effect.void).pipe(Job.at("2027-01-01T00:00:00Z"))
 * console.assert(newYear.name === "new_year")
 * ```
 *
 * @since 0.1.0
 * @category cadences
 */
export const at: {
  (
    instant: DateTime.DateTime.Input
  ): <Name extends string, A, E, R, M, P>(self: Job<Name, A, E, R, M, P> & HasNoPayload<P>) => Job<Name, A, E, R, M, P>
  <Name extends string, A, E, R, M, P>(
    self: Job<Name, A, E, R, M, P> & HasNoPayload<P>,
    instant: DateTime.DateTime.Input
  ): Job<Name, A, E, R, M, P>
} = Fn.dual(2, (self: Any, instant: DateTime.DateTime.Input) =>
  copy(self, {
    cadence: Either.mapBoth(Calendar.at(instant), {
      onLeft: ({ reason }) => ({ _tag: "BadInstant" as const, instant, reason }),
      onRight: Cadence.at
    })
  })
)

interface OnSchedule {
  <Out, In, R2>(
    schedule: Schedule.Schedule<Out, In, R2>,
    options?: ScheduleOptions
  ): <Name extends string, A, E, R, M, P>(
    self: Job<Name, A, E, R, M, P> & AcceptsExit<In, A, E> & HasNoPayload<P>
  ) => Job<Name, A, E, R | R2, M, P>
  <Name extends string, A, E, R, M, P, Out, In, R2>(
    self: Job<Name, A, E, R, M, P> & AcceptsExit<In, A, E> & HasNoPayload<P>,
    schedule: Schedule.Schedule<Out, In, R2>,
    options?: ScheduleOptions
  ): Job<Name, A, E, R | R2, M, P>
}

const onSchedule = <In, R2>(
  self: Any,
  schedule: Schedule.Schedule<unknown, In, R2>,
  options: ScheduleOptions & { readonly first: "run" | "ask" }
) =>
  copy(self, {
    cadence: Either.mapLeft(Cadence.schedule(schedule, options.first, keeperOf(options)), ({ _tag, found, path }) => ({
      _tag,
      found,
      path
    }))
  })

const keeperOf = ({ state }: ScheduleOptions): ScheduleStateCodec.ScheduleStateCodec =>
  state === undefined
    ? ScheduleStateCodec.plain
    : state === "memory only"
      ? ScheduleStateCodec.memoryOnly
      : ScheduleStateCodec.through(state)

/**
 * Runs at once, then as the schedule says: what `Effect.repeat` means. Its state survives a restart.
 *
 * The schedule is fed the `Exit` of each run; a failure does not end it. A schedule whose state cannot be stored is
 * reported as `UnstorableCadence`: the option `state` gives a Schema for it, or keeps it in memory only, where a restart
 * begins it anew. A schedule that asks for no delay a hundred times within a second is made to wait for the rest of it.
 *
 * @example
 * ```ts
 * import { Effect, Schedule } from "effect"
 * import { Job } from "tickwork"
 *
 * const poll = Job.make("poll", Effect.void).pipe(
 *   Job.repeat(Schedule.exponential("1 second").pipe(Schedule.union(Schedule.spaced("1 minute"))))
 * )
 * console.assert(poll.name === "poll")
 * ```
 *
 * @since 0.1.0
 * @category cadences
 */
export const repeat: OnSchedule = Fn.dual(
  (args) => isJob(args[0]),
  <In, R2>(self: Any, schedule: Schedule.Schedule<unknown, In, R2>, options: ScheduleOptions = {}) =>
    onSchedule(self, schedule, { ...options, first: "run" })
)

/**
 * Asks the schedule first, then runs: what `Effect.schedule` means. Its state survives a restart.
 *
 * The first question is asked with `undefined`, each later one with the `Exit` of the run before.
 *
 * @example
 * ```ts
 * import { Effect, Schedule } from "effect"
 * import { Job } from "tickwork"
 *
 * const later = Job.make("later", Effect.void).pipe(Job.schedule(Schedule.spaced("10 minutes")))
 * console.assert(later.name === "later")
 * ```
 *
 * @since 0.1.0
 * @category cadences
 */
export const schedule: OnSchedule = Fn.dual(
  (args) => isJob(args[0]),
  <In, R2>(self: Any, schedule: Schedule.Schedule<unknown, In, R2>, options: ScheduleOptions = {}) =>
    onSchedule(self, schedule, { ...options, first: "ask" })
)

/**
 * Runs only while the condition holds; else the run is skipped, with the reason in the log, until the next instant.
 *
 * With `recheck` the same instant is looked at again that long after a no, and the cadence is left alone, unless the
 * next instant of `every`, `cron` or `at` has come by then. So the job runs soon after its condition holds, late for its
 * instant, which is never missed. Not a finite duration of at least 1 ms: reported as `BadRecheck`.
 *
 * Several may be given: they are asked in order up to the first no, each for at most five seconds. A condition that
 * fails, or takes longer, counts as false and its error is kept.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job } from "tickwork"
 *
 * const prekeysAreLow = Effect.succeed(true)
 * const replenish = Job.make("replenish", Effect.void).pipe(
 *   Job.every("1 hour"),
 *   Job.when("prekeys are low", prekeysAreLow),
 *   Job.when("the server answers", Effect.succeed(true), { recheck: "1 minute" })
 * )
 * console.assert(replenish.conditions.length === 2)
 * ```
 *
 * @since 0.1.0
 * @category conditions
 */
export const when: {
  <E2, R2>(
    reason: string,
    holds: Effect.Effect<boolean, E2, R2>,
    options?: ConditionOptions
  ): <Name extends string, A, E, R, M, P>(self: Job<Name, A, E, R, M, P>) => Job<Name, A, E, R | R2, M, P>
  <Name extends string, A, E, R, M, P, E2, R2>(
    self: Job<Name, A, E, R, M, P>,
    reason: string,
    holds: Effect.Effect<boolean, E2, R2>,
    options?: ConditionOptions
  ): Job<Name, A, E, R | R2, M, P>
} = Fn.dual(
  (args) => isJob(args[0]),
  <R2>(self: Any, reason: string, holds: Effect.Effect<boolean, unknown, R2>, options: ConditionOptions = {}) => {
    const { recheck = null } = options
    return copy(self, { conditions: [...self.conditions, { reason, holds, recheck }] })
  }
)

/**
 * What a job's dependencies have to come to.
 *
 * @since 0.1.0
 * @category models
 */
export interface AfterOptions {
  /** To succeed, unless set, or to `end` in any way: by a success, or by giving up. */
  readonly on?: "success" | "end"
  /** Whether they have to end at this job's own instant or after it, and not before; `false` unless set. */
  readonly sameTick?: boolean
}

/**
 * Runs only after other jobs: its own instant has come, and each of them has succeeded since the start of this job's
 * last occurrence. A job that has no cadence of its own runs as soon as they all have. It is asked once for each occurrence:
 * what is tried again does not wait anew.
 *
 * Where both jobs have keys, each instance comes after the one of the same key; a job without keys comes after all keys
 * that are listed. While a dependency fails, its dependents wait, and `Tick.explain` says for what. With `on: "end"` it is
 * enough that it has ended, also by giving up; with `sameTick` what ended before this job's own instant does not count,
 * so of two that are due together the dependency runs first. Another call for the same job takes the place of the
 * earlier one. A job that the registry does not name, one with a payload, or a ring is reported as `BadDependency` or
 * `DependencyCycle`.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job } from "tickwork"
 *
 * const fetch = Job.make("fetch", Effect.void).pipe(Job.every("1 hour"))
 * const index = Job.make("index", Effect.void).pipe(Job.after([fetch]))
 * const report = Job.make("report", Effect.void).pipe(Job.cron("0 6 * * *"), Job.after([fetch], { sameTick: true }))
 * console.assert(index.after.length === 1 && report.after[0]?.jobName === "fetch")
 * ```
 *
 * @since 0.1.0
 * @category conditions
 */
export const after: {
  (
    jobs: ReadonlyArray<Any>,
    options?: AfterOptions
  ): <Name extends string, A, E, R, M, P>(self: Job<Name, A, E, R, M, P>) => Job<Name, A, E, R, M, P>
  <Name extends string, A, E, R, M, P>(
    self: Job<Name, A, E, R, M, P>,
    jobs: ReadonlyArray<Any>,
    options?: AfterOptions
  ): Job<Name, A, E, R, M, P>
} = Fn.dual(
  (args) => isJob(args[0]),
  (self: Any, jobs: ReadonlyArray<Any>, { on = "success", sameTick = false }: AfterOptions = {}) => {
    const added = jobs.map(({ name }): Dependency => ({ jobName: name, on, sameTick }))
    const kept = self.after.filter(({ jobName }) => added.every((dependency) => dependency.jobName !== jobName))
    return copy(self, { after: [...kept, ...added] })
  }
)

const withPolicy = <In, R2>(
  self: Any,
  kind: Retry.Kind,
  schedule: Schedule.Schedule<unknown, In, R2>,
  options: ScheduleOptions
) =>
  copy(self, {
    retry: {
      ...self.retry,
      [kind]: Either.mapLeft(Retry.policy(schedule, keeperOf(options)), ({ found, path }) => ({
        _tag: "UnstorableRetry" as const,
        path,
        found
      }))
    }
  })

/**
 * When an attempt that failed is made again: what `Effect.retry` means. The same instant is tried again, with the same
 * `runKey` and `attempt` one higher, until the job succeeds or the policy is done; then the cadence goes on.
 *
 * The policy is asked about the job's own failure `E`, begins anew with each instant, and its state survives a restart.
 * Unless set, it tries again after 1 second, doubling, jittered, at most an hour apart and at most 10 times, and never at
 * or after the next instant of `every`, `cron` or `at`. A policy given here may go on beyond that: instants that come
 * meanwhile are superseded. `Schedule.stop` tries nothing again. State that cannot be stored is reported as
 * `UnstorableRetry`; the option `state` is that of {@link repeat}.
 *
 * @example
 * ```ts
 * import { Effect, Schedule } from "effect"
 * import { Job } from "tickwork"
 *
 * const send = Effect.fail("offline" as const)
 * const sync = Job.make("sync", send).pipe(
 *   Job.every("5 minutes"),
 *   Job.retry(Schedule.exponential("1 second").pipe(Schedule.jittered, Schedule.intersect(Schedule.recurs(5))))
 * )
 * console.assert(sync.retry.failure !== null)
 * ```
 *
 * @since 0.1.0
 * @category failure
 */
export const retry: {
  <Out, In, R2>(
    policy: Schedule.Schedule<Out, In, R2>,
    options?: ScheduleOptions
  ): <Name extends string, A, E, R, M, P>(
    self: Job<Name, A, E, R, M, P> & AcceptsFailure<In, E>
  ) => Job<Name, A, E, R | R2, M, P>
  <Name extends string, A, E, R, M, P, Out, In, R2>(
    self: Job<Name, A, E, R, M, P> & AcceptsFailure<In, E>,
    policy: Schedule.Schedule<Out, In, R2>,
    options?: ScheduleOptions
  ): Job<Name, A, E, R | R2, M, P>
} = Fn.dual(
  (args) => isJob(args[0]),
  <In, R2>(self: Any, policy: Schedule.Schedule<unknown, In, R2>, options: ScheduleOptions = {}) =>
    withPolicy(self, "failure", policy, options)
)

/**
 * The same for an attempt that ended as nobody expected: by a timeout, a defect, an interruption of its own, a crash of
 * the process. The policy is asked about the `Cause` of the end. The first attempt in a row that a crash or a stop cuts
 * short is made again at once, without asking.
 *
 * Unless set, what {@link retry} says of no policy holds here, too.
 *
 * @example
 * ```ts
 * import { Effect, Schedule } from "effect"
 * import { Job } from "tickwork"
 *
 * const backup = Job.make("backup", Effect.void).pipe(
 *   Job.cron("@daily"),
 *   Job.timeout("1 hour"),
 *   Job.retryUnexpected(Schedule.spaced("10 minutes").pipe(Schedule.intersect(Schedule.recurs(3))))
 * )
 * console.assert(backup.retry.unexpected !== null)
 * ```
 *
 * @since 0.1.0
 * @category failure
 */
export const retryUnexpected: {
  <Out, In, R2>(
    policy: Schedule.Schedule<Out, In, R2>,
    options?: ScheduleOptions
  ): <Name extends string, A, E, R, M, P>(
    self: Job<Name, A, E, R, M, P> & AcceptsCause<In>
  ) => Job<Name, A, E, R | R2, M, P>
  <Name extends string, A, E, R, M, P, Out, In, R2>(
    self: Job<Name, A, E, R, M, P> & AcceptsCause<In>,
    policy: Schedule.Schedule<Out, In, R2>,
    options?: ScheduleOptions
  ): Job<Name, A, E, R | R2, M, P>
} = Fn.dual(
  (args) => isJob(args[0]),
  <In, R2>(self: Any, policy: Schedule.Schedule<unknown, In, R2>, options: ScheduleOptions = {}) =>
    withPolicy(self, "unexpected", policy, options)
)

/**
 * The job's own writes on the SQL client of its store, the record of its run and its next instant are one transaction:
 * all of it is kept, or none. So each instant takes effect exactly once, whatever crashes. What fails is undone, and its
 * failure recorded.
 *
 * Such jobs run one at a time, each attempt within 5 seconds unless {@link timeout} says otherwise; more than half the
 * tick's lease, or a place among the parallel jobs, is reported as `BadTransaction`. A body that forks fibers which
 * outlive it, or that writes through another client, steps outside the transaction.
 *
 * @example
 * ```ts
 * import { SqlClient } from "@effect/sql"
 * import { Effect } from "effect"
 * import { Job } from "tickwork"
 *
 * const purge = Effect.gen(function* () {
 *   const sql = yield* SqlClient.SqlClient
 *   yield* sql`DELETE FROM messages WHERE expires_at < 1000`
 * })
 * const purgeExpired = Job.make("purge_expired", purge).pipe(Job.every("1 hour"), Job.transactional)
 * console.assert(purgeExpired.isTransactional)
 * ```
 *
 * @since 0.1.0
 * @category failure
 */
export const transactional = <Name extends string, A, E, R, M, P>(
  self: Job<Name, A, E, R, M, P>
): Job<Name, A, E, R | JobTransaction, M, P> => copy(self, { isTransactional: true })

/**
 * How long one attempt of the body may take; as long as it likes unless set. Then it is interrupted, and the attempt
 * ends as `timeout`; what the job itself fails with stays as it is.
 *
 * A body that cannot be interrupted keeps its place and its claim until it ends by itself, and its decision says that it
 * is stuck. Not a finite duration of at least 1 ms: reported as `BadTimeout`.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job } from "tickwork"
 *
 * const sync = Job.make("sync", Effect.void).pipe(Job.every("1 minute"), Job.timeout("20 seconds"))
 * console.assert(sync.timeout === "20 seconds")
 * ```
 *
 * @since 0.1.0
 * @category failure
 */
export const timeout: {
  (
    timeout: Duration.DurationInput
  ): <Name extends string, A, E, R, M, P>(self: Job<Name, A, E, R, M, P>) => Job<Name, A, E, R, M, P>
  <Name extends string, A, E, R, M, P>(
    self: Job<Name, A, E, R, M, P>,
    timeout: Duration.DurationInput
  ): Job<Name, A, E, R, M, P>
} = Fn.dual(2, (self: Any, timeout: Duration.DurationInput) => copy(self, { timeout }))

/**
 * After so many instants in a row that did not succeed, retries included, the event `Alert` is told, and the tick's
 * `onAlert` is called; after the next success, `Recovered`. Nothing is told unless set. The count survives a restart.
 *
 * Each look at a condition that fails counts, too; one that is false does not. Anything but a whole number from 1 upward is
 * reported as `BadAlertAfter`.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job } from "tickwork"
 *
 * const backup = Job.make("backup", Effect.void).pipe(Job.cron("@daily"), Job.alertAfter(2))
 * console.assert(backup.alertAfter === 2)
 * ```
 *
 * @since 0.1.0
 * @category failure
 */
export const alertAfter: {
  (failures: number): <Name extends string, A, E, R, M, P>(self: Job<Name, A, E, R, M, P>) => Job<Name, A, E, R, M, P>
  <Name extends string, A, E, R, M, P>(self: Job<Name, A, E, R, M, P>, failures: number): Job<Name, A, E, R, M, P>
} = Fn.dual(2, (self: Any, alertAfter: number) => copy(self, { alertAfter }))

/**
 * 1 runs first, 10 last; 5 unless set. What waits gains one for each 30 seconds, so nothing starves.
 *
 * Anything but a whole number from 1 to 10 is reported as `BadPriority`.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job } from "tickwork"
 *
 * console.assert(Job.make("sync", Effect.void).pipe(Job.priority(1)).priority === 1)
 * ```
 *
 * @since 0.1.0
 * @category order
 */
export const priority: {
  (priority: number): <Name extends string, A, E, R, M, P>(self: Job<Name, A, E, R, M, P>) => Job<Name, A, E, R, M, P>
  <Name extends string, A, E, R, M, P>(self: Job<Name, A, E, R, M, P>, priority: number): Job<Name, A, E, R, M, P>
} = Fn.dual(2, (self: Any, priority: number) => copy(self, { priority }))

/**
 * Runs one at a time with all other serial jobs, most urgent first. This is the default.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job } from "tickwork"
 *
 * console.assert(Job.make("vacuum", Effect.void).pipe(Job.serial).mode === "serial")
 * ```
 *
 * @since 0.1.0
 * @category order
 */
export const serial = <Name extends string, A, E, R, M, P>(self: Job<Name, A, E, R, M, P>): Job<Name, A, E, R, M, P> =>
  copy(self, { mode: "serial" as const })

/**
 * Safe to run beside any other job: up to `concurrency` (4 unless set on the tick) such runs at once.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job } from "tickwork"
 *
 * console.assert(Job.make("stats", Effect.void).pipe(Job.parallel).mode === "parallel")
 * ```
 *
 * @since 0.1.0
 * @category order
 */
export const parallel = <Name extends string, A, E, R, M, P>(
  self: Job<Name, A, E, R, M, P>
): Job<Name, A, E, R, M, P> => copy(self, { mode: "parallel" as const })

/**
 * Runs alone in its process: nothing else runs beside it. While it is due and waits for that, nothing of a lower order
 * starts; what runs already is not cut short.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job } from "tickwork"
 *
 * const vacuum = Job.make("vacuum", Effect.void).pipe(Job.cron("@weekly"), Job.exclusive)
 * console.assert(vacuum.mode === "exclusive")
 * ```
 *
 * @since 0.1.0
 * @category order
 */
export const exclusive = <Name extends string, A, E, R, M, P>(
  self: Job<Name, A, E, R, M, P>
): Job<Name, A, E, R, M, P> => copy(self, { mode: "exclusive" as const })

/**
 * A named place shared by all jobs that name it: at most `atMost` of their runs go on at once, beside what their place
 * allows. A job may have several; the same name again replaces what was said of it.
 *
 * The scope is `"process"` unless set. With `"database"` the runs of all processes on one database count, also of one
 * that has died, until its claims have passed on. What is due and finds the limit reached is late, and looked at again
 * after a second; a call of `Tick.once` leaves it to a later call. Each process counts the jobs of its own registry, so
 * name the jobs that share such a limit in each of them.
 *
 * An empty name, that of a place, a number of runs that is not whole and from 1 upward, and any other scope is reported
 * as `BadLimit`; two jobs that give one limit different numbers or scopes as `UnequalLimits`.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job } from "tickwork"
 *
 * const network = Job.limit("network", 2)
 * const fetchMail = Job.make("fetch_mail", Effect.void).pipe(Job.every("1 minute"), Job.parallel, network)
 * const fetchNews = Job.make("fetch_news", Effect.void).pipe(Job.every("1 hour"), Job.parallel, network)
 * console.assert(fetchMail.limits[0]?.name === "network" && fetchNews.limits[0]?.atMost === 2)
 *
 * const quota = Job.limit("quota", 1, { scope: "database" })
 * console.assert(quota(fetchMail).limits[1]?.scope === "database")
 * ```
 *
 * @since 0.1.0
 * @category order
 */
export const limit: {
  (
    name: string,
    atMost: number,
    options?: { readonly scope?: Scope }
  ): <Name extends string, A, E, R, M, P>(self: Job<Name, A, E, R, M, P>) => Job<Name, A, E, R, M, P>
  <Name extends string, A, E, R, M, P>(
    self: Job<Name, A, E, R, M, P>,
    name: string,
    atMost: number,
    options?: { readonly scope?: Scope }
  ): Job<Name, A, E, R, M, P>
} = Fn.dual(
  (args) => isJob(args[0]),
  (self: Any, name: string, atMost: number, { scope = "process" }: { readonly scope?: Scope } = {}) =>
    copy(self, { limits: [...self.limits.filter((limit) => limit.name !== name), { name, atMost, scope }] })
)

/**
 * What becomes of instants that nobody saw in time, since the process was down, the machine slept or the clock jumped:
 * `latest` (the default) runs once for all of them and stands for the last, `earliest` runs once and stands for the
 * first, `all` runs each in its order, `skip` runs none. Each of them is in the log all the same.
 *
 * An instant is missed when it is first seen more than the tick's `tolerance` (1 minute) late, or when a later one has
 * overtaken it. Only `every`, `cron` and `at` can miss more than one. Bounds that will not do are reported as `BadMissed`.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job } from "tickwork"
 *
 * const bill = Job.make("bill", {}, (run) => Effect.log(run.runKey)).pipe(
 *   Job.cron("@monthly"),
 *   Job.missed("all", { within: "90 days", atMost: 3 })
 * )
 * console.assert(bill.missed.policy === "all")
 * ```
 *
 * @since 0.1.0
 * @category cadences
 */
export const missed: {
  (
    policy: Missed.Policy,
    bounds?: MissedBounds
  ): <Name extends string, A, E, R, M, P>(self: Job<Name, A, E, R, M, P>) => Job<Name, A, E, R, M, P>
  <Name extends string, A, E, R, M, P>(
    self: Job<Name, A, E, R, M, P>,
    policy: Missed.Policy,
    bounds?: MissedBounds
  ): Job<Name, A, E, R, M, P>
} = Fn.dual(
  (args) => isJob(args[0]),
  (self: Any, policy: Missed.Policy, bounds: MissedBounds = {}) => copy(self, { missed: { ...bounds, policy } })
)

/**
 * How late the job may start so as to share a wake-up with others; nothing unless set. The tick wakes as seldom as the
 * windows of all jobs allow, and never late for a job without one. It has to be shorter than the distance of two instants,
 * or the later one overtakes the earlier: no finite duration, or one as long as the interval of {@link every}, is reported
 * as `BadWindow`.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job } from "tickwork"
 *
 * const stats = Job.make("stats", Effect.void).pipe(Job.every("10 minutes"), Job.window("2 minutes"))
 * console.assert(stats.window === "2 minutes")
 * ```
 *
 * @since 0.1.0
 * @category cadences
 */
export const window: {
  (
    window: Duration.DurationInput
  ): <Name extends string, A, E, R, M, P>(self: Job<Name, A, E, R, M, P>) => Job<Name, A, E, R, M, P>
  <Name extends string, A, E, R, M, P>(
    self: Job<Name, A, E, R, M, P>,
    window: Duration.DurationInput
  ): Job<Name, A, E, R, M, P>
} = Fn.dual(2, (self: Any, window: Duration.DurationInput) => copy(self, { window }))

/**
 * Says that the job's plan has changed where that cannot be seen: a schedule whose function does something else now.
 * 1 unless set. The plan of an older version is made anew; a process that knows only a lower version leaves the job
 * alone. Anything but a whole number from 1 upward is reported as `BadVersion`.
 *
 * @example
 * ```ts
 * import { Effect, Schedule } from "effect"
 * import { Job } from "tickwork"
 *
 * const poll = Job.make("poll", Effect.void).pipe(
 *   Job.repeat(Schedule.spaced("2 minutes").pipe(Schedule.whileOutput((n) => n < 100))),
 *   Job.version(2)
 * )
 * console.assert(poll.version === 2)
 * ```
 *
 * @since 0.1.0
 * @category identity
 */
export const version: {
  (version: number): <Name extends string, A, E, R, M, P>(self: Job<Name, A, E, R, M, P>) => Job<Name, A, E, R, M, P>
  <Name extends string, A, E, R, M, P>(self: Job<Name, A, E, R, M, P>, version: number): Job<Name, A, E, R, M, P>
} = Fn.dual(2, (self: Any, version: number) => copy(self, { version }))

/**
 * The name that the job bore before: its state and its history go over to the new one when the registry is opened.
 * A name that another job still bears, or that two jobs claim, is reported as `BadRename`.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job } from "tickwork"
 *
 * const purge = Job.make("purge_expired", Effect.void).pipe(Job.every("1 hour"), Job.renamedFrom("purge"))
 * console.assert(purge.renamedFrom === "purge")
 * ```
 *
 * @since 0.1.0
 * @category identity
 */
export const renamedFrom: {
  (name: string): <Name extends string, A, E, R, M, P>(self: Job<Name, A, E, R, M, P>) => Job<Name, A, E, R, M, P>
  <Name extends string, A, E, R, M, P>(self: Job<Name, A, E, R, M, P>, name: string): Job<Name, A, E, R, M, P>
} = Fn.dual(2, (self: Any, renamedFrom: string) => copy(self, { renamedFrom }))

/**
 * Says what the job is for, to people who read the status.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job } from "tickwork"
 *
 * const purge = Job.make("purge", Effect.void).pipe(Job.describe("deletes what has expired"))
 * console.assert(purge.description === "deletes what has expired")
 * ```
 *
 * @since 0.1.0
 * @category description
 */
export const describe: {
  (text: string): <Name extends string, A, E, R, M, P>(self: Job<Name, A, E, R, M, P>) => Job<Name, A, E, R, M, P>
  <Name extends string, A, E, R, M, P>(self: Job<Name, A, E, R, M, P>, text: string): Job<Name, A, E, R, M, P>
} = Fn.dual(2, (self: Any, description: string) => copy(self, { description }))
