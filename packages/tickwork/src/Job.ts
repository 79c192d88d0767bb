/**
 * A job: a name, an effect and a schedule. Making one, or changing one with a combinator, runs nothing and checks nothing:
 * `InvalidJobs` reports all wrong values together when the registry is opened.
 *
 * @since 0.1.0
 */
import type { Cause, DateTime, Duration, Exit, Schedule, Schema } from "effect"
import { Effect, Either, Function as Fn } from "effect"
import type { CronOptions } from "./Cron.ts"
import type { Any, Dependency, Invalid, Isolation, Job, KeyWithCadence, Memory } from "./internal/Definition.ts"
import * as Definition from "./internal/Definition.ts"
import * as JobCadence from "./internal/schedule/Cadence.ts"
import * as Calendar from "./internal/schedule/Calendar.ts"
import type { Day } from "./internal/schedule/LeftOut.ts"
import type * as Missed from "./internal/schedule/Missed.ts"
import * as Retry from "./internal/schedule/Retry.ts"
import * as ScheduleStateCodec from "./internal/schedule/ScheduleStateCodec.ts"
import type { Limit } from "./Limit.ts"
import type { Run } from "./Run.ts"

export type { Any, ConcurrencyMode, Dependency, Isolation, Job, KeyWithCadence, Memory } from "./internal/Definition.ts"
export { isJob, TypeId } from "./internal/Definition.ts"
export type {
  CadenceDescription,
  CalendarDescription,
  Description,
  ScheduleDescription
} from "./internal/Description.ts"
export { inspect } from "./internal/Description.ts"
export { Cadence } from "./internal/schedule/KeyCadence.ts"
export type { Day } from "./internal/schedule/LeftOut.ts"

/**
 * What a job needs.
 *
 * @since 0.1.0
 * @category models
 */
export type Context<J extends Any> = J extends Job<string, unknown, unknown, infer R, any, any> ? R : never

/**
 * The last line of the compiler's message where a job does not fit.
 *
 * @since 0.1.0
 * @category models
 */
export interface Cure<Text extends string> {
  readonly "the cure": Text
}

type Fits<Given, Input, Text extends string> = [Given] extends [Input] ? unknown : Cure<Text>

type IsPlanned<P, Text extends string> = Fits<void, P, Text>

type CadenceCure = "a job with a payload runs when it is enqueued: drop its cadence"

/** What a schedule may ask for as its input, by what the job takes it for. */
interface Accepts<In, A, E, P> {
  readonly cadence: IsPlanned<P, CadenceCure> &
    Fits<
      Exit.Exit<A, E> | undefined,
      In,
      "a cadence receives `Exit<A, E> | undefined` of its job: widen the schedule's input with Schedule.mapInput, or drop it"
    >
  readonly failure: Fits<
    E,
    In,
    "a retry policy receives the failure `E` of its job: widen its input with Schedule.mapInput, or drop it"
  >
  readonly unexpected: Fits<
    Cause.Cause<never>,
    In,
    "a policy for unexpected ends receives a `Cause<never>`: widen its input with Schedule.mapInput, or drop it"
  >
}

/** Sets something of a job, and leaves its type as it is. */
interface Sets<Args extends ReadonlyArray<unknown>> {
  (...args: Args): <J extends Any>(self: J) => J
  <J extends Any>(self: J, ...args: Args): J
}

/** Sets something of a job without a payload, and leaves its type as it is. */
interface SetsPlanned<Args extends ReadonlyArray<unknown>, Text extends string> {
  (
    ...args: Args
  ): <Name extends string, A, E, R, M, P>(
    self: Job<Name, A, E, R, M, P> & IsPlanned<P, Text>
  ) => Job<Name, A, E, R, M, P>
  <Name extends string, A, E, R, M, P>(
    self: Job<Name, A, E, R, M, P> & IsPlanned<P, Text>,
    ...args: Args
  ): Job<Name, A, E, R, M, P>
}

type SetsCadence<Args extends ReadonlyArray<unknown>> = SetsPlanned<Args, CadenceCure>

/** Sets a schedule of a job, which then needs what the schedule needs. */
interface SetsSchedule<Role extends keyof Accepts<any, any, any, any>> {
  <In, R2>(
    schedule: Schedule.Schedule<unknown, In, R2>,
    options?: ScheduleOptions
  ): <Name extends string, A, E, R, M, P>(
    self: Job<Name, A, E, R, M, P> & Accepts<In, A, E, P>[Role]
  ) => Job<Name, A, E, R | R2, M, P>
  <Name extends string, A, E, R, M, P, In, R2>(
    self: Job<Name, A, E, R, M, P> & Accepts<In, A, E, P>[Role],
    schedule: Schedule.Schedule<unknown, In, R2>,
    options?: ScheduleOptions
  ): Job<Name, A, E, R | R2, M, P>
}

/**
 * What a {@link transactional} job needs. Stores on a SQL database provide it.
 *
 * @since 0.1.0
 * @category models
 */
export interface JobTransaction {
  readonly JobTransaction: unique symbol
}

/**
 * What a job declares beside its body.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<M = void, P = void, KR = never, Rep = void> {
  /**
   * Lists the keys of the job's instances, each with its own state; by default the job has one instance, without a key.
   * `{ key, cadence }` gives a key a cadence of its own, in place of the job's.
   */
  readonly keys?: Effect.Effect<Iterable<string | KeyWithCadence>, unknown, KR>
  /** How often keys are listed again; 1 minute by default. */
  readonly refresh?: Duration.DurationInput
  /** The most keys that a list may have; 1,000,000 by default. A longer list changes nothing, and is a `KeysFailed`. */
  readonly mostKeys?: number
  /**
   * How long a key is not listed until its instance is forgotten, with its history; at least a minute. By default nothing is
   * forgotten.
   */
  readonly forgetAfter?: Duration.DurationInput
  /** What each instance remembers; nothing by default. */
  readonly memory?: Memory<M>
  /** What each run is enqueued with; such a job has no cadence. */
  readonly payload?: Schema.Schema<P, any>
  /** What each run may report that it came to, at most 4 KB; nothing by default. */
  readonly report?: Schema.Schema<Rep, any>
}

const { copy, isJob } = Definition

/** A combinator in both styles, from what it changes of a definition. */
const sets = <Args extends ReadonlyArray<any>>(
  change: (job: Definition.Definition<any>, ...args: Args) => Partial<Definition.Definition<any>>
): any =>
  Fn.dual(
    (args) => isJob(args[0]),
    (self: Any, ...args: Args) => copy(self, change(Definition.of(self), ...args))
  )

const invalid =
  (option: string, value: unknown, cure: string) =>
  (reason: string): Invalid => ({ option, value, reason, cure })

/**
 * A job from a name and an effect. The store knows the job by its name, so the name must not change between releases
 * without {@link renamedFrom}.
 *
 * By default a job has priority 5, is serial, has no conditions and does not recur: add {@link every}, {@link cron},
 * {@link at}, {@link repeat} or {@link schedule}. The second form passes the `Run` to the body, and the third adds to it
 * what the options declare:
 *
 * - `memory`: `run.memory` is a `Ref` of what the last success left there, or of `initial`. Its value when the body succeeds
 *   is committed with the log entry of the run; after any other end it is discarded. What the schema does not decode goes
 *   to `migrate`; without `migrate` the body does not run, and its attempt ends with `Run.MemoryDecodeError`.
 * - `payload`: `run.payload` is what the run was enqueued with. Such a job has no cadence: it runs once for each enqueued
 *   value. What the schema does not decode ends the attempt with `Run.PayloadDecodeError`.
 * - `report`: `run.report(value)` sets what the run came to, for its log entry.
 * - `keys`: lists the keys of the job's instances, each with its own state.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job } from "tickwork"
 *
 * const purge = Job.make("purge", Effect.log("purging")).pipe(Job.every("1 hour"), Job.priority(8))
 * const report = Job.make("report", (run) => Effect.log(run.runKey)).pipe(Job.cron("0 9 * * 1-5", "Europe/Berlin"))
 *
 * console.assert(purge.name === "purge" && Job.inspect(report).priority === 5)
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
  <const Name extends string, A, E, R>(name: Name, body: (run: Run) => Effect.Effect<A, E, R>): Job<Name, A, E, R>
  <const Name extends string, A, E, R, M = void, P = void, KR = never, Rep = void>(
    name: Name,
    options: Options<M, P, KR, Rep>,
    body: (run: Run<M, P, Rep>) => Effect.Effect<A, E, R>
  ): Job<Name, A, E, R | KR, M, P>
} = (name: string, ...given: ReadonlyArray<unknown>) => {
  const [work, options] = given.length > 1 ? [given[1], given[0] as Options<any, any, any, any>] : [given[0], {}]
  const {
    forgetAfter = null,
    keys,
    memory = null,
    mostKeys = 1_000_000,
    payload = null,
    refresh = "1 minute",
    report = null
  } = options
  return Definition.make({
    name,
    // a Context.Tag is a function and an effect
    body: Effect.isEffect(work) ? () => work as Effect.Effect<unknown> : (work as Definition.Definition["body"]),
    keys: keys === undefined ? null : { list: keys, refresh, atMost: mostKeys, forgetAfter },
    memory,
    payload,
    report
  })
}

/**
 * The first and the last instant that a cadence may have, both included: a `DateTime`, a `Date`, milliseconds since the
 * epoch, or an ISO 8601 text with its offset from UTC. By default there is neither. After `until` the job is finished.
 *
 * @since 0.1.0
 * @category models
 */
export interface Bounds extends Calendar.Bounds {}

/**
 * Runs at once the first time, then on the grid of instants one interval apart.
 *
 * A late run shifts no later instant, and one run covers the instants that it overtook. The interval is a whole number of
 * milliseconds, at least 1. With `from`, the grid counts from there and the first run is on it. The last cadence given to a job holds, with a warning. A job with a payload takes no cadence: that does not
 * compile.
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
export const every: SetsCadence<[interval: Duration.DurationInput, bounds?: Bounds]> = sets(
  (_, interval: Duration.DurationInput, bounds?: Bounds) => ({ cadence: Calendar.every(interval, bounds) })
)

/**
 * Runs at the instants that a cron expression names: five fields, six with seconds first, or a nickname such as
 * `@daily`; in the given time zone, UTC by default. The first run is at the next match, never at once.
 *
 * On the days on which clocks are moved, an expression with a fixed hour runs once, and one whose hour is a wildcard or
 * a step keeps its pace; the options `gap` and `fold` choose otherwise. `Cron.parse` checks an expression on its own.
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
export const cron: SetsCadence<[expression: string, zoneOrOptions?: string | (CronOptions & Bounds)]> = sets(
  (_, expression: string, zoneOrOptions?: string | (CronOptions & Bounds)) => ({
    cadence: Calendar.cron(expression, zoneOrOptions)
  })
)

/**
 * Runs at one instant, once, and never again, not even after a restart: a `DateTime`, a `Date`, milliseconds since the
 * epoch, or an ISO 8601 text with its offset from UTC, such as `2027-01-01T09:00:00+01:00`.
 *
 * For an instant that has passed when the job is first seen, {@link missed} decides.
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
export const at: SetsCadence<[instant: DateTime.DateTime.Input]> = sets((_, instant: DateTime.DateTime.Input) => ({
  cadence: Calendar.at(instant)
}))

/**
 * Leaves out the instants of {@link every} or {@link cron} on days for which the function is true: they do not run and are
 * never missed, and the log counts them as `left-out`. The days are those of the zone, by default that of the cron
 * expression, else UTC. The last one given to a job holds.
 *
 * The function has to answer alike for one day. Where it throws, the day is not left out, and the event `CadenceFailed` and a
 * warning say so. A thousand days left out in a row end the cadence.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job } from "tickwork"
 *
 * const holidays = new Set(["2027-01-01", "2027-12-25", "2027-12-26"])
 * const report = Job.make("report", Effect.void).pipe(
 *   Job.cron("0 9 * * MON-FRI", "Europe/Berlin"),
 *   Job.except(({ date }) => holidays.has(date))
 * )
 * const { cadence } = Job.inspect(report)
 * const next = cadence?._tag === "Calendar" ? cadence.next(0, Date.parse("2026-12-31T12:00Z")) : null
 * console.assert(next === Date.parse("2027-01-04T08:00Z"), "the Monday after New Year")
 * ```
 *
 * @since 0.1.0
 * @category cadences
 */
export const except: SetsCadence<[isLeftOut: (day: Day) => boolean, zone?: string]> = sets(
  (_, isLeftOut: (day: Day) => boolean, zone?: string) => ({ except: { isLeftOut, zone } })
)

/**
 * How the phases of a spread job are made.
 *
 * @since 0.1.0
 * @category models
 */
export interface SpreadOptions {
  /** A text that is hashed with the names of job and key, such as the name of a host that has a database of its own. */
  readonly by?: string
}

/**
 * Gives each instance of {@link every}, {@link cron} or {@link at} a phase within a time: its instants come later by that. The
 * phase is a hash of the names of job and key, the same after each restart, so a hundred thousand keys do not start in one
 * second. All stay on a grid; that of `every` then counts from `from`, else from 1970 in UTC, and the first run is on it, not
 * at once. The time is at least 1 ms and no longer than the interval of `every`.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job } from "tickwork"
 *
 * const keys = Effect.succeed(["ada", "grace", "mary"])
 * const backup = Job.make("backup", { keys }, (run) => Effect.log(run.key)).pipe(
 *   Job.cron("0 3 * * *", "Europe/Berlin"),
 *   Job.spread("1 hour")
 * )
 * console.assert(Job.inspect(backup).spreadMs === 3_600_000)
 * ```
 *
 * @since 0.1.0
 * @category cadences
 */
export const spread: SetsCadence<[within: Duration.DurationInput, options?: SpreadOptions]> = sets(
  (_, within: Duration.DurationInput, { by = "" }: SpreadOptions = {}) => ({ spread: { within, by } })
)

/**
 * How the state of a schedule is stored.
 *
 * @since 0.1.0
 * @category models
 */
export interface ScheduleOptions {
  /**
   * A Schema for the state, or `"memory only"`: it stays in this process, and a restart begins the schedule again. By
   * default plain data and all that the state of Effect's own schedules holds is stored.
   */
  readonly state?: Schema.Schema<any, any> | "memory only"
}

const codecOf = ({ state }: ScheduleOptions): ScheduleStateCodec.ScheduleStateCodec =>
  state === undefined
    ? ScheduleStateCodec.plain
    : state === "memory only"
      ? ScheduleStateCodec.memoryOnly
      : ScheduleStateCodec.through(state)

const unstorable =
  (option: string) =>
  ({ found, reason }: ScheduleStateCodec.UnstorableStateError): Invalid =>
    invalid(option, found, ScheduleStateCodec.UnstorableStateError.cure)(reason)

const onSchedule = (first: "run" | "ask"): SetsSchedule<"cadence"> =>
  sets((_, schedule: Schedule.Schedule<unknown, any, any>, options: ScheduleOptions = {}) => ({
    cadence: Either.mapLeft(JobCadence.schedule(schedule, first, codecOf(options)), unstorable("schedule"))
  }))

/**
 * Runs at once, then as the schedule says: what `Effect.repeat` means. Its state survives a restart.
 *
 * The schedule's input is the `Exit` of each run; a failure does not end it. A schedule with a hundred zero delays within a
 * second waits for the rest of that second.
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
export const repeat: SetsSchedule<"cadence"> = onSchedule("run")

/**
 * Steps the schedule first, then runs: what `Effect.schedule` means. Its state survives a restart.
 *
 * The input of the first step is `undefined`, that of each later one the `Exit` of the run before.
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
export const schedule: SetsSchedule<"cadence"> = onSchedule("ask")

/**
 * How a condition is checked.
 *
 * @since 0.1.0
 * @category models
 */
export interface ConditionOptions {
  /** How soon it is checked again after a no, at least 1 ms; by default at the next instant of the cadence. */
  readonly recheck?: Duration.DurationInput
}

/**
 * Runs only while the condition holds; otherwise the run is skipped until the next instant, and the log has the reason.
 *
 * With `recheck` the condition is checked again for the same instant that long after a no, and the cadence stays where it
 * is, unless the next instant of `every`, `cron` or `at` has come by then. So the job runs soon after its condition holds;
 * it is late for its instant, which is not missed.
 *
 * A job may have several conditions: they are checked in order up to the first no, each for at most five seconds. A
 * condition that fails, or takes longer, counts as false, and the log has its error.
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
 * console.assert(Job.inspect(replenish).conditions.length === 2)
 * ```
 *
 * @since 0.1.0
 * @category conditions
 */
export const when: {
  <R2>(
    reason: string,
    holds: Effect.Effect<boolean, unknown, R2>,
    options?: ConditionOptions
  ): <Name extends string, A, E, R, M, P>(self: Job<Name, A, E, R, M, P>) => Job<Name, A, E, R | R2, M, P>
  <Name extends string, A, E, R, M, P, R2>(
    self: Job<Name, A, E, R, M, P>,
    reason: string,
    holds: Effect.Effect<boolean, unknown, R2>,
    options?: ConditionOptions
  ): Job<Name, A, E, R | R2, M, P>
} = sets(
  ({ conditions }, reason: string, holds: Effect.Effect<boolean, unknown, any>, options: ConditionOptions = {}) => ({
    conditions: [...conditions, { reason, holds, recheck: options.recheck ?? null }]
  })
)

/**
 * What a job waits for in its dependencies.
 *
 * @since 0.1.0
 * @category models
 */
export interface AfterOptions {
  /** To succeed, the default, or to `end` in any way: by a success, or by giving up. */
  readonly on?: Dependency["on"]
  /** Whether they have to end at this job's own instant or later; `false` by default. */
  readonly sameTick?: boolean
}

/**
 * Runs only after other jobs: its own instant has come, and each of them has succeeded since the start of this job's
 * last occurrence. A job without its own cadence runs as soon as all of them have. This is checked once for each
 * occurrence: a retry does not wait again.
 *
 * Where both jobs have keys, each instance comes after the one of the same key; a job without keys comes after all listed
 * keys. While a dependency fails, the job waits, and `Tick.explain` says for what. With `on: "end"` a dependency that gave
 * up counts, too; with `sameTick` an end before this job's own instant does not count, so of two jobs that are due together
 * the dependency runs first. A second call for the same dependency replaces the first.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job } from "tickwork"
 *
 * const fetch = Job.make("fetch", Effect.void).pipe(Job.every("1 hour"))
 * const index = Job.make("index", Effect.void).pipe(Job.after([fetch]))
 * const report = Job.make("report", Effect.void).pipe(Job.cron("0 6 * * *"), Job.after([fetch], { sameTick: true }))
 * console.assert(Job.inspect(index).after[0]?.jobName === "fetch" && Job.isJob(report))
 * ```
 *
 * @since 0.1.0
 * @category conditions
 */
export const after: Sets<[jobs: ReadonlyArray<Any>, options?: AfterOptions]> = sets(
  (job, jobs: ReadonlyArray<Any>, { on = "success", sameTick = false }: AfterOptions = {}) => {
    const added = jobs.map(({ name }): Dependency => ({ jobName: name, on, sameTick }))
    const others = job.after.filter(({ jobName }) => added.every((one) => one.jobName !== jobName))
    return { after: [...others, ...added] }
  }
)

const retryOn = <Kind extends Retry.Kind>(kind: Kind, option: string): SetsSchedule<Kind> =>
  sets(({ retry }, policy: Schedule.Schedule<unknown, any, any>, options: ScheduleOptions = {}) => ({
    retry: { ...retry, [kind]: Either.mapLeft(Retry.policy(policy, codecOf(options)), unstorable(option)) }
  }))

/**
 * When a failed attempt is made again: what `Effect.retry` means. The same instant is tried again, with the same `runKey`
 * and `attempt` one higher, until the job succeeds or the policy is done; then the cadence goes on.
 *
 * The policy's input is the job's own failure `E`. It begins afresh with each instant, and its state survives a restart. By
 * default a job is retried after 1 second, doubling, with jitter, at most an hour apart, at most 10 times, and never at or
 * after the next instant of `every`, `cron` or `at`. Your own policy may go on beyond that: instants that come meanwhile
 * are superseded. `Schedule.stop` retries nothing.
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
 * console.assert(Job.inspect(sync).retry.failure !== null)
 * ```
 *
 * @since 0.1.0
 * @category failure
 */
export const retry: SetsSchedule<"failure"> = retryOn("failure", "retry")

/**
 * The same for an unexpected end: a timeout, a defect, a self-interruption, a crash of the process. The policy's input is
 * the `Cause` of the end. The first attempt in a row that a crash or a stop cuts short is made again at once, and the
 * policy is not stepped.
 *
 * The default is that of {@link retry}.
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
 * console.assert(Job.inspect(backup).retry.unexpected !== null)
 * ```
 *
 * @since 0.1.0
 * @category failure
 */
export const retryUnexpected: SetsSchedule<"unexpected"> = retryOn("unexpected", "retryUnexpected")

/**
 * The job's own writes on the SQL client of its store, the log entry of its run and its next instant are one transaction:
 * all of it is committed, or nothing. So each instant takes effect exactly once, whatever crashes. A failure undoes the
 * writes and is logged.
 *
 * Such jobs run one at a time, each attempt within 5 seconds unless {@link timeout} says otherwise; a timeout above half
 * the tick's lease, and {@link parallel}, are faults. A body that forks fibers which outlive it, or that writes through
 * another client, steps outside the transaction.
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
 * console.assert(Job.inspect(purgeExpired).isTransactional)
 * ```
 *
 * @since 0.1.0
 * @category failure
 */
export const transactional = <Name extends string, A, E, R, M, P>(
  self: Job<Name, A, E, R, M, P>
): Job<Name, A, E, R | JobTransaction, M, P> => copy(self, { isTransactional: true })

/**
 * How the transaction of a job is isolated.
 *
 * @since 0.1.0
 * @category models
 */
export interface TransactionOptions {
  /** PostgreSQL's levels. SQLite has one alone: there it is a fault. */
  readonly isolation: Isolation
}

/** What {@link transactionalWith} gives a job. */
interface Transacts<Args extends ReadonlyArray<unknown>> {
  (
    ...args: Args
  ): <Name extends string, A, E, R, M, P>(self: Job<Name, A, E, R, M, P>) => Job<Name, A, E, R | JobTransaction, M, P>
  <Name extends string, A, E, R, M, P>(
    self: Job<Name, A, E, R, M, P>,
    ...args: Args
  ): Job<Name, A, E, R | JobTransaction, M, P>
}

/**
 * As {@link transactional}, with the isolation level of the transaction on PostgreSQL; {@link transactional} alone is
 * `read committed` there. On SQLite, where every transaction is serializable, it is a fault.
 *
 * Under `repeatable read` and `serializable` PostgreSQL refuses a transaction that another one has got in the way of, and
 * under each level one of two that wait for each other. Where it refuses the commit, or what the tick itself writes in the
 * transaction, all of it is undone and the attempt is logged as `error`; {@link retryUnexpected} decides when the whole
 * transaction is made again: by default after 1 second, as the next attempt with the same `runKey`. Where it refuses a
 * statement of the body, that is the body's own `SqlError`: the transaction is undone as well, and {@link retry} decides.
 *
 * @example
 * ```ts
 * import { SqlClient } from "@effect/sql"
 * import { Effect } from "effect"
 * import { Job } from "tickwork"
 *
 * const balance = Effect.gen(function* () {
 *   const sql = yield* SqlClient.SqlClient
 *   yield* sql`INSERT INTO balances (total) SELECT sum(amount) FROM payments`
 * })
 * const job = Job.make("balance", balance).pipe(
 *   Job.every("1 hour"),
 *   Job.transactionalWith({ isolation: "serializable" })
 * )
 * console.assert(Job.inspect(job).isolation === "serializable")
 * ```
 *
 * @since 0.1.0
 * @category failure
 */
export const transactionalWith: Transacts<[options: TransactionOptions]> = sets(
  (_, { isolation }: TransactionOptions) => ({ isTransactional: true, isolation })
)

/**
 * How long one attempt of the body may take, at least 1 ms; no limit by default. Then it is interrupted, and the attempt
 * ends as `timeout`. What the job itself fails with does not change.
 *
 * A body that cannot be interrupted keeps its slot and its claim until it ends, and its decision is `Stuck`.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job } from "tickwork"
 *
 * const sync = Job.make("sync", Effect.void).pipe(Job.every("1 minute"), Job.timeout("20 seconds"))
 * console.assert(Job.inspect(sync).timeoutMs === 20_000)
 * ```
 *
 * @since 0.1.0
 * @category failure
 */
export const timeout: Sets<[timeout: Duration.DurationInput]> = sets((_, timeout: Duration.DurationInput) => ({
  timeout
}))

/**
 * Alerts after this number of consecutive occurrences failed, with all their retries: an integer from 1 upward; no alert
 * by default. The tick publishes `Alert` and calls its `onAlert`, and `Recovered` after the next success. The count survives a
 * restart.
 *
 * A condition that fails counts, too; one that is false does not.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job } from "tickwork"
 *
 * const backup = Job.make("backup", Effect.void).pipe(Job.cron("@daily"), Job.alertAfter(2))
 * console.assert(Job.inspect(backup).alertAfter === 2)
 * ```
 *
 * @since 0.1.0
 * @category failure
 */
export const alertAfter: Sets<[failures: number]> = sets((_, alertAfter: number) => ({ alertAfter }))

/**
 * Pauses the instance after this number of consecutive occurrences failed, with all their retries: an integer from 1 upward;
 * never by default. `Tick.resume` continues it; after as many failures more it is paused again.
 *
 * The log says that `tickwork` paused it, and the error. It alerts as {@link alertAfter} with the same number does, unless
 * the job has a number of its own. A job with a payload does not compile: each of its runs ends by itself.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job } from "tickwork"
 *
 * const charge = Job.make("charge", Effect.void).pipe(Job.cron("@daily"), Job.pauseAfter(3))
 * console.assert(Job.inspect(charge).pauseAfter === 3)
 * ```
 *
 * @since 0.1.0
 * @category failure
 */
export const pauseAfter: SetsPlanned<
  [failures: number],
  "each run of a job with a payload ends by itself: drop Job.pauseAfter, or use Job.alertAfter"
> = sets((_, pauseAfter: number) => ({ pauseAfter }))

/**
 * An integer from 1, which runs first, to 10, which runs last; 5 by default. A waiting job gains one for each 30 seconds,
 * so no job starves.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job } from "tickwork"
 *
 * console.assert(Job.inspect(Job.make("sync", Effect.void).pipe(Job.priority(1))).priority === 1)
 * ```
 *
 * @since 0.1.0
 * @category order
 */
export const priority: Sets<[priority: number]> = sets((_, priority: number) => ({ priority }))

/**
 * Runs one at a time with all other serial jobs, most urgent first. This is the default.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job } from "tickwork"
 *
 * console.assert(Job.inspect(Job.make("vacuum", Effect.void).pipe(Job.serial)).mode === "serial")
 * ```
 *
 * @since 0.1.0
 * @category order
 */
export const serial = <J extends Any>(self: J): J => copy(self, { mode: "serial" })

/**
 * Runs beside other jobs: up to `concurrency` (an option of the tick, 4 by default) such runs at once.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job } from "tickwork"
 *
 * console.assert(Job.inspect(Job.make("stats", Effect.void).pipe(Job.parallel)).mode === "parallel")
 * ```
 *
 * @since 0.1.0
 * @category order
 */
export const parallel = <J extends Any>(self: J): J => copy(self, { mode: "parallel" })

/**
 * Runs alone in its process. While it is due and waits for that, nothing of a lower order starts; what already runs is not
 * cut short.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job } from "tickwork"
 *
 * const vacuum = Job.make("vacuum", Effect.void).pipe(Job.cron("@weekly"), Job.exclusive)
 * console.assert(Job.inspect(vacuum).mode === "exclusive")
 * ```
 *
 * @since 0.1.0
 * @category order
 */
export const exclusive = <J extends Any>(self: J): J => copy(self, { mode: "exclusive" })

/**
 * A limit on how many runs go on at once, shared with all jobs that have the same limit, beside what the job's mode allows.
 * A job may have several; a limit of the same name replaces the earlier one.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job, Limit } from "tickwork"
 *
 * const network = Limit.make("network", 2)
 * const quota = Limit.make("quota", 1, { scope: "database" })
 *
 * const fetchMail = Job.make("fetch_mail", Effect.void).pipe(Job.every("1 minute"), Job.parallel, Job.limit(network))
 * const fetchNews = Job.make("fetch_news", Effect.void).pipe(Job.every("1 hour"), Job.limit(network), Job.limit(quota))
 * console.assert(Job.inspect(fetchNews).limits.length === 2 && Job.isJob(fetchMail))
 * ```
 *
 * @since 0.1.0
 * @category order
 */
export const limit: Sets<[limit: Limit]> = sets(({ limits }, limit: Limit) => ({
  limits: [...limits.filter(({ name }) => name !== limit.name), limit]
}))

/**
 * Bounds on catching up.
 *
 * @since 0.1.0
 * @category models
 */
export interface MissedBounds {
  /** An instant found later than this does not run; by default none is too late. Less than a second is a warning. */
  readonly within?: Duration.DurationInput
  /** With the policy `all`, how many runs catch up on what is found together, the last ones; 100 by default. */
  readonly atMost?: number
}

/**
 * Catch-up policy for occurrences missed while the process was down, paused or suspended, or the clock jumped: `latest`
 * (the default) runs once for all of them, for the last instant; `earliest` runs once, for the first instant; `all` runs
 * each in order; `skip` runs none. The log has all of them under each policy.
 *
 * An instant is missed when it is first seen more than the tick's `tolerance` (1 minute) late, or when a later one has
 * overtaken it. Only `every`, `cron` and `at` can miss more than one.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job } from "tickwork"
 *
 * const bill = Job.make("bill", (run) => Effect.log(run.runKey)).pipe(
 *   Job.cron("@monthly"),
 *   Job.missed("all", { within: "90 days", atMost: 3 })
 * )
 * console.assert(Job.inspect(bill).missed.policy === "all")
 * ```
 *
 * @since 0.1.0
 * @category cadences
 */
export const missed: Sets<[policy: Missed.Policy, bounds?: MissedBounds]> = sets(
  (_, policy: Missed.Policy, bounds: MissedBounds = {}) => ({ missed: { ...bounds, policy } })
)

/**
 * How late the job may start so as to share a wake-up with others; 0 by default. The tick wakes as seldom as the windows of
 * all jobs allow, and never late for a job without one. A window is finite and shorter than the interval of {@link every}:
 * otherwise the next instant overtakes this one.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job } from "tickwork"
 *
 * const stats = Job.make("stats", Effect.void).pipe(Job.every("10 minutes"), Job.window("2 minutes"))
 * console.assert(Job.inspect(stats).windowMs === 120_000)
 * ```
 *
 * @since 0.1.0
 * @category cadences
 */
export const window: Sets<[window: Duration.DurationInput]> = sets((_, window: Duration.DurationInput) => ({ window }))

/**
 * Declares that the job's plan has changed where that cannot be seen: a schedule whose function does something else now. An
 * integer from 1 upward; 1 by default. A higher version plans afresh, and a process that knows only a lower one does not
 * run the job.
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
 * console.assert(Job.inspect(poll).version === 2)
 * ```
 *
 * @since 0.1.0
 * @category identity
 */
export const version: Sets<[version: number]> = sets((_, version: number) => ({ version }))

/**
 * The name that the job had before: its state and its history move to the new name when the registry is opened. No job of
 * the registry may still have the old name, and no other job may claim it.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job } from "tickwork"
 *
 * const purge = Job.make("purge_expired", Effect.void).pipe(Job.every("1 hour"), Job.renamedFrom("purge"))
 * console.assert(Job.inspect(purge).renamedFrom === "purge")
 * ```
 *
 * @since 0.1.0
 * @category identity
 */
export const renamedFrom: Sets<[name: string]> = sets((_, renamedFrom: string) => ({ renamedFrom }))

/**
 * A text for people who read the status.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job } from "tickwork"
 *
 * const purge = Job.make("purge", Effect.void).pipe(Job.describe("deletes expired messages"))
 * console.assert(Job.inspect(purge).description === "deletes expired messages")
 * ```
 *
 * @since 0.1.0
 * @category description
 */
export const describe: Sets<[text: string]> = sets((_, description: string) => ({ description }))
