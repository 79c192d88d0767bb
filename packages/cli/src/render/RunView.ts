/**
 * One run with all its attempts, for people and as JSON. Pure.
 *
 * @internal
 */
import { EntryName, EntryText, InstanceState, TimeText } from "@tickwork/web/view"
import { LogEntry } from "tickwork"
import * as FieldList from "./FieldList.ts"
import type * as HistoryTable from "./HistoryTable.ts"
import type * as Table from "./Table.ts"

const fieldsOf = (entry: LogEntry.LogEntry, { now, zone }: HistoryTable.Options): ReadonlyArray<FieldList.Field> => {
  const ran = LogEntry.ran(entry)
  const at = (instant: number) => TimeText.moment(instant, now, zone)
  return [
    {
      name: ran ? `attempt ${entry.attempt}` : `entry ${entry.seq}`,
      text: entry.status,
      style: EntryText.styleOf(entry.status)
    },
    { name: "began", text: at(entry.startedAt) },
    { name: "last", text: entry.count > 1 ? `${at(entry.lastAt)} (${entry.count} times)` : null },
    { name: "took", text: ran ? TimeText.duration(entry.durationMs) : null },
    { name: "trigger", text: ran ? entry.trigger : null },
    { name: "reason", text: entry.reason },
    { name: "report", text: entry.report === null ? null : JSON.stringify(entry.report.value) },
    { name: "error", text: entry.error, style: "red" },
    { name: "stack", text: entry.stack, style: "dim", hasLines: true },
    { name: "next", text: EntryText.nextOf(entry, at) }
  ]
}

/** The entries are those of one run, the first attempt first. */
export const render = (
  entries: ReadonlyArray<LogEntry.LogEntry>,
  options: HistoryTable.Options,
  page: Table.Page
): ReadonlyArray<string> => {
  const [first] = entries
  if (first === undefined) return []
  const lateMs = first.startedAt - first.scheduledAt
  const ran = LogEntry.ran(first)
  const scheduled = TimeText.moment(first.scheduledAt, options.now, options.zone)
  const head: ReadonlyArray<FieldList.Field> = [
    { name: "job", text: InstanceState.nameOf(first) },
    { name: "run", text: ran ? EntryName.runKeyOf(first) : null },
    { name: "scheduled", text: first.status === "control" ? null : scheduled },
    { name: "late", text: ran && lateMs > 0 ? TimeText.duration(lateMs) : null }
  ]
  return [
    ...FieldList.render(head, page),
    ...entries.flatMap((entry) => ["", ...FieldList.render(fieldsOf(entry, options), page)])
  ]
}
