/**
 * Plans anew what another definition of a job has planned, and what waits for an instant that a clock set back has put
 * out of reach. Each change is a line of the log.
 *
 * It runs no job and writes nothing itself.
 *
 * @internal
 */
import { Effect, Option, Random } from "effect"
import * as Cadence from "../Cadence.ts"
import * as Calendar from "../Calendar.ts"
import { InvalidJobs } from "../InvalidJobs.ts"
import * as JobState from "../JobState.ts"
import type { Save } from "../JobStore.ts"
import type { Registered } from "../Jobs.ts"
import type { Onward } from "../Missed.ts"
import * as Plan from "../Plan.ts"
import * as Line from "./Line.ts"

export type Stored<R> = readonly [registered: Registered<R>, state: JobState.JobState]

type Dice = Pick<JobState.JobState, "cadence" | "jobName" | "key">

/** The dice of a step depend on what is stored, so a restart throws the same. */
export const diceOf = ({ cadence, jobName, key }: Dice): Random.Random =>
  Random.make(`${cadence.seed}/${jobName}/${key}/${cadence.steps}`)

/** The first plan of a cadence. */
export const begin = <In, R>(
  { job }: Registered<R>,
  cadence: Cadence.Cadence<In, R>,
  dice: Dice,
  now: number
): Effect.Effect<Cadence.Planned, InvalidJobs, R> =>
  Cadence.begin(cadence, { now, seed: dice.cadence.seed, version: job.version, input: undefined as In }).pipe(
    Effect.withRandom(diceOf(dice)),
    Effect.mapError(
      ({ found, path }) => new InvalidJobs({ faults: [{ _tag: "UnstorableCadence", job: job.name, path, found }] })
    )
  )

const earliest = (...instants: ReadonlyArray<number | null>): number | null => {
  const planned = instants.filter((at) => at !== null)
  return planned.length === 0 ? null : Math.min(...planned)
}

/** A changed calendar plans from the last run and never at once; a changed schedule keeps the earlier instant. */
const anew = <R>(
  registered: Registered<R>,
  state: JobState.JobState,
  now: number
): Effect.Effect<Cadence.Planned, InvalidJobs, R> => {
  const { cadence, job } = registered
  const { missedTo, version, ...was } = state.cadence
  if (cadence._tag === "Calendar") {
    const anchor = state.lastRunAt ?? state.cadence.anchor
    const nextAt = Option.getOrNull(Calendar.next(cadence.calendar, anchor, Math.max(now, state.lastRunAt ?? now)))
    const made = { ...was, definition: cadence.definition, anchor, state: null }
    return Effect.succeed({ state: job.version === 1 ? made : { ...made, version: job.version }, nextAt })
  }
  return Effect.map(begin(registered, { ...cadence, first: "ask" }, state, now), (planned) => ({
    ...planned,
    nextAt: earliest(planned.nextAt, state.nextAt)
  }))
}

const needsPlan = <R>([registered, state]: Stored<R>): boolean =>
  state.claimOwner === null &&
  (state.cadence.version ?? 1) <= registered.job.version &&
  Plan.leftAlone(registered, state) !== null

/** A job whose schedule dies at its first question stays as it is, and does not keep the others from running. */
export const isolated = <A, E, R>(
  { job }: Registered<unknown>,
  asked: Effect.Effect<A, E, R>
): Effect.Effect<A | null, E, R> =>
  Effect.catchAllDefect(asked, (defect) =>
    Effect.as(Effect.logError(`Job "${job.name}" is left out: its schedule died when it was asked first`, defect), null)
  )

const toSave = (state: JobState.JobState, reason: string, now: number, next: Onward): Save => {
  const line = Line.ofControl(state, reason, now, Line.goneOn(state, next))
  return {
    expected: { owner: state.claimOwner, token: state.claimToken },
    state: JobState.noted(state, line),
    runs: [line]
  }
}

const reasonOf = ({ cadence, job }: Registered<unknown>, state: JobState.JobState): string => {
  const { definition, version = 1 } = state.cadence
  return version < job.version
    ? `version ${version} became version ${job.version}`
    : `${definition} became ${cadence.definition}`
}

/** Unclaimed instances whose job recurs in another way than it did. */
export const changed = <R>(
  stored: ReadonlyArray<Stored<R>>,
  now: number
): Effect.Effect<ReadonlyArray<Save>, InvalidJobs, R> =>
  Effect.forEach(stored.filter(needsPlan), ([registered, state]) =>
    Effect.map(isolated(registered, anew(registered, state, now)), (planned) =>
      planned === null ? [] : [toSave(state, reasonOf(registered, state), now, Line.onward(planned))]
    )
  ).pipe(Effect.map((saves) => saves.flat()))

/** True where something waits for an instant that no calendar names. */
export const movesBack = ({ cadence }: Registered<unknown>, { attempt, manual, nextAt }: JobState.JobState): boolean =>
  manual !== null || (nextAt !== null && (cadence._tag === "Schedule" || attempt > 1))

/** A clock set back by less is not worth a line. */
const slackMs = 1000

/** Unclaimed instances that were stored at an instant which has not come yet: nobody can wait longer than was planned. */
export const setBack = (stored: ReadonlyArray<Stored<unknown>>, now: number): ReadonlyArray<Save> =>
  stored
    .filter(
      ([registered, state]) =>
        state.claimOwner === null && state.updatedAt - now > slackMs && movesBack(registered, state)
    )
    .map(([{ cadence }, state]) => {
      const line = Line.ofSetBack(state, state.updatedAt - now, now, cadence._tag === "Calendar")
      return {
        expected: { owner: state.claimOwner, token: state.claimToken },
        state: JobState.noted(state, line),
        runs: [line]
      }
    })
