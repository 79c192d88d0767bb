/**
 * A job with its defaults filled in, as the plan and the engine read it. It checks nothing: `Registry` does.
 *
 * @internal
 */
import { Either } from "effect"
import * as JobState from "../../JobState.ts"
import * as BackfillKey from "../BackfillKey.ts"
import type { Definition, Invalid } from "../Definition.ts"
import * as DurationText from "../DurationText.ts"
import * as Millis from "../Millis.ts"
import * as PlainText from "../PlainText.ts"
import * as Cadence from "../schedule/Cadence.ts"
import * as Calendar from "../schedule/Calendar.ts"
import * as LeftOut from "../schedule/LeftOut.ts"
import * as Missed from "../schedule/Missed.ts"
import * as Retry from "../schedule/Retry.ts"
import * as Spread from "../schedule/Spread.ts"
import * as ZoneName from "../schedule/ZoneName.ts"

/** A job of which every value has been checked. */
export interface Registered<out R = never> {
  readonly job: Definition<R>
  /** Why an instance has no cadence: what its key brings is wrong, or not known; `null` where it has one. */
  readonly invalid: string | null
  readonly cadence: Cadence.Cadence<never, R>
  readonly missed: Missed.Rule
  readonly windowMs: number
  readonly retry: Readonly<Record<Retry.Kind, Retry.Policy<R>>>
  /** `null` where an attempt has no time limit. */
  readonly timeoutMs: number | null
}

type Made<R> = Either.Either<Cadence.Cadence<never, R>, Invalid>

/** The cadence of an instance of a job, also of one with a payload or with dependencies alone; `null` where it is missing. */
export const cadenceOf = <R>(job: Definition<R>, key = ""): Made<R> | null => {
  if (job.payload !== null) return Either.right(Calendar.once)
  if (job.cadence === null) {
    if (job.after.length > 0) return onItsGrid(job, Cadence.afterOthers, key)
    return job.keys === null ? null : Either.right(Calendar.none)
  }
  return Either.flatMap(job.cadence, (cadence) => onItsGrid(job, cadence, key))
}

const invalid = (option: string, value: unknown, reason: string, cure: string): Either.Either<never, Invalid> =>
  Either.left({ option, value, reason, cure })

/** Without the days that are left out, and later by the phase of its instance. */
const onItsGrid = <R>(job: Definition<R>, cadence: Cadence.Cadence<never, R>, key: string): Made<R> =>
  Either.flatMap(withDaysLeftOut(job, cadence), (cadence) => withPhase(job, cadence, key))

const withDaysLeftOut = <R>({ except }: Definition<R>, cadence: Cadence.Cadence<never, R>): Made<R> => {
  if (except === null) return Either.right(cadence)
  const { isLeftOut, zone = cadence._tag === "Calendar" ? cadence.cron?.zone : undefined } = except
  if (cadence._tag === "Schedule" || cadence.kind === "at")
    return invalid(
      "except",
      DurationText.ofDefinition(cadence.definition),
      "must be beside Job.every or Job.cron",
      "Drop it, or give the job one of these."
    )
  return Either.mapBoth(ZoneName.zoneOf(zone ?? "UTC"), {
    onLeft: (fault) => ({ option: "zone of except", value: zone, ...fault }),
    onRight: (timeZone) => LeftOut.except(cadence, isLeftOut, timeZone)
  })
}

const withPhase = <R>({ name, spread }: Definition<R>, cadence: Cadence.Cadence<never, R>, key: string): Made<R> => {
  if (spread === null) return Either.right(cadence)
  if (cadence._tag === "Schedule")
    return invalid(
      "spread",
      spread.within,
      "must be beside Job.every, Job.cron or Job.at",
      "Drop it, or jitter the schedule."
    )
  const withinMs = Millis.of(spread.within)
  if (!(withinMs >= 1 && withinMs <= (cadence.kind === "every" ? cadence.shortestMs : Calendar.lastInstant)))
    return invalid(
      "spread",
      spread.within,
      "must be at least 1 ms, and no longer than the interval",
      'Use one such as "1 hour".'
    )
  const grid = Calendar.sharedBy(cadence)
  const shifted = Spread.shifted(grid, Spread.phaseOf(withinMs, name, key, spread.by))
  return Either.right({ ...shifted, definition: `${cadence.definition}, spread over ${withinMs} ms` })
}

export const ruleOf = ({ missed: { atMost, policy, within } }: Definition<unknown>): Missed.Rule => ({
  policy,
  withinMs: within === undefined ? Missed.defaultRule.withinMs : Millis.of(within),
  atMost: atMost ?? Missed.defaultRule.atMost
})

/** The default time limit of a transactional job, since its transaction stays open while it runs. */
const transactionMs = 5000

export const timeoutOf = ({ isTransactional, timeout }: Definition<unknown>): number | null =>
  timeout === null ? (isTransactional ? transactionMs : null) : Millis.of(timeout)

const policyOf = <R>(policy: Definition<R>["retry"][Retry.Kind]): Retry.Policy<R> =>
  policy === null || Either.isLeft(policy) ? Retry.defaultPolicy : policy.right

/** With keys a job has other instances than without, so its definition is another one. */
const keyedAs = <R>({ keys }: Definition<R>, cadence: Cadence.Cadence<never, R>): Cadence.Cadence<never, R> =>
  keys === null ? cadence : { ...cadence, definition: `${cadence.definition}, for each key` }

/** What conditions say goes to the log. */
const withPlainReasons = <R>(job: Definition<R>): Definition<R> => ({
  ...job,
  conditions: job.conditions.map((condition) => ({ ...condition, reason: PlainText.of(condition.reason) }))
})

/** What a list says of a key: its own cadence, what is wrong with that, or `null` for that of the job. */
export type Listed = Either.Either<Calendar.Calendar, string> | null

const ofItsKey = ", for its key"

/** What has been made of a calendar without a phase, which is the same for all keys that bring it. */
const made = new WeakMap<Registered<any>, Map<Calendar.Calendar, Registered<any>>>()

/** With more calendars than this all are dropped: those that no list has any more must not stay for ever. */
const mostMade = 100_000

const ownOf = <R>(registered: Registered<R>, key: string, calendar: Calendar.Calendar): Registered<R> => {
  if (registered.job.spread !== null) return newOwnOf(registered, key, calendar)
  const ofJob = made.get(registered) ?? new Map<Calendar.Calendar, Registered<R>>()
  if (ofJob.size >= mostMade) ofJob.clear()
  made.set(registered, ofJob)
  const own = ofJob.get(calendar) ?? newOwnOf(registered, key, calendar)
  ofJob.set(calendar, own)
  return own
}

const newOwnOf = <R>(registered: Registered<R>, key: string, calendar: Calendar.Calendar): Registered<R> => {
  const { job } = registered
  const made = Either.mapLeft(onItsGrid(job, calendar, key), ({ option, reason }) => `${option} ${reason}`)
  return Either.match(made, {
    onLeft: (why) => withoutCadence(registered, why),
    onRight: (cadence) => ({
      ...registered,
      cadence: { ...cadence, definition: `${cadence.definition}${ofItsKey}` }
    })
  })
}

const withoutCadence = <R>(registered: Registered<R>, invalid: string): Registered<R> => ({
  ...registered,
  cadence: Calendar.none,
  invalid
})

/**
 * The job as one of its instances has it: with the cadence that its key brings, and the phase of its key. `stored` is the
 * definition of its plan, where it has one: what has been planned by a key's own cadence waits until that is known.
 */
export const forKey = <R>(registered: Registered<R>, key: string, listed?: Listed, stored?: string): Registered<R> => {
  const { job } = registered
  if (BackfillKey.is(key) && job.payload === null) return { ...registered, cadence: Calendar.backfill, invalid: null }
  if (job.keys === null) return registered
  if (listed !== undefined && listed !== null)
    return Either.match(listed, {
      onLeft: (why) => withoutCadence(registered, `${JobState.invalidCadence}: ${why}`),
      onRight: (calendar) => ownOf(registered, key, calendar)
    })
  if (listed === undefined && stored?.endsWith(ofItsKey) === true)
    return withoutCadence(registered, "its key is not listed, and brings its cadence")
  if (registered.cadence === Calendar.none || (job.cadence === null && job.after.length === 0))
    return withoutCadence(registered, "it has no cadence: list its key with one, or give the job one")
  if (job.spread === null) return registered
  const cadence = cadenceOf(job, key)
  return cadence === null || Either.isLeft(cadence)
    ? registered
    : { ...registered, cadence: { ...cadence.right, definition: registered.cadence.definition } }
}

/** Its cadence, where it has a valid one. */
export const validCadenceOf = <R>(registered: Registered<R> | undefined): Registered<R>["cadence"] | null =>
  registered === undefined || registered.invalid !== null ? null : registered.cadence

/** A job without faults; empty where it has no cadence. */
export const register = <R>(job: Definition<R>): ReadonlyArray<Registered<R>> => {
  const cadence = cadenceOf(job)
  if (cadence === null || Either.isLeft(cadence)) return []
  const retry = { failure: policyOf(job.retry.failure), unexpected: policyOf(job.retry.unexpected) }
  const [windowMs, timeoutMs] = [Millis.of(job.window), timeoutOf(job)]
  return [
    {
      job: withPlainReasons(job),
      invalid: null,
      cadence: keyedAs(job, cadence.right),
      missed: ruleOf(job),
      retry,
      windowMs,
      timeoutMs
    }
  ]
}
