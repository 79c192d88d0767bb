/**
 * Checks a timeline against a budget, and names the cure for each limit that it exceeds.
 *
 * @internal
 */
import { Array as Arr, Effect, Schema } from "effect"
import * as Figure from "../text/Figure.ts"
import type { JobAccount, Timeline } from "./Model.ts"
import * as Questions from "./Questions.ts"

/**
 * The limits of a timeline; an omitted one is no limit. By the hour: wake-ups of the machine, milliseconds of
 * work, joules. For each job: `latenessMs` holds for the 99th of a hundred runs, `worstWaitMs` for the worst.
 *
 * @since 0.1.0
 * @category models
 */
export interface Budget {
  readonly wakeUpsPerHour?: number
  readonly busyMsPerHour?: number
  readonly joulesPerHour?: number
  readonly latenessMs?: number
  readonly worstWaitMs?: number
}

/**
 * An exceeded limit, and the jobs with the largest part in it, at most three, the largest first.
 *
 * @since 0.1.0
 * @category models
 */
export const Excess = Schema.Struct({
  limit: Schema.Literal("wakeUpsPerHour", "busyMsPerHour", "joulesPerHour", "latenessMs", "worstWaitMs"),
  measured: Schema.Number,
  allowed: Schema.Number,
  jobs: Schema.Array(Schema.Struct({ jobName: Schema.String, measured: Schema.Number }))
})

/**
 * @since 0.1.0
 * @category models
 */
export interface Excess extends Schema.Schema.Type<typeof Excess> {}

interface Measure {
  readonly name: string
  readonly show: (value: number) => string
  readonly cure: string
  /** The part of one job. */
  readonly ofJob: (job: JobAccount, timeline: Timeline) => number
  /** The measure of the whole machine by the hour; the worst of all jobs where it is omitted. */
  readonly ofAll?: (timeline: Timeline) => number
}

const share = "Let jobs share a wake-up (Job.window), or let the costliest run less often."

const measures: Record<Excess["limit"], Measure> = {
  wakeUpsPerHour: {
    name: "wake-ups an hour",
    show: Figure.count,
    cure: share,
    ofJob: ({ wakeUps }, timeline) => Questions.perHour(timeline, wakeUps),
    ofAll: Questions.wakeUpsPerHour
  },
  busyMsPerHour: {
    name: "of work an hour",
    show: Figure.duration,
    cure: "Let the costliest jobs run less often, or only where there is something to do (Job.when).",
    ofJob: ({ busyMs }, timeline) => Questions.perHour(timeline, busyMs),
    ofAll: Questions.busyMsPerHour
  },
  joulesPerHour: {
    name: "an hour",
    show: Figure.energy,
    cure: share,
    ofJob: (job, timeline) => Questions.perHour(timeline, Questions.energyOf(job, timeline.cost)),
    ofAll: (timeline) => Questions.perHour(timeline, Questions.energy(timeline))
  },
  latenessMs: {
    name: "late, the 99th of a hundred runs",
    show: Figure.duration,
    cure: "Raise their priority (Job.priority), let others run beside them (Job.parallel), or narrow their Job.window.",
    ofJob: ({ lateness, runs }) => (runs === 0 ? 0 : lateness.p99)
  },
  worstWaitMs: {
    name: "of waiting",
    show: Figure.duration,
    cure: "Bound the jobs before them (Job.timeout), let jobs run beside each other (Job.parallel), or raise their priority (Job.priority).",
    ofJob: ({ runs, worstWaitMs }) => (runs === 0 ? 0 : worstWaitMs)
  }
}

const limits = Object.keys(measures) as ReadonlyArray<Excess["limit"]>

const mostJobs = 3

const sentence = ({ allowed, jobs, limit, measured }: Excess): string => {
  const { cure, name, show } = measures[limit]
  const by = jobs.map(({ jobName, measured }) => `${JSON.stringify(jobName)} ${show(measured)}`).join(", ")
  return `${limit} must be at most ${show(allowed)} ${name}, got ${show(measured)}${by === "" ? "" : `, the most by ${by}`}. ${cure}`
}

/**
 * The timeline exceeds its budget; `excesses` lists every limit that it does not keep.
 *
 * @example
 * ```ts
 * import { Timeline } from "@tickwork/simulation"
 *
 * const exceeded = new Timeline.BudgetExceededError({
 *   excesses: [
 *     { limit: "wakeUpsPerHour", measured: 90, allowed: 60, jobs: [{ jobName: "sync_send", measured: 70 }] }
 *   ]
 * })
 * console.assert(exceeded.message.includes('must be at most 60 wake-ups an hour, got 90, the most by "sync_send" 70.'))
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class BudgetExceededError extends Schema.TaggedError<BudgetExceededError>("tickwork/BudgetExceededError")(
  "BudgetExceededError",
  {
    excesses: Schema.NonEmptyArray(Excess)
  }
) {
  override get message() {
    return [
      `A timeline must keep its budget, got ${this.excesses.length} exceeded:`,
      ...this.excesses.map(sentence)
    ].join("\n  ")
  }
}

const excessOf = (timeline: Timeline, limit: Excess["limit"], allowed: number): ReadonlyArray<Excess> => {
  const { ofAll, ofJob } = measures[limit]
  const jobs = timeline.jobs
    .map((job) => ({ jobName: job.jobName, measured: ofJob(job, timeline) }))
    .filter(({ measured }) => measured > 0)
    .sort((a, b) => b.measured - a.measured)
  const measured = ofAll === undefined ? (jobs[0]?.measured ?? 0) : ofAll(timeline)
  const overEach = ofAll === undefined ? jobs.filter((job) => job.measured > allowed) : jobs
  // NaN is a limit that every amount exceeds
  return measured <= allowed ? [] : [{ limit, measured, allowed, jobs: overEach.slice(0, mostJobs) }]
}

/**
 * Fails with {@link BudgetExceededError} where the timeline exceeds the budget. A span of no length costs nothing by the
 * hour, and a job that never ran was never late.
 *
 * @since 0.1.0
 * @category questions
 */
export const assertBudget = (timeline: Timeline, budget: Budget): Effect.Effect<void, BudgetExceededError> =>
  Effect.suspend(() => {
    const excesses = limits.flatMap((limit) => {
      const allowed = budget[limit]
      return allowed === undefined ? [] : excessOf(timeline, limit, allowed)
    })
    return Arr.isNonEmptyArray(excesses) ? Effect.fail(new BudgetExceededError({ excesses })) : Effect.void
  })
