/**
 * Why a run could not be enqueued.
 *
 * @since 0.1.0
 */
import { Inspectable, Schema } from "effect"
import * as ErrorText from "./internal/ErrorText.ts"

/**
 * The payload cannot be kept, the instant is none, or the key will not do: nothing was enqueued.
 *
 * @example
 * ```ts
 * import { EnqueueError } from "tickwork"
 *
 * const refused = new EnqueueError.EnqueueError({ jobName: "send_mail", option: "key", value: '""', reason: "it is empty" })
 * console.assert(refused.message.startsWith('Job "send_mail": the key "" will not do: it is empty.'))
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class EnqueueError extends Schema.TaggedError<EnqueueError>("tickwork/EnqueueError")("EnqueueError", {
  jobName: Schema.String,
  option: Schema.Literal("payload", "at", "key"),
  /** As it was given, shortened. */
  value: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    const cure = {
      payload: "Hand it what the schema of its `payload` describes.",
      at: 'Use an instant such as "2027-01-01T09:00:00+01:00", or leave it out to run now.',
      key: "Use up to 200 characters, or leave it out to have one made."
    }[this.option]
    return `Job "${this.jobName}": the ${this.option} ${this.value} will not do: ${this.reason}. ${cure}`
  }
}

/** A value in an error's message is no longer than this, in UTF-16 code units. */
const longestShown = 200

/**
 * Why this value of an option will not do.
 *
 * @since 0.1.0
 * @category errors
 */
export const of = (jobName: string, option: EnqueueError["option"], value: unknown, reason: string): EnqueueError => {
  const shown = typeof value === "string" ? JSON.stringify(value) : Inspectable.toStringUnknown(value, 0)
  return new EnqueueError({ jobName, option, value: ErrorText.shorten(shown, longestShown), reason })
}
