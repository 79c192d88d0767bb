/**
 * Why an instance runs or waits: what it waits for, and why that waits in turn.
 *
 * Reading an explanation changes nothing.
 *
 * @since 0.1.0
 */
import * as Control from "./Control.ts"
import * as Decision from "./Decision.ts"

/**
 * Where an instance is: in the partition of its key, or, as all of a job that is linked to one without keys, in partition 0.
 *
 * @since 0.1.0
 * @category models
 */
export interface Placed {
  readonly partition: number
  /** True where all instances of its job are in partition 0, since the job is linked by `after` to one without keys. */
  readonly isPinned: boolean
  /** True where another process takes care of it: the rest is as it is stored. */
  readonly isElsewhere: boolean
}

/**
 * The decision about an instance, and why.
 *
 * @since 0.1.0
 * @category models
 */
export interface Explanation {
  readonly jobName: string
  readonly key: string
  readonly decision: Decision.Decision
  /**
   * When it is checked next, in ms since the epoch: its own instant, or the earliest of those that it waits for. `null`
   * where that depends on another process or on the end of a run.
   */
  readonly nextCheckAt: number | null
  /** The error of its last attempt or check; `null` for none. */
  readonly error: string | null
  /** What it waits for: other instances that have to end, or that have the slot. One that several wait for is one object. */
  readonly because: ReadonlyArray<Explanation>
  /** Where it is; absent where this process takes care of all instances. */
  readonly placement?: Placed
  /** What is requested of it and not yet carried out, as far as this process knows; absent where nothing is. */
  readonly pending?: ReadonlyArray<Control.PendingRequest>
}

/**
 * When an instance is checked next, from its decision and from those that it waits for.
 *
 * @since 0.1.0
 * @category questions
 */
export const nextCheckAt = (
  decision: Decision.Decision,
  because: ReadonlyArray<Pick<Explanation, "nextCheckAt">>,
  now: number
): number | null => {
  if (decision._tag === "Run") return now
  const { reason } = decision
  if ("until" in reason) return reason.until ?? null
  const earliest = Math.min(...because.map(({ nextCheckAt }) => nextCheckAt ?? Number.POSITIVE_INFINITY))
  return Number.isFinite(earliest) ? earliest : null
}

const clause = ({ decision, error, jobName, key }: Explanation): string => {
  const name = Decision.nameOf({ jobName, key })
  const text = Decision.toText(decision)
  const sentence = text.startsWith("waits ") ? `${name} ${text}` : `${name} is ${text}`
  return error === null ? sentence : `${sentence}, after the error: ${error}`
}

/** Each clause once, in the order of reading. */
const clauses = (explanation: Explanation): ReadonlySet<string> => {
  const seen = new Set<Explanation>()
  const texts = new Set<string>()
  const open = [explanation]
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    if (seen.has(one)) continue
    seen.add(one)
    texts.add(clause(one))
    for (const other of one.because.toReversed()) open.push(other)
  }
  return texts
}

/**
 * The explanation in one sentence.
 *
 * @example
 * ```ts
 * import { Decision, Explanation } from "tickwork"
 *
 * const at = Date.parse("2027-01-01T00:00:00Z")
 * const fetch: Explanation.Explanation = {
 *   jobName: "fetch",
 *   key: "",
 *   decision: Decision.wait(Decision.Reason.BackingOff({ until: at })),
 *   nextCheckAt: at,
 *   error: "offline",
 *   because: []
 * }
 * const awaits = Decision.wait(Decision.Reason.Awaits({ on: [{ jobName: "fetch", key: "" }], count: 1 }))
 * const index = { ...fetch, jobName: "index", decision: awaits, error: null, because: [fetch] }
 * console.assert(
 *   Explanation.toText(index) ===
 *     '"index" waits for "fetch"; "fetch" is backing off until 2027-01-01T00:00:00.000Z, after the error: offline.'
 * )
 * ```
 *
 * @since 0.1.0
 * @category rendering
 */
export const toText = (explanation: Explanation): string => {
  const { pending = [], placement } = explanation
  const placed = placement === undefined ? [] : [placedText(placement)]
  const text = [...clauses(explanation), ...pending.map(Control.pendingText), ...placed].join("; ")
  return text.endsWith(".") ? text : `${text}.`
}

const placedText = ({ isElsewhere, isPinned, partition }: Placed): string => {
  const where = isPinned
    ? "it is in partition 0 with all of its job, which is linked to a job without keys"
    : `it is in partition ${partition}`
  return isElsewhere ? `${where}, of another process` : where
}
