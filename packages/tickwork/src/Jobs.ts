/**
 * The registry: the single list of what recurs.
 *
 * It is immutable and runs nothing. Names that are given twice do not compile where they are literals; every other
 * fault is found when the registry is opened, all of them together.
 *
 * @since 0.1.0
 */
import { Array as Arr, Either, Option, Pipeable } from "effect"
import { type Fault, InvalidJobs } from "./InvalidJobs.ts"
import * as Millis from "./internal/Millis.ts"
import * as Dependencies from "./internal/plan/Dependencies.ts"
import * as Cadence from "./internal/schedule/Cadence.ts"
import * as Missed from "./internal/schedule/Missed.ts"
import * as Retry from "./internal/schedule/Retry.ts"
import * as Job from "./Job.ts"

/**
 * Jobs that together need `R`; where their types are known, they are the `Members`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Jobs<out R, out Members extends Job.Any = Job.Any> extends Pipeable.Pipeable {
  readonly all: ReadonlyArray<Job.Job<string, unknown, unknown, R, any, any>>
  /** For the compiler alone. */
  readonly "~members"?: Members
}

/**
 * A job whose every value has been checked.
 *
 * @since 0.1.0
 * @category models
 */
export interface Registered<out R = never> {
  readonly job: Job.Job<string, unknown, unknown, R, any, any>
  readonly cadence: Cadence.Cadence<never, R>
  readonly missed: Missed.Rule
  readonly windowMs: number
  readonly retry: Readonly<Record<Retry.Kind, Retry.Policy<R>>>
  /** `null` where an attempt may take as long as it likes. */
  readonly timeoutMs: number | null
}

type PositionsByName<T extends ReadonlyArray<Job.Any>> = {
  [K in keyof T & `${number}` as T[K] extends Job.Any ? T[K]["name"] : never]: K
}

type DistinctNames<T extends ReadonlyArray<Job.Any>, Positions = PositionsByName<T>> = {
  [K in keyof T]: T[K] extends Job.Any
    ? Record<never, never> extends Record<T[K]["name"], never> // true for `string` and for patterns: no literal to compare
      ? T[K]
      : T[K]["name"] extends keyof Positions
        ? Positions[T[K]["name"]] extends K
          ? T[K]
          : Job.Cure<`another job is named "${T[K]["name"]}": give each its own name`>
        : T[K]
    : T[K]
}

/**
 * A registry of these jobs. Adding a job to an application is making it and naming it here.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Job, Jobs } from "tickwork"
 *
 * const sync = Job.make("sync", Effect.void).pipe(Job.every("5 seconds"))
 * const purge = Job.make("purge", Effect.void).pipe(Job.cron("0 3 * * *"))
 *
 * console.assert(Jobs.make(sync, purge).all.length === 2)
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <const T extends ReadonlyArray<Job.Any>>(
  ...jobs: T & DistinctNames<T>
): Jobs<Job.Context<T[number]>, T[number]> => of(jobs as ReadonlyArray<Job.Any>)

/**
 * The same, of jobs whose names nobody compares.
 *
 * @internal
 */
export const of = <R, Members extends Job.Any = Job.Any>(
  all: ReadonlyArray<Job.Job<string, unknown, unknown, R, any, any>>
): Jobs<R, Members> => Object.assign(Object.create(Pipeable.Prototype), { all })

/**
 * The same registry, with each of its jobs changed.
 *
 * @internal
 */
export const map = (jobs: Jobs<unknown>, change: (job: Job.Any) => Job.Any): Jobs<any, never> =>
  of<any, never>((jobs.all as ReadonlyArray<Job.Any>).map(change))

/**
 * The same registry with these jobs alone; what came after one that is left out does so no more.
 *
 * @internal
 */
export const only = (jobs: Jobs<unknown>, names: ReadonlySet<string>): Jobs<any, never> =>
  of<any, never>(
    (jobs.all as ReadonlyArray<Job.Any>)
      .filter(({ name }) => names.has(name))
      .map((job) => Job.copy(job, { after: job.after.filter(({ jobName }) => names.has(jobName)) }))
  )

/** Keys are listed again no sooner than this. */
const shortestRefreshMs = 1000

const keysFault = ({ keys, name, payload }: Job.Any): ReadonlyArray<Fault> => {
  if (keys === null) return []
  const bad = (reason: string, cure: string): Fault => ({ _tag: "BadKeys", job: name, reason, cure })
  const refreshMs = Millis.of(keys.refresh)
  return [
    ...(Number.isFinite(refreshMs) && refreshMs >= shortestRefreshMs
      ? []
      : [
          bad(
            `refresh ${JSON.stringify(keys.refresh)} is no finite duration of at least a second`,
            'Use one such as "1 minute".'
          )
        ]),
    ...(payload === null ? [] : [bad("a job with a payload has an instance for each run", "Drop keys, or payload.")])
  ]
}

const nameFault = (name: string): ReadonlyArray<Fault> => {
  const reason =
    name.trim() === ""
      ? "is empty"
      : name.length > 200
        ? "is longer than 200 characters"
        : /\p{Cc}/u.test(name)
          ? "holds a control character"
          : null
  return reason === null ? [] : [{ _tag: "BadName", job: name, reason }]
}

const priorityFault = ({ name, priority }: Job.Any): ReadonlyArray<Fault> =>
  Number.isInteger(priority) && priority >= 1 && priority <= 10 ? [] : [{ _tag: "BadPriority", job: name, priority }]

const placeNames: ReadonlyArray<unknown> = [
  "serial",
  "parallel",
  "exclusive"
] satisfies ReadonlyArray<Job.ConcurrencyMode>

const scopes: ReadonlyArray<unknown> = ["process", "database"] satisfies ReadonlyArray<Job.Scope>

const limitFault = ({ limits, name }: Job.Any): ReadonlyArray<Fault> => {
  const bad = (limit: unknown, reason: string, cure: string): ReadonlyArray<Fault> => [
    { _tag: "BadLimit", job: name, limit, reason, cure }
  ]
  return limits.flatMap(({ atMost, name, scope }: Omit<Job.Limit, "name"> & { readonly name: unknown }) => {
    if (typeof name !== "string" || name.trim() === "") return bad(name, "it has no name", 'Use one such as "network".')
    if (placeNames.includes(name)) return bad(name, "a place bears that name", `Use another, or Job.${name}.`)
    if (!Number.isInteger(atMost) || atMost < 1)
      return bad(name, `at most ${String(atMost)} is no number of runs`, "Use a whole number from 1 upward.")
    return scopes.includes(scope)
      ? []
      : bad(name, `scope ${JSON.stringify(scope)} is none`, 'Use "process" or "database".')
  })
}

/** What is enqueued has an instant of its own, and what comes after others needs none. */
const hasOwnCadence = ({ after, payload }: Job.Any): boolean => payload === null && after.length === 0

const cadenceOf = <R>(job: Job.Job<string, unknown, unknown, R, any, any>): typeof job.cadence => {
  if (job.payload !== null) return Either.right(Cadence.once)
  return job.cadence === null && job.after.length > 0 ? Either.right(Cadence.whenever) : job.cadence
}

const cadenceFault = (job: Job.Any): ReadonlyArray<Fault> => {
  const { cadence, name } = job
  if (cadence === null) return hasOwnCadence(job) ? [{ _tag: "NoCadence", job: name }] : []
  if (job.payload !== null) return [{ _tag: "PayloadWithCadence", job: name }]
  return Either.isLeft(cadence) ? [{ ...cadence.left, job: name }] : []
}

/** Unless set, nothing is too late, and a hundred runs are enough. */
const ruleOf = ({ missed: { atMost, policy, within } }: Job.Any): Missed.Rule => ({
  policy,
  withinMs: within === undefined ? Missed.defaultRule.withinMs : Millis.of(within),
  atMost: atMost ?? Missed.defaultRule.atMost
})

const missedFault = (job: Job.Any): ReadonlyArray<Fault> => {
  const { atMost, policy, withinMs } = ruleOf(job)
  const bad = (option: string, value: unknown, cure: string): Fault => ({
    _tag: "BadMissed",
    job: job.name,
    option,
    value,
    cure
  })
  return [
    ...(Missed.policies.includes(policy) ? [] : [bad("policy", policy, 'Use "latest", "earliest", "all" or "skip".')]),
    ...(withinMs >= 0 ? [] : [bad("within", job.missed.within, 'Use a duration such as "1 hour".')]),
    ...(Number.isInteger(atMost) && atMost >= 1 && atMost <= Missed.mostAtOnce
      ? []
      : [bad("atMost", atMost, `Use a whole number from 1 to ${Missed.mostAtOnce}.`)])
  ]
}

const windowFault = ({ cadence, name, window }: Job.Any): ReadonlyArray<Fault> => {
  const windowMs = Millis.of(window)
  const bad = (reason: string): ReadonlyArray<Fault> => [{ _tag: "BadWindow", job: name, window, reason }]
  if (!Number.isFinite(windowMs) || windowMs < 0) return bad("it is no finite duration")
  const planned = cadence !== null && Either.isRight(cadence) ? cadence.right : null
  const isTooLong =
    planned?._tag === "Calendar" && planned.calendar._tag === "Every" && windowMs >= planned.calendar.intervalMs
  return isTooLong ? bad("the next instant would come before it is over") : []
}

const isSpan = (ms: number): boolean => Number.isFinite(ms) && ms >= 1

const recheckFault = ({ conditions, name }: Job.Any): ReadonlyArray<Fault> =>
  conditions.flatMap(({ reason, recheck }) =>
    recheck === null || isSpan(Millis.of(recheck))
      ? []
      : [{ _tag: "BadRecheck", job: name, condition: reason, recheck }]
  )

const retryFault = ({ name, retry }: Job.Any): ReadonlyArray<Fault> =>
  [retry.failure, retry.unexpected].flatMap((policy) =>
    policy !== null && Either.isLeft(policy) ? [{ ...policy.left, job: name }] : []
  )

const policyOf = <R>(policy: Job.Job<string, unknown, unknown, R, any, any>["retry"][Retry.Kind]): Retry.Policy<R> =>
  policy === null || Either.isLeft(policy) ? Retry.defaultPolicy : policy.right

/** A transaction is held open meanwhile, so it has to be over in good time. */
const usualTransactionMs = 5000

const timeoutOf = ({ isTransactional, timeout }: Job.Any): number | null =>
  timeout === null ? (isTransactional ? usualTransactionMs : null) : Millis.of(timeout)

const transactionFault = (job: Job.Any, leaseMs: number): ReadonlyArray<Fault> => {
  if (!job.isTransactional) return []
  const bad = (reason: string, cure: string): Fault => ({ _tag: "BadTransaction", job: job.name, reason, cure })
  const timeoutMs = timeoutOf(job) ?? 0
  return [
    ...(job.mode === "parallel"
      ? [bad("such jobs run one at a time", "Drop Job.parallel, or Job.transactional.")]
      : []),
    ...(timeoutMs > leaseMs / 2 && Number.isFinite(timeoutMs)
      ? [
          bad(
            `its timeout of ${timeoutMs} ms is more than half the lease`,
            "Lower Job.timeout, or raise the tick's lease."
          )
        ]
      : [])
  ]
}

const timeoutFault = ({ name, timeout }: Job.Any): ReadonlyArray<Fault> => {
  return timeout === null || isSpan(Millis.of(timeout)) ? [] : [{ _tag: "BadTimeout", job: name, timeout }]
}

const alertFault = ({ alertAfter, name }: Job.Any): ReadonlyArray<Fault> =>
  alertAfter === null || (Number.isInteger(alertAfter) && alertAfter >= 1)
    ? []
    : [{ _tag: "BadAlertAfter", job: name, failures: alertAfter }]

const versionFault = ({ name, version }: Job.Any): ReadonlyArray<Fault> =>
  Number.isInteger(version) && version >= 1 ? [] : [{ _tag: "BadVersion", job: name, version }]

const renameFaults = (jobs: ReadonlyArray<Job.Any>): ReadonlyArray<Fault> => {
  const names = new Set(jobs.map(({ name }) => name))
  const renamed = jobs.filter(({ renamedFrom }) => renamedFrom !== null)
  return renamed.flatMap(({ name, renamedFrom }): ReadonlyArray<Fault> => {
    const from: unknown = renamedFrom
    if (typeof from !== "string" || from.trim() === "")
      return [{ _tag: "BadRename", job: name, from, reason: "it is no name" }]
    if (names.has(from))
      return [{ _tag: "BadRename", job: name, from, reason: "a job of the registry bears that name" }]
    const others = renamed.filter((other) => other.renamedFrom === from && other.name !== name)
    return others.length === 0
      ? []
      : [{ _tag: "BadRename", job: name, from, reason: "another job claims that name too" }]
  })
}

const dependencyFaults = (jobs: ReadonlyArray<Job.Any>): ReadonlyArray<Fault> => {
  const byName = new Map(jobs.map((job) => [job.name, job]))
  const faults = jobs.flatMap(({ after, name }) =>
    after.flatMap(({ jobName }): ReadonlyArray<Fault> => {
      const bad = (reason: string, cure: string): ReadonlyArray<Fault> => [
        { _tag: "BadDependency", job: name, on: jobName, reason, cure }
      ]
      const dependency = byName.get(jobName)
      if (dependency === undefined) return bad("the registry does not name it", "Give it to Jobs.make, too.")
      return dependency.payload === null
        ? []
        : bad("its runs are enqueued one by one", "Enqueue this one from its body.")
    })
  )
  const path = Option.getOrElse(Dependencies.cycle(jobs), () => [])
  const [job] = path
  return job === undefined ? faults : [...faults, { _tag: "DependencyCycle", job, path }]
}

const duplicateFaults = (jobs: ReadonlyArray<Job.Any>): ReadonlyArray<Fault> => {
  const times = new Map<string, number>()
  for (const { name } of jobs) times.set(name, (times.get(name) ?? 0) + 1)
  return [...times].flatMap(([job, times]) => (times > 1 ? [{ _tag: "DuplicateName" as const, job, times }] : []))
}

const unequalLimits = (jobs: ReadonlyArray<Job.Any>): ReadonlyArray<Fault> => {
  const firsts = new Map<string, Omit<Job.Limit, "name"> & { readonly job: string }>()
  return jobs.flatMap((job) =>
    job.limits.flatMap(({ atMost, name, scope }): ReadonlyArray<Fault> => {
      const first = firsts.get(name) ?? { job: job.name, atMost, scope }
      firsts.set(name, first)
      if (Object.is(first.atMost, atMost) && first.scope === scope) return []
      const numbers = [first.atMost, atMost] as const
      return [
        { _tag: "UnequalLimits", limit: name, jobs: [first.job, job.name], numbers, scopes: [first.scope, scope] }
      ]
    })
  )
}

/**
 * How long a claim stands when its holder has fallen silent, in ms, unless the tick is told otherwise.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultLeaseMs = 30_000

/**
 * Every fault of a registry, in the order of its jobs; what concerns several jobs comes last.
 *
 * @since 0.1.0
 * @category validation
 */
export const faults = (self: Jobs<unknown>, leaseMs = defaultLeaseMs): ReadonlyArray<Fault> => [
  ...self.all.flatMap((job) => [
    ...nameFault(job.name),
    ...priorityFault(job),
    ...limitFault(job),
    ...keysFault(job),
    ...cadenceFault(job),
    ...missedFault(job),
    ...windowFault(job),
    ...recheckFault(job),
    ...retryFault(job),
    ...timeoutFault(job),
    ...transactionFault(job, leaseMs),
    ...alertFault(job),
    ...versionFault(job)
  ]),
  ...unequalLimits(self.all),
  ...renameFaults(self.all),
  ...dependencyFaults(self.all),
  ...duplicateFaults(self.all)
]

/**
 * The checked jobs, or all that is wrong with them.
 *
 * @since 0.1.0
 * @category validation
 */
export const validate = <R>(
  self: Jobs<R>,
  { leaseMs = defaultLeaseMs, others = [] }: { readonly leaseMs?: number; readonly others?: ReadonlyArray<Fault> } = {}
): Either.Either<ReadonlyArray<Registered<R>>, InvalidJobs> => {
  const found = [...faults(self, leaseMs), ...others]
  return Arr.isNonEmptyReadonlyArray(found)
    ? Either.left(new InvalidJobs({ faults: found }))
    : Either.right(
        self.all.flatMap((job) => {
          const cadence = cadenceOf(job)
          if (cadence === null || Either.isLeft(cadence)) return []
          const retry = { failure: policyOf(job.retry.failure), unexpected: policyOf(job.retry.unexpected) }
          const registered = { job, cadence: cadence.right, missed: ruleOf(job), retry }
          return [{ ...registered, windowMs: Millis.of(job.window), timeoutMs: timeoutOf(job) }]
        })
      )
}
