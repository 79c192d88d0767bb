/**
 * What people and programs ask of a job at run time: to pause, to go on, to run now, to try again, to stop what it is doing, to run
 * once for a payload, to be forgotten.
 *
 * A request is a fact that a store keeps until it is done; it does nothing by itself.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { RetryState } from "./CadenceState.ts"
import * as InstantText from "./internal/InstantText.ts"
import * as PlainText from "./internal/PlainText.ts"
import { EncodedValue } from "./internal/schedule/EncodedValue.ts"

/**
 * @since 0.1.0
 * @category models
 */
export const Verb = Schema.Literal("pause", "resume", "trigger", "retry", "cancel", "enqueue", "forget")

/**
 * @since 0.1.0
 * @category models
 */
export type Verb = typeof Verb.Type

/**
 * A request about an instance: the verb, when, by whom and why. Instants are milliseconds since the epoch.
 *
 * @since 0.1.0
 * @category models
 */
export const Request = Schema.Struct({
  verb: Verb,
  jobName: Schema.String,
  key: Schema.String,
  at: Schema.Int,
  by: Schema.String,
  why: Schema.String,
  /** When an enqueued run is due, or a pause ends by itself; `null` for neither. */
  dueAt: Schema.NullOr(Schema.Int),
  /** What an enqueued run is handed. */
  payload: Schema.NullOr(EncodedValue)
})

/**
 * @since 0.1.0
 * @category models
 */
export interface Request extends Schema.Schema.Type<typeof Request> {}

/**
 * A request as a store keeps it, with its own number; `doneAt` is when it was done, or `null` before that.
 *
 * @since 0.1.0
 * @category models
 */
export interface StoredRequest extends Request {
  readonly id: number
  readonly doneAt: number | null
  /** Why its row cannot be read: then its number and its instance alone are known, and it is refused. */
  readonly unreadable?: string
}

/**
 * A request that no process has carried out yet: a pause, say, or a run that is enqueued. It has no payload.
 *
 * @since 0.1.0
 * @category models
 */
export interface PendingRequest extends Omit<StoredRequest, "doneAt" | "payload"> {}

/**
 * A stored request without its payload, as it is shown.
 *
 * @internal
 */
export const pendingOf = ({ doneAt: _, payload: __, ...request }: StoredRequest): PendingRequest => request

/**
 * Since when an instance is paused, by whom and why, and `until` when, where the pause ends by itself.
 *
 * @since 0.1.0
 * @category models
 */
export const Paused = Schema.Struct({
  at: Schema.Int,
  by: Schema.String,
  why: Schema.String,
  until: Schema.optionalWith(Schema.Int, { exact: true })
})

/**
 * @since 0.1.0
 * @category models
 */
export interface Paused extends Schema.Schema.Type<typeof Paused> {}

/**
 * A triggered occurrence beside the plan: requested at `at`, with its next attempt at `nextAt`.
 *
 * @since 0.1.0
 * @category models
 */
export const Manual = Schema.Struct({
  at: Schema.Int,
  by: Schema.String,
  why: Schema.String,
  nextAt: Schema.Int,
  attempt: Schema.Positive,
  retry: Schema.NullOr(RetryState)
})

/**
 * @since 0.1.0
 * @category models
 */
export interface Manual extends Schema.Schema.Type<typeof Manual> {}

/**
 * Who sends a request and why, as the log keeps them: in one line each, with control and bidirectional characters shown by
 * number.
 *
 * @example
 * ```ts
 * import { Control } from "tickwork"
 *
 * const { why } = Control.senderOf({ by: "alice", why: "the server\nmoves \u001b[2J" })
 * console.assert(why === "the server moves \\u{1b}[2J")
 * ```
 *
 * @since 0.1.0
 * @category rendering
 */
export const senderOf = ({ by, why }: Pick<Request, "by" | "why">): Pick<Request, "by" | "why"> => ({
  by: PlainText.of(by),
  why: PlainText.of(why)
})

const past: Readonly<Record<Verb, string>> = {
  pause: "paused",
  resume: "resumed",
  trigger: "triggered",
  retry: "retried",
  cancel: "cancelled",
  enqueue: "enqueued",
  forget: "forgotten"
}

interface Shown extends Pick<Request, "by" | "verb" | "why">, Partial<Pick<Request, "dueAt">> {}

const untilText = (verb: Verb, dueAt: number | null): string =>
  verb === "pause" && dueAt !== null ? ` until ${InstantText.of(dueAt)}` : ""

/**
 * The reason that the log gives: what was done, by whom and why, in one line.
 *
 * @example
 * ```ts
 * import { Control } from "tickwork"
 *
 * const request = { verb: "pause", jobName: "sync", key: "", at: 0, by: "alice", why: "the server moves" } as const
 * console.assert(Control.toText(request) === "paused by alice: the server moves")
 * ```
 *
 * @since 0.1.0
 * @category rendering
 */
export const toText = ({ by, dueAt = null, verb, why }: Shown): string =>
  PlainText.of(
    [past[verb], by === "" ? "" : ` by ${by}`, untilText(verb, dueAt), why === "" ? "" : `: ${why}`].join("")
  )

/**
 * A pending request in a few words: its verb, who sent it and why.
 *
 * @example
 * ```ts
 * import { Control } from "tickwork"
 *
 * const request = { verb: "pause", by: "alice", why: "the server moves" } as const
 * console.assert(Control.pendingText(request) === "pause pending by alice: the server moves")
 * ```
 *
 * @since 0.1.0
 * @category rendering
 */
export const pendingText = ({ by, dueAt = null, verb, why }: Shown): string =>
  PlainText.of(`${verb} pending${by === "" ? "" : ` by ${by}`}${untilText(verb, dueAt)}${why === "" ? "" : `: ${why}`}`)
