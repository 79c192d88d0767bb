/**
 * Why a request was not stored.
 *
 * @since 0.1.0
 */
import { Inspectable, Schema } from "effect"
import * as PlainText from "./internal/PlainText.ts"

/**
 * An option of a request is invalid: nothing was stored.
 *
 * @example
 * ```ts
 * import { RequestError } from "tickwork"
 *
 * const error = new RequestError.RequestError({
 *   jobName: "sync",
 *   option: "until",
 *   value: '"soon"',
 *   reason: "must be ISO 8601 with its offset from UTC",
 *   cure: "Use a later one."
 * })
 * console.assert(error.message.startsWith('Job "sync": until must be ISO 8601 with its offset from UTC, got "soon".'))
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class RequestError extends Schema.TaggedError<RequestError>("tickwork/RequestError")("RequestError", {
  /** `null` where the request is for several jobs. */
  jobName: Schema.NullOr(Schema.String),
  option: Schema.String,
  /** The rejected value, rendered and shortened. */
  value: Schema.String,
  /** What the value must be. */
  reason: Schema.String,
  cure: Schema.String
}) {
  override get message() {
    const { cure, jobName, option, reason, value } = this
    return `${jobName === null ? "" : `Job "${jobName}": `}${option} ${reason}, got ${value}. ${cure}`
  }
}

/**
 * The error for an option, with the value as it was given.
 *
 * @internal
 */
export const of = ({
  value,
  ...rest
}: Pick<RequestError, "cure" | "jobName" | "option" | "reason"> & { readonly value: unknown }): RequestError => {
  const shown = typeof value === "string" ? PlainText.quoted(value) : Inspectable.toStringUnknown(value, 0)
  return new RequestError({ ...rest, value: PlainText.shorten(shown, PlainText.longestShown) })
}
