/**
 * Updates the metrics of a tick from its events.
 *
 * It decides nothing, and updates without an effect, since each run updates several metrics.
 *
 * @internal
 */
import { Array as Arr, Metric, type MetricHook, MetricKey, type MetricKeyType, MetricLabel } from "effect"
import * as LogEntry from "../../LogEntry.ts"
import type { TickEvent } from "../../TickEvent.ts"
import * as MetricKeys from "./MetricKeys.ts"

export interface Instruments {
  readonly record: (event: TickEvent) => void
  /** Changes the number of running attempts of a job. */
  readonly running: (jobName: string, by: number) => void
  /** Sets how many instances are due, and how many there are. */
  readonly standing: (due: number, instances: number) => void
}

const nothing = () => {}

/** For a tick that is not measured. */
export const none: Instruments = { record: nothing, running: nothing, standing: nothing }

type Labels = ReadonlyArray<MetricLabel.MetricLabel>

/** The hook of a metric, found once: a tagged `Metric` would search for it at each update. */
const hookOf = <Type extends MetricKeyType.MetricKeyType<any, any>>(
  key: MetricKey.MetricKey<Type>,
  labels: Labels,
  ...tags: ReadonlyArray<MetricLabel.MetricLabel>
) => Metric.globalMetricRegistry.get(MetricKey.taggedWithLabels(key, Arr.union(tags, labels)))

type Counter = MetricHook.MetricHook.Counter<number>

/** The metrics of one job; each appears with its first value. */
class OfJob {
  readonly #labels: Labels
  readonly #job: MetricLabel.MetricLabel
  readonly running: MetricHook.MetricHook.Gauge<number>
  readonly #ended: { [status in LogEntry.Status]?: Counter } = {}
  readonly #skipped: { [verdictOrCause in LogEntry.Verdict | LogEntry.MissedBecause]?: Counter } = {}
  #duration: MetricHook.MetricHook.Histogram | undefined
  #lateness: MetricHook.MetricHook.Histogram | undefined

  constructor(jobName: string, labels: Labels) {
    this.#labels = labels
    this.#job = MetricLabel.make("job", jobName)
    this.running = this.hook(MetricKeys.running)
  }

  hook<Type extends MetricKeyType.MetricKeyType<any, any>>(
    key: MetricKey.MetricKey<Type>,
    ...tags: ReadonlyArray<MetricLabel.MetricLabel>
  ) {
    return hookOf(key, this.#labels, this.#job, ...tags)
  }

  ended(run: LogEntry.LogEntry): void {
    const { durationMs, scheduledAt, startedAt, status } = run
    this.#ended[status] ??= this.hook(MetricKeys.runs, MetricLabel.make("status", status))
    this.#ended[status].update(1)
    // after a crash the duration includes the time until another process found it
    if (status !== "interrupted") {
      this.#duration ??= this.hook(MetricKeys.runDuration)
      this.#duration.update(durationMs / 1000)
    }
    if (run.verdict === null) return
    this.#lateness ??= this.hook(MetricKeys.runLateness)
    this.#lateness.update(Math.max(0, startedAt - scheduledAt) / 1000)
  }

  countSkipped(entry: LogEntry.LogEntry): void {
    const { count, missedBecause, position, scheduledAt, verdict } = entry
    // an instant that is checked again counts once it is over
    if (verdict === null || verdict === "control" || position.scheduledAt === scheduledAt) return
    const id = missedBecause ?? verdict
    this.#skipped[id] ??= this.hook(
      MetricKeys.skipped,
      MetricLabel.make("verdict", verdict),
      ...(missedBecause === null ? [] : [MetricLabel.make("because", missedBecause)])
    )
    this.#skipped[id].update(count)
  }
}

/** Adds the labels of the caller that opened the tick, as `Effect.tagMetrics` would. */
export const make = (labels: Labels): Instruments => {
  const jobs = new Map<string, OfJob>()
  const dueGauge = hookOf(MetricKeys.due, labels)
  const instancesGauge = hookOf(MetricKeys.instances, labels)
  const last = { due: 0, instances: 0 }

  const of = (jobName: string): OfJob => {
    let job = jobs.get(jobName)
    if (job === undefined) {
      job = new OfJob(jobName, labels)
      jobs.set(jobName, job)
    }
    return job
  }

  return {
    record: (event) => {
      switch (event._tag) {
        case "RunRecorded":
          return LogEntry.ran(event.run)
            ? of(event.run.jobName).ended(event.run)
            : of(event.run.jobName).countSkipped(event.run)
        case "ClaimLost":
          return of(event.jobName).hook(MetricKeys.claimsLost).update(1)
        case "Alert":
          return of(event.jobName).hook(MetricKeys.alerts).update(1)
        case "StoreFailed":
          return hookOf(MetricKeys.storeFailures, labels).update(1)
        case "ClockJumped":
          return hookOf(MetricKeys.clockJumps, labels).update(1)
      }
    },
    running: (jobName, by) => of(jobName).running.modify(by),
    // other ticks of the process add to the same gauges
    standing: (due, instances) => {
      if (due !== last.due) dueGauge.modify(due - last.due)
      if (instances !== last.instances) instancesGauge.modify(instances - last.instances)
      last.due = due
      last.instances = instances
    }
  }
}
