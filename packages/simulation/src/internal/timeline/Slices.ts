/**
 * A span in slices of equal length, and what each job did in each of them.
 *
 * However many runs there are, a chart draws slices.
 *
 * @internal
 */
import type { Entry, JobAccount, Span, Timeline } from "./Model.ts"

/** How many there are in each slice. */
type Counts = Int32Array

export interface Lane {
  readonly job: JobAccount
  /** Attempts at work in the slice; one that is shorter than a slice counts where it began. */
  readonly atWork: Counts
  /** Those of them that began in it for a backfill. */
  readonly backfilled: Counts
  /** Those of them that ended in it without success. */
  readonly failed: Counts
  readonly missed: Counts
  /** Verdicts that ran nothing, missed ones left out. */
  readonly skipped: Counts
  readonly alerts: Counts
  /** Instances that are paused in the slice. */
  readonly paused: Counts
  /** Limits of a rate that instances wait for in the slice. */
  readonly waiting: Counts
}

const lane = (job: JobAccount, slices: number): Lane => ({
  job,
  // one more, for where attempts are at work no longer
  atWork: new Int32Array(slices + 1),
  backfilled: new Int32Array(slices),
  failed: new Int32Array(slices),
  missed: new Int32Array(slices),
  skipped: new Int32Array(slices),
  alerts: new Int32Array(slices),
  paused: new Int32Array(slices + 1),
  waiting: new Int32Array(slices + 1)
})

const add = (counts: Counts, slice: number, many = 1): void => {
  counts[slice] = (counts[slice] ?? 0) + many
}

/** Which slice an instant of the span lies in; the last one for its end. */
export const sliceOf =
  ({ from, to }: Span, slices: number) =>
  (at: number): number =>
    to <= from ? 0 : Math.min(slices - 1, Math.max(0, Math.floor(((at - from) / (to - from)) * slices)))

/** One entry counts several equal verdicts: they are spread evenly between the first and the last. */
const eachVerdict = (entry: Entry, slices: number, visit: (at: number, many: number) => void): void => {
  const isMissed = entry.verdict === "missed"
  const first = isMissed ? entry.scheduledAt : entry.startedAt
  // an instant was missed before the entry was written
  const step = (entry.lastAt - first) / Math.max(1, isMissed ? entry.count : entry.count - 1)
  const groups = Math.min(entry.count, slices)
  for (let group = 0; group < groups; group++) {
    const index = Math.floor((group * entry.count) / groups)
    visit(first + index * step, Math.floor(((group + 1) * entry.count) / groups) - index)
  }
}

/** One lane for each job, in the order of the registry. What lies outside the span is in no slice. */
export const of = (timeline: Timeline, slices: number): ReadonlyArray<Lane> => {
  const { alarms, from, jobs, pauses = [], rateWaits = [], runs, skips, to } = timeline
  const lanes = jobs.map((job) => lane(job, slices))
  const byName = new Map(lanes.map((lane) => [lane.job.jobName, lane]))
  const at = sliceOf(timeline, slices)
  const longMs = (to - from) / slices
  const isInside = (instant: number): boolean => instant >= from && instant <= to
  for (const run of runs) {
    const lane = byName.get(run.jobName)
    const end = run.startedAt + run.durationMs
    if (lane === undefined || run.startedAt > to || end < from) continue
    const first = at(run.startedAt)
    // a run is not at work any more at its end
    const last = run.durationMs < longMs ? first : at(Math.max(run.startedAt, Math.min(end, to) - 1))
    add(lane.atWork, first, run.count)
    add(lane.atWork, last + 1, -run.count)
    if (run.verdict === "backfilled") add(lane.backfilled, first, run.count)
    if (run.status !== "success" && end <= to) add(lane.failed, last, run.count)
  }
  for (const entry of skips) {
    const lane = byName.get(entry.jobName)
    if (lane === undefined) continue
    const counts = entry.verdict === "missed" ? lane.missed : lane.skipped
    eachVerdict(entry, slices, (instant, many) => {
      if (isInside(instant)) add(counts, at(instant), many)
    })
  }
  for (const { at: instant, jobName, kind } of alarms) {
    const lane = byName.get(jobName)
    if (lane !== undefined && kind === "alert" && isInside(instant)) add(lane.alerts, at(instant))
  }
  const mark = (spans: ReadonlyArray<Span & { readonly jobName: string }>, of: (lane: Lane) => Counts) => {
    for (const span of spans) {
      const lane = byName.get(span.jobName)
      if (lane === undefined || span.from > to || span.to < from) continue
      add(of(lane), at(span.from))
      add(of(lane), at(Math.max(span.from, span.to - 1)) + 1, -1)
    }
  }
  mark(pauses, ({ paused }) => paused)
  mark(rateWaits, ({ waiting }) => waiting)
  for (const { atWork, paused, waiting } of lanes)
    for (const counts of [atWork, paused, waiting])
      for (let slice = 1; slice <= slices; slice++) add(counts, slice, counts[slice - 1])
  return lanes
}
