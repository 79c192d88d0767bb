/**
 * What the plan says of an instance now: run it, or wait for one stated reason.
 *
 * A decision is a fact about an instant; reading it changes nothing.
 *
 * @since 0.1.0
 */
import { Data } from "effect"

/**
 * `Run`, or `Wait` for a reason: not due before an instant, no place free, running already, held by another owner,
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
 * Why an instance waits. Instants are milliseconds since the epoch.
 *
 * @since 0.1.0
 * @category models
 */
export type Reason = Data.TaggedEnum<{
  NotDue: { readonly until: number }
  BackingOff: { readonly until: number }
  NoPlace: { readonly place: string }
  Running: { readonly since: number }
  HeldByAnother: { readonly owner: string }
  Finished: Readonly<Record<never, unknown>>
  LeftAlone: { readonly why: string }
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
      return `not due until ${new Date(reason.until).toISOString()}`
    case "BackingOff":
      return `backing off until ${new Date(reason.until).toISOString()}`
    case "NoPlace":
      return `waits for a ${reason.place} place`
    case "Running":
      return `running since ${new Date(reason.since).toISOString()}`
    case "HeldByAnother":
      return `held by ${reason.owner}`
    case "Finished":
      return "finished"
    case "LeftAlone":
      return `left alone: ${reason.why}`
  }
}
