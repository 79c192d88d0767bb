/**
 * Why a run could not be enqueued.
 *
 * @since 0.1.0
 */
import { Inspectable, Schema } from "effect"
import * as PlainText from "./internal/PlainText.ts"

/**
 * The payload, the instant or the key is invalid: nothing was enqueued.
 *
 * @example
 * ```ts
 * import { EnqueueError } from "tickwork"
 *
 * const error = new EnqueueError.EnqueueError({ jobName: "send", option: "key", value: '""', reason: "must not be empty" })
 * console.assert(error.message.startsWith('Job "send": key must not be empty, got "".'))
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class EnqueueError extends Schema.TaggedError<EnqueueError>("tickwork/EnqueueError")("EnqueueError", {
  jobName: Schema.String,
  option: Schema.Literal("payload", "at", "key"),
  /** The rejected instant or key, rendered and shortened; `null` for a payload, which may be a secret. */
  value: Schema.NullOr(Schema.String),
  /** What the value must be. */
  reason: Schema.String
}) {
  override get message() {
    const cure = {
      payload: "Pass a value that the schema of the job's `payload` describes.",
      at: 'Use an instant such as "2027-01-01T09:00:00+01:00", or leave it out to run now.',
      key: "Use up to 200 characters, or leave it out to have one made."
    }[this.option]
    return `Job "${this.jobName}": ${this.option} ${this.reason}${this.value === null ? "" : `, got ${this.value}`}. ${cure}`
  }
}

/**
 * The error for an instant or a key.
 *
 * @internal
 */
export const of = (jobName: string, option: "at" | "key", value: unknown, reason: string): EnqueueError => {
  const shown = typeof value === "string" ? PlainText.quoted(value) : Inspectable.toStringUnknown(value, 0)
  return new EnqueueError({ jobName, option, value: PlainText.shorten(shown, PlainText.longestShown), reason })
}

/**
 * The error for a payload.
 *
 * @internal
 */
export const ofPayload = (jobName: string, reason: string): EnqueueError =>
  new EnqueueError({ jobName, option: "payload", value: null, reason })
