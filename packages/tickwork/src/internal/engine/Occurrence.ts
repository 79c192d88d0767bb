/**
 * Finds what follows an ended attempt: a retry of the occurrence, or the next instant of the cadence.
 *
 * It steps schedules and policies with seeded randomness, and runs and writes nothing.
 *
 * @internal
 */
import { Effect, Random } from "effect"
import type { RetryState } from "../../CadenceState.ts"
import type { JobState } from "../../JobState.ts"
import * as Position from "../../Position.ts"
import type { RunInfo } from "../../Run.ts"
import * as BackfillList from "../plan/BackfillList.ts"
import * as Plan from "../plan/Plan.ts"
import type { Registered } from "../plan/Registered.ts"
import * as Cadence from "../schedule/Cadence.ts"
import * as Calendar from "../schedule/Calendar.ts"
import * as Missed from "../schedule/Missed.ts"
import * as Retry from "../schedule/Retry.ts"
import type { UnstorableStateError } from "../schedule/ScheduleStateCodec.ts"
import * as ZoneRules from "../schedule/ZoneRules.ts"
import * as Answer from "./Answer.ts"
import type * as Attempt from "./Attempt.ts"
import * as ErrorText from "./ErrorText.ts"
import * as LogEntries from "./LogEntries.ts"
import type { Failure } from "./Outcome.ts"

/** The parts of an ended attempt that decide what follows. */
type Ended = Pick<Attempt.Ended, "endedAt" | "outcome" | "run">

const longestAnswerMs = 2000

const goOnAt = (next: Position.Position): Attempt.Conclusion => ({ next, superseded: null, broken: null })

/** How much time the run itself covers: none after a crash, since no process ran until it was found. */
const ownMs = ({ endedAt, outcome, run }: Ended): number =>
  outcome.isCutShort ? 0 : Math.max(0, endedAt - run.startedAt)

/** The planned time of an occurrence, and what it is now where the rules of its time zone changed meanwhile. */
const stoodFor = (
  cadence: Cadence.Cadence<never, unknown>,
  { position }: JobState,
  { outcome, run }: Ended
): number => {
  const { scheduledAt, trigger } = run
  if (cadence._tag === "Schedule" || (trigger === "schedule" && !outcome.isCutShort)) return scheduledAt
  return Math.max(scheduledAt, ZoneRules.today(cadence, position.cadence, scheduledAt) ?? scheduledAt)
}

/** The last planned time that an occurrence covers, however late its attempts were. */
const coveredBy = (cadence: Cadence.Cadence<never, unknown>, state: JobState, ended: Ended): number => {
  const at = stoodFor(cadence, state, ended)
  return Math.max(at, state.position.retry?.coveredUntil ?? at) + ownMs(ended)
}

/** The next instant of a calendar after an occurrence: lateness shifts nothing, and a run covers what it overtook. */
const afterCalendar = (
  cadence: Calendar.Calendar,
  { missed }: Registered<unknown>,
  state: JobState,
  ended: Ended
): Attempt.Conclusion => {
  const stood = stoodFor(cadence, state, ended)
  const at = coveredBy(cadence, state, ended)
  const next = Position.advance(state.position, Missed.onward(cadence, missed, state.position.cadence, at))
  const { anchor, missedTo = stood } = state.position.cadence
  // planned times missed with this one have their entry already, unless each is caught up
  const after = missed.policy === "all" ? stood : Math.max(stood, missedTo)
  // the last attempt covers what passes during it, as any run does
  const until = state.position.retry?.coveredUntil ?? stood
  const first = until > after ? cadence.next(state.position.cadence.anchor, after) : null
  if (first === null || first > until) return goOnAt(next)
  const count = Calendar.count(cadence, anchor, {
    after,
    until,
    atMost: Missed.longestCount
  })
  return { next, superseded: { first, count }, broken: null }
}

/** Plans the recheck of a false condition, unless the calendar's next instant comes first. */
const recheck = (state: JobState, { endedAt, outcome, run }: Ended, next: number | null): Attempt.Conclusion | null => {
  const { recheckMs } = outcome
  if (recheckMs === null) return null
  const at = Math.min(Math.ceil(endedAt + recheckMs), Calendar.lastInstant)
  if (next !== null && next <= at) return null
  return goOnAt({ ...state.position, scheduledAt: run.scheduledAt, nextAt: at })
}

/** The conclusion of an occurrence that is over where no schedule has to be stepped; else `null`. */
const overAtOnce = (registered: Registered<unknown>, state: JobState, ended: Ended): Attempt.Conclusion | null => {
  const { cadence } = registered
  if (ended.run.trigger === "manual") return goOnAt(BackfillList.onward(state, ended.run.scheduledAt, ended.endedAt))
  return cadence._tag === "Calendar" ? afterCalendar(cadence, registered, state, ended) : null
}

/** The conclusion where no schedule and no policy has to be stepped; else `null`. */
export const atOnce = (registered: Registered<unknown>, state: JobState, ended: Ended): Attempt.Conclusion | null => {
  if (ended.outcome.failure !== null) return null
  const concluded = overAtOnce(registered, state, ended)
  return recheck(state, ended, concluded?.next.nextAt ?? null) ?? concluded
}

const over = <R>(
  registered: Registered<R>,
  state: JobState,
  ended: Ended
): Effect.Effect<Attempt.Conclusion, UnstorableStateError, R> => {
  const concluded = overAtOnce(registered, state, ended)
  if (concluded !== null) return Effect.succeed(concluded)
  const stepped = Cadence.step(registered.cadence as Cadence.OnSchedule<never, R>, state.position.cadence, {
    now: ended.endedAt,
    input: ended.outcome.input as never
  })
  return Effect.map(stepped, (planned) => goOnAt(Position.advance(state.position, LogEntries.onward(planned))))
}

/** The position of a retry. */
const tryAgain = (state: JobState, { run }: Ended, retry: RetryState | null, at: number): Position.Position => {
  const attempt = run.attempt + 1
  const unchanged = state.position
  return run.trigger === "manual" && state.position.manual !== null
    ? { ...unchanged, manual: { ...state.position.manual, nextAt: at, attempt, retry } }
    : { ...unchanged, scheduledAt: run.scheduledAt, nextAt: at, attempt, retry }
}

/** Seeds a policy's randomness from stored values: each occurrence and each attempt draws its own numbers. */
const randomOf = (state: JobState, { attempt, runKey }: RunInfo): Random.Random =>
  Random.make(`${state.position.cadence.seed}/${runKey}/${attempt}`)

/** Retries at once, without a policy. */
export const again = (state: JobState, ended: Ended): Attempt.Conclusion =>
  goOnAt(tryAgain(state, ended, retryOf(state, ended.run), ended.endedAt))

const retryOf = (state: JobState, { trigger }: RunInfo): RetryState | null =>
  trigger === "manual" ? (state.position.manual?.retry ?? null) : state.position.retry

interface Advice {
  readonly retry: RetryState
  readonly at: number | null
  readonly isDefault: boolean
  readonly broken: string | null
}

/** Steps the job's policy, or the default one where that dies or does not answer. */
const advise = <R>(
  policy: Retry.Policy<R>,
  failure: Failure,
  retry: RetryState | null,
  now: number
): Effect.Effect<Advice, never, R> => {
  const options = { now, input: failure.input as never }
  const advice = (isDefault: boolean, broken: string | null) => (answer: Pick<Advice, "at" | "retry">) => ({
    ...answer,
    isDefault,
    broken
  })
  const answer = Retry.step(policy, failure.kind, retry, options)
  // the default policy always answers at once
  if (policy.isDefault) return Effect.map(Effect.orDie(answer), advice(true, null))
  return Answer.within(answer, longestAnswerMs).pipe(
    Effect.map(advice(false, null)),
    Effect.catchAllCause((cause) =>
      Effect.map(
        Effect.orDie(Retry.step(Retry.defaultPolicy, failure.kind, retry, options)),
        advice(true, ErrorText.render(cause))
      )
    )
  )
}

/** A retry of the default policy yields to the calendar's next instant; one of the job's own policy covers it. */
const nextAttempt = (
  registered: Registered<unknown>,
  state: JobState,
  ended: Ended,
  advice: Advice
): Position.Position | null => {
  const { at, isDefault, retry } = advice
  const { cadence } = registered
  if (at === null) return null
  if (cadence._tag === "Schedule" || ended.run.trigger === "manual") return tryAgain(state, ended, retry, at)
  if (!isDefault) {
    const coveredUntil = coveredBy(cadence, state, ended) + at - ended.endedAt
    return tryAgain(state, ended, { ...retry, coveredUntil }, at)
  }
  const { nextAt } = afterCalendar(cadence, registered, state, ended).next
  return nextAt !== null && at >= nextAt ? null : tryAgain(state, ended, retry, at)
}

/**
 * The next instant of the calendar, where a late retry of the default policy yields to it. `null` where the retry is
 * made.
 */
export const retryYields = ({ cadence }: Registered<unknown>, state: JobState, now: number): Position.Onward | null => {
  const { attempt, retry, scheduledAt } = state.position
  // a retry without a policy follows a crash or a stop, and is always made
  const isDefault = attempt > 1 && retry !== null && retry.coveredUntil === undefined
  if (!isDefault || scheduledAt === null || cadence._tag === "Schedule") return null
  const plan = state.position.cadence
  const stood = Math.max(scheduledAt, ZoneRules.today(cadence, plan, scheduledAt) ?? scheduledAt)
  const next = cadence.next(plan.anchor, stood)
  return next === null || next > now ? null : { cadence: plan, scheduledAt: next, nextAt: next }
}

/** The position after an ended attempt. */
export const conclude = <R>(
  registered: Registered<R>,
  state: JobState,
  ended: Ended
): Effect.Effect<Attempt.Conclusion, UnstorableStateError, R> => {
  const { endedAt, outcome, run } = ended
  const { failure } = outcome
  if (failure === null) {
    const concluded = atOnce(registered, state, ended)
    return concluded === null ? over(registered, state, ended) : Effect.succeed(concluded)
  }
  // the crash may have preceded the body, and another definition's plan is not this policy's to judge
  const isFirst = outcome.isCutShort && !(state.lastStatus === "interrupted" && run.attempt > 1)
  if (isFirst || Plan.definitionMismatch(registered, state) !== null) {
    return Effect.succeed(again(state, ended))
  }
  const policy = registered.retry[failure.kind]
  return advise(policy, failure, retryOf(state, run), endedAt).pipe(
    Effect.withRandom(randomOf(state, run)),
    Effect.flatMap((advice) => {
      const next = nextAttempt(registered, state, ended, advice)
      const concluded = next === null ? over(registered, state, ended) : Effect.succeed(goOnAt(next))
      return Effect.map(concluded, (concluded) => ({ ...concluded, broken: advice.broken }))
    })
  )
}
