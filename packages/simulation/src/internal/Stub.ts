/**
 * What runs in a job's place where a schedule is played and nothing is to be done: how long it takes, how it ends, and
 * what its conditions answer.
 *
 * Its dice depend on the seed and the run alone, so that another job in the registry changes none of them.
 *
 * @internal
 */
import { Duration, Effect, Hash, Utils } from "effect"
import type * as Job from "tickwork/Job"
import type { Run, Told } from "tickwork/Run"

/**
 * Drawn evenly between two durations.
 *
 * @since 0.1.0
 * @category models
 */
export interface Between {
  readonly from: Duration.DurationInput
  readonly to: Duration.DurationInput
}

/**
 * How often runs fail, from 0 to 1, or which of them, and with what.
 *
 * @since 0.1.0
 * @category models
 */
export interface Fails<out E> {
  readonly when: number | ((run: Run) => boolean)
  readonly with: E
}

/**
 * What runs in a job's place: how long it takes, how it ends, and what its conditions answer.
 *
 * @since 0.1.0
 * @category models
 */
export interface Stub<A = unknown, E = unknown, M = any, P = any> {
  /** How long a run takes: always, drawn from a range, or as its run says; no time unless set. */
  readonly takes?: Duration.DurationInput | Between | ((run: Run) => Duration.DurationInput)
  /** For how much of that the machine is at work, and does not just wait; for all of it unless set. */
  readonly busy?: Duration.DurationInput
  /** Which runs fail, and with what; none unless set. */
  readonly fails?: Fails<E>
  /** What the other runs answer, for a cadence that looks at it; `undefined` unless set. */
  readonly answers?: A
  /** Runs in the place of all of the above. */
  readonly body?: (run: Told<M, P>) => Effect.Effect<A, E>
  /**
   * What the job's conditions answer: all of them the same, or each by its reason. A number from 0 to 1 is how often the
   * answer is yes. Yes unless set.
   */
  readonly conditions?: boolean | number | Readonly<Record<string, boolean | number | Effect.Effect<boolean>>>
  /** The keys that the job lists; none unless set. */
  readonly keys?: Iterable<string>
}

/** Dice that are thrown once for each thing that is to be decided. */
export const randomOf = (...of: ReadonlyArray<string | number>): Utils.PCGRandom =>
  new Utils.PCGRandom(Hash.hash(of.join("/")))

const isBetween = (takes: NonNullable<Stub["takes"]>): takes is Between =>
  typeof takes === "object" && "from" in takes && "to" in takes

/** How a run goes: what it ends with once its time is over, and how much of that time the machine is at work. */
export interface Played {
  readonly end: Effect.Effect<unknown, unknown>
  readonly takesMs: number
  readonly busyMs: number
}

const takesMs = (takes: NonNullable<Stub["takes"]>, part: number, run: Run): number => {
  if (typeof takes === "function") return Duration.toMillis(takes(run))
  if (!isBetween(takes)) return Duration.toMillis(takes)
  const [from, to] = [Duration.toMillis(takes.from), Duration.toMillis(takes.to)]
  return Math.round(from + part * (to - from))
}

/** How the runs of a job go, by what stands in for it. */
export const player = ({ answers, busy, fails, takes = 0 }: Stub, seed: number): ((run: Run) => Played) => {
  const succeeds = Effect.succeed(answers)
  const always: Played = { end: succeeds, takesMs: 0, busyMs: 0 }
  if (fails === undefined && takes === 0) return () => always
  const failure = fails === undefined ? succeeds : Effect.fail(fails.with)
  const isDrawn = (typeof takes === "object" && isBetween(takes)) || typeof fails?.when === "number"
  const mostBusyMs = busy === undefined ? Number.POSITIVE_INFINITY : Duration.toMillis(busy)
  return (run) => {
    const dice = isDrawn ? randomOf(seed, run.runKey, run.attempt) : null
    // both are thrown in any case: whether a run fails does not hang on how long it takes
    const [part, luck] = dice === null ? [0, 1] : [dice.number(), dice.number()]
    const ms = takesMs(takes, part, run)
    const isFailing = fails !== undefined && (typeof fails.when === "number" ? luck < fails.when : fails.when(run))
    return { end: isFailing ? failure : succeeds, takesMs: ms, busyMs: Math.min(ms, mostBusyMs) }
  }
}

/** What the conditions of a job answer; each of them holds unless something else is said. */
export const conditionsOf = (stub: Stub, seed: number, job: Job.Any): Job.Any["conditions"] =>
  job.conditions.map((condition) => {
    const said = stub.conditions
    const answer = typeof said === "object" ? (said[condition.reason] ?? true) : (said ?? true)
    if (Effect.isEffect(answer)) return { ...condition, holds: answer }
    const chance = Number(answer)
    if (chance <= 0 || chance >= 1) return { ...condition, holds: Effect.succeed(chance >= 1) }
    const holds = Effect.clockWith((clock) =>
      Effect.map(clock.currentTimeMillis, (now) => randomOf(seed, job.name, condition.reason, now).number() < chance)
    )
    return { ...condition, holds }
  })
