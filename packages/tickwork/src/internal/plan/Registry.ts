/**
 * The registry, checked: every fault at once, or the jobs with their defaults filled in.
 *
 * @internal
 */
import { Array as Arr, Either, Option } from "effect"
import { type Fault, InvalidJobs } from "../../InvalidJobs.ts"
import type { Limit } from "../../Limit.ts"
import * as BackfillKey from "../BackfillKey.ts"
import * as Definition from "../Definition.ts"
import * as DurationText from "../DurationText.ts"
import * as Millis from "../Millis.ts"
import * as PlainText from "../PlainText.ts"
import * as Missed from "../schedule/Missed.ts"
import * as Dependencies from "./Dependencies.ts"
import { cadenceOf, type Registered, register, ruleOf, timeoutOf } from "./Registered.ts"

type Job = Definition.Definition<unknown>
type Faults = ReadonlyArray<Fault>

/** What a value must be, and the cure where it is not. */
type Rule = readonly [reason: string, cure: string]

const oneOf = (...values: ReadonlyArray<string>): Rule => {
  const [last, ...others] = values.map((value) => JSON.stringify(value)).reverse()
  return [`must be ${others.reverse().join(", ")} or ${last}`, "Use one of these."]
}
const span = (atLeast: string, example: string): Rule => [
  `must be a finite duration of at least ${atLeast}`,
  `Use one such as "${example}".`
]

export const rules = {
  name: [
    "must be 1 to 200 characters of well-formed text, not blank, without control characters",
    'Use a name such as "sync_send".'
  ],
  key: [
    `must be well-formed text of 1 to 200 characters without control characters and without "${BackfillKey.mark}"`,
    'Use a key such as "ada".'
  ],
  count: ["must be an integer from 1 upward", "Use a number such as 3."],
  priority: ["must be an integer from 1 to 10", "1 runs first, 10 last."],
  span,
  patience: ["must be a duration of at least 1 ms", 'Use one such as "30 seconds", or Duration.infinity for never.'],
  clockCheck: ["must be a duration from 1 second to 1 day", 'Use one such as "1 hour".'],
  limitName: ["must have a name, other than that of a concurrency mode", 'Use a name such as "network".'],
  scope: oneOf("process", "database"),
  sameRate: (job: string): Rule => [`must be that of job "${job}"`, "Give both jobs one value of Limit.make."],
  alone: ["must be absent beside a payload", "Drop it, or the payload: each enqueued run has an instance of its own."],
  policy: oneOf(...Missed.policies),
  within: ["must be a duration", 'Use one such as "1 hour".'],
  atMost: [`must be an integer from 1 to ${Missed.mostAtOnce}`, "Use a number such as 100."],
  window: ["must be a finite duration shorter than the interval", 'Use one such as "2 minutes".'],
  mode: ["must not be parallel in a transactional job", "Drop Job.parallel, or Job.transactional."],
  halfLease: ["must be at most half the lease in a transactional job", "Lower Job.timeout, or raise the tick's lease."],
  isolation: oneOf(...Definition.isolations),
  otherStore: ["must be one that the store has", "Use Job.transactional, or a store on PostgreSQL."],
  registered: ["must name a job of the registry", "Give that job to Jobs.make, too."],
  noPayload: ["must name a job without a payload", "Enqueue this job from the body of that one."],
  rename: ["must be a name that one job takes over and no job has", "Use the name that this job alone had before."]
} as const satisfies Record<string, Rule | ((...args: any) => Rule)>

export const invalid = (job: string | null, given: Definition.Invalid): Fault => ({
  _tag: "InvalidOption",
  job,
  ...given
})

/** Checks one option of a job, or of a tick where `job` is `null`. */
export const checkOf =
  (job: string | null) =>
  (isValid: boolean, option: string, value: unknown, [reason, cure]: Rule): Faults =>
    isValid ? [] : [invalid(job, { option, value, reason, cure })]

export const isCount = (value: unknown): boolean => Number.isInteger(value) && Number(value) >= 1

/** True for a finite duration of at least this length. */
export const isSpan = (input: unknown, atLeastMs: number): boolean => {
  const ms = Millis.of(input)
  return Number.isFinite(ms) && ms >= atLeastMs
}

/** True where a store keeps an instance under this key. */
const isShort = (text: unknown): text is string =>
  typeof text === "string" && text !== "" && text.length <= 200 && PlainText.isPlain(text)

export const isKey = (key: unknown): boolean => isShort(key) && !BackfillKey.is(key)

const isName = (name: unknown): boolean => isShort(name) && String(name).trim() !== ""

const isKnown = (isolation: Definition.Isolation): boolean => Definition.isolations.includes(isolation)

const modes: ReadonlyArray<string> = Definition.modes

/** What a job is checked against. */
interface Around {
  /** The default lease unless set. */
  readonly leaseMs?: number
  /** What the store can do; any unless set. */
  readonly isolations?: ReadonlyArray<Definition.Isolation> | undefined
}

const jobFaults = (job: Job, { isolations = Definition.isolations, leaseMs = defaultLeaseMs }: Around): Faults => {
  const {
    after,
    alertAfter,
    conditions,
    isolation,
    isTransactional,
    keys,
    limits,
    missed,
    name,
    pauseAfter,
    payload,
    window
  } = job
  const check = checkOf(name)
  const { atMost, policy, withinMs } = ruleOf(job)
  const cadence = job.cadence === null ? null : cadenceOf({ ...job, payload: null })
  const planned = cadence !== null && Either.isRight(cadence) ? cadence.right : null
  const intervalMs = (planned?._tag === "Calendar" ? planned.intervalMs : null) ?? Number.POSITIVE_INFINITY
  const timeoutMs = timeoutOf(job) ?? 0
  const outlasts = isTransactional && Number.isFinite(timeoutMs) && timeoutMs > leaseMs / 2
  return [
    ...check(isName(name), "name", name, rules.name),
    ...check(isCount(job.priority) && job.priority <= 10, "priority", job.priority, rules.priority),
    ...limits.flatMap(({ atMost, name, per, scope }) => [
      ...check(per === null || isSpan(per, 1), `per of ${JSON.stringify(name)}`, per, span("1 ms", "1 minute")),
      ...check(isName(name) && !modes.includes(name), "limit", name, rules.limitName),
      ...check(isCount(atMost), `limit ${JSON.stringify(name)}`, atMost, rules.count),
      ...check(scope === "process" || scope === "database", `scope of ${JSON.stringify(name)}`, scope, rules.scope)
    ]),
    ...check(keys === null || isSpan(keys.refresh, 1000), "refresh", keys?.refresh, span("1 second", "1 minute")),
    ...check(
      (keys?.forgetAfter ?? null) === null || isSpan(keys?.forgetAfter, 60_000),
      "forgetAfter",
      keys?.forgetAfter,
      span("1 minute", "90 days")
    ),
    ...check(keys === null || isCount(keys.atMost), "mostKeys", keys?.atMost, rules.count),
    ...check(keys === null || payload === null, "keys", "keys", rules.alone),
    ...check(
      cadence === null || payload === null,
      "cadence",
      planned && DurationText.ofDefinition(planned.definition),
      rules.alone
    ),
    ...(cadence === null && payload === null && after.length === 0 && keys === null
      ? [{ _tag: "NoCadence" as const, job: name }]
      : []),
    ...[payload === null ? cadence : null, job.retry.failure, job.retry.unexpected].flatMap(
      (made: Either.Either<unknown, Definition.Invalid> | null) =>
        made !== null && Either.isLeft(made) ? [invalid(name, made.left)] : []
    ),
    ...check(Missed.policies.includes(policy), "missed policy", policy, rules.policy),
    ...check(withinMs >= 0, "missed within", missed.within, rules.within),
    ...check(isCount(atMost) && atMost <= Missed.mostAtOnce, "missed atMost", atMost, rules.atMost),
    ...check(isSpan(window, 0) && Millis.of(window) < intervalMs, "window", window, rules.window),
    ...conditions.flatMap(({ reason, recheck }) =>
      check(recheck === null || isSpan(recheck, 1), `recheck of "${reason}"`, recheck, span("1 ms", "1 minute"))
    ),
    ...check(job.timeout === null || isSpan(job.timeout, 1), "timeout", job.timeout, span("1 ms", "20 seconds")),
    ...check(!isTransactional || job.mode !== "parallel", "mode", job.mode, rules.mode),
    ...check(!outlasts, "timeout", job.timeout, rules.halfLease),
    ...(isolation === null || isolations.includes(isolation)
      ? []
      : check(false, "isolation", isolation, isKnown(isolation) ? rules.otherStore : rules.isolation)),
    ...check(alertAfter === null || isCount(alertAfter), "alertAfter", alertAfter, rules.count),
    ...check(pauseAfter === null || isCount(pauseAfter), "pauseAfter", pauseAfter, rules.count),
    ...check(pauseAfter === null || payload === null, "pauseAfter", pauseAfter, rules.alone),
    ...check(isCount(job.version), "version", job.version, rules.count)
  ]
}

const unequalLimits = (jobs: ReadonlyArray<Job>): Faults => {
  const firsts = new Map<string, Limit & { readonly job: string }>()
  return jobs.flatMap((job) =>
    job.limits.flatMap((limit): Faults => {
      const { atMost, name, scope } = limit
      const first = firsts.get(name) ?? { ...limit, job: job.name }
      firsts.set(name, first)
      const isSameRate = Object.is(Millis.of(first.per), Millis.of(limit.per)) && first.by === limit.by
      if (!isSameRate)
        return checkOf(job.name)(false, `per of ${JSON.stringify(name)}`, limit.per, rules.sameRate(first.job))
      if (Object.is(first.atMost, atMost) && first.scope === scope) return []
      const [numbers, scopes] = [[first.atMost, atMost] as const, [first.scope, scope] as const]
      return [{ _tag: "UnequalLimits", limit: name, jobs: [first.job, job.name], numbers, scopes }]
    })
  )
}

const renameFaults = (jobs: ReadonlyArray<Job>): Faults => {
  const names = new Set(jobs.map(({ name }) => name))
  return jobs.flatMap(({ name, renamedFrom: from }) => {
    if (from === null) return []
    const isAlone = jobs.every((other) => other.renamedFrom !== from || other.name === name)
    return checkOf(name)(isName(from) && !names.has(from) && isAlone, "renamedFrom", from, rules.rename)
  })
}

const dependencyFaults = (jobs: ReadonlyArray<Job>): Faults => {
  const byName = new Map(jobs.map((job) => [job.name, job]))
  const faults = jobs.flatMap(({ after, name }) =>
    after.flatMap(({ jobName }) => {
      const dependency = byName.get(jobName)
      const rule = dependency === undefined ? rules.registered : rules.noPayload
      return checkOf(name)(dependency?.payload === null, "after", jobName, rule)
    })
  )
  const path = Option.getOrElse(Dependencies.cycle(jobs), () => [])
  const [job] = path
  return job === undefined ? faults : [...faults, { _tag: "DependencyCycle", job, path }]
}

const duplicateFaults = (jobs: ReadonlyArray<Job>): Faults => {
  const times = new Map<string, number>()
  for (const { name } of jobs) times.set(name, (times.get(name) ?? 0) + 1)
  return [...times].flatMap(([job, times]) => (times > 1 ? [{ _tag: "DuplicateName" as const, job, times }] : []))
}

/** The default lease: how long a claim lasts after its last renewal. */
export const defaultLeaseMs = 30_000

interface Jobs<out R> {
  readonly all: ReadonlyArray<Definition.Job<string, unknown, unknown, R, any, any>>
}

/** Every fault, in the order of the jobs; faults of several jobs come last. */
export const faults = ({ all }: Jobs<unknown>, around: Around = {}): Faults => {
  const jobs = all.map(Definition.of)
  return [
    ...jobs.flatMap((job) => jobFaults(job, around)),
    ...unequalLimits(jobs),
    ...renameFaults(jobs),
    ...dependencyFaults(jobs),
    ...duplicateFaults(jobs)
  ]
}

/** The checked jobs, or all of their faults together with the `others`. */
export const validate = <R>(
  jobs: Jobs<R>,
  { others = [], ...around }: Around & { readonly others?: Faults } = {}
): Either.Either<ReadonlyArray<Registered<R>>, InvalidJobs> => {
  const found = [...faults(jobs, around), ...others]
  return Arr.isNonEmptyReadonlyArray(found)
    ? Either.left(new InvalidJobs({ faults: found }))
    : Either.right(jobs.all.flatMap((job) => register(Definition.of(job))))
}
