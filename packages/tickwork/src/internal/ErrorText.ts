/**
 * Renders the error of a failed run as one line for the log.
 *
 * It uses Effect's inspection, so a `Redacted` value stays hidden, and it never throws.
 *
 * @since 0.1.0
 */
import { Cause, Inspectable, Struct } from "effect"
import * as PlainText from "./PlainText.ts"

/**
 * The longest error text that is kept, in UTF-16 code units. A longer one ends in `…`.
 *
 * @since 0.1.0
 * @category constants
 */
export const maxLength = 1000

const anonymousMessage = "An error has occurred"

const fieldsOf = (error: Error): string => {
  const fields = Struct.omit({ ...error } as Record<string, unknown>, "_tag", "name", "message", "stack", "cause")
  return Object.keys(fields).length === 0 ? "" : Inspectable.toStringUnknown(fields, 0)
}

const one = (error: unknown): string => {
  if (!(error instanceof Error)) return Inspectable.toStringUnknown(error, 0)
  const said = error.message === anonymousMessage || error.message === "" ? fieldsOf(error) : error.message
  return said === "" ? error.name : `${error.name}: ${said}`
}

const safely = (error: unknown): string => {
  try {
    return one(error)
  } catch {
    return "an error that cannot be shown"
  }
}

/**
 * Failures first, then defects, joined by `; `; `interrupted` when there is neither. In one line: what an error says is
 * mostly what a peer said, so control and bidirectional characters are shown by number.
 *
 * @example
 * ```ts
 * import { Cause, Data, Redacted } from "effect"
 * import * as ErrorText from "./ErrorText.ts"
 *
 * class LoginFailed extends Data.TaggedError("LoginFailed")<{ user: string; password: Redacted.Redacted }> {}
 *
 * const text = ErrorText.render(Cause.fail(new LoginFailed({ user: "ada", password: Redacted.make("hunter2") })))
 *
 * console.assert(text === 'LoginFailed: {"user":"ada","password":"<redacted>"}', text)
 * ```
 *
 * @since 0.1.0
 * @category rendering
 */
export const render = (cause: Cause.Cause<unknown>): string => {
  const errors = [...Cause.failures(cause), ...Cause.defects(cause)].map(safely)
  return errors.length === 0 ? "interrupted" : PlainText.shorten(PlainText.of(errors.join("; ")), maxLength)
}

const longestStack = 30

/**
 * Where a failure comes from, a line for each call, for a log; each line is shown as `render` shows an error.
 *
 * @since 0.1.0
 * @category rendering
 */
export const stackOf = (cause: Cause.Cause<unknown>): string => {
  try {
    const lines = Cause.pretty(cause, { renderErrorCause: true }).split("\n").slice(0, longestStack)
    return lines.map((line) => PlainText.shorten(PlainText.of(line), maxLength)).join("\n")
  } catch {
    return render(cause)
  }
}

/**
 * An instance in the sentence of an error: by its job, or by its key and its job.
 *
 * @since 0.1.0
 * @category rendering
 */
export const instanceOf = (jobName: string, key: string): string =>
  key === "" ? `job "${PlainText.of(jobName)}"` : `instance "${PlainText.of(key)}" of job "${PlainText.of(jobName)}"`
