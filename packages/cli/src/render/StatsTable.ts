/**
 * The figures of jobs over a time range, and how much is stored, as tables. Pure.
 *
 * @internal
 */
import { Counted, Figures, TimeText } from "@tickwork/web/view"
import type { DateTime } from "effect"
import type { JobLog, JobStats } from "tickwork"
import * as Table from "./Table.ts"

const quantile = (quantiles: JobStats.Quantiles | null, of: keyof JobStats.Quantiles): string =>
  quantiles === null ? "–" : TimeText.duration(quantiles[of])

const streak = ({ streaks: { current } }: JobStats.JobStats): Table.Cell => {
  if (current === null) return { text: "–" }
  return current.outcome === "failure"
    ? { text: `${Counted.number(current.runs)} failed`, style: "red" }
    : { text: `${Counted.number(current.runs)} ok` }
}

const right = "right" as const

const runColumns: ReadonlyArray<Table.Column<JobStats.JobStats>> = [
  { title: "job", least: 12, cell: ({ jobName }) => jobName },
  { title: "attempts", align: right, cell: ({ runs }) => Counted.number(runs) },
  {
    title: "failed",
    align: right,
    cell: ({ errors }) => ({ text: Counted.number(errors), style: errors > 0 ? "red" : undefined })
  },
  { title: "rate", align: right, cell: ({ errorRate }) => Figures.percent(errorRate) },
  { title: "retries", align: right, optional: 3, cell: ({ retries }) => Counted.number(retries) },
  { title: "p50", align: right, cell: ({ duration }) => quantile(duration, "p50") },
  { title: "p95", align: right, optional: 2, cell: ({ duration }) => quantile(duration, "p95") },
  { title: "p99", align: right, cell: ({ duration }) => quantile(duration, "p99") },
  { title: "max", align: right, cell: ({ duration }) => quantile(duration, "max") },
  { title: "streak", align: right, cell: streak },
  {
    title: "worst streak",
    align: right,
    optional: 1,
    cell: ({ streaks }) => (streaks.longestFailing === 0 ? "–" : `${Counted.number(streaks.longestFailing)} failed`)
  }
]

const verdict = (
  title: string,
  of: keyof JobStats.JobStats["verdicts"],
  style?: Table.Style
): Table.Column<JobStats.JobStats> => ({
  title,
  align: right,
  cell: ({ verdicts }) => ({ text: Counted.number(verdicts[of]), style: verdicts[of] > 0 ? style : undefined })
})

const verdictColumns: ReadonlyArray<Table.Column<JobStats.JobStats>> = [
  { title: "occurrences", least: 12, cell: ({ jobName }) => jobName },
  verdict("ran", "ran"),
  verdict("late", "late", "yellow"),
  verdict("missed", "missed", "red"),
  verdict("condition false", "condition-false"),
  { ...verdict("condition failed", "condition-failed", "red"), optional: 1 },
  { ...verdict("superseded", "superseded"), optional: 2 },
  { ...verdict("left out", "left-out"), optional: 2 },
  { ...verdict("backfilled", "backfilled"), optional: 2 },
  { title: "late p50", align: right, cell: ({ lateness }) => quantile(lateness, "p50") },
  { title: "p95", align: right, optional: 3, cell: ({ lateness }) => quantile(lateness, "p95") },
  { title: "p99", align: right, cell: ({ lateness }) => quantile(lateness, "p99") },
  { title: "max", align: right, cell: ({ lateness }) => quantile(lateness, "max") }
]

/** The time range that is counted, in ms since the epoch. */
export interface Range {
  readonly from: number
  readonly to: number
  readonly now: number
  readonly zone: DateTime.TimeZone
}

export const render = (
  stats: ReadonlyArray<JobStats.JobStats>,
  size: JobLog.Size,
  { from, now, to, zone }: Range,
  page: Table.Page
): ReadonlyArray<string> => [
  ...(stats.length === 0
    ? ["No run started in this time range."]
    : [
        Table.paint("dim", `Began ${TimeText.stamp(from, now, zone)} to ${TimeText.stamp(to, now, zone)}:`, page),
        ...Table.render(runColumns, stats, page),
        "",
        ...Table.render(verdictColumns, stats, page)
      ]),
  "",
  Table.paint("dim", Figures.sizeLine(size, now), page)
]
