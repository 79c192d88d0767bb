/**
 * Plans instances again after their job's definition changed or the clock was set back, with a log entry for each.
 *
 * It runs no job and writes nothing itself.
 *
 * @internal
 */
import { Cause, Effect, Option, Random } from "effect"
import { InvalidJobs } from "../../InvalidJobs.ts"
import * as JobState from "../../JobState.ts"
import type { Save } from "../../JobStore.ts"
import type { LogEntry } from "../../LogEntry.ts"
import { advance, isAtOnce, isRechecked, type Position } from "../../Position.ts"
import type { TickEvent } from "../../TickEvent.ts"
import * as DurationText from "../DurationText.ts"
import * as Plan from "../plan/Plan.ts"
import type { Registered } from "../plan/Registered.ts"
import { invalid } from "../plan/Registry.ts"
import * as Cadence from "../schedule/Cadence.ts"
import type * as Calendar from "../schedule/Calendar.ts"
import { UnstorableStateError } from "../schedule/ScheduleStateCodec.ts"
import * as Answer from "./Answer.ts"
import * as ErrorText from "./ErrorText.ts"
import * as Instance from "./Instance.ts"
import * as LogEntries from "./LogEntries.ts"
import type { Presence } from "./Presence.ts"

export type Stored<R> = readonly [registered: Registered<R>, state: JobState.JobState]

interface RandomSource {
  readonly jobName: string
  readonly key: string
  readonly position: Pick<Position, "cadence">
}

/** Seeds a step's randomness from stored values, so that a restart draws the same numbers. */
export const randomOf = ({ jobName, key, position: { cadence } }: RandomSource): Random.Random =>
  Random.make(`${cadence.seed}/${jobName}/${key}/${cadence.steps}`)

/** The delay before a schedule that died or did not answer in time is stepped again. */
export const askAgainMs = 60_000

/** A schedule has to answer within this time, in ms. */
export const longestStepMs = 5000

export const noAnswerWarning = (jobName: string, error: string): string =>
  `The schedule of job "${jobName}" gave no answer and is tried again: ${error}`

/** Makes the first plan of a schedule; `before` is the instant that an earlier schedule planned. */
export type FirstStep<R, E = InvalidJobs> = (
  registered: Registered<R>,
  cadence: Cadence.OnSchedule<never, R>,
  from: { readonly randomSource: RandomSource; readonly now: number; readonly before: number | null }
) => Effect.Effect<Cadence.Planned, E, R>

const notStorable = ({ job }: Registered<unknown>, { found, reason }: UnstorableStateError): InvalidJobs => {
  const { cure } = UnstorableStateError
  return new InvalidJobs({ faults: [invalid(job.name, { option: "schedule", value: found, reason, cure })] })
}

/** The first plan of a cadence, at once. */
export const begin = <R>(
  registered: Registered<R>,
  cadence: Cadence.Cadence<never, R>,
  seed: number,
  now: number
): Effect.Effect<Cadence.Planned, InvalidJobs, R> => {
  const planned = Cadence.begin(cadence, { now, seed, version: registered.job.version, input: undefined as never })
  return Effect.mapError(planned, (error) => notStorable(registered, error))
}

/** Leaves the first step of the schedule to a tick, at the given instant. */
export const stepLater =
  <R>(at: number): FirstStep<R, never> =>
  ({ job: { version } }, cadence, { before, now, randomSource }) => {
    const options = { now, seed: randomSource.position.cadence.seed, version, askAt: at, before }
    // a registry whose initial states cannot be stored is refused
    return Effect.orDie(Cadence.unanswered(cadence, options))
  }

/** Steps the schedule now; where it dies or does not answer, it publishes that and leaves the step to a later tick. */
export const stepNow =
  <R>(publish: (event: TickEvent) => void): FirstStep<R> =>
  (registered, cadence, from) => {
    const { before, now, randomSource } = from
    const { name: jobName } = registered.job
    const planned = begin(registered, { ...cadence, first: "ask" }, randomSource.position.cadence.seed, now)
    return Answer.within(Effect.withRandom(planned, randomOf(randomSource)), longestStepMs).pipe(
      Effect.map((planned) => Cadence.sooner(planned, before)),
      Effect.catchAllCause((cause) => {
        const failure = Cause.failureOption(cause)
        if (Option.isSome(failure) && failure.value instanceof InvalidJobs) return Effect.fail(failure.value)
        const error = ErrorText.render(cause)
        publish({ _tag: "CadenceFailed", jobName, key: randomSource.key, error })
        // no listener can subscribe while the layer is built, so the log has it too
        return Effect.zipRight(
          Effect.logWarning(noAnswerWarning(jobName, error)),
          stepLater<R>(now + askAgainMs)(registered, cadence, from)
        )
      })
    )
  }

interface Again {
  readonly planned: Cadence.Planned
  /** What was planned stands: a retry goes on, and an instant that the new grid has no run for is not lost. */
  readonly isKept: boolean
}

/**
 * True where the planned instant stands under another grid: it has come just now, or the new grid named an earlier one
 * that passed before it held.
 */
const standsOn = (
  cadence: Calendar.Calendar,
  { jobName, lastRunAt, position: { cadence: was, nextAt } }: JobState.JobState,
  next: number | null,
  { now, presence, toleranceMs }: Span
): boolean => {
  if (nextAt === null || nextAt > cadence.until) return false
  if (nextAt <= now) return now - nextAt <= presence.toleranceOf(jobName, toleranceMs)
  const anchor = lastRunAt ?? was.anchor
  const passed = cadence.next(anchor, anchor)
  return cadence.kind !== "at" && passed !== null && passed <= now && (next === null || nextAt < next)
}

/** A changed calendar plans from the last run and never at once; a changed schedule keeps the earlier instant. */
const planAgain = <R, E>(
  registered: Registered<R>,
  state: JobState.JobState,
  span: Span,
  ask: FirstStep<R, E>
): Effect.Effect<Again, E, R> => {
  const { cadence, job } = registered
  const { now } = span
  const { attempt, cadence: stored, nextAt, scheduledAt } = state.position
  const { kept: _, missedTo, unanswered = nextAt, version, ...was } = stored
  // the planned time of the run counts, and not the time of the next step
  if (cadence._tag === "Schedule") {
    const planned = ask(registered, cadence, { randomSource: state, now, before: unanswered })
    return Effect.map(planned, (planned) => ({
      planned,
      isKept: attempt > 1 && planned.state.unanswered === undefined
    }))
  }
  const changed = { ...was, definition: cadence.definition, ...(job.version === 1 ? {} : { version: job.version }) }
  if (cadence.kind === "once") return Effect.succeed({ planned: { state: changed, nextAt }, isKept: true })
  const anchor = state.lastRunAt ?? was.anchor
  const next = cadence.next(anchor, Math.max(now, state.lastRunAt ?? now))
  const isKept = attempt > 1 || standsOn(cadence, state, next, span)
  const kept = isKept && scheduledAt !== null ? { kept: scheduledAt } : {}
  return Effect.succeed({ planned: { state: { ...changed, anchor, state: null, ...kept }, nextAt: next }, isKept })
}

const isFree = ([, { claim }]: Stored<unknown>): boolean => claim.owner === null

const toSave = (state: JobState.JobState, entry: LogEntry): Save => ({
  expected: Instance.expectedOf(state),
  state: JobState.applyEntry(state, entry),
  entries: [entry]
})

const reasonOf = ({ cadence, job }: Registered<unknown>, state: JobState.JobState): string => {
  const { definition, version = 1 } = state.position.cadence
  return version !== job.version
    ? `version ${version} became version ${job.version}`
    : `${DurationText.ofDefinition(definition)} became ${DurationText.ofDefinition(cadence.definition)}`
}

/** The planned times that another definition missed: its grid is unknown now, so they cannot be counted. */
const uncountedOf = ({ cadence }: Registered<unknown>, { position: { nextAt } }: JobState.JobState, now: number) =>
  cadence._tag === "Calendar" && nextAt !== null && nextAt <= now
    ? `; what it missed from ${new Date(nextAt).toISOString()} on is not counted`
    : ""

/** The present, and how much later an instant may start and not be missed, in ms. */
export interface Span {
  readonly now: number
  readonly toleranceMs: number
  readonly presence: Pick<Presence, "toleranceOf">
}

/** New plans for the unclaimed instances that another definition of their job has planned. */
export const changed = <R, E>(
  stored: ReadonlyArray<Stored<R>>,
  span: Span,
  ask: FirstStep<R, E>
): Effect.Effect<ReadonlyArray<Save>, E, R> =>
  Effect.forEach(
    stored.filter((one) => isFree(one) && one[0].invalid === null && Plan.definitionMismatch(...one) !== null),
    ([registered, state]) =>
      Effect.map(planAgain(registered, state, span, ask), ({ isKept, planned }) => {
        const { now } = span
        const { position } = state
        const reason = reasonOf(registered, state) + (isKept ? "" : uncountedOf(registered, state, now))
        const next = isKept ? { ...position, cadence: planned.state } : advance(position, LogEntries.onward(planned))
        return toSave(state, LogEntries.ofControl(state, reason, now, next))
      }),
    { concurrency: "unbounded" }
  )

/** True where it waits for an instant that is not from a calendar. */
export const movesBack = ({ cadence }: Registered<unknown>, state: JobState.JobState): boolean => {
  const { attempt, manual, nextAt } = state.position
  if (manual !== null) return true
  // it is due whatever the clock shows
  if (isAtOnce(state.position)) return false
  return nextAt !== null && (cadence._tag === "Schedule" || attempt > 1 || isRechecked(state.position))
}

/** A clock set back by less needs no log entry. */
const slackMs = 1000

/**
 * Moves the unclaimed instances that were stored in the future, so that none waits longer than planned: the clock was set
 * back since, or another host's is ahead.
 */
export const setBack = (stored: ReadonlyArray<Stored<unknown>>, now: number): ReadonlyArray<Save> =>
  stored
    .filter((one) => isFree(one) && one[1].updatedAt - now > slackMs && movesBack(...one))
    .map(([{ cadence }, state]) => {
      const byMs = state.updatedAt - now
      const moved = { byMs, reason: LogEntries.movedBecause.ahead(byMs) }
      return toSave(state, LogEntries.ofSetBack(state, moved, now, cadence._tag === "Calendar"))
    })
