/**
 * Counts and measures what a tick tells of.
 *
 * It updates Effect's metrics without an effect, since that is done several times for each run. It decides nothing.
 *
 * @internal
 */
import { Array as Arr, MetricLabel } from "effect"
import * as JobRun from "../JobRun.ts"
import type { TickEvent } from "../TickEvent.ts"
import * as TickMetrics from "../TickMetrics.ts"
import * as Line from "./Line.ts"

export interface Instruments {
  readonly heed: (event: TickEvent) => void
  /** Attempts of a job have begun, or are over. */
  readonly running: (jobName: string, by: number) => void
  /** How many instances are due, and how many there are. */
  readonly standing: (due: number, instances: number) => void
}

const nothing = () => {}

/** Of what nobody is to hear. */
export const none: Instruments = { heed: nothing, running: nothing, standing: nothing }

type Labels = ReadonlyArray<MetricLabel.MetricLabel>

/** Effect finds the state of a metric by the very array of its labels; another one costs a search for each update. */
const kept = <V>(make: (name: string) => V): ((name: string) => V) => {
  const known = new Map<string, V>()
  return (name) => {
    const value = known.get(name)
    if (value !== undefined) return value
    const made = make(name)
    known.set(name, made)
    return made
  }
}

const labelled = (key: string, value: string, labels: Labels): Labels =>
  Arr.union([MetricLabel.make(key, value)], labels)

/** With the labels of whoever has opened the tick, as with `Effect.tagMetrics`. */
export const make = (labels: Labels): Instruments => {
  const of = kept((job) => ({
    labels: labelled("job", job, labels),
    ended: kept((status) => labelled("job", job, labelled("status", status, labels))),
    skipped: kept((verdict) => labelled("job", job, labelled("verdict", verdict, labels)))
  }))
  const last = { due: 0, instances: 0 }

  const recorded = (run: JobRun.JobRun) => {
    const { attempt, count, durationMs, jobName, scheduledAt, startedAt, status, trigger } = run
    const job = of(jobName)
    if (!JobRun.ran(run)) {
      const verdict = Line.verdictOf(run)
      if (verdict !== null) TickMetrics.skipped.unsafeUpdate(count, job.skipped(verdict))
      return
    }
    TickMetrics.runs.unsafeUpdate(1, job.ended(status))
    // how long it was until somebody found that its process had ended says nothing of it
    if (status !== "interrupted") TickMetrics.runDuration.unsafeUpdate(durationMs / 1000, job.labels)
    if (attempt > 1 || trigger === "manual" || trigger === "retry") return
    TickMetrics.runLateness.unsafeUpdate(Math.max(0, startedAt - scheduledAt) / 1000, job.labels)
  }

  return {
    heed: (event) => {
      switch (event._tag) {
        case "RunRecorded":
          return recorded(event.run)
        case "ClaimLost":
          return TickMetrics.claimsLost.unsafeUpdate(1, of(event.jobName).labels)
        case "Alert":
          return TickMetrics.alerts.unsafeUpdate(1, of(event.jobName).labels)
        case "StoreFailed":
          return TickMetrics.storeFailures.unsafeUpdate(1, labels)
        case "ClockJumped":
          return TickMetrics.clockJumps.unsafeUpdate(1, labels)
      }
    },
    running: (jobName, by) => TickMetrics.running.unsafeModify(by, of(jobName).labels),
    // other ticks of the process add to the same
    standing: (due, instances) => {
      if (due !== last.due) TickMetrics.due.unsafeModify(due - last.due, labels)
      if (instances !== last.instances) TickMetrics.instances.unsafeModify(instances - last.instances, labels)
      last.due = due
      last.instances = instances
    }
  }
}
