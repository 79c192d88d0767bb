/**
 * How an instance stands, as far as its stored state tells. Pure.
 *
 * The application's code is not known here: what a job waits for, its conditions and its places, is not stored.
 *
 * @internal
 */
import { JobState } from "tickwork"
import * as ClaimOwner from "./ClaimOwner.ts"
import type { Style } from "./Table.ts"
import * as TimeText from "./TimeText.ts"

/** One word for each way to stand. */
export type Kind =
  | "running"
  | "cut short"
  | "paused"
  | "asked for"
  | "finished"
  | "backing off"
  | "condition false"
  | "overdue"
  | "awaits others"
  | "failed"
  | "waiting"

export interface Condition {
  readonly kind: Kind
  /** What is the matter, in a few words; nothing where all is well. */
  readonly matter: string
  readonly style: Style | undefined
}

export interface Options {
  readonly now: number
  /** Whether a process has surely ended. */
  readonly isGone: (owner: string) => boolean
}

/** Who is due has so long to begin before it is called overdue. */
export const graceMs = 5000

const styles: Readonly<Record<Kind, Style | undefined>> = {
  running: "cyan",
  "cut short": "red",
  paused: "yellow",
  "asked for": "cyan",
  finished: "dim",
  "backing off": "yellow",
  "condition false": undefined,
  overdue: "red",
  "awaits others": undefined,
  failed: "red",
  waiting: undefined
}

/** A job without a cadence of its own is due whenever those before it have succeeded. */
export const awaitsOthers = ({ cadence }: JobState.JobState): boolean => cadence.definition === "after others"

/** Why the last line ran nothing, where that still stands. */
const skipped = ({ lastReason, lastStatus }: JobState.JobState): string | null =>
  lastStatus === "skipped" ? lastReason : null

const kindOf = (state: JobState.JobState, { isGone, now }: Options): Kind => {
  const { attempt, claimOwner, lastError, lastStatus, manual, nextAt, paused } = state
  if (claimOwner !== null) return isGone(claimOwner) ? "cut short" : "running"
  if (manual !== null) return "asked for"
  if (paused !== null) return "paused"
  if (nextAt === null) return lastError !== null && lastStatus !== "success" ? "failed" : "finished"
  if (nextAt <= now - graceMs) return awaitsOthers(state) ? "awaits others" : "overdue"
  if (attempt > 1) return "backing off"
  if (JobState.isRechecked(state)) return "condition false"
  return lastError !== null ? "failed" : "waiting"
}

const afterError = ({ lastError }: JobState.JobState): string => (lastError === null ? "" : `: ${lastError}`)

/** What its last attempt came to, where that was no success. */
const failure = (state: JobState.JobState): string =>
  state.failures > 1 ? `${state.failures} failed in a row${afterError(state)}` : (state.lastError ?? "")

const isWhole = (ms: number): boolean => ms % (ms < 3_600_000 ? 1000 : ms < 86_400_000 ? 60_000 : 3_600_000) === 0

/** "every 5 s": a cadence as people write it, where nothing is rounded; that of any schedule as it is stored. */
export const cadenceOf = ({ cadence: { definition } }: JobState.JobState): string =>
  definition.replace(/^every (\d+) ms$/, (whole, ms) =>
    isWhole(Number(ms)) ? `every ${TimeText.duration(Number(ms))}` : whole
  )

const said = (by: string, why: string): string => `${by === "" ? "" : ` by ${by}`}${why === "" ? "" : `: ${why}`}`

const matterOf = (kind: Kind, state: JobState.JobState, { now }: Options): string => {
  const { attempt, claimedAt, claimOwner, manual, paused } = state
  const owner = claimOwner === null ? "" : ClaimOwner.shown(claimOwner)
  const since = claimedAt === null ? "" : ` ${TimeText.lasting(claimedAt, now)}`
  switch (kind) {
    case "running":
      return `running for${since}, by ${owner}`
    case "cut short":
      return `cut short: ${owner} ended while it ran`
    case "paused":
      return paused === null ? "" : `paused ${TimeText.since(paused.at, now)}${said(paused.by, paused.why)}`
    case "asked for":
      return manual === null ? "" : `asked for ${TimeText.since(manual.at, now)}${said(manual.by, manual.why)}`
    case "finished":
      return ""
    case "backing off":
      return `backing off, attempt ${attempt}${afterError(state)}`
    case "condition false":
      return state.lastReason === null ? "" : `not so: ${state.lastReason}`
    case "overdue":
      return attempt > 1 ? `attempt ${attempt}${afterError(state)}` : failure(state)
    case "awaits others":
      return "due once others have succeeded"
    case "failed":
      return failure(state)
    case "waiting": {
      const reason = skipped(state)
      return reason === null ? "" : /^missed: |^not tried|^superseded/.test(reason) ? reason : `not so: ${reason}`
    }
  }
}

export const of = (state: JobState.JobState, options: Options): Condition => {
  const kind = kindOf(state, options)
  return { kind, matter: matterOf(kind, state, options), style: styles[kind] }
}
