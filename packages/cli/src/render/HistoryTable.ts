/**
 * Log entries as a table and as JSON. Pure.
 *
 * @internal
 */
import type { DateTime } from "effect"
import { LogEntry } from "tickwork"
import * as EntryName from "../EntryName.ts"
import * as Columns from "./Columns.ts"
import * as StatusTable from "./StatusTable.ts"
import * as Table from "./Table.ts"
import * as TimeText from "./TimeText.ts"

export interface Options {
  readonly now: number
  readonly zone: DateTime.TimeZone
}

const reasonOf = (entry: LogEntry.Entry): string | null =>
  entry.verdict === "condition-false" ? `condition false: ${entry.reason}` : entry.reason

/** The reason and the error of an entry; empty where it has neither. */
export const detailOf = (entry: LogEntry.Entry): string =>
  [reasonOf(entry), entry.error].filter((part) => part !== null && part !== "").join(": ")

const columns = ({ now, zone }: Options): ReadonlyArray<Table.Column<LogEntry.Entry>> => [
  { title: "began", cell: ({ startedAt }) => TimeText.stamp(startedAt, now, zone) },
  { title: "ago", align: "right", optional: 3, cell: ({ startedAt }) => TimeText.since(startedAt, now) },
  ...Columns.instance,
  { title: "#", align: "right", cell: ({ seq }) => `${seq}` },
  { title: "status", cell: ({ status }) => ({ text: status, style: StatusTable.styleOf(status) }) },
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
      cell: (entry) => ({ text: detailOf(entry), style: entry.error === null ? undefined : "red" })
    }
  })

/** `run` is the `runKey` that the body received, `null` where nothing ran. */
export const toJson = (entry: LogEntry.Entry) => ({
  job: entry.jobName,
  key: entry.key,
  seq: entry.seq,
  entry: EntryName.of(entry),
  run: LogEntry.ran(entry) ? EntryName.runKeyOf(entry) : null,
  status: entry.status,
  verdict: entry.verdict,
  missedBecause: entry.missedBecause,
  trigger: entry.trigger,
  attempt: entry.attempt,
  scheduledAt: entry.scheduledAt,
  startedAt: entry.startedAt,
  lastAt: entry.lastAt,
  durationMs: entry.durationMs,
  count: entry.count,
  error: entry.error,
  reason: entry.reason
})
