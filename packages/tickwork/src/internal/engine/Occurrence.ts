/**
 * What follows the end of an attempt: the next attempt at the same instant, or, when the occurrence is over, the next
 * instant of the cadence.
 *
 * It asks schedules and policies, whose dice come from what is stored. It runs nothing and writes nothing.
 *
 * @internal
 */
import { Effect, Random } from "effect"
import type { JobState } from "../../JobState.ts"
import * as Position from "../../Position.ts"
import type { Run } from "../../Run.ts"
import * as ErrorText from "../ErrorText.ts"
import * as Plan from "../plan/Plan.ts"
import type { Registered } from "../plan/Registered.ts"
import * as Cadence from "../schedule/Cadence.ts"
import * as Calendar from "../schedule/Calendar.ts"
import * as Missed from "../schedule/Missed.ts"
import * as Retry from "../schedule/Retry.ts"
import type { UnstorableStateError } from "../schedule/ScheduleStateCodec.ts"
import type * as Attempt from "./Attempt.ts"
import * as LogEntries from "./LogEntries.ts"
import type { Failure } from "./Outcome.ts"

/** What is asked of an attempt that has ended. */
type Ended = Pick<Attempt.Ended, "endedAt" | "outcome" | "run">

const longestAnswer = "2 seconds"

const simply = (next: Position.Position): Attempt.Conclusion => ({ next, superseded: null, broken: null })

/** A crash covers nothing: nobody was there for what came between it and the one who found it. */
const ownMs = ({ endedAt, outcome, run }: Ended): number =>
  outcome.isCutShort ? 0 : Math.max(0, endedAt - run.startedAt)

/** Up to where an occurrence stands for the instants of a grid, however late its attempts were made. */
const coveredBy = (state: JobState, ended: Ended): number =>
  Math.max(ended.run.scheduledAt, state.position.retry?.coveredUntil ?? ended.run.scheduledAt) + ownMs(ended)

/** Where a calendar goes on when an occurrence is over: being late shifts nothing, and a run covers what it overtook. */
const afterCalendar = (
  cadence: Calendar.Calendar,
  { missed }: Registered<unknown>,
  state: JobState,
  ended: Ended
): Attempt.Conclusion => {
  const { run } = ended
  const at = coveredBy(state, ended)
  const next = Position.advance(state.position, Missed.onward(cadence, missed, state.position.cadence, at))
  const { anchor, missedTo = run.scheduledAt } = state.position.cadence
  // what was missed with its instant has its verdict, unless each of it was to be made up for
  const after = missed.policy === "all" ? run.scheduledAt : Math.max(run.scheduledAt, missedTo)
  // the last attempt covers what passes while it goes on, as any run does
  const until = state.position.retry?.coveredUntil ?? run.scheduledAt
  const first = until > after ? cadence.next(state.position.cadence.anchor, after) : null
  if (first === null || first > until) return simply(next)
  const count = Calendar.count(cadence, anchor, {
    after,
    until,
    atMost: Missed.longestCount
  })
  return { next, superseded: { first, count }, broken: null }
}

/** A condition said no, and is asked again about the same instant, unless the next one of a calendar has come by then. */
const recheck = (state: JobState, { endedAt, outcome, run }: Ended, next: number | null): Attempt.Conclusion | null => {
  const { recheckMs } = outcome
  if (recheckMs === null) return null
  const at = Math.min(Math.ceil(endedAt + recheckMs), Calendar.lastInstant)
  if (next !== null && next <= at) return null
  return simply({ ...state.position, scheduledAt: run.scheduledAt, nextAt: at })
}

/** The usual end: nothing has to be asked, and nothing has to be waited for. */
export const atOnce = (registered: Registered<unknown>, state: JobState, ended: Ended): Attempt.Conclusion | null => {
  const { cadence } = registered
  if (ended.outcome.failure !== null || ended.run.trigger === "manual") return null
  if (cadence._tag === "Schedule") return recheck(state, ended, null)
  const concluded = afterCalendar(cadence, registered, state, ended)
  return recheck(state, ended, concluded.next.nextAt) ?? concluded
}

const over = <R>(
  registered: Registered<R>,
  state: JobState,
  ended: Ended
): Effect.Effect<Attempt.Conclusion, UnstorableStateError, R> => {
  const { cadence } = registered
  if (ended.run.trigger === "manual") return Effect.succeed(simply({ ...state.position, manual: null }))
  if (cadence._tag === "Calendar") return Effect.succeed(afterCalendar(cadence, registered, state, ended))
  const asked = Cadence.step(cadence, state.position.cadence, {
    now: ended.endedAt,
    input: ended.outcome.input as never
  })
  return Effect.map(asked, (planned) => simply(Position.advance(state.position, LogEntries.onward(planned))))
}

/** The same instant is tried again. */
const tryAgain = (state: JobState, { run }: Ended, retry: Retry.RetryState | null, at: number): Position.Position => {
  const attempt = run.attempt + 1
  const unchanged = state.position
  return run.trigger === "manual" && state.position.manual !== null
    ? { ...unchanged, manual: { ...state.position.manual, nextAt: at, attempt, retry } }
    : { ...unchanged, scheduledAt: run.scheduledAt, nextAt: at, attempt, retry }
}

/** The dice of a policy, from what is stored: no two instants and no two attempts throw the same. */
const randomOf = (state: JobState, { attempt, runKey }: Run): Random.Random =>
  Random.make(`${state.position.cadence.seed}/${runKey}/${attempt}`)

/** Nobody is asked: the same instant is tried again at once. */
export const again = (state: JobState, ended: Ended): Attempt.Conclusion =>
  simply(tryAgain(state, ended, retryOf(state, ended.run), ended.endedAt))

const retryOf = (state: JobState, { trigger }: Run): Retry.RetryState | null =>
  trigger === "manual" ? (state.position.manual?.retry ?? null) : state.position.retry

interface Advice {
  readonly retry: Retry.RetryState
  readonly at: number | null
  readonly isDefault: boolean
  readonly broken: string | null
}

/** What the policy says; where it dies or does not answer, the usual one is asked in its place. */
const advise = <R>(
  policy: Retry.Policy<R>,
  failure: Failure,
  retry: Retry.RetryState | null,
  now: number
): Effect.Effect<Advice, never, R> => {
  const asked = { now, input: failure.input as never }
  const advice = (isDefault: boolean, broken: string | null) => (answer: Pick<Advice, "at" | "retry">) => ({
    ...answer,
    isDefault,
    broken
  })
  const answer = Retry.step(policy, failure.kind, retry, asked)
  // the usual one is known to answer at once
  if (policy.isDefault) return Effect.map(Effect.orDie(answer), advice(true, null))
  return answer.pipe(
    Effect.disconnect,
    Effect.timeoutFail({
      duration: longestAnswer,
      onTimeout: () => new Error(`no answer within ${longestAnswer}`)
    }),
    Effect.map(advice(false, null)),
    Effect.catchAllCause((cause) =>
      Effect.map(
        Effect.orDie(Retry.step(Retry.defaultPolicy, failure.kind, retry, asked)),
        advice(true, ErrorText.render(cause))
      )
    )
  )
}

/** The usual policy makes way for the next instant of a calendar; a user's own stands for what comes meanwhile. */
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
    const coveredUntil = coveredBy(state, ended) + at - ended.endedAt
    return tryAgain(state, ended, { ...retry, coveredUntil }, at)
  }
  const { nextAt } = afterCalendar(cadence, registered, state, ended).next
  return nextAt !== null && at >= nextAt ? null : tryAgain(state, ended, retry, at)
}

/**
 * Where an instance goes on whose planned attempt comes too late: the usual policy makes way for the next instant of a
 * calendar, also where that has come before the attempt was made. `null` where it does not.
 */
export const retryYields = ({ cadence }: Registered<unknown>, state: JobState, now: number): Position.Onward | null => {
  const { attempt, retry, scheduledAt } = state.position
  // what no policy has planned was cut short, and is made again in any case
  const isDefault = attempt > 1 && retry !== null && retry.coveredUntil === undefined
  if (!isDefault || scheduledAt === null || cadence._tag === "Schedule") return null
  const next = cadence.next(state.position.cadence.anchor, scheduledAt)
  return next === null || next > now ? null : { cadence: state.position.cadence, scheduledAt: next, nextAt: next }
}

/** Where an instance stands when an attempt has ended. */
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
  // a crash may have struck before the body began, and what another definition has planned is not ours to judge
  const isFirst = outcome.isCutShort && !(state.lastStatus === "interrupted" && run.attempt > 1)
  if (isFirst || Plan.definitionMismatch(registered, state) !== null) {
    return Effect.succeed(again(state, ended))
  }
  const policy = registered.retry[failure.kind]
  return advise(policy, failure, retryOf(state, run), endedAt).pipe(
    Effect.withRandom(randomOf(state, run)),
    Effect.flatMap((advice) => {
      const next = nextAttempt(registered, state, ended, advice)
      const concluded = next === null ? over(registered, state, ended) : Effect.succeed(simply(next))
      return Effect.map(concluded, (concluded) => ({ ...concluded, broken: advice.broken }))
    })
  )
}
