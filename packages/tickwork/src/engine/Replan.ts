/**
 * Plans anew what another definition of a job has planned, and what waits for an instant that a clock set back has put
 * out of reach. Each change is a line of the log.
 *
 * It runs no job and writes nothing itself.
 *
 * @internal
 */
import { Array as Arr, Cause, Effect, Either, Option, Random } from "effect"
import * as Cadence from "../Cadence.ts"
import * as Calendar from "../Calendar.ts"
import * as ErrorText from "../ErrorText.ts"
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

/** True where this registry has to make the plan anew. */
export const needsPlan = (registered: Registered<unknown>, state: JobState.JobState): boolean =>
  (state.cadence.version ?? 1) <= registered.job.version && Plan.leftAlone(registered, state) !== null

const longestAnswer = "5 seconds"

/** A schedule that gives no answer to its first question keeps no other job from running: it is asked again later. */
export const isolated = <A, E, R>(
  { job }: Registered<unknown>,
  asked: Effect.Effect<A, E, R>
): Effect.Effect<A | Unanswered, E, R> =>
  Effect.disconnect(asked).pipe(
    Effect.timeoutTo({
      duration: longestAnswer,
      onSuccess: (answer): A | Unanswered => answer,
      onTimeout: () => new Unanswered(job.name, `no answer within ${longestAnswer}`)
    }),
    Effect.catchAllCause((cause) =>
      Either.match(Cause.failureOrCause(cause), {
        onLeft: Effect.fail,
        onRight: (unexpected) => Effect.succeed(new Unanswered(job.name, ErrorText.render(unexpected)))
      })
    ),
    Effect.tap((answer) =>
      answer instanceof Unanswered
        ? Effect.logWarning(
            `The schedule of job "${job.name}" gave no answer to its first question and is asked again: ${answer.error}`
          )
        : Effect.void
    )
  )

/** What a schedule has not said when it was asked first. */
export class Unanswered {
  readonly jobName: string
  readonly error: string
  constructor(jobName: string, error: string) {
    this.jobName = jobName
    this.error = error
  }
}

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
  if (version < job.version) return `version ${version} became version ${job.version}`
  const was = definition === notBegun ? "a schedule that gave no answer" : definition
  return `${was} became ${cadence.definition}`
}

/** The definition of what no schedule has answered yet: another one than any, so it is planned anew in its time. */
export const notBegun = ""

/** Unclaimed instances whose job recurs in another way than it did; what gives no answer is left as it is. */
export const changed = <R>(stored: ReadonlyArray<Stored<R>>, now: number): Effect.Effect<Changed, InvalidJobs, R> =>
  Effect.forEach(
    stored.filter(([registered, state]) => state.claimOwner === null && needsPlan(registered, state)),
    ([registered, state]) =>
      Effect.map(isolated(registered, anew(registered, state, now)), (planned) =>
        planned instanceof Unanswered ? planned : toSave(state, reasonOf(registered, state), now, Line.onward(planned))
      ),
    { concurrency: "unbounded" }
  ).pipe(
    Effect.map((answers) => {
      const [saves, unanswered] = Arr.partition(answers, (answer) => answer instanceof Unanswered)
      return { saves, unanswered }
    })
  )

export interface Changed {
  readonly saves: ReadonlyArray<Save>
  readonly unanswered: ReadonlyArray<Unanswered>
}

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
        state.claimOwner === null &&
        state.updatedAt - now > slackMs &&
        movesBack(registered, state) &&
        Plan.leftAlone(registered, state) === null
    )
    .map(([{ cadence }, state]) => {
      const line = Line.ofSetBack(state, state.updatedAt - now, now, cadence._tag === "Calendar")
      return {
        expected: { owner: state.claimOwner, token: state.claimToken },
        state: JobState.noted(state, line),
        runs: [line]
      }
    })
