/**
 * How long a due job may have to wait, at worst, computed from the registry alone.
 *
 * Pure: it runs nothing and simulates nothing. `docs/law-4-order.md` has the argument.
 *
 * @since 0.1.0
 */
import { Data, type Duration, Either, Number as Num } from "effect"
import type { Fault, InvalidJobs } from "./InvalidJobs.ts"
import * as Millis from "./internal/Millis.ts"
import * as Plan from "./internal/plan/Plan.ts"
import type { Registered } from "./internal/plan/Registered.ts"
import * as Registry from "./internal/plan/Registry.ts"
import type * as Jobs from "./Jobs.ts"

/**
 * At most `ms`; or unbounded, since the job `because` has no timeout and shares a slot.
 *
 * @since 0.1.0
 * @category models
 */
export type Bound = Data.TaggedEnum<{
  Bounded: { readonly ms: number }
  Unbounded: { readonly because: string }
}>

/**
 * @since 0.1.0
 * @category constructors
 */
export const Bound = Data.taggedEnum<Bound>()

/**
 * @since 0.1.0
 * @category models
 */
export interface WorstWait {
  readonly jobName: string
  readonly bound: Bound
}

/**
 * What the bound depends on beside the registry.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The `concurrency` of the tick; 4 unless set. */
  readonly concurrency?: number
  /** The `tolerance` of the tick; 1 minute unless set. */
  readonly tolerance?: Duration.DurationInput
  /** How many instances each keyed job has; 1 unless set. */
  readonly keys?: number
}

interface Member {
  readonly registered: Registered<unknown>
  readonly instances: number
  /** How many runs of an instance may start before a job that is due now, once that has aged. */
  readonly runs: number
  /** How long all of them together occupy their slots, in ms. */
  readonly workMs: number
}

/** The longest time for which a run occupies its slots, in ms. */
const longestRun = ({ job, timeoutMs }: Registered<unknown>): number =>
  (timeoutMs ?? Number.POSITIVE_INFINITY) + job.conditions.length * Plan.longestCheckMs

/** The least distance between two instants of a cron expression. */
const cronMs = 1000

const memberOf = (registered: Registered<unknown>, toleranceMs: number, keys: number): Member => {
  const { cadence, job, missed, windowMs } = registered
  const instances = job.keys === null ? 1 : keys
  const ms = longestRun(registered)
  const ofRuns = (runs: number): Member => ({ registered, instances, runs, workMs: runs * ms })
  // its next instant is never older than the end of its run
  if (cadence._tag === "Schedule" || cadence.kind === "at") return ofRuns(1)
  // the claimed run may be for an old instant, and the next run for one that came since
  if (missed.policy === "latest" || missed.policy === "skip") return ofRuns(2)
  // beside the claimed run and the catch-up runs, each instant that is not missed yet may have its own run
  const others = missed.policy === "all" ? 2 + 2 * missed.atMost : 2
  const lateMs = windowMs + Math.min(toleranceMs, missed.withinMs)
  const inTime = Math.floor(lateMs / (cadence.intervalMs ?? cronMs)) + 1
  // a run covers the instants that it overtakes
  return { registered, instances, runs: others + inTime, workMs: others * ms + Math.min(inTime * ms, lateMs + ms) }
}

const slotsOf = ({ registered: { job } }: Member): ReadonlyArray<string> => [
  job.mode,
  ...job.limits.filter(({ per }) => per === null).map(({ name }) => name)
]

/** How long the rates of a job may hold it up: all runs that share one may start before it. */
const rateMs = (self: Member, members: ReadonlyArray<Member>): number =>
  Num.sumAll(
    self.registered.job.limits.map(({ atMost, by, name, per }) => {
      if (per === null) return 0
      const shares = members.filter(({ registered }) => registered.job.limits.some((other) => other.name === name))
      const runs = Num.sumAll(shares.map(({ instances, runs }) => (by === "key" ? runs : instances * runs)))
      return Math.ceil(runs / atMost) * Millis.of(per)
    })
  )

const later = (bound: Bound, ms: number): Bound =>
  bound._tag === "Bounded" ? Bound.Bounded({ ms: bound.ms + ms }) : bound

/** The jobs that wait for one another, directly or through others. */
const connected = (members: ReadonlyArray<Member>): ReadonlyArray<ReadonlyArray<Member>> => {
  if (members.some(({ registered }) => registered.job.mode === "exclusive")) return [members]
  return members.reduce<ReadonlyArray<ReadonlyArray<Member>>>((groups, member) => {
    const slots = slotsOf(member)
    const isNear = (group: ReadonlyArray<Member>) =>
      group.some((other) => slotsOf(other).some((slot) => slots.includes(slot)))
    return [...groups.filter((group) => !isNear(group)), [...groups.filter(isNear).flat(), member]]
  }, [])
}

/** How many runs fit at once where all jobs need the same single slot; `null` where they do not. */
const capacityOf = (group: ReadonlyArray<Member>, concurrency: number): number | null => {
  const [first] = group
  const slot = first?.registered.job.mode
  if (slot === "exclusive" || group.some((one) => slotsOf(one).join() !== slot)) return null
  return slot === "parallel" ? concurrency : 1
}

const boundOf = (self: Member, group: ReadonlyArray<Member>, concurrency: number): Bound => {
  const endless = group.find(({ registered }) => registered.timeoutMs === null)
  if (endless !== undefined) return Bound.Unbounded({ because: endless.registered.job.name })
  const { priority } = self.registered.job
  const agedMs = (priority - 1) * Plan.ageingMs
  const capacity = capacityOf(group, concurrency)
  if (capacity !== null) {
    // until it starts, all slots are occupied by runs of this group
    const work = Num.sumAll(group.map(({ instances, workMs }) => instances * workMs)) - longestRun(self.registered)
    return Bound.Bounded({ ms: agedMs + Math.ceil(work / capacity) })
  }
  const longest = Math.max(...group.map(({ registered }) => longestRun(registered)))
  const ahead = Num.sumAll(group.map(({ instances, runs }) => instances * runs)) - 1
  const overtaking = Num.sumAll(
    group.map(({ instances, registered, runs }) => instances * (registered.job.priority > priority ? runs : runs - 1))
  )
  // the most urgent one starts within one longest run, unless another ages past it
  return Bound.Bounded({ ms: agedMs + longest * (ahead + overtaking) })
}

const optionFaults = ({ concurrency, keys, tolerance }: Required<Options>): ReadonlyArray<Fault> => {
  const check = Registry.checkOf(null)
  const { count, span } = Registry.rules
  return [
    ...check(Registry.isCount(concurrency), "concurrency", concurrency, count),
    ...check(Registry.isCount(keys), "keys", keys, count),
    ...check(Registry.isSpan(tolerance, 0), "tolerance", tolerance, span("0 ms", "1 minute"))
  ]
}

/**
 * The worst wait of each job, in the order of the registry, in a process that runs `Tick.run` alone on its database:
 * from its due instant, or the end of its {@link Job.window}, to the start of its run. Add the time of the store and of
 * manual runs. A catch-up run counts from its own start time, to which the tick has delayed it.
 *
 * A job without {@link Job.timeout} has no bound, and neither has any that waits for the same slots. Fails with
 * `InvalidJobs` where the registry or an option has faults.
 *
 * @example
 * ```ts
 * import { Effect, Either } from "effect"
 * import { Bound, Job, Jobs } from "tickwork"
 *
 * const sync = Job.make("sync", Effect.void).pipe(Job.at("2030-01-01T00:00:00Z"), Job.timeout("10 seconds"), Job.priority(1))
 * const purge = Job.make("purge", Effect.void).pipe(Job.at("2030-01-01T00:00:00Z"), Job.timeout("1 minute"), Job.priority(3))
 * const stats = Job.make("stats", Effect.void).pipe(Job.every("1 hour"), Job.parallel)
 *
 * const waits = Either.getOrThrow(Bound.worstWait(Jobs.make(sync, purge, stats)))
 *
 * console.assert(Bound.Bound.$is("Bounded")(waits[0]?.bound) && waits[0].bound.ms === 60_000, "a purge under way")
 * console.assert(Bound.Bound.$is("Bounded")(waits[1]?.bound) && waits[1].bound.ms === 70_000, "it ages for a minute")
 * console.assert(Bound.Bound.$is("Unbounded")(waits[2]?.bound) && waits[2].bound.because === "stats")
 * ```
 *
 * @since 0.1.0
 * @category order
 */
export const worstWait = <R>(
  jobs: Jobs.Jobs<R>,
  options: Options = {}
): Either.Either<ReadonlyArray<WorstWait>, InvalidJobs> => {
  const settings = { concurrency: 4, tolerance: "1 minute" as Duration.DurationInput, keys: 1, ...options }
  return Either.map(Registry.validate(jobs, { others: optionFaults(settings) }), (registry) => {
    const toleranceMs = Millis.of(settings.tolerance)
    const members = registry.map((registered) => memberOf(registered, toleranceMs, settings.keys))
    const groups = connected(members)
    return members.map((member) => ({
      jobName: member.registered.job.name,
      bound: later(
        boundOf(member, groups.find((group) => group.includes(member)) ?? [member], settings.concurrency),
        rateMs(member, members)
      )
    }))
  })
}
