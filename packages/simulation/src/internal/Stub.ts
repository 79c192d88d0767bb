/**
 * Stubs: what runs in a job's place while its schedule is played. Their random numbers depend on the seed and the run
 * alone, so that another job in the registry changes none of them.
 *
 * @internal
 */
import { Duration, Effect, Hash, Utils } from "effect"
import type * as Job from "tickwork/Job"
import type { Run, RunInfo } from "tickwork/Run"
import * as JobDefinition from "tickwork/testing/JobDefinition"

/**
 * A duration drawn evenly between two.
 *
 * @since 0.1.0
 * @category models
 */
export interface Between {
  readonly from: Duration.DurationInput
  readonly to: Duration.DurationInput
}

/**
 * Which runs fail, or which share of them from 0 to 1, and with which error.
 *
 * @since 0.1.0
 * @category models
 */
export interface Fails<out E> {
  readonly when: number | ((run: RunInfo) => boolean)
  readonly with: E
}

/**
 * What runs in a job's place: how long a run takes, how it ends, and what the job's conditions answer.
 *
 * @since 0.1.0
 * @category models
 */
export interface Stub<A = unknown, E = unknown, M = any, P = any> {
  /** How long a run takes: always the same, drawn from a range, or computed from the run; no time unless set. */
  readonly takes?: Duration.DurationInput | Between | ((run: RunInfo) => Duration.DurationInput)
  /** How long of that the machine is at work, and not just waiting; all of it unless set. */
  readonly busy?: Duration.DurationInput
  /** Which runs fail, and with which error; none unless set. */
  readonly fails?: Fails<E>
  /** What successful runs answer, for a cadence that depends on it; `undefined` unless set. */
  readonly answers?: A
  /** The body, in place of all of the above. */
  readonly body?: (run: Run<M, P>) => Effect.Effect<A, E>
  /**
   * What the job's conditions answer: all of them the same, or each by its reason. A number from 0 to 1 is how often the
   * answer is true. True unless set.
   */
  readonly conditions?: boolean | number | Readonly<Record<string, boolean | number | Effect.Effect<boolean>>>
  /** The keys of the job; none unless set. */
  readonly keys?: Iterable<string>
}

/** The random numbers of one decision. */
export const randomOf = (...of: ReadonlyArray<string | number>): Utils.PCGRandom =>
  new Utils.PCGRandom(Hash.hash(of.join("/")))

const isBetween = (takes: NonNullable<Stub["takes"]>): takes is Between =>
  typeof takes === "object" && "from" in takes && "to" in takes

/** A run of a stub: its end, how long it takes, and how long of that the machine is at work. */
export interface StubRun {
  readonly end: Effect.Effect<unknown, unknown>
  readonly takesMs: number
  readonly busyMs: number
}

const takesMs = (takes: NonNullable<Stub["takes"]>, part: number, run: RunInfo): number => {
  if (typeof takes === "function") return Duration.toMillis(takes(run))
  if (!isBetween(takes)) return Duration.toMillis(takes)
  const [from, to] = [Duration.toMillis(takes.from), Duration.toMillis(takes.to)]
  return Math.round(from + part * (to - from))
}

/** How the runs of a stub go. */
export const player = ({ answers, busy, fails, takes = 0 }: Stub, seed: number): ((run: RunInfo) => StubRun) => {
  const succeeds = Effect.succeed(answers)
  const always: StubRun = { end: succeeds, takesMs: 0, busyMs: 0 }
  if (fails === undefined && takes === 0) return () => always
  const failure = fails === undefined ? succeeds : Effect.fail(fails.with)
  const isDrawn = (typeof takes === "object" && isBetween(takes)) || typeof fails?.when === "number"
  const mostBusyMs = busy === undefined ? Number.POSITIVE_INFINITY : Duration.toMillis(busy)
  return (run) => {
    const random = isDrawn ? randomOf(seed, run.runKey, run.attempt) : null
    // both are drawn in any case: whether a run fails does not depend on how long it takes
    const [part, luck] = random === null ? [0, 1] : [random.number(), random.number()]
    const ms = takesMs(takes, part, run)
    const isFailing = fails !== undefined && (typeof fails.when === "number" ? luck < fails.when : fails.when(run))
    return { end: isFailing ? failure : succeeds, takesMs: ms, busyMs: Math.min(ms, mostBusyMs) }
  }
}

/** The conditions of a job as its stub answers them. */
export const conditionsOf = (stub: Stub, seed: number, job: Job.Any): JobDefinition.Definition["conditions"] =>
  JobDefinition.of(job).conditions.map((condition) => {
    const given = stub.conditions
    const { reason } = condition
    const own = typeof given === "object" ? (Object.hasOwn(given, reason) ? given[reason] : true) : given
    const answer = own ?? true
    if (Effect.isEffect(answer)) return { ...condition, holds: answer }
    const chance = Number(answer)
    if (chance <= 0 || chance >= 1) return { ...condition, holds: Effect.succeed(chance >= 1) }
    const holds = Effect.clockWith((clock) =>
      Effect.map(clock.currentTimeMillis, (now) => randomOf(seed, job.name, condition.reason, now).number() < chance)
    )
    return { ...condition, holds }
  })
