/**
 * One run with all its attempts, for people and as JSON. Pure.
 *
 * @internal
 */
import { LogEntry } from "tickwork"
import * as FieldList from "./FieldList.ts"
import * as HistoryTable from "./HistoryTable.ts"
import * as StatusTable from "./StatusTable.ts"
import type * as Table from "./Table.ts"
import * as TimeText from "./TimeText.ts"

const instance = ({ jobName, key }: LogEntry.LogEntry): string => (key === "" ? jobName : `${jobName} of ${key}`)

const attempt = (line: LogEntry.LogEntry, { now, zone }: HistoryTable.Options): ReadonlyArray<FieldList.Fact> => {
  const ran = LogEntry.ran(line)
  const at = (instant: number) => TimeText.moment(instant, now, zone)
  return [
    {
      name: ran ? `attempt ${line.attempt}` : `line ${line.seq}`,
      text: line.status,
      style: StatusTable.styleOf(line.status)
    },
    { name: "began", text: at(line.startedAt) },
    { name: "last", text: line.count > 1 ? `${at(line.lastAt)} (${line.count} times)` : null },
    { name: "took", text: ran ? TimeText.duration(line.durationMs) : null },
    { name: "why", text: ran ? line.trigger : null },
    { name: "reason", text: line.reason },
    { name: "error", text: line.error, style: "red" },
    { name: "then", text: thenOf(line, at) }
  ]
}

/** What the plan was after the line. */
const thenOf = (line: LogEntry.LogEntry, at: (instant: number) => string): string => {
  if (line.manual !== null && line.trigger === "manual")
    return `attempt ${line.manual.attempt} at ${at(line.manual.nextAt)}`
  if (line.paused !== null) return `paused${line.paused.by === "" ? "" : ` by ${line.paused.by}`}`
  if (line.nextAt === null) return "nothing more: it has finished"
  return line.nextAttempt > 1 ? `attempt ${line.nextAttempt} at ${at(line.nextAt)}` : `next at ${at(line.nextAt)}`
}

/** The lines of one run, the first attempt first. */
export const render = (
  lines: ReadonlyArray<LogEntry.LogEntry>,
  options: HistoryTable.Options,
  page: Table.Page
): ReadonlyArray<string> => {
  const [first] = lines
  if (first === undefined) return []
  const lateMs = first.startedAt - first.scheduledAt
  const isControl = first.status === "control"
  const head: ReadonlyArray<FieldList.Fact> = [
    { name: "job", text: instance(first) },
    { name: "run", text: LogEntry.ran(first) ? HistoryTable.runKeyOf(first) : null },
    { name: "for", text: isControl ? null : TimeText.moment(first.scheduledAt, options.now, options.zone) },
    { name: "late", text: LogEntry.ran(first) && lateMs > 0 ? TimeText.duration(lateMs) : null }
  ]
  return [
    ...FieldList.render(head, page),
    ...lines.flatMap((line) => ["", ...FieldList.render(attempt(line, options), page)])
  ]
}

export const toJson = (lines: ReadonlyArray<LogEntry.LogEntry>) =>
  lines.map((line) => ({
    ...HistoryTable.toJson(line),
    nextAt: line.nextAt,
    nextAttempt: line.nextAttempt,
    paused: line.paused,
    askedFor: line.manual === null ? null : { at: line.manual.at, by: line.manual.by, why: line.manual.why }
  }))
