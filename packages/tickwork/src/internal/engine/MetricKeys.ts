/**
 * The keys of a tick's metrics, by which the engine finds each metric once instead of at each update.
 *
 * `TickMetrics` documents them.
 *
 * @internal
 */
import { MetricBoundaries, MetricKey } from "effect"

const counter = (name: string, description: string) => MetricKey.counter(name, { description, incremental: true })

const gauge = (name: string, description: string) => MetricKey.gauge(name, { description })

/** From a millisecond, the precision of the log, to an hour. */
const boundaries = MetricBoundaries.fromIterable([
  0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600
])

const seconds = (name: string, description: string) => MetricKey.histogram(name, boundaries, description)

export const runs = counter("tickwork_runs_total", "Attempts that have ended")

export const runDuration = seconds("tickwork_run_duration_seconds", "How long attempts took that were not interrupted")

export const runLateness = seconds(
  "tickwork_run_lateness_seconds",
  "How long after their planned instants first attempts began"
)

export const skipped = counter("tickwork_skipped_total", "Planned instants at which nothing ran")

export const running = gauge("tickwork_running", "Attempts under way")

export const due = gauge("tickwork_due", "Instances that are due and have not begun")

export const instances = gauge("tickwork_instances", "Instances that the ticks of this process know of")

export const alerts = counter(
  "tickwork_alerts_total",
  "Times that jobs had failed as often in a row as their alertAfter says"
)

export const claimsLost = counter("tickwork_claims_lost_total", "Runs whose claim had passed on to another owner")

export const storeFailures = counter("tickwork_store_failures_total", "Times a tick found that its store fails")

export const clockJumps = counter(
  "tickwork_clock_jumps_total",
  "Times the clock was moved, or the machine was suspended"
)
