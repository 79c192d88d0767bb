/**
 * What the body of a job receives: the attempt it makes, and its memory and payload where the job declares them.
 *
 * @since 0.1.0
 */
import { type Ref, Schema } from "effect"
import * as InstanceName from "./internal/InstanceName.ts"
import * as PlainText from "./internal/PlainText.ts"

/**
 * Why an attempt is made: its instant has come (`schedule`), the last attempt did not succeed (`retry`), its instant was
 * missed and the run catches up (`missed`), or a request asks for it (`manual`).
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
 * One attempt of a job. Instants are milliseconds since the epoch.
 *
 * @since 0.1.0
 * @category models
 */
export interface RunInfo {
  readonly jobName: string
  /** The instance of the job; empty for a job without keys. */
  readonly key: string
  /** The same for every attempt at one instant: other systems recognise a repeated delivery by it. */
  readonly runKey: string
  /** The instant that this run was planned for. */
  readonly scheduledAt: number
  readonly startedAt: number
  /** 1 for the first attempt at this instant. */
  readonly attempt: number
  readonly trigger: Trigger
  /** When the last successful run began; `null` before the first success. */
  readonly lastSuccessAt: number | null
}

/**
 * What the body of a job receives. `memory` is there where the job declares it, and `payload` likewise.
 *
 * What `memory` holds when the body succeeds is committed with the log entry of the run; after any other end it is
 * discarded.
 *
 * @example
 * ```ts
 * import { Effect, Ref, Schema } from "effect"
 * import { Job, type Run } from "tickwork"
 *
 * const report = Job.make("report", (run) => Effect.log(`attempt ${run.attempt} of ${run.runKey}`))
 *
 * const count = (run: Run.Run<number>) => Ref.update(run.memory, (n) => n + 1)
 * const counter = Job.make("counter", { memory: { schema: Schema.Number, initial: 0 } }, count)
 *
 * console.assert(report.name === "report" && counter.name === "counter")
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export type Run<M = void, P = void> = RunInfo &
  ([M] extends [void] ? unknown : { readonly memory: Ref.Ref<M> }) &
  ([P] extends [void] ? unknown : { readonly payload: P })

/** What is refused of which instance, and why. */
const refused = { jobName: Schema.String, key: Schema.String, reason: Schema.String }

/**
 * The memory of an instance cannot be read or cannot be stored. The attempt ends with this error, and what is stored
 * stays unchanged.
 *
 * @since 0.1.0
 * @category errors
 */
export class MemoryDecodeError extends Schema.TaggedError<MemoryDecodeError>("tickwork/MemoryDecodeError")(
  "MemoryDecodeError",
  { ...refused, operation: Schema.Literal("read", "keep") }
) {
  override get message() {
    const isRead = this.operation === "read"
    const cure = isRead
      ? "Give the job's memory a `migrate` that reads it, or forget the instance"
      : "Set the memory to a value that its schema describes"
    const instance = InstanceName.of(this.jobName, this.key)
    return `The memory of ${instance} cannot be ${isRead ? "read" : "stored"}: ${this.reason}. What is stored stays unchanged. ${cure}.`
  }
}

/**
 * The payload that a run was enqueued with cannot be read. The attempt ends with this error, and what is stored stays
 * unchanged.
 *
 * @since 0.1.0
 * @category errors
 */
export class PayloadDecodeError extends Schema.TaggedError<PayloadDecodeError>("tickwork/PayloadDecodeError")(
  "PayloadDecodeError",
  refused
) {
  override get message() {
    const instance = InstanceName.of(this.jobName, this.key)
    return `The payload of ${instance} cannot be read: ${this.reason}. What is stored stays unchanged. Give the job a \`payload\` schema that reads what was enqueued earlier, too.`
  }
}

const encoded = (text: string): string => {
  try {
    return encodeURIComponent(text)
  } catch {
    // half a surrogate pair, which no registry and no store takes
    return encodeURIComponent(PlainText.of(text))
  }
}

/**
 * The run key: the name by which other systems recognise every attempt at one planned instant, or at one requested run.
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
  `${encoded(jobName)}/${key === "" ? "" : encoded(key)}/${scheduledAt}${trigger === "manual" ? "/manual" : ""}`
