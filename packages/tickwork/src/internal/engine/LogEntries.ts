/**
 * Makes the entries that the engine writes into the log: an outcome, and the position of its instance after it.
 *
 * Pure: it decides nothing and writes nothing.
 *
 * @internal
 */
import type * as JobState from "../../JobState.ts"
import * as LogEntry from "../../LogEntry.ts"
import * as Position from "../../Position.ts"
import type { RunInfo, Trigger } from "../../Run.ts"
import * as BackfillKey from "../BackfillKey.ts"
import * as DurationText from "../DurationText.ts"
import type { Planned } from "../schedule/Cadence.ts"
import type { EncodedValue } from "../schedule/EncodedValue.ts"
import type * as LeftOut from "../schedule/LeftOut.ts"
import type { Finding } from "../schedule/Missed.ts"
import * as Outcome from "./Outcome.ts"

type Attempted = Pick<RunInfo, "attempt" | "scheduledAt" | "startedAt" | "trigger">

/** The planned time of a schedule's next step is the step's own instant. */
export const onward = ({ nextAt, state }: Planned): Position.Onward => ({ cadence: state, nextAt, scheduledAt: nextAt })

/** A zero-delay position, moved to an instant. */
export const delayed = (next: Position.Position, until: number, isManual: boolean): Position.Position => {
  if (isManual) return { ...next, manual: next.manual === null ? null : { ...next.manual, nextAt: until } }
  return { ...next, nextAt: until, scheduledAt: next.attempt > 1 ? next.scheduledAt : until }
}

/** The entry that ends an occurrence is never merged, since a merged entry keeps only its last instant. */
const endsOccurrence = ({ position }: JobState.JobState, { attempt }: Position.Position): boolean =>
  position.attempt > 1 && attempt === 1

/** What is wanted at once is late from when it was heard, not from the instant that names it. */
const dueAt = ({ position }: JobState.JobState, { scheduledAt }: Attempted): number =>
  Position.isAtOnce(position) && position.scheduledAt === scheduledAt ? (position.nextAt ?? scheduledAt) : scheduledAt

const verdictOf = (
  state: JobState.JobState,
  { status, verdict }: Outcome.Outcome,
  attempted: Attempted
): LogEntry.Verdict | null => {
  const { attempt, startedAt, trigger } = attempted
  if (status === "control") return verdict
  if (attempt > 1) return null
  if (trigger === "manual") return BackfillKey.is(state.key) && status !== "skipped" ? "backfilled" : null
  if (status === "skipped") return verdict
  return trigger === "missed" || startedAt - dueAt(state, attempted) > LogEntry.defaultLateAfterMs ? "late" : "ran"
}

const isSameVerdict = (
  state: JobState.JobState,
  { error, reason, status }: Outcome.Outcome,
  verdict: LogEntry.Verdict | null,
  next: Position.Position
): boolean =>
  status === "skipped" &&
  state.lastStatus === status &&
  state.lastVerdict === verdict &&
  state.lastReason === reason &&
  state.lastError === error &&
  !endsOccurrence(state, next)

/** The entry of an attempt; it takes the number of the last entry where both are the same skip, and so merges with it. */
export const of = (
  state: JobState.JobState,
  outcome: Outcome.Outcome,
  attempted: Attempted,
  endedAt: number,
  next: Position.Position,
  { count = 1, report = null }: { readonly count?: number; readonly report?: EncodedValue | null } = {}
): LogEntry.LogEntry => {
  const verdict = verdictOf(state, outcome, attempted)
  return {
    jobName: state.jobName,
    key: state.key,
    seq: isSameVerdict(state, outcome, verdict, next) ? state.seq : state.seq + 1,
    status: outcome.status,
    verdict,
    missedBecause: verdict === "missed" ? outcome.missedBecause : null,
    trigger: attempted.trigger,
    attempt: attempted.attempt,
    scheduledAt: attempted.scheduledAt,
    startedAt: attempted.startedAt,
    lastAt: attempted.startedAt,
    durationMs: Math.max(0, endedAt - attempted.startedAt),
    error: outcome.error,
    reason: outcome.reason,
    count,
    position: next,
    memory: outcome.memory,
    report,
    stack: outcome.stack
  }
}

const at = (now: number, scheduledAt: number, trigger: Trigger, attempt = 1): Attempted => ({
  trigger,
  attempt,
  scheduledAt,
  startedAt: now
})

const ofSkipped = (
  state: JobState.JobState,
  skipped: Outcome.Skipped,
  attempted: Attempted,
  next: Position.Position,
  count = 1
): LogEntry.LogEntry => of(state, Outcome.skipped(skipped), attempted, attempted.startedAt, next, { count })

/** The entry of planned times that never run, since they were missed. */
export const ofMissed = (
  state: JobState.JobState,
  { count, first }: Finding,
  { because, now }: { readonly because: LogEntry.MissedBecause; readonly now: number },
  onward: Position.Onward
): LogEntry.LogEntry => {
  const next = Position.advance(state.position, onward)
  return ofSkipped(state, Outcome.missed(because), at(now, first, "missed"), next, count)
}

/** The entry of planned times that an occurrence covers, since its attempts took until after them. */
export const ofSuperseded = (
  state: JobState.JobState,
  { count, first }: Pick<Finding, "count" | "first">,
  run: RunInfo,
  now: number
): LogEntry.LogEntry => ofSkipped(state, Outcome.superseded(run), at(now, first, "schedule"), state.position, count)

/** The entry of planned times on days that the job leaves out. */
export const ofLeftOut = (
  state: JobState.JobState,
  { count, first, onward }: LeftOut.Finding,
  now: number
): LogEntry.LogEntry =>
  ofSkipped(state, Outcome.leftOut, at(now, first, "schedule"), Position.advance(state.position, onward), count)

/** The entry of a retry that yields to the next planned time: its occurrence has failed. */
export const ofYieldedRetry = (state: JobState.JobState, now: number, onward: Position.Onward): LogEntry.LogEntry => {
  const { attempt, scheduledAt } = state.position
  const attempted = at(now, scheduledAt ?? now, "retry", attempt)
  return ofSkipped(state, Outcome.yielded(state.lastError), attempted, Position.advance(state.position, onward))
}

/** The entry of a change to the plan itself. */
export const ofControl = (
  state: JobState.JobState,
  reason: string,
  now: number,
  next: Position.Position,
  verdict?: LogEntry.ControlVerdict
): LogEntry.LogEntry => ofChange(state, Outcome.control(reason, verdict), now, next)

/** The entry of a pause that ends by itself. */
export const ofPauseEnd = (state: JobState.JobState, now: number): LogEntry.LogEntry =>
  ofControl(state, "resumed: its pause has ended", now, { ...state.position, paused: null })

/** The entry of a body that goes on after its tick was stopped. */
export const ofLeftRunning = (state: JobState.JobState, now: number): LogEntry.LogEntry =>
  ofChange(state, Outcome.leftRunning, now, state.position)

const ofChange = (state: JobState.JobState, outcome: Outcome.Outcome, now: number, next: Position.Position) => {
  const { attempt, scheduledAt } = state.position
  return of(state, outcome, at(now, scheduledAt ?? now, "schedule", attempt), now, next)
}

/** Why an instant moves: this process saw its clock set back, or found what a clock ahead of its own has planned. */
export const movedBecause = {
  setBack: (byMs: number) => `the clock was set back by ${DurationText.of(byMs)}`,
  ahead: (byMs: number) => `it was planned by a clock ${DurationText.of(byMs)} ahead of this one`
}

/** The entry of an instant that moves back by what the clock shows less; one from a calendar stays. */
export const ofSetBack = (
  state: JobState.JobState,
  { byMs, reason }: { readonly byMs: number; readonly reason: string },
  now: number,
  isOnGrid: boolean
): LogEntry.LogEntry => {
  const { position } = state
  const { attempt, manual, nextAt, retry, scheduledAt } = position
  const earlier = (at: number | null) => (at === null ? null : at - byMs)
  const isAgain = attempt > 1 || Position.isRechecked(position)
  const isKept = isOnGrid && !isAgain
  return ofControl(state, reason, now, {
    ...position,
    nextAt: isKept ? nextAt : earlier(nextAt),
    // a retry and a recheck keep the planned time of their occurrence
    scheduledAt: isKept || isAgain ? scheduledAt : earlier(scheduledAt),
    // a retry covers no planned time in the future
    retry: retry?.coveredUntil === undefined ? retry : { ...retry, coveredUntil: retry.coveredUntil - byMs },
    manual: manual === null ? null : { ...manual, nextAt: manual.nextAt - byMs }
  })
}
