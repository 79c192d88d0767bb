/**
 * What a job is made of, behind its opaque face: the engine reads it through {@link of}, and nothing else does.
 *
 * A definition is a value that runs nothing and checks nothing.
 *
 * @internal
 */
import { type Duration, type Effect, type Either, Pipeable, Predicate, type Schema, type Types } from "effect"
import type { Limit } from "../Limit.ts"
import type { Run } from "../Run.ts"
import type { Cadence as JobCadence } from "./schedule/Cadence.ts"
import type * as Calendar from "./schedule/Calendar.ts"
import type { Cadence } from "./schedule/KeyCadence.ts"
import type { IsLeftOut } from "./schedule/LeftOut.ts"
import type * as Missed from "./schedule/Missed.ts"
import type * as Retry from "./schedule/Retry.ts"

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
 * A job named `Name`, which succeeds with `A`, fails with `E`, needs `R`, remembers `M` and takes the payload `P`.
 *
 * It is opaque: `Job.inspect` describes it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Job<out Name extends string, out A, out E, out R, in out M = void, in out P = void>
  extends Pipeable.Pipeable {
  readonly [TypeId]: {
    readonly _A: Types.Covariant<A>
    readonly _E: Types.Covariant<E>
    readonly _R: Types.Covariant<R>
    readonly _M: Types.Invariant<M>
    readonly _P: Types.Invariant<P>
  }
  readonly name: Name
}

/**
 * Any job.
 *
 * @since 0.1.0
 * @category models
 */
export type Any = Job<string, unknown, unknown, any, any, any>

/**
 * How runs of a job go together with other runs of the process: one `serial` run at a time; `parallel` runs beside it; an
 * `exclusive` run alone.
 *
 * @since 0.1.0
 * @category models
 */
export type ConcurrencyMode = (typeof modes)[number]

export const modes = ["serial", "parallel", "exclusive"] as const

/**
 * Another job that has to succeed first, or to `end` in any way; with `sameTick`, at this job's own instant or later.
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
 * Memory of the type that `schema` describes.
 *
 * @since 0.1.0
 * @category models
 */
export interface Memory<in out M> {
  readonly schema: Schema.Schema<M, any>
  /** The memory before the first success. */
  readonly initial: NoInfer<M>
  /**
   * Reads what is stored, as it was encoded, where the schema does not. By default, and where it throws, the body does not
   * run and what is stored stays unchanged.
   */
  readonly migrate?: (stored: unknown) => NoInfer<M>
}

/**
 * A key with a cadence of its own.
 *
 * @since 0.1.0
 * @category models
 */
export interface KeyWithCadence {
  readonly key: string
  readonly cadence: Cadence
}

export interface Keys<out R> {
  readonly list: Effect.Effect<Iterable<string | KeyWithCadence>, unknown, R>
  readonly refresh: Duration.DurationInput
  /** The most keys that a list may have. */
  readonly atMost: number
  /** How long a key is not listed until its instance is forgotten; `null` or absent for ever. */
  readonly forgetAfter?: Duration.DurationInput | null
}

export interface Condition<out R> {
  readonly reason: string
  readonly holds: Effect.Effect<boolean, unknown, R>
  /** How soon it is checked again after a no; `null` where the cadence decides. */
  readonly recheck: Duration.DurationInput | null
}

/** A wrong value of an option, before its job is known. */
export type Invalid = Calendar.Invalid

/**
 * How far the transaction of a job is kept apart from others, as the SQL standard names it.
 *
 * @since 0.1.0
 * @category models
 */
export type Isolation = "read committed" | "repeatable read" | "serializable"

export const isolations: ReadonlyArray<Isolation> = ["read committed", "repeatable read", "serializable"]

/** What a description shows as it is. */
export interface Plain {
  readonly name: string
  readonly description: string | null
  readonly priority: number
  readonly mode: ConcurrencyMode
  readonly limits: ReadonlyArray<Limit>
  readonly after: ReadonlyArray<Dependency>
  readonly isTransactional: boolean
  /** The isolation of its transaction; `null` where the store chooses, or where it has none. */
  readonly isolation: Isolation | null
  readonly alertAfter: number | null
  readonly pauseAfter: number | null
  readonly version: number
  readonly renamedFrom: string | null
}

export interface Definition<out R = never> extends Plain {
  readonly body: (run: Run<any, any, any>) => Effect.Effect<unknown, unknown, R>
  readonly keys: Keys<R> | null
  readonly memory: Memory<any> | null
  readonly payload: Schema.Schema<any, any> | null
  readonly report: Schema.Schema<any, any> | null
  readonly cadence: Either.Either<JobCadence<never, R>, Invalid> | null
  /** How many times a cadence was given: the last one holds. */
  readonly cadences: number
  /** Which days its calendar leaves out; `null` for none. */
  readonly except: { readonly isLeftOut: IsLeftOut; readonly zone: string | undefined } | null
  /** Within which time its instances have their phases, hashed with a text; `null` where they have none. */
  readonly spread: { readonly within: Duration.DurationInput; readonly by: string } | null
  readonly conditions: ReadonlyArray<Condition<R>>
  readonly missed: {
    readonly policy: Missed.Policy
    readonly within?: Duration.DurationInput
    readonly atMost?: number
  }
  readonly window: Duration.DurationInput
  readonly retry: Readonly<Record<Retry.Kind, Either.Either<Retry.Policy<R>, Invalid> | null>>
  readonly timeout: Duration.DurationInput | null
}

const DefinitionId: unique symbol = Symbol.for("tickwork/Definition")

const prototype = Object.assign(Object.create(Pipeable.Prototype), { [TypeId]: {} })

/** A job that is made of this. */
export const jobOf = (definition: Definition<any>): any =>
  Object.assign(Object.create(prototype), { name: definition.name, [DefinitionId]: definition })

/** What a job is made of. */
export const of = <R>(job: Job<string, unknown, unknown, R, any, any>): Definition<R> =>
  (job as unknown as { readonly [DefinitionId]: Definition<R> })[DefinitionId]

/** The same job, but for what is changed. */
export const copy = (self: Any, change: Partial<Definition<any>>): any => {
  const before = of(self)
  return jobOf({ ...before, ...change, cadences: before.cadences + (change.cadence === undefined ? 0 : 1) })
}

/**
 * True for every job.
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

export const make = (given: Pick<Definition<any>, "body" | "name"> & Partial<Definition<any>>): any =>
  jobOf({
    keys: null,
    memory: null,
    payload: null,
    report: null,
    description: null,
    cadence: null,
    cadences: 0,
    except: null,
    spread: null,
    conditions: [],
    priority: 5,
    mode: "serial",
    limits: [],
    after: [],
    missed: { policy: "latest" },
    window: 0,
    retry: { failure: null, unexpected: null },
    timeout: null,
    isTransactional: false,
    isolation: null,
    alertAfter: null,
    pauseAfter: null,
    version: 1,
    renamedFrom: null,
    ...given
  })
