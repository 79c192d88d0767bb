/**
 * Plans anew what another definition of a job has planned, and what waits for an instant that a clock set back has put
 * out of reach. Each change is a line of the log.
 *
 * It runs no job and writes nothing itself.
 *
 * @internal
 */
import { Cause, Effect, Option, Random } from "effect"
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
import * as Line from "./LogEntries.ts"

export type Stored<R> = readonly [registered: Registered<R>, state: JobState.JobState]

interface RandomSource {
  readonly jobName: string
  readonly key: string
  readonly position: Pick<Position, "cadence">
}

/** The dice of a step depend on what is stored, so a restart throws the same. */
export const randomOf = ({ jobName, key, position: { cadence } }: RandomSource): Random.Random =>
  Random.make(`${cadence.seed}/${jobName}/${key}/${cadence.steps}`)

/** A schedule that dies, or gives no answer in time, is asked again this much later. */
export const askAgainMs = 60_000

export const longestStep = "5 seconds"

export const noAnswerWarning = (jobName: string, error: string): string =>
  `The schedule of job "${jobName}" gave no answer and is asked again: ${error}`

/** Makes the first plan of a schedule, where the instant `before` was planned by another one. */
export type FirstStep<R> = (
  registered: Registered<R>,
  cadence: Cadence.OnSchedule<never, R>,
  from: { readonly dice: RandomSource; readonly now: number; readonly before: number | null }
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

/** The first plan of a cadence that need not be asked. */
export const begin = <R>(
  registered: Registered<R>,
  cadence: Cadence.Cadence<never, R>,
  seed: number,
  now: number
): Effect.Effect<Cadence.Planned, InvalidJobs, R> => {
  const { version } = registered.job
  return storable(registered)(Cadence.begin(cadence, { now, seed, version, input: undefined as never }))
}

/** It is asked in a tick, as for every later instant. */
export const stepLater =
  <R>(at: number): FirstStep<R> =>
  (registered, cadence, { before, dice, now }) => {
    const { version } = registered.job
    const options = { now, seed: dice.position.cadence.seed, version, askAt: at, before }
    return storable(registered)(Cadence.unanswered(cadence, options))
  }

/** It is asked now; where it dies or does not answer, that is told of, and it is asked in a tick a minute later. */
export const stepNow =
  <R>(publish: (event: TickEvent) => void): FirstStep<R> =>
  (registered, cadence, from) => {
    const { before, dice, now } = from
    const { name: jobName, version } = registered.job
    const first = { ...cadence, first: "ask" as const }
    const options = { now, seed: dice.position.cadence.seed, version, input: undefined as never }
    return Cadence.begin(first, options).pipe(
      Effect.withRandom(randomOf(dice)),
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
        publish({ _tag: "CadenceFailed", jobName, key: dice.key, error })
        // while a layer is built nobody can hear of events
        return Effect.zipRight(
          Effect.logWarning(noAnswerWarning(jobName, error)),
          stepLater<R>(now + askAgainMs)(registered, cadence, from)
        )
      })
    )
  }

/** A changed calendar plans from the last run and never at once; a changed schedule keeps the earlier instant. */
const anew = <R>(
  registered: Registered<R>,
  state: JobState.JobState,
  now: number,
  ask: FirstStep<R>
): Effect.Effect<Cadence.Planned, InvalidJobs, R> => {
  const { cadence, job } = registered
  const { missedTo, unanswered, version, ...was } = state.position.cadence
  const changed = (made: Cadence.CadenceState) => (job.version === 1 ? made : { ...made, version: job.version })
  if (cadence._tag === "Calendar" && cadence.kind === "once") {
    return Effect.succeed({ state: changed({ ...was, definition: cadence.definition }), nextAt: state.position.nextAt })
  }
  if (cadence._tag === "Calendar") {
    const anchor = state.lastRunAt ?? state.position.cadence.anchor
    const nextAt = cadence.next(anchor, Math.max(now, state.lastRunAt ?? now))
    return Effect.succeed({ state: changed({ ...was, definition: cadence.definition, anchor, state: null }), nextAt })
  }
  // what was planned is when it runs, and not when it is asked
  return ask(registered, cadence, {
    dice: state,
    now,
    before: unanswered === undefined ? state.position.nextAt : unanswered
  })
}

/** True where this registry may make the plan: nobody holds it, and no higher version has taken over. */
const isOurs = <R>([
  registered,
  {
    position: { cadence },
    claim: { owner: claimOwner }
  }
]: Stored<R>): boolean => claimOwner === null && (cadence.version ?? 1) <= registered.job.version

const toSave = (state: JobState.JobState, reason: string, now: number, next: Onward): Save => {
  const line = Line.ofControl(state, reason, now, advance(state.position, next))
  return {
    expected: { owner: state.claim.owner, token: state.claim.token, seq: state.seq },
    state: JobState.applyEntry(state, line),
    entries: [line]
  }
}

const reasonOf = ({ cadence, job }: Registered<unknown>, state: JobState.JobState): string => {
  const { definition, version = 1 } = state.position.cadence
  return version < job.version
    ? `version ${version} became version ${job.version}`
    : `${definition} became ${cadence.definition}`
}

/** The instants that an earlier plan has missed: its grid is not known any more, so nobody can count them. */
const uncountedOf = (
  { cadence }: Registered<unknown>,
  { position: { attempt, nextAt } }: JobState.JobState,
  now: number
) =>
  cadence._tag === "Calendar" && attempt === 1 && nextAt !== null && nextAt <= now
    ? `; what it missed from ${new Date(nextAt).toISOString()} on is not counted`
    : ""

/** Unclaimed instances whose job recurs in another way than it did. */
export const changed = <R>(
  stored: ReadonlyArray<Stored<R>>,
  now: number,
  ask: FirstStep<R>
): Effect.Effect<ReadonlyArray<Save>, InvalidJobs, R> =>
  Effect.forEach(
    stored.filter((one) => isOurs(one) && Plan.definitionMismatch(...one) !== null),
    ([registered, state]) =>
      Effect.map(anew(registered, state, now, ask), (planned) =>
        toSave(state, reasonOf(registered, state) + uncountedOf(registered, state, now), now, Line.onward(planned))
      ),
    { concurrency: "unbounded" }
  )

/** True where something waits for an instant that no calendar names. */
export const movesBack = ({ cadence }: Registered<unknown>, state: JobState.JobState): boolean => {
  const { attempt, manual, nextAt } = state.position
  if (manual !== null) return true
  return nextAt !== null && (cadence._tag === "Schedule" || attempt > 1 || isRechecked(state.position))
}

/** A clock set back by less is not worth a line. */
const slackMs = 1000

/** Unclaimed instances that were stored at an instant which has not come yet: nobody can wait longer than was planned. */
export const setBack = (stored: ReadonlyArray<Stored<unknown>>, now: number): ReadonlyArray<Save> =>
  stored
    .filter(([registered, state]) => state.updatedAt - now > slackMs && movesBack(registered, state))
    .filter(isOurs)
    .map(([{ cadence }, state]) => {
      const line = Line.ofSetBack(state, state.updatedAt - now, now, cadence._tag === "Calendar")
      return {
        expected: { owner: state.claim.owner, token: state.claim.token, seq: state.seq },
        state: JobState.applyEntry(state, line),
        entries: [line]
      }
    })
