/**
 * One thing worth doing again and again: a name, an effect, and how it recurs.
 *
 * A `Job` is a description. Making one, or changing one with a combinator, runs nothing and checks nothing:
 * wrong values are kept as they are and reported together, by name, when the registry is opened.
 *
 * @since 0.1.0
 */
import {
  type Duration,
  type Effect,
  Either,
  type Exit,
  Function as Fn,
  Pipeable,
  Predicate,
  type Schedule
} from "effect"
import * as Cadence from "./Cadence.ts"
import * as Calendar from "./Calendar.ts"
import type { Run } from "./Run.ts"

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
 * Where a job's runs find room: one serial job runs at a time; parallel ones run beside it.
 *
 * @since 0.1.0
 * @category models
 */
export type Place = "serial" | "parallel"

/**
 * A question asked before a run: while the answer is no, the run is skipped for the reason given.
 *
 * @since 0.1.0
 * @category models
 */
export interface Condition<out E = unknown, out R = never> {
  readonly reason: string
  readonly holds: Effect.Effect<boolean, E, R>
}

/**
 * A value that makes no cadence: what was given and why it is refused.
 *
 * @since 0.1.0
 * @category models
 */
export type BadCadence =
  | { readonly _tag: "BadInterval"; readonly interval: unknown; readonly reason: string }
  | { readonly _tag: "BadCron"; readonly expression: string; readonly zone: string; readonly reason: string }
  | { readonly _tag: "UnstorableCadence"; readonly path: string; readonly found: string }

/**
 * A job with a literal name `Name`, which succeeds with `A`, fails with `E` and needs `R`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Job<out Name extends string, out A, out E, out R> extends Pipeable.Pipeable {
  readonly [TypeId]: TypeId
  readonly name: Name
  readonly description: string | null
  readonly body: (run: Run) => Effect.Effect<A, E, R>
  readonly cadence: Either.Either<Cadence.Cadence<never, R>, BadCadence> | null
  readonly conditions: ReadonlyArray<Condition<unknown, R>>
  readonly priority: number
  readonly place: Place
}

/**
 * Any job at all.
 *
 * @since 0.1.0
 * @category models
 */
export type Any = Job<string, unknown, unknown, any>

/**
 * What a job needs.
 *
 * @since 0.1.0
 * @category models
 */
export type Context<J extends Any> = J extends Job<string, unknown, unknown, infer R> ? R : never

/**
 * What stands in a compiler's message when a schedule asks for another input than a job's runs have.
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

/**
 * Options of a job whose body is told of its run.
 *
 * @since 0.1.0
 * @category models
 */
export type Options = Record<string, never>

const prototype = Object.assign(Object.create(Pipeable.Prototype), { [TypeId]: TypeId })

const copy = <J extends Any, Change extends Partial<Any>>(self: J, change: Change) =>
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
 * Priority 5, serial, without conditions, and not recurring yet: say how often with {@link every}, {@link cron},
 * {@link repeat} or {@link schedule}. The second form hands the {@link Run} to the body.
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
 * @since 0.1.0
 * @category constructors
 */
export const make: {
  <const Name extends string, A, E, R>(name: Name, effect: Effect.Effect<A, E, R>): Job<Name, A, E, R>
  <const Name extends string, A, E, R>(
    name: Name,
    options: Options,
    body: (run: Run) => Effect.Effect<A, E, R>
  ): Job<Name, A, E, R>
} = <Name extends string, A, E, R>(
  name: Name,
  effect: Effect.Effect<A, E, R> | Options,
  body: (run: Run) => Effect.Effect<A, E, R> = () => effect as Effect.Effect<A, E, R>
): Job<Name, A, E, R> =>
  Object.assign(Object.create(prototype), {
    name,
    description: null,
    body,
    cadence: null,
    conditions: [],
    priority: 5,
    place: "serial" as const
  })

/**
 * Runs every so often: at once the first time, then on the grid of instants one interval apart.
 *
 * A late run shifts nothing, and one run covers what it overtook. The interval is at least 1 ms; another is
 * reported as `BadInterval`. The last cadence given to a job is the one that holds.
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
  (interval: Duration.DurationInput): <Name extends string, A, E, R>(self: Job<Name, A, E, R>) => Job<Name, A, E, R>
  <Name extends string, A, E, R>(self: Job<Name, A, E, R>, interval: Duration.DurationInput): Job<Name, A, E, R>
} = Fn.dual(2, <Name extends string, A, E, R>(self: Job<Name, A, E, R>, interval: Duration.DurationInput) =>
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
 * A bad expression or zone, or a date that never comes, is reported as `BadCron`.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job } from "tickwork"
 *
 * const backup = Job.make("backup", Effect.void).pipe(Job.cron("0 3 * * *", "Europe/Berlin"))
 * const hourly = Job.make("hourly", Effect.void).pipe(Job.cron("@hourly"))
 * console.assert(backup.name === "backup" && hourly.name === "hourly")
 * ```
 *
 * @since 0.1.0
 * @category cadences
 */
export const cron: {
  (expression: string, zone?: string): <Name extends string, A, E, R>(self: Job<Name, A, E, R>) => Job<Name, A, E, R>
  <Name extends string, A, E, R>(self: Job<Name, A, E, R>, expression: string, zone?: string): Job<Name, A, E, R>
} = Fn.dual(
  (args) => isJob(args[0]),
  <Name extends string, A, E, R>(self: Job<Name, A, E, R>, expression: string, zone = "UTC") =>
    copy(self, {
      cadence: Either.mapBoth(Calendar.cron(expression, zone), {
        onLeft: ({ reason }) => ({ _tag: "BadCron" as const, expression, zone, reason }),
        onRight: Cadence.cron
      })
    })
)

interface OnSchedule {
  <Out, In, R2>(
    schedule: Schedule.Schedule<Out, In, R2>
  ): <Name extends string, A, E, R>(self: Job<Name, A, E, R> & AcceptsExit<In, A, E>) => Job<Name, A, E, R | R2>
  <Name extends string, A, E, R, Out, In, R2>(
    self: Job<Name, A, E, R> & AcceptsExit<In, A, E>,
    schedule: Schedule.Schedule<Out, In, R2>
  ): Job<Name, A, E, R | R2>
}

const onSchedule = <Name extends string, A, E, R, In, R2>(
  self: Job<Name, A, E, R>,
  schedule: Schedule.Schedule<unknown, In, R2>,
  first: "run" | "ask"
) =>
  copy(self, {
    cadence: Either.mapLeft(Cadence.schedule(schedule, first), ({ _tag, found, path }) => ({ _tag, found, path }))
  })

/**
 * Runs at once, then as the schedule says: what `Effect.repeat` means. Its state survives a restart.
 *
 * The schedule is fed the `Exit` of each run; a failure does not end it. A schedule whose state cannot be stored is
 * reported as `UnstorableCadence`.
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
export const repeat: OnSchedule = Fn.dual(2, <In, R2>(self: Any, schedule: Schedule.Schedule<unknown, In, R2>) =>
  onSchedule(self, schedule, "run")
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
export const schedule: OnSchedule = Fn.dual(2, <In, R2>(self: Any, schedule: Schedule.Schedule<unknown, In, R2>) =>
  onSchedule(self, schedule, "ask")
)

/**
 * Runs only while the condition holds; else the run is skipped, with the reason in the log, until the next instant.
 *
 * Several may be given: they are asked in order, each for at most five seconds. A condition that fails, or takes
 * longer, counts as false and its error is kept.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job } from "tickwork"
 *
 * const prekeysAreLow = Effect.succeed(true)
 * const replenish = Job.make("replenish", Effect.void).pipe(
 *   Job.every("1 hour"),
 *   Job.when("prekeys are low", prekeysAreLow)
 * )
 * console.assert(replenish.conditions.length === 1)
 * ```
 *
 * @since 0.1.0
 * @category conditions
 */
export const when: {
  <E2, R2>(
    reason: string,
    holds: Effect.Effect<boolean, E2, R2>
  ): <Name extends string, A, E, R>(self: Job<Name, A, E, R>) => Job<Name, A, E, R | R2>
  <Name extends string, A, E, R, E2, R2>(
    self: Job<Name, A, E, R>,
    reason: string,
    holds: Effect.Effect<boolean, E2, R2>
  ): Job<Name, A, E, R | R2>
} = Fn.dual(3, <R2>(self: Any, reason: string, holds: Effect.Effect<boolean, unknown, R2>) =>
  copy(self, { conditions: [...self.conditions, { reason, holds }] })
)

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
  (priority: number): <Name extends string, A, E, R>(self: Job<Name, A, E, R>) => Job<Name, A, E, R>
  <Name extends string, A, E, R>(self: Job<Name, A, E, R>, priority: number): Job<Name, A, E, R>
} = Fn.dual(2, (self: Any, priority: number) => copy(self, { priority }))

/**
 * Runs one at a time with all other serial jobs, most urgent first. This is the default.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job } from "tickwork"
 *
 * console.assert(Job.make("vacuum", Effect.void).pipe(Job.serial).place === "serial")
 * ```
 *
 * @since 0.1.0
 * @category order
 */
export const serial = <Name extends string, A, E, R>(self: Job<Name, A, E, R>): Job<Name, A, E, R> =>
  copy(self, { place: "serial" as const })

/**
 * Safe to run beside any other job: up to `concurrency` (4 unless set on the tick) such runs at once.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job } from "tickwork"
 *
 * console.assert(Job.make("stats", Effect.void).pipe(Job.parallel).place === "parallel")
 * ```
 *
 * @since 0.1.0
 * @category order
 */
export const parallel = <Name extends string, A, E, R>(self: Job<Name, A, E, R>): Job<Name, A, E, R> =>
  copy(self, { place: "parallel" as const })

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
  (text: string): <Name extends string, A, E, R>(self: Job<Name, A, E, R>) => Job<Name, A, E, R>
  <Name extends string, A, E, R>(self: Job<Name, A, E, R>, text: string): Job<Name, A, E, R>
} = Fn.dual(2, (self: Any, description: string) => copy(self, { description }))
