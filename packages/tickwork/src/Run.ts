/**
 * What a job is told of the attempt it is making.
 *
 * @since 0.1.0
 */
import { type Ref, Schema } from "effect"

/**
 * Why an attempt was made: its instant had come; the last attempt at it did not succeed; its instant was missed (while
 * the process was down, say) and the run makes up for it; or somebody asked for it.
 *
 * @since 0.1.0
 * @category models
 */
export const Trigger = Schema.Literal("schedule", "retry", "missed", "manual")

/**
 * @since 0.1.0
 * @category models
 */
export type Trigger = typeof Trigger.Type

/**
 * One attempt of a job, as its body sees it. Instants are milliseconds since the epoch.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job } from "tickwork"
 *
 * const report = Job.make("report", {}, (run) => Effect.log(`attempt ${run.attempt} of ${run.runKey}`)).pipe(
 *   Job.every("1 hour")
 * )
 * console.assert(report.name === "report")
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface Run {
  readonly jobName: string
  /** Which instance of the job; empty for the job of the whole device. */
  readonly key: string
  /** The same on each attempt at one instant: for the outside world to recognise a repeated delivery by. */
  readonly runKey: string
  /** The instant this run was planned for. */
  readonly scheduledAt: number
  readonly startedAt: number
  /** 1 for the first attempt at this instant. */
  readonly attempt: number
  readonly trigger: Trigger
  /** When the last success began; `null` before the first. */
  readonly lastSuccessAt: number | null
}

/**
 * What the body of a job is told: its run, and beside that its memory and its payload, where the job declares them.
 * What stands in `memory` when the body succeeds is remembered; what a body leaves there that does not is forgotten.
 *
 * @since 0.1.0
 * @category models
 */
export type Told<M = void, P = void> = Run &
  ([M] extends [void] ? unknown : { readonly memory: Ref.Ref<M> }) &
  ([P] extends [void] ? unknown : { readonly payload: P })

/**
 * The name under which the outside world can recognise every attempt at one planned instant, or at one run that
 * somebody asked for.
 *
 * @example
 * ```ts
 * import { Run } from "tickwork"
 *
 * console.assert(Run.keyOf("sync_send", "", 1_000) === "sync_send//1000")
 * ```
 *
 * @since 0.1.0
 * @category identity
 */
export const keyOf = (jobName: string, key: string, scheduledAt: number, trigger: Trigger = "schedule"): string =>
  `${encodeURIComponent(jobName)}/${key === "" ? "" : encodeURIComponent(key)}/${scheduledAt}${trigger === "manual" ? "/manual" : ""}`
