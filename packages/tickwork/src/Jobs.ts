/**
 * The registry: the list of all jobs of an application. It is immutable and runs nothing.
 *
 * @since 0.1.0
 */
import { Pipeable } from "effect"
import type { Fault } from "./InvalidJobs.ts"
import * as Registry from "./internal/plan/Registry.ts"
import type * as Job from "./Job.ts"

/**
 * Jobs that together need `R`; where their types are known, they are the `Members`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Jobs<out R, out Members extends Job.Any = Job.Any> extends Pipeable.Pipeable {
  readonly all: ReadonlyArray<Job.Job<string, unknown, unknown, R, any, any>>
  /** For the compiler alone. */
  readonly "~members"?: Members
}

type PositionsByName<T extends ReadonlyArray<Job.Any>> = {
  [K in keyof T & `${number}` as T[K] extends Job.Any ? T[K]["name"] : never]: K
}

type DistinctNames<T extends ReadonlyArray<Job.Any>, Positions = PositionsByName<T>> = {
  [K in keyof T]: T[K] extends Job.Any
    ? Record<never, never> extends Record<T[K]["name"], never> // true for `string` and for patterns: no literal to compare
      ? T[K]
      : T[K]["name"] extends keyof Positions
        ? Positions[T[K]["name"]] extends K
          ? T[K]
          : Job.Cure<`another job is named "${T[K]["name"]}": give each its own name`>
        : T[K]
    : T[K]
}

/**
 * A registry of these jobs. Adding a job to an application is making it and naming it here.
 *
 * A literal name given twice does not compile. `Tick.layer` fails with `InvalidJobs`, which has every other fault.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job, Jobs } from "tickwork"
 *
 * const sync = Job.make("sync", Effect.void).pipe(Job.every("5 seconds"))
 * const purge = Job.make("purge", Effect.void).pipe(Job.cron("0 3 * * *"))
 *
 * console.assert(Jobs.make(sync, purge).all.length === 2)
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <const T extends ReadonlyArray<Job.Any>>(
  ...jobs: T & DistinctNames<T>
): Jobs<Job.Context<T[number]>, T[number]> => Object.assign(Object.create(Pipeable.Prototype), { all: jobs })

/**
 * Every fault of a registry, in the order of its jobs; what concerns several jobs comes last. `Tick.layer` fails where
 * there is one.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job, Jobs } from "tickwork"
 *
 * const jobs = Jobs.make(Job.make("sync", Effect.void).pipe(Job.every("5 seconds"), Job.priority(11)))
 * const [fault] = Jobs.faults(jobs)
 * console.assert(fault?._tag === "InvalidOption" && fault.option === "priority")
 * ```
 *
 * @since 0.1.0
 * @category validation
 */
export const faults = (self: Jobs<unknown>): ReadonlyArray<Fault> => Registry.faults(self)
