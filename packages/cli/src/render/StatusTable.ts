/**
 * The state of every instance as a table and as JSON. Pure.
 *
 * @internal
 */
import { EntryText, InstanceState, TimeText } from "@tickwork/web/view"
import type { JobState } from "tickwork"
import * as Cells from "./Cells.ts"
import * as Table from "./Table.ts"

export type Options = InstanceState.Options

interface Row extends InstanceState.InstanceState {
  readonly stored: JobState.JobState
}

const columns = (now: number): ReadonlyArray<Table.Column<Row>> => [
  { title: "job", least: 12, cell: ({ stored, style }) => ({ text: stored.jobName, style }) },
  { title: "key", least: 8, hideEmpty: true, cell: ({ stored }) => stored.key },
  {
    title: "last run",
    align: "right",
    cell: ({ stored }) => (stored.lastRunAt === null ? "never" : TimeText.since(stored.lastRunAt, now))
  },
  {
    title: "status",
    cell: ({ stored }) => ({
      text: stored.lastStatus ?? "–",
      style: stored.lastStatus === null ? undefined : EntryText.styleOf(stored.lastStatus)
    })
  },
  {
    title: "took",
    align: "right",
    cell: ({ stored }) => (stored.lastDurationMs === null ? "–" : TimeText.duration(stored.lastDurationMs))
  },
  { title: "attempts", align: "right", cell: ({ stored }) => `${stored.totalRuns}` },
  {
    title: "failed",
    align: "right",
    cell: ({ stored }) => ({ text: `${stored.totalErrors}`, style: stored.totalErrors > 0 ? "red" : undefined })
  },
  {
    title: "next run",
    align: "right",
    cell: (row) => ({
      text: InstanceState.nextOf(row.stored, row.kind, now),
      style: row.kind === "overdue" ? "red" : undefined
    })
  }
]

export const render = (
  states: ReadonlyArray<JobState.JobState>,
  options: Options,
  page: Table.Page
): ReadonlyArray<string> => {
  const rows = states.map((stored) => ({ stored, ...InstanceState.of(stored, options) }))
  const overdue = rows.filter(({ kind }) => kind === "overdue").length
  const isIdle = rows.every(({ kind }) => kind !== "running")
  const warning = `${overdue} overdue and none running: check that the application runs.`
  return [
    ...Table.render(columns(options.now), rows, page, {
      note: { title: "detail", cell: ({ detail, style }) => ({ text: detail, style }) }
    }),
    ...(overdue > 0 && isIdle ? [Table.paint("yellow", Cells.cut(warning, page.width), page)] : [])
  ]
}
