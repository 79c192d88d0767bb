/**
 * Why a run could not be enqueued.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * The payload cannot be kept, the instant is none, or the key will not do: nothing was enqueued.
 *
 * @example
 * ```ts
 * import { NotEnqueued } from "tickwork"
 *
 * const refused = new NotEnqueued.NotEnqueued({ jobName: "send_mail", option: "key", value: '""', reason: "it is empty" })
 * console.assert(refused.message.startsWith('Job "send_mail": the key "" will not do: it is empty.'))
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class NotEnqueued extends Schema.TaggedError<NotEnqueued>("tickwork/NotEnqueued")("NotEnqueued", {
  jobName: Schema.String,
  option: Schema.Literal("payload", "at", "key"),
  /** As it was given, shortened. */
  value: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    const cure = {
      payload: "Hand over what the payload's schema describes.",
      at: 'Use an instant such as "2027-01-01T09:00:00+01:00", or leave it out to run now.',
      key: "Use up to 200 characters, or leave it out to have one made."
    }[this.option]
    return `Job "${this.jobName}": the ${this.option} ${this.value} will not do: ${this.reason}. ${cure}`
  }
}
