/**
 * What the body of a job receives: the attempt it makes, and its memory and payload where the job declares them.
 *
 * @since 0.1.0
 */
import { type Effect, type Ref, Schema } from "effect"
import * as BackfillKey from "./internal/BackfillKey.ts"
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
 * How far a run is: `done` of `total`, or of an unknown number where that is `null`; said at the instant `at`, in ms since
 * the epoch.
 *
 * @since 0.1.0
 * @category models
 */
export const Progress = Schema.Struct({
  done: Schema.Finite,
  total: Schema.NullOr(Schema.Finite),
  at: Schema.Int
})

/**
 * @since 0.1.0
 * @category models
 */
export interface Progress extends Schema.Schema.Type<typeof Progress> {}

/**
 * Progress in a few words.
 *
 * @example
 * ```ts
 * import { Run } from "tickwork"
 *
 * console.assert(Run.progressText({ done: 40, total: 100, at: 0 }) === "40 of 100")
 * ```
 *
 * @since 0.1.0
 * @category rendering
 */
export const progressText = ({ done, total }: Progress): string => (total === null ? `${done}` : `${done} of ${total}`)

/**
 * One attempt that goes on.
 *
 * @since 0.1.0
 * @category models
 */
export interface Running extends RunInfo {
  readonly progress: (done: number, total?: number) => Effect.Effect<void>
}

/**
 * What the body of a job receives. `memory` is there where the job declares it, and `payload` and `report` likewise.
 *
 * What `memory` holds when the body succeeds is committed with the log entry of the run; after any other end it is
 * discarded.
 *
 * `progress(done, total)` says how far the run is, for `Tick.status` and the command line. It costs nothing to say so often:
 * the last of it is stored, at most once a second, and never delays a record. What is no finite number is left out.
 *
 * `report(value)` sets what the run came to: the last value is in its log entry, however the run ends. A value that the
 * schema does not encode, or of more than 4 KB as JSON, is a defect, {@link ReportEncodeError}.
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
export type Run<M = void, P = void, Rep = void> = Running &
  ([Rep] extends [void] ? unknown : { readonly report: (value: Rep) => Effect.Effect<void> }) &
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

/**
 * A report cannot be kept in the log: the call of `run.report` dies with this error.
 *
 * @since 0.1.0
 * @category errors
 */
export class ReportEncodeError extends Schema.TaggedError<ReportEncodeError>("tickwork/ReportEncodeError")(
  "ReportEncodeError",
  refused
) {
  override get message() {
    const instance = InstanceName.of(this.jobName, this.key)
    return `The report of ${instance} cannot be kept: ${this.reason}. Report a value that the job's schema describes, of at most 4 KB as JSON.`
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
export const keyOf = (jobName: string, key: string, scheduledAt: number, trigger: Trigger = "schedule"): string => {
  const ordinary = BackfillKey.ordinary(key)
  return `${encoded(jobName)}/${ordinary === "" ? "" : encoded(ordinary)}/${scheduledAt}${trigger === "manual" ? "/manual" : ""}`
}
