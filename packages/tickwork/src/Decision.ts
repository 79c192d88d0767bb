/**
 * What the plan says of an instance now: run it, or wait for one stated reason.
 *
 * A decision is a fact about an instant; reading it changes nothing.
 *
 * @since 0.1.0
 */
import { Data } from "effect"
import * as Control from "./Control.ts"
import * as Calendar from "./internal/schedule/Calendar.ts"

/**
 * `Run`, or `Wait` for a reason: not due before an instant, backing off until one, a condition was false and is looked at
 * again at one, other jobs have to end first, no place free, paused, running
 * already, stuck: running though its time was up, held by another owner, resting: its key is not listed any more,
 * finished: its cadence has ended, or left alone: another process has made its plan.
 *
 * @since 0.1.0
 * @category models
 */
export type Decision = Data.TaggedEnum<{
  Run: { readonly scheduledAt: number }
  Wait: { readonly reason: Reason }
}>

/**
 * An instance that another waits for; the key is empty for the job of the whole device, and where a job has no key yet.
 *
 * @since 0.1.0
 * @category models
 */
export interface Awaited {
  readonly jobName: string
  readonly key: string
}

/**
 * Why an instance waits. Instants are milliseconds since the epoch.
 *
 * @since 0.1.0
 * @category models
 */
export type Reason = Data.TaggedEnum<{
  NotDue: { readonly until: number }
  BackingOff: { readonly until: number }
  Awaits: { readonly on: ReadonlyArray<Awaited>; readonly count: number }
  ConditionFalse: { readonly reason: string; readonly until: number }
  NoFreeSlot: { readonly place: string }
  Paused: { readonly since: number; readonly by: string; readonly why: string }
  Running: { readonly since: number }
  Stuck: { readonly since: number; readonly timeoutMs: number }
  HeldByAnother: { readonly owner: string }
  KeyRemoved: { readonly since: number }
  Finished: Readonly<Record<never, unknown>>
  DefinitionMismatch: { readonly why: string }
}>

/**
 * @since 0.1.0
 * @category constructors
 */
export const Reason = Data.taggedEnum<Reason>()

const { Run, Wait } = Data.taggedEnum<Decision>()

/**
 * Run it now, for this instant.
 *
 * @since 0.1.0
 * @category constructors
 */
export const run = (scheduledAt: number): Decision => Run({ scheduledAt })

/**
 * Wait, for this reason.
 *
 * @since 0.1.0
 * @category constructors
 */
export const wait = (reason: Reason): Decision => Wait({ reason })

// an instant past the last date comes from outside: no plan of ours names one
const shown = (instant: number): string =>
  Math.abs(instant) <= Calendar.lastInstant ? new Date(instant).toISOString() : `${instant} ms`

/**
 * An instance, as people call it: by its job, or by its key and its job.
 *
 * @since 0.1.0
 * @category rendering
 */
export const nameOf = ({ jobName, key }: Awaited): string =>
  key === "" ? JSON.stringify(jobName) : `${JSON.stringify(key)} of ${JSON.stringify(jobName)}`

/**
 * The decision in a few words.
 *
 * @example
 * ```ts
 * import { Decision } from "tickwork"
 *
 * console.assert(Decision.toText(Decision.wait(Decision.Reason.Finished())) === "finished")
 * ```
 *
 * @since 0.1.0
 * @category rendering
 */
export const toText = (decision: Decision): string => {
  if (decision._tag === "Run") return "due"
  const { reason } = decision
  switch (reason._tag) {
    case "NotDue":
      return `not due until ${shown(reason.until)}`
    case "BackingOff":
      return `backing off until ${shown(reason.until)}`
    case "Awaits":
      return `waits for ${reason.on.map(nameOf).join(", ")}${reason.count > reason.on.length ? `, and ${reason.count - reason.on.length} more` : ""}`
    case "ConditionFalse":
      return `not due until ${shown(reason.until)}: "${reason.reason}" was false`
    case "NoFreeSlot":
      return `waits for a place: ${reason.place}`
    case "Running":
      return `running since ${shown(reason.since)}`
    case "Stuck":
      return `stuck: running since ${shown(reason.since)}, its time of ${reason.timeoutMs} ms is up`
    case "Paused":
      return Control.toText({ verb: "pause", ...reason })
    case "HeldByAnother":
      return `held by ${reason.owner}`
    case "KeyRemoved":
      return `rests since ${shown(reason.since)}: its key is not listed any more`
    case "Finished":
      return "finished"
    case "DefinitionMismatch":
      return `left alone: ${reason.why}`
  }
}
