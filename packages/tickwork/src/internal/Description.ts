/**
 * The plain description of a job that tools read. It is a copy: changing it changes no job.
 *
 * @internal
 */
import { Either, Record } from "effect"
import * as Definition from "./Definition.ts"
import * as Millis from "./Millis.ts"
import { cadenceOf, ruleOf, timeoutOf } from "./plan/Registered.ts"
import type { OnSchedule } from "./schedule/Cadence.ts"
import type { Calendar } from "./schedule/Calendar.ts"
import type * as Missed from "./schedule/Missed.ts"

/**
 * A calendar: a grid of instants in ms since the epoch.
 *
 * @since 0.1.0
 * @category models
 */
export interface CalendarDescription extends Omit<Calendar, "leftOut" | "shortestMs"> {}

/**
 * An Effect `Schedule`, and how its stored state is read.
 *
 * @since 0.1.0
 * @category models
 */
export interface ScheduleDescription extends Omit<OnSchedule<never, any>, "codec"> {
  /** The schedule's state from the `state` that the cadence of an instance holds. */
  readonly decode: (stored: unknown) => unknown
}

/**
 * How a job recurs; `Invalid` where that is a fault of the registry, for `reason`.
 *
 * @since 0.1.0
 * @category models
 */
export type CadenceDescription =
  | CalendarDescription
  | ScheduleDescription
  | { readonly _tag: "Invalid"; readonly reason: string }

/**
 * What a job is made of, with defaults filled in. Durations are milliseconds.
 *
 * @since 0.1.0
 * @category models
 */
export interface Description extends Definition.Plain {
  readonly conditions: ReadonlyArray<{ readonly reason: string; readonly recheckMs: number | null }>
  readonly hasKeys: boolean
  readonly hasMemory: boolean
  readonly hasPayload: boolean
  /** `null` where the job has none, which is a fault of the registry. */
  readonly cadence: CadenceDescription | null
  readonly missed: { readonly policy: Missed.Policy; readonly withinMs: number; readonly atMost: number }
  /** Within which time the instances have their phases; `null` where all are at once. */
  readonly spreadMs: number | null
  readonly windowMs: number
  /** The definitions of the job's own retry policies; `null` where the default holds. */
  readonly retry: { readonly failure: string | null; readonly unexpected: string | null }
  /** `null` where an attempt has no time limit. */
  readonly timeoutMs: number | null
}

const describedOf = (job: Definition.Definition<any>): CadenceDescription | null => {
  const made = cadenceOf(job)
  if (made === null) return null
  if (Either.isLeft(made)) return { _tag: "Invalid", reason: made.left.reason }
  if (made.right._tag === "Calendar") {
    const { leftOut, shortestMs, ...calendar } = made.right
    return calendar
  }
  const { _tag, codec, definition, first, schedule } = made.right
  return { _tag, definition, first, schedule, decode: (stored) => codec.decode(stored as never, schedule.initial) }
}

/**
 * Describes a job to tools: plain values, and no effect of the job's own.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job } from "tickwork"
 *
 * const { cadence, priority, timeoutMs } = Job.inspect(Job.make("purge", Effect.void).pipe(Job.every("1 hour")))
 *
 * console.assert(priority === 5 && timeoutMs === null)
 * console.assert(cadence?._tag === "Calendar" && cadence.next(0, 0) === 3_600_000)
 * ```
 *
 * @since 0.1.0
 * @category description
 */
export const inspect = (self: Definition.Any): Description => {
  const job = Definition.of<any>(self)
  const {
    body,
    cadence,
    conditions,
    except,
    keys,
    memory,
    missed,
    payload,
    report: _,
    retry,
    spread,
    timeout,
    window,
    ...plain
  } = job
  return {
    ...plain,
    conditions: conditions.map(({ reason, recheck }) => ({
      reason,
      recheckMs: recheck === null ? null : Millis.of(recheck)
    })),
    hasKeys: keys !== null,
    hasMemory: memory !== null,
    hasPayload: payload !== null,
    cadence: describedOf(job),
    missed: ruleOf(job),
    spreadMs: spread && Millis.of(spread.within),
    windowMs: Millis.of(window),
    retry: Record.map(retry, (made) => (made === null || Either.isLeft(made) ? null : made.right.schedule.definition)),
    timeoutMs: timeoutOf(job)
  }
}
