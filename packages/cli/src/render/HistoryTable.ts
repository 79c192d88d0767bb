/**
 * Log entries as a table and as JSON. Pure.
 *
 * @internal
 */
import { EntryName, EntryText, TimeText } from "@tickwork/web/view"
import type { DateTime } from "effect"
import { LogEntry } from "tickwork"
import * as Columns from "./Columns.ts"
import * as Table from "./Table.ts"

export interface Options {
  readonly now: number
  readonly zone: DateTime.TimeZone
}

const columns = ({ now, zone }: Options): ReadonlyArray<Table.Column<LogEntry.Entry>> => [
  { title: "began", cell: ({ startedAt }) => TimeText.stamp(startedAt, now, zone) },
  { title: "ago", align: "right", optional: 3, cell: ({ startedAt }) => TimeText.since(startedAt, now) },
  ...Columns.instance,
  { title: "#", align: "right", cell: ({ seq }) => `${seq}` },
  { title: "status", cell: ({ status }) => ({ text: status, style: EntryText.styleOf(status) }) },
  {
    title: "took",
    align: "right",
    cell: (entry) => (LogEntry.ran(entry) ? TimeText.duration(entry.durationMs) : "–")
  },
  {
    title: "late",
    align: "right",
    optional: 1,
    cell: (entry) => {
      const { verdict } = entry
      if (verdict === "backfilled") return verdict
      if (verdict === null || !LogEntry.ran(entry)) return "–"
      const lateMs = Math.max(0, entry.startedAt - entry.scheduledAt)
      return { text: TimeText.duration(lateMs), style: verdict === "late" ? "yellow" : undefined }
    }
  },
  { title: "trigger", optional: 2, cell: ({ status, trigger }) => (status === "control" ? "–" : trigger) },
  Columns.attempt,
  { title: "times", align: "right", hideEmpty: true, cell: ({ count }) => (count === 1 ? "" : `× ${count}`) },
  {
    title: "run",
    optional: 4,
    hideEmpty: true,
    cell: (entry) => (LogEntry.ran(entry) ? EntryName.runKeyOf(entry) : "")
  }
]

export const render = (
  entries: ReadonlyArray<LogEntry.Entry>,
  options: Options,
  page: Table.Page
): ReadonlyArray<string> =>
  Table.render(columns(options), entries, page, {
    note: {
      title: "detail",
      cell: (entry) => ({ text: EntryText.detailOf(entry), style: entry.error === null ? undefined : "red" })
    }
  })
