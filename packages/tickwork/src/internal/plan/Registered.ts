/**
 * A job with its defaults filled in, as the plan and the engine read it. It checks nothing: `Registry` does.
 *
 * @internal
 */
import { Either } from "effect"
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
  if (job.cadence === null) return job.after.length > 0 ? onItsGrid(job, Cadence.afterOthers, key) : null
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

/** The job as one of its instances has it: by the phase of its key. */
export const forKey = <R>(registered: Registered<R>, key: string): Registered<R> => {
  if (registered.job.spread === null || key === "") return registered
  const cadence = cadenceOf(registered.job, key)
  return cadence === null || Either.isLeft(cadence)
    ? registered
    : { ...registered, cadence: { ...cadence.right, definition: registered.cadence.definition } }
}

/** A job without faults; empty where it has no cadence. */
export const register = <R>(job: Definition<R>): ReadonlyArray<Registered<R>> => {
  const cadence = cadenceOf(job)
  if (cadence === null || Either.isLeft(cadence)) return []
  const retry = { failure: policyOf(job.retry.failure), unexpected: policyOf(job.retry.unexpected) }
  const [windowMs, timeoutMs] = [Millis.of(job.window), timeoutOf(job)]
  return [
    {
      job: withPlainReasons(job),
      cadence: keyedAs(job, cadence.right),
      missed: ruleOf(job),
      retry,
      windowMs,
      timeoutMs
    }
  ]
}
