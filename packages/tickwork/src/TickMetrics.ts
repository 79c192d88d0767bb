/**
 * What ticks count and measure of themselves, as metrics of Effect.
 *
 * They are updated by every tick of the process; who exports Effect's metrics exports these. They tell jobs apart, never
 * keys, of which there may be any number; nothing is counted of what is only simulated. They begin anew with each process:
 * the log is what lasts.
 *
 * @since 0.1.0
 */
import { Metric } from "effect"
import * as MetricKeys from "./internal/engine/MetricKeys.ts"
import type * as Job from "./Job.ts"

/**
 * The metric of one job, as it is tagged with its name.
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
 * `tickwork_runs_total`: attempts that have ended and are in the log. Tags, in this order: `job`, and `status`, which is
 * `success`, `error`, `timeout` or `interrupted`.
 *
 * @since 0.1.0
 * @category runs
 */
export const runs: Metric.Metric.Counter<number> = Metric.fromMetricKey(MetricKeys.runs)

/**
 * `tickwork_run_duration_seconds`: how long attempts took, conditions included, in seconds. Tag: `job`. Without those that
 * were interrupted, since it says nothing of a job when its process was killed.
 *
 * @since 0.1.0
 * @category runs
 */
export const runDuration: Metric.Metric.Histogram<number> = Metric.fromMetricKey(MetricKeys.runDuration)

/**
 * `tickwork_run_lateness_seconds`: how long after its planned instant the first attempt at it began, in seconds. Tag:
 * `job`. Without attempts that are made again, and runs that somebody asked for.
 *
 * @since 0.1.0
 * @category runs
 */
export const runLateness: Metric.Metric.Histogram<number> = Metric.fromMetricKey(MetricKeys.runLateness)

/**
 * `tickwork_skipped_total`: planned instants at which nothing ran. Tags, in this order: `job`, and `verdict`, which is
 * `condition false`, `condition failed`, `superseded`, or as in the log `missed: down`, `missed: asleep`, `missed: jumped`,
 * `missed: paused`, `missed: not listed` or `missed: overtaken`.
 *
 * An instant about which a condition is asked again is not counted before it is over.
 *
 * @since 0.1.0
 * @category runs
 */
export const skipped: Metric.Metric.Counter<number> = Metric.fromMetricKey(MetricKeys.skipped)

/**
 * `tickwork_running`: attempts under way, conditions included. Tag: `job`.
 *
 * @since 0.1.0
 * @category standing
 */
export const running: Metric.Metric.Gauge<number> = Metric.fromMetricKey(MetricKeys.running)

/**
 * `tickwork_due`: instances that are due and wait for a claim or a place. No tag.
 *
 * @since 0.1.0
 * @category standing
 */
export const due: Metric.Metric.Gauge<number> = Metric.fromMetricKey(MetricKeys.due)

/**
 * `tickwork_instances`: instances that the ticks of this process know of. No tag.
 *
 * @since 0.1.0
 * @category standing
 */
export const instances: Metric.Metric.Gauge<number> = Metric.fromMetricKey(MetricKeys.instances)

/**
 * `tickwork_alerts_total`: how often a job has failed as often in a row as its `alertAfter` says. Tag: `job`.
 *
 * @since 0.1.0
 * @category troubles
 */
export const alerts: Metric.Metric.Counter<number> = Metric.fromMetricKey(MetricKeys.alerts)

/**
 * `tickwork_claims_lost_total`: runs whose record was refused, or that were cut short, since their claim had passed on to
 * another owner. Tag: `job`.
 *
 * @since 0.1.0
 * @category troubles
 */
export const claimsLost: Metric.Metric.Counter<number> = Metric.fromMetricKey(MetricKeys.claimsLost)

/**
 * `tickwork_store_failures_total`: times a tick found that its store fails, retries included. No tag.
 *
 * @since 0.1.0
 * @category troubles
 */
export const storeFailures: Metric.Metric.Counter<number> = Metric.fromMetricKey(MetricKeys.storeFailures)

/**
 * `tickwork_clock_jumps_total`: times the clock was moved, or the machine suspended. No tag.
 *
 * @since 0.1.0
 * @category troubles
 */
export const clockJumps: Metric.Metric.Counter<number> = Metric.fromMetricKey(MetricKeys.clockJumps)
