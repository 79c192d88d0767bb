/**
 * Counts and measures what a tick tells of.
 *
 * It updates Effect's metrics without an effect, since that is done several times for each run. It decides nothing.
 *
 * @internal
 */
import { Array as Arr, Metric, type MetricHook, MetricKey, type MetricKeyType, MetricLabel } from "effect"
import * as LogEntry from "../../LogEntry.ts"
import type { TickEvent } from "../../TickEvent.ts"
import * as Line from "./LogEntries.ts"
import * as MetricKeys from "./MetricKeys.ts"

export interface Instruments {
  readonly record: (event: TickEvent) => void
  /** Attempts of a job have begun, or are over. */
  readonly running: (jobName: string, by: number) => void
  /** How many instances are due, and how many there are. */
  readonly standing: (due: number, instances: number) => void
}

const nothing = () => {}

/** Of what nobody is to hear. */
export const none: Instruments = { record: nothing, running: nothing, standing: nothing }

type Labels = ReadonlyArray<MetricLabel.MetricLabel>

/** The state of a metric, to which a name leads that is looked up once: a tagged `Metric` does so at each update. */
const hookOf = <Type extends MetricKeyType.MetricKeyType<any, any>>(
  key: MetricKey.MetricKey<Type>,
  labels: Labels,
  ...tags: ReadonlyArray<MetricLabel.MetricLabel>
) => Metric.globalMetricRegistry.get(MetricKey.taggedWithLabels(key, Arr.union(tags, labels)))

type Counter = MetricHook.MetricHook.Counter<number>

/** Of one job; what has not happened is not among the metrics. */
class OfJob {
  readonly #labels: Labels
  readonly #job: MetricLabel.MetricLabel
  readonly running: MetricHook.MetricHook.Gauge<number>
  readonly #ended: { [status in LogEntry.Status]?: Counter } = {}
  readonly #skipped: { [verdict: string]: Counter } = {}
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
    // how long it was until somebody found that its process had ended says nothing of it
    if (status !== "interrupted") {
      this.#duration ??= this.hook(MetricKeys.runDuration)
      this.#duration.update(durationMs / 1000)
    }
    if (LogEntry.verdictOf(run) === null) return
    this.#lateness ??= this.hook(MetricKeys.runLateness)
    this.#lateness.update(Math.max(0, startedAt - scheduledAt) / 1000)
  }

  noted(line: LogEntry.LogEntry): void {
    const verdict = Line.verdictOf(line)
    if (verdict === null) return
    this.#skipped[verdict] ??= this.hook(MetricKeys.skipped, MetricLabel.make("verdict", verdict))
    this.#skipped[verdict].update(line.count)
  }
}

/** With the labels of whoever has opened the tick, as with `Effect.tagMetrics`. */
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
            : of(event.run.jobName).noted(event.run)
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
    // other ticks of the process add to the same
    standing: (due, instances) => {
      if (due !== last.due) dueGauge.modify(due - last.due)
      if (instances !== last.instances) instancesGauge.modify(instances - last.instances)
      last.due = due
      last.instances = instances
    }
  }
}
