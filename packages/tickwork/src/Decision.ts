/**
 * The decision about an instance now: run it, or wait for one stated reason.
 *
 * Reading a decision changes nothing.
 *
 * @since 0.1.0
 */
import { Data } from "effect"
import * as Control from "./Control.ts"
import * as DurationText from "./internal/DurationText.ts"
import * as InstantText from "./internal/InstantText.ts"
import * as JobState from "./JobState.ts"
import { type Progress, progressText } from "./Run.ts"

/**
 * `Run`, or `Wait` for a {@link Reason}.
 *
 * @since 0.1.0
 * @category models
 */
export type Decision = Data.TaggedEnum<{
  Run: { readonly scheduledAt: number }
  Wait: { readonly reason: Reason }
}>

/**
 * An instance that another waits for; the key is empty for a job without keys, and where no key is listed yet.
 *
 * @since 0.1.0
 * @category models
 */
export interface Awaited {
  readonly jobName: string
  readonly key: string
}

/**
 * Why an instance waits. Instants are milliseconds since the epoch.
 *
 * `BackingOff`: a retry comes at `until`. `Awaits`: other jobs have to end first. `ConditionFalse`: the condition is
 * checked again at `until`. `NoFreeSlot`: other runs use the slots. `RateReached`: as many as a limit allows have started. `Paused`: until it is resumed, or the pause ends by itself at `until`. `Stuck`: it runs longer than its timeout.
 * `HeldByAnother`: another process has the claim; it `wasStopped` where its tick ended and the body did not. `KeyRemoved`: its key is no longer listed. `Finished`: its cadence has
 * ended. `DefinitionMismatch`: another definition of the job made its plan. `Unreadable`: its row holds what cannot be
 * read; forget it, or mend the row and restart.
 *
 * @since 0.1.0
 * @category models
 */
export type Reason = Data.TaggedEnum<{
  NotDue: { readonly until: number }
  BackingOff: { readonly until: number }
  Awaits: { readonly on: ReadonlyArray<Awaited>; readonly count: number }
  ConditionFalse: { readonly reason: string; readonly until: number }
  NoFreeSlot: { readonly place: string }
  RateReached: { readonly limit: string; readonly until: number }
  Paused: { readonly since: number; readonly by: string; readonly why: string; readonly until?: number }
  Running: { readonly since: number; readonly progress?: Progress }
  Stuck: { readonly since: number; readonly timeoutMs: number }
  HeldByAnother: { readonly owner: string; readonly wasStopped: boolean }
  KeyRemoved: { readonly since: number }
  Finished: Readonly<Record<never, unknown>>
  DefinitionMismatch: { readonly why: string }
  Unreadable: { readonly why: string }
}>

/**
 * @since 0.1.0
 * @category constructors
 */
export const Reason = Data.taggedEnum<Reason>()

const { Run, Wait } = Data.taggedEnum<Decision>()

/**
 * Runs now, for this instant.
 *
 * @since 0.1.0
 * @category constructors
 */
export const run = (scheduledAt: number): Decision => Run({ scheduledAt })

/**
 * Waits, for this reason.
 *
 * @since 0.1.0
 * @category constructors
 */
export const wait = (reason: Reason): Decision => Wait({ reason })

/**
 * The name of an instance in texts: its job, or its key and its job.
 *
 * @since 0.1.0
 * @category rendering
 */
export const nameOf = ({ jobName, key }: Awaited): string =>
  key === "" ? JSON.stringify(jobName) : `${JSON.stringify(key)} of ${JSON.stringify(jobName)}`

/**
 * The decision in a few words.
 *
 * @example
 * ```ts
 * import { Decision } from "tickwork"
 *
 * console.assert(Decision.toText(Decision.wait(Decision.Reason.Finished())) === "finished")
 * ```
 *
 * @since 0.1.0
 * @category rendering
 */
export const toText = (decision: Decision): string => (decision._tag === "Run" ? "due" : textOf(decision.reason))

const textOf = Reason.$match({
  NotDue: ({ until }) => `not due until ${InstantText.of(until)}`,
  BackingOff: ({ until }) => `backing off until ${InstantText.of(until)}`,
  Awaits: ({ count, on }) =>
    `waits for ${on.map(nameOf).join(", ")}${count > on.length ? `, and ${count - on.length} more` : ""}`,
  ConditionFalse: ({ reason, until }) => `not due until ${InstantText.of(until)}: "${reason}" was false`,
  RateReached: ({ limit, until }) => `waits for the rate of ${limit} until ${InstantText.of(until)}`,
  NoFreeSlot: ({ place }) => `waits for a slot: ${place}`,
  Running: ({ progress, since }) =>
    `running since ${InstantText.of(since)}${progress === undefined ? "" : `, ${progressText(progress)}`}`,
  Stuck: ({ since, timeoutMs }) =>
    `stuck: running since ${InstantText.of(since)}, its time of ${DurationText.of(timeoutMs)} is up`,
  Paused: ({ by, until, why }) => Control.toText({ verb: "pause", by, why, dueAt: until ?? null }),
  HeldByAnother: ({ owner, wasStopped }) => `held by ${owner}${wasStopped ? `: ${JobState.leftRunning}` : ""}`,
  KeyRemoved: ({ since }) => `inactive since ${InstantText.of(since)}: its key is no longer listed`,
  Finished: () => "finished",
  DefinitionMismatch: ({ why }) => `not run here: ${why}`,
  Unreadable: ({ why }) => `cannot be read: ${why}`
})
