/**
 * The metrics of all ticks of the process, as Effect metrics: tagged by job, never by key, and reset with each process.
 *
 * Simulations update none of them.
 *
 * @since 0.1.0
 */
import { Metric, MetricBoundaries } from "effect"
import type * as Job from "./Job.ts"

const counter = (name: string, description: string): Metric.Metric.Counter<number> =>
  Metric.counter(name, { description, incremental: true })

const gauge = (name: string, description: string): Metric.Metric.Gauge<number> => Metric.gauge(name, { description })

/** From a millisecond, the precision of the log, to an hour. */
const boundaries = MetricBoundaries.fromIterable([
  0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600
])

const seconds = (name: string, description: string): Metric.Metric.Histogram<number> =>
  Metric.histogram(name, boundaries, description)

/**
 * The metric of one job, tagged with its name.
 *
 * @example
 * ```ts
 * import { Effect, Layer, Metric } from "effect"
 * import { Job, JobStore, Jobs, Tick, TickMetrics } from "tickwork"
 *
 * const greet = Job.make("greet", Effect.log("hello")).pipe(Job.every("5 seconds"))
 * const TickLive = Tick.layer(Jobs.make(greet)).pipe(Layer.provide(JobStore.layerMemory))
 *
 * const program = Effect.gen(function* () {
 *   yield* Tick.once
 *   const succeeded = TickMetrics.runs.pipe(TickMetrics.ofJob(greet), Metric.tagged("status", "success"))
 *   console.assert((yield* Metric.value(succeeded)).count === 1)
 * })
 * Effect.runPromise(program.pipe(Effect.provide(TickLive)))
 * ```
 *
 * @since 0.1.0
 * @category reading
 */
export const ofJob =
  (job: Pick<Job.Any, "name">) =>
  <Type, In, Out>(metric: Metric.Metric<Type, In, Out>): Metric.Metric<Type, In, Out> =>
    Metric.tagged(metric, "job", job.name)

/**
 * `tickwork_runs_total`: ended attempts in the log. Tags, in this order: `job`, and `status`, which is `success`, `error`,
 * `timeout` or `interrupted`.
 *
 * @since 0.1.0
 * @category runs
 */
export const runs = counter("tickwork_runs_total", "Attempts that have ended")

/**
 * `tickwork_run_duration_seconds`: durations of attempts, conditions included, in seconds. Tag: `job`. Interrupted
 * attempts are left out, since a killed process says nothing of the job.
 *
 * @since 0.1.0
 * @category runs
 */
export const runDuration = seconds("tickwork_run_duration_seconds", "How long attempts took that were not interrupted")

/**
 * `tickwork_run_lateness_seconds`: how long after their planned instants first attempts started, in seconds. Tag: `job`.
 * Retries and manual runs are left out.
 *
 * @since 0.1.0
 * @category runs
 */
export const runLateness = seconds(
  "tickwork_run_lateness_seconds",
  "How long after their planned instants first attempts began"
)

/**
 * `tickwork_skipped_total`: planned instants at which nothing ran. Tags, in this order: `job`; `verdict`, which is
 * `condition-false`, `condition-failed`, `superseded` or `missed`; and for `missed` also `because`: `down`, `asleep`,
 * `jumped`, `paused`, `not-listed` or `overtaken`.
 *
 * An instant whose condition is checked again counts only once it is over.
 *
 * @since 0.1.0
 * @category runs
 */
export const skipped = counter("tickwork_skipped_total", "Planned instants at which nothing ran")

/**
 * `tickwork_running`: running attempts, conditions included. Tag: `job`.
 *
 * @since 0.1.0
 * @category standing
 */
export const running = gauge("tickwork_running", "Attempts under way")

/**
 * `tickwork_due`: due instances that wait for a claim or a slot. No tag.
 *
 * @since 0.1.0
 * @category standing
 */
export const due = gauge("tickwork_due", "Instances that are due and have not begun")

/**
 * `tickwork_instances`: instances that the ticks of this process hold. No tag.
 *
 * @since 0.1.0
 * @category standing
 */
export const instances = gauge("tickwork_instances", "Instances that the ticks of this process know of")

/**
 * `tickwork_alerts_total`: how often a job has reached its `alertAfter` failures in a row. Tag: `job`.
 *
 * @since 0.1.0
 * @category troubles
 */
export const alerts = counter(
  "tickwork_alerts_total",
  "Times that jobs had failed as often in a row as their alertAfter says"
)

/**
 * `tickwork_claims_lost_total`: runs whose record was refused, or that were interrupted, since another owner took their
 * claim. Tag: `job`.
 *
 * @since 0.1.0
 * @category troubles
 */
export const claimsLost = counter("tickwork_claims_lost_total", "Runs whose claim had passed on to another owner")

/**
 * `tickwork_store_failures_total`: failed calls of the store, retries included. No tag.
 *
 * @since 0.1.0
 * @category troubles
 */
export const storeFailures = counter("tickwork_store_failures_total", "Times a tick found that its store fails")

/**
 * `tickwork_clock_jumps_total`: how often the clock was set or the machine suspended. No tag.
 *
 * @since 0.1.0
 * @category troubles
 */
export const clockJumps = counter(
  "tickwork_clock_jumps_total",
  "Times the clock was moved, or the machine was suspended"
)
