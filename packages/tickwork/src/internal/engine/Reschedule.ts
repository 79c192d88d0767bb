/**
 * Plans instances again after their job's definition changed or the clock was set back, with a log entry for each.
 *
 * It runs no job and writes nothing itself.
 *
 * @internal
 */
import { Cause, Effect, Option, Random } from "effect"
import type { CadenceState } from "../../CadenceState.ts"
import { InvalidJobs } from "../../InvalidJobs.ts"
import * as JobState from "../../JobState.ts"
import type { Save } from "../../JobStore.ts"
import { advance, isRechecked, type Onward, type Position } from "../../Position.ts"
import type { TickEvent } from "../../TickEvent.ts"
import * as ErrorText from "../ErrorText.ts"
import * as Plan from "../plan/Plan.ts"
import type { Registered } from "../plan/Registered.ts"
import { invalid } from "../plan/Registry.ts"
import * as Cadence from "../schedule/Cadence.ts"
import { UnstorableStateError } from "../schedule/ScheduleStateCodec.ts"
import * as LogEntries from "./LogEntries.ts"

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

export const longestStep = "5 seconds"

export const noAnswerWarning = (jobName: string, error: string): string =>
  `The schedule of job "${jobName}" gave no answer and is tried again: ${error}`

/** Makes the first plan of a schedule; `before` is the instant that an earlier schedule planned. */
export type FirstStep<R> = (
  registered: Registered<R>,
  cadence: Cadence.OnSchedule<never, R>,
  from: { readonly randomSource: RandomSource; readonly now: number; readonly before: number | null }
) => Effect.Effect<Cadence.Planned, InvalidJobs, R>

const storable =
  ({ job }: Registered<unknown>) =>
  <R>(
    planned: Effect.Effect<Cadence.Planned, UnstorableStateError, R>
  ): Effect.Effect<Cadence.Planned, InvalidJobs, R> =>
    Effect.mapError(
      planned,
      ({ found, reason }) =>
        new InvalidJobs({
          faults: [invalid(job.name, { option: "schedule", value: found, reason, cure: UnstorableStateError.cure })]
        })
    )

/** The first plan of a cadence that is not stepped for it. */
export const begin = <R>(
  registered: Registered<R>,
  cadence: Cadence.Cadence<never, R>,
  seed: number,
  now: number
): Effect.Effect<Cadence.Planned, InvalidJobs, R> => {
  const { version } = registered.job
  return storable(registered)(Cadence.begin(cadence, { now, seed, version, input: undefined as never }))
}

/** Leaves the first step of the schedule to a tick, at the given instant. */
export const stepLater =
  <R>(at: number): FirstStep<R> =>
  (registered, cadence, { before, now, randomSource }) => {
    const { version } = registered.job
    const options = { now, seed: randomSource.position.cadence.seed, version, askAt: at, before }
    return storable(registered)(Cadence.unanswered(cadence, options))
  }

/** Steps the schedule now; where it dies or does not answer, it publishes that and leaves the step to a later tick. */
export const stepNow =
  <R>(publish: (event: TickEvent) => void): FirstStep<R> =>
  (registered, cadence, from) => {
    const { before, now, randomSource } = from
    const { name: jobName, version } = registered.job
    const first = { ...cadence, first: "ask" as const }
    const options = { now, seed: randomSource.position.cadence.seed, version, input: undefined as never }
    return Cadence.begin(first, options).pipe(
      Effect.withRandom(randomOf(randomSource)),
      Effect.map((planned) => Cadence.sooner(planned, before)),
      storable(registered),
      Effect.disconnect,
      Effect.timeoutFailCause({
        duration: longestStep,
        onTimeout: () => Cause.die(new Error(`no answer within ${longestStep}`))
      }),
      Effect.catchAllCause((cause) => {
        if (Option.isSome(Cause.failureOption(cause))) return Effect.failCause(cause)
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

/** A changed calendar plans from the last run and never at once; a changed schedule keeps the earlier instant. */
const planAgain = <R>(
  registered: Registered<R>,
  state: JobState.JobState,
  now: number,
  ask: FirstStep<R>
): Effect.Effect<Cadence.Planned, InvalidJobs, R> => {
  const { cadence, job } = registered
  const { missedTo, unanswered, version, ...was } = state.position.cadence
  const changed = (made: CadenceState) => (job.version === 1 ? made : { ...made, version: job.version })
  if (cadence._tag === "Calendar" && cadence.kind === "once") {
    return Effect.succeed({ state: changed({ ...was, definition: cadence.definition }), nextAt: state.position.nextAt })
  }
  if (cadence._tag === "Calendar") {
    const anchor = state.lastRunAt ?? state.position.cadence.anchor
    const nextAt = cadence.next(anchor, Math.max(now, state.lastRunAt ?? now))
    return Effect.succeed({ state: changed({ ...was, definition: cadence.definition, anchor, state: null }), nextAt })
  }
  // the planned time of the run counts, and not the time of the next step
  return ask(registered, cadence, {
    randomSource: state,
    now,
    before: unanswered === undefined ? state.position.nextAt : unanswered
  })
}

/** True where this registry may plan: the instance is unclaimed, and no higher version has planned it. */
const isOurs = <R>([
  registered,
  {
    position: { cadence },
    claim: { owner: claimOwner }
  }
]: Stored<R>): boolean => claimOwner === null && (cadence.version ?? 1) <= registered.job.version

const toSave = (state: JobState.JobState, reason: string, now: number, next: Onward): Save => {
  const entry = LogEntries.ofControl(state, reason, now, advance(state.position, next))
  return {
    expected: { owner: state.claim.owner, token: state.claim.token, seq: state.seq },
    state: JobState.applyEntry(state, entry),
    entries: [entry]
  }
}

const reasonOf = ({ cadence, job }: Registered<unknown>, state: JobState.JobState): string => {
  const { definition, version = 1 } = state.position.cadence
  return version < job.version
    ? `version ${version} became version ${job.version}`
    : `${definition} became ${cadence.definition}`
}

/** The planned times that an older definition missed: its grid is unknown now, so they cannot be counted. */
const uncountedOf = (
  { cadence }: Registered<unknown>,
  { position: { attempt, nextAt } }: JobState.JobState,
  now: number
) =>
  cadence._tag === "Calendar" && attempt === 1 && nextAt !== null && nextAt <= now
    ? `; what it missed from ${new Date(nextAt).toISOString()} on is not counted`
    : ""

/** New plans for the unclaimed instances whose job's definition changed. */
export const changed = <R>(
  stored: ReadonlyArray<Stored<R>>,
  now: number,
  ask: FirstStep<R>
): Effect.Effect<ReadonlyArray<Save>, InvalidJobs, R> =>
  Effect.forEach(
    stored.filter((one) => isOurs(one) && Plan.definitionMismatch(...one) !== null),
    ([registered, state]) =>
      Effect.map(planAgain(registered, state, now, ask), (planned) =>
        toSave(
          state,
          reasonOf(registered, state) + uncountedOf(registered, state, now),
          now,
          LogEntries.onward(planned)
        )
      ),
    { concurrency: "unbounded" }
  )

/** True where it waits for an instant that is not from a calendar. */
export const movesBack = ({ cadence }: Registered<unknown>, state: JobState.JobState): boolean => {
  const { attempt, manual, nextAt } = state.position
  if (manual !== null) return true
  return nextAt !== null && (cadence._tag === "Schedule" || attempt > 1 || isRechecked(state.position))
}

/** A clock set back by less needs no log entry. */
const slackMs = 1000

/** Moves the unclaimed instances that were stored in the future, so that none waits longer than planned. */
export const setBack = (stored: ReadonlyArray<Stored<unknown>>, now: number): ReadonlyArray<Save> =>
  stored
    .filter(([registered, state]) => state.updatedAt - now > slackMs && movesBack(registered, state))
    .filter(isOurs)
    .map(([{ cadence }, state]) => {
      const entry = LogEntries.ofSetBack(state, state.updatedAt - now, now, cadence._tag === "Calendar")
      return {
        expected: { owner: state.claim.owner, token: state.claim.token, seq: state.seq },
        state: JobState.applyEntry(state, entry),
        entries: [entry]
      }
    })
