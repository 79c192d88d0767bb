/**
 * One run with all its attempts, for people and as JSON. Pure.
 *
 * @internal
 */
import { LogEntry } from "tickwork"
import * as EntryName from "../EntryName.ts"
import * as FieldList from "./FieldList.ts"
import * as HistoryTable from "./HistoryTable.ts"
import * as InstanceState from "./InstanceState.ts"
import * as StatusTable from "./StatusTable.ts"
import type * as Table from "./Table.ts"
import * as TimeText from "./TimeText.ts"

/** What the entry planned next. */
const nextOf = (entry: LogEntry.LogEntry, at: (instant: number) => string): string => {
  const {
    trigger,
    position: { manual, nextAt, attempt: nextAttempt, paused }
  } = entry
  if (manual !== null && trigger === "manual") return `attempt ${manual.attempt} at ${at(manual.nextAt)}`
  if (paused !== null) return `paused${paused.by === "" ? "" : ` by ${paused.by}`}`
  if (nextAt === null) return "nothing, the job has finished"
  return nextAttempt > 1 ? `attempt ${nextAttempt} at ${at(nextAt)}` : at(nextAt)
}

const fieldsOf = (entry: LogEntry.LogEntry, { now, zone }: HistoryTable.Options): ReadonlyArray<FieldList.Field> => {
  const ran = LogEntry.ran(entry)
  const at = (instant: number) => TimeText.moment(instant, now, zone)
  return [
    {
      name: ran ? `attempt ${entry.attempt}` : `entry ${entry.seq}`,
      text: entry.status,
      style: StatusTable.styleOf(entry.status)
    },
    { name: "began", text: at(entry.startedAt) },
    { name: "last", text: entry.count > 1 ? `${at(entry.lastAt)} (${entry.count} times)` : null },
    { name: "took", text: ran ? TimeText.duration(entry.durationMs) : null },
    { name: "trigger", text: ran ? entry.trigger : null },
    { name: "reason", text: entry.reason },
    { name: "report", text: entry.report === null ? null : JSON.stringify(entry.report.value) },
    { name: "error", text: entry.error, style: "red" },
    { name: "stack", text: entry.stack, style: "dim", hasLines: true },
    { name: "next", text: nextOf(entry, at) }
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

export const toJson = (entries: ReadonlyArray<LogEntry.LogEntry>) =>
  entries.map((entry) => ({
    ...HistoryTable.toJson(entry),
    report: entry.report === null ? null : entry.report.value,
    stack: entry.stack,
    nextAt: entry.position.nextAt,
    nextAttempt: entry.position.attempt,
    paused: entry.position.paused,
    requested:
      entry.position.manual === null
        ? null
        : { at: entry.position.manual.at, by: entry.position.manual.by, why: entry.position.manual.why }
  }))
