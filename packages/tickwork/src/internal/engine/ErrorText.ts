/**
 * Renders the error of a failed run for the log: as one line, and as a stack.
 *
 * It uses Effect's inspection, so a `Redacted` value stays hidden, and it never throws.
 *
 * @since 0.1.0
 */
import { Cause, Inspectable, Option, Runtime, Struct } from "effect"
import * as PlainText from "../PlainText.ts"

/**
 * The longest error text that is kept, in UTF-16 code units. A longer one ends in `…`.
 *
 * @since 0.1.0
 * @category constants
 */
export const maxLength = 1000

/**
 * The longest stack that is kept, in bytes of UTF-8. A longer one ends in `…`.
 *
 * @since 0.1.0
 * @category constants
 */
export const maxStackBytes = 8192

/** How many errors of one cause are shown: a chain may be endless. */
const mostErrors = 16

const anonymousMessage = "An error has occurred"

/** The messages of Effect's `UnknownException`, which only its cause makes known. */
const saysNothing = /^An unknown error occurred( in Effect\.\w+)?$/

/** Names that say no more than that it is an error. */
const builtIn = new Set([
  "UnknownException",
  "Error",
  "AggregateError",
  "EvalError",
  "RangeError",
  "ReferenceError",
  "SyntaxError",
  "TypeError",
  "URIError"
])

const unshowable = "an error that cannot be shown"

/** An error with those that it is due to. */
interface Node {
  readonly name: string | null
  readonly message: string
  readonly frames: ReadonlyArray<string>
  readonly causes: ReadonlyArray<Node>
}

const fieldsOf = (error: Error): string => {
  const fields = Struct.omit(
    { ...error } as Record<string, unknown>,
    "_tag",
    "name",
    "message",
    "stack",
    "cause",
    "errors"
  )
  return Object.keys(fields).length === 0 ? "" : Inspectable.toStringUnknown(fields, 0)
}

const messageOf = (error: unknown): string => {
  if (!(error instanceof Error)) return Inspectable.toStringUnknown(error, 0)
  return error.message === anonymousMessage || error.message === "" ? fieldsOf(error) : error.message
}

// what is above them belongs to Effect's runtime
const runtimeFrame = /Generator\.next|effect_internal_function/
const ownFrame = /at new (BaseEffectError|YieldableError)/

const framesOf = (error: unknown): ReadonlyArray<string> => {
  if (!(error instanceof Error) || typeof error.stack !== "string") return []
  const frames = error.stack.split("\n").filter((line) => /^\s+at /.test(line) && !ownFrame.test(line))
  const end = frames.findIndex((line) => runtimeFrame.test(line))
  return (end < 0 ? frames : frames.slice(0, end)).map((line) => line.trim())
}

/** The errors of a cause: failures first, then defects. */
const errorsOf = (cause: Cause.Cause<unknown>): ReadonlyArray<unknown> => [
  ...Cause.failures(cause),
  ...Cause.defects(cause)
]

/** What an error is due to: its `cause` and what it aggregates. */
const causesOf = (error: unknown): ReadonlyArray<unknown> => {
  if (typeof error !== "object" || error === null) return []
  const { cause, errors } = error as { readonly cause?: unknown; readonly errors?: unknown }
  const isShown = error instanceof Error || cause instanceof Error
  const own = cause === undefined || cause === null || !isShown ? [] : [cause]
  return error instanceof AggregateError && Array.isArray(errors) ? [...own, ...errors] : own
}

/** The errors and what they are due to, each once, and no more than `mostErrors`. */
const nodesOf = (errors: ReadonlyArray<unknown>, seen: Set<unknown>): ReadonlyArray<Node> =>
  errors.flatMap((error): ReadonlyArray<Node> => {
    if (seen.size >= mostErrors || (typeof error === "object" && seen.has(error))) return []
    seen.add(typeof error === "object" ? error : Symbol())
    try {
      if (Cause.isCause(error)) return nodesOf(errorsOf(error), seen)
      if (Runtime.isFiberFailure(error)) return nodesOf(errorsOf(error[Runtime.FiberFailureCauseId]), seen)
      return [
        {
          name: error instanceof Error ? String(error.name) : null,
          message: String(messageOf(error)),
          frames: framesOf(error),
          causes: nodesOf(causesOf(error), seen)
        }
      ]
    } catch {
      return [{ name: null, message: unshowable, frames: [], causes: [] }]
    }
  })

const treesOf = (cause: Cause.Cause<unknown>): ReadonlyArray<Node> => nodesOf(errorsOf(cause), new Set())

const titleOf = (message: string, name: string | null): string =>
  name === null ? message : message === "" ? name : `${name}: ${message}`

/** An error with its causes in one line, without what the text `before` it already says. */
const lineOf = (node: Node, before: string): string => {
  const { message, name } = node
  const isMute = node.causes.length > 0 && (message === "" || saysNothing.test(message))
  const isRepeated = before !== "" && message !== "" && before.includes(message)
  const shownName = before === "" || (name !== null && !builtIn.has(name)) ? name : null
  const own = isMute ? (shownName ?? "") : isRepeated ? "" : message === "" ? (name ?? "") : titleOf(message, shownName)
  const causes = new Set(node.causes.map((cause) => lineOf(cause, before + own)))
  return [own, [...causes].filter((text) => text !== "").join("; ")].filter((text) => text !== "").join(": ")
}

/**
 * Failures first, then defects, joined by `; `, each followed by what it is due to; `interrupted` when there is neither. In
 * one line: what an error says is mostly what a peer said, so control and bidirectional characters are shown by number.
 *
 * @example
 * ```ts
 * import { Cause, Data, Redacted } from "effect"
 * import * as ErrorText from "./ErrorText.ts"
 *
 * class LoginFailed extends Data.TaggedError("LoginFailed")<{ user: string; password: Redacted.Redacted }> {}
 *
 * const text = ErrorText.render(Cause.fail(new LoginFailed({ user: "ada", password: Redacted.make("hunter2") })))
 * const chain = ErrorText.render(Cause.fail(new Error("no sync", { cause: new Error("connect ECONNREFUSED") })))
 *
 * console.assert(text === 'LoginFailed: {"user":"ada","password":"<redacted>"}', text)
 * console.assert(chain === "Error: no sync: connect ECONNREFUSED", chain)
 * ```
 *
 * @since 0.1.0
 * @category rendering
 */
export const render = (cause: Cause.Cause<unknown>): string => {
  const errors = treesOf(cause).map((node) => lineOf(node, ""))
  return errors.length === 0 ? "interrupted" : PlainText.shorten(PlainText.of(errors.join("; ")), maxLength)
}

const stackLines = (node: Node, indent: string): ReadonlyArray<string> => [
  ...node.frames.map((frame) => `${indent}    ${frame}`),
  ...node.causes.flatMap((cause) => [
    `${indent}  [cause]: ${titleOf(cause.message, cause.name).replaceAll("\n", `\n${indent}    `)}`,
    ...stackLines(cause, `${indent}  `)
  ])
]

const hasFrames = ({ causes, frames }: Node): boolean => frames.length > 0 || causes.some(hasFrames)

const encoder = new TextEncoder()
const room = new Uint8Array(maxStackBytes - encoder.encode("…").length)

/**
 * The errors of a cause with their stacks and those of what they are due to, in at most {@link maxStackBytes}; `null` where
 * none has a stack. Line breaks stay; other control characters are shown by number.
 *
 * @since 0.1.0
 * @category rendering
 */
export const stackOf = (cause: Cause.Cause<unknown>): string | null => {
  const nodes = treesOf(cause)
  if (!nodes.some(hasFrames)) return null
  const text = PlainText.linesOf(
    nodes.flatMap((node) => [titleOf(node.message, node.name), ...stackLines(node, "")]).join("\n")
  )
  if (encoder.encodeInto(text, new Uint8Array(maxStackBytes)).read === text.length) return text
  return `${text.slice(0, encoder.encodeInto(text, room).read)}…`
}

/**
 * The cause, where a logger can render it: an error may throw when it is read, be its own cause, or hold what a terminal
 * obeys.
 *
 * @since 0.1.0
 * @category rendering
 */
export const showable = <E>(cause: Cause.Cause<E>): Option.Option<Cause.Cause<E>> =>
  Option.filter(Option.some(cause), () => {
    try {
      const text = Cause.pretty(cause, { renderErrorCause: true })
      return PlainText.linesOf(text) === text
    } catch {
      return false
    }
  })
