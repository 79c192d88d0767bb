/**
 * Questions to a timeline: amounts by the hour, joules, one job, and the saving against every job at every tick.
 *
 * @internal
 */
import { Option } from "effect"
import type { Cost, Entry, JobAccount, Timeline } from "./Model.ts"

/**
 * The cost of a phone, in millijoules: 100 for a wake-up and 0.5 for a millisecond of work.
 *
 * An awake phone draws about 200 mW more than a suspended one: Carroll and Heiser, "An Analysis of Power Consumption in
 * a Smartphone" (USENIX ATC 2010), measured 69 mW suspended and 269 mW idle. A wake-up keeps it awake for about half a
 * second beside its work (200 mW × 0.5 s), and a busy CPU adds about 300 mW (500 mW × 1 ms). The last two are
 * assumptions: measure your own device, and hand the simulation its `cost`.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultCost: Cost = { wakeUp: 100, busyMs: 0.5 }

/**
 * The energy of wake-ups and milliseconds of work, in joules; at `defaultCost` unless another cost is given.
 *
 * @example
 * ```ts
 * import { Timeline } from "@tickwork/simulation"
 *
 * console.assert(Timeline.energyOf({ wakeUps: 60, busyMs: 12_000 }) === 12)
 * console.assert(Timeline.energyOf({ wakeUps: 60, busyMs: 12_000 }, { wakeUp: 50, busyMs: 0.25 }) === 6)
 * ```
 *
 * @since 0.1.0
 * @category questions
 */
export const energyOf = (spent: Pick<JobAccount, "busyMs" | "wakeUps">, cost: Cost = defaultCost): number =>
  (spent.wakeUps * cost.wakeUp + spent.busyMs * cost.busyMs) / 1000

/**
 * The energy of the whole timeline, in joules, at its own `cost`.
 *
 * @since 0.1.0
 * @category questions
 */
export const energy = (timeline: Timeline): number => energyOf(timeline, timeline.cost)

const hourMs = 3_600_000

/** An amount by the hour of time that passed, whatever the clock showed; 0 where none passed. */
export const perHour = ({ from, jumps, to }: Timeline, amount: number): number => {
  const passedMs = to - from - jumps.reduce((sum, { byMs }) => sum + byMs, 0)
  return passedMs > 0 ? (amount / passedMs) * hourMs : 0
}

/**
 * Wake-ups of the machine an hour, the time it was down included; 0 for a span of no length.
 *
 * @since 0.1.0
 * @category questions
 */
export const wakeUpsPerHour = (timeline: Timeline): number => perHour(timeline, timeline.wakeUps)

/**
 * Milliseconds of work an hour, the time it was down included; 0 for a span of no length.
 *
 * @since 0.1.0
 * @category questions
 */
export const busyMsPerHour = (timeline: Timeline): number => perHour(timeline, timeline.busyMs)

/**
 * What was saved of the cost of every job at every tick: 1 is all of it, 0 nothing.
 *
 * @since 0.1.0
 * @category models
 */
export interface Saving {
  readonly runs: number
  readonly wakeUps: number
  readonly busyMs: number
  readonly energy: number
}

const saved = (spent: number, otherwise: number): number => (otherwise > 0 ? 1 - spent / otherwise : 0)

/**
 * What was saved against every job at every tick. A share is below 0 where the plan costs more than that, and 0 where
 * there is nothing to compare with.
 *
 * @since 0.1.0
 * @category questions
 */
export const saving = (timeline: Timeline): Saving => {
  const { busyMs, cost, everyTick, runs, wakeUps } = timeline
  return {
    runs: saved(runs.length, everyTick.runs),
    wakeUps: saved(wakeUps, everyTick.wakeUps),
    busyMs: saved(busyMs, everyTick.busyMs),
    energy: saved(energy(timeline), energyOf(everyTick, cost))
  }
}

/**
 * The account of one job; none where the timeline does not know it.
 *
 * @since 0.1.0
 * @category questions
 */
export const jobOf = (timeline: Timeline, job: { readonly name: string }): Option.Option<JobAccount> =>
  Option.fromNullable(timeline.jobs.find(({ jobName }) => jobName === job.name))

/**
 * The attempts of one job, under all its keys, in the order in which they ended.
 *
 * @since 0.1.0
 * @category questions
 */
export const runsOf = (timeline: Timeline, job: { readonly name: string }): ReadonlyArray<Entry> =>
  timeline.runs.filter(({ jobName }) => jobName === job.name)
