/**
 * Updates the metrics of a tick from its events.
 *
 * It decides nothing, and updates without an effect, since each run updates several metrics.
 *
 * @internal
 */
import { Array as Arr, MetricLabel } from "effect"
import * as LogEntry from "../../LogEntry.ts"
import type { TickEvent } from "../../TickEvent.ts"
import * as TickMetrics from "../../TickMetrics.ts"

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

/** The tags of one job's metrics, each list made once: a metric finds its value by the list itself, without a search. */
class Tags {
  readonly #make: (tags: Readonly<Record<string, string>>) => Labels
  readonly #all: Record<string, Labels> = {}
  readonly job: Labels

  constructor(job: string, labels: Labels) {
    this.#make = (tags) =>
      Arr.union(
        Object.entries({ job, ...tags }).map(([key, value]) => MetricLabel.make(key, value)),
        labels
      )
    this.job = this.#make({})
  }

  /** Those of the job, and `tags`, of which `id` names the values. */
  with(id: string, tags: Readonly<Record<string, string>>): Labels {
    this.#all[id] ??= this.#make(tags)
    return this.#all[id]
  }
}

type Recorded = Omit<LogEntry.LogEntry, "memory" | "stack">

const ended = ({ durationMs, scheduledAt, startedAt, status, verdict }: Recorded, tags: Tags): void => {
  TickMetrics.runs.unsafeUpdate(1, tags.with(status, { status }))
  // after a crash the duration includes the time until another process found it
  if (status !== "interrupted") TickMetrics.runDuration.unsafeUpdate(durationMs / 1000, tags.job)
  if (verdict !== null) TickMetrics.runLateness.unsafeUpdate(Math.max(0, startedAt - scheduledAt) / 1000, tags.job)
}

const skipped = (entry: Recorded, tags: Tags): void => {
  const { count, missedBecause, position, scheduledAt, verdict } = entry
  // an instant that is checked again counts once it is over
  if (verdict === null || LogEntry.isControl(verdict) || position.scheduledAt === scheduledAt) return
  const own = missedBecause === null ? { verdict } : { verdict, because: missedBecause }
  TickMetrics.skipped.unsafeUpdate(count, tags.with(missedBecause ?? verdict, own))
}

/** Adds the labels of the caller that opened the tick, as `Effect.tagMetrics` would. */
export const make = (labels: Labels): Instruments => {
  const jobs = new Map<string, Tags>()
  const last = { due: 0, instances: 0 }

  const of = (jobName: string): Tags => {
    const known = jobs.get(jobName)
    if (known !== undefined) return known
    const tags = new Tags(jobName, labels)
    jobs.set(jobName, tags)
    return tags
  }

  return {
    record: (event) => {
      switch (event._tag) {
        case "RunRecorded":
          return (LogEntry.ran(event.run) ? ended : skipped)(event.run, of(event.run.jobName))
        case "ClaimLost":
          return TickMetrics.claimsLost.unsafeUpdate(1, of(event.jobName).job)
        case "Alert":
          return TickMetrics.alerts.unsafeUpdate(1, of(event.jobName).job)
        case "StoreFailed":
          return TickMetrics.storeFailures.unsafeUpdate(1, labels)
        case "ClockJumped":
          return TickMetrics.clockJumps.unsafeUpdate(1, labels)
      }
    },
    running: (jobName, by) => TickMetrics.running.unsafeModify(by, of(jobName).job),
    // other ticks of the process add to the same gauges
    standing: (due, instances) => {
      TickMetrics.due.unsafeModify(due - last.due, labels)
      TickMetrics.instances.unsafeModify(instances - last.instances, labels)
      last.due = due
      last.instances = instances
    }
  }
}
