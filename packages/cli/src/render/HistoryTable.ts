/**
 * Lines of the log as a table, as one line each, and as JSON. Pure.
 *
 * @internal
 */
import { type DateTime, Option } from "effect"
import { LogEntry, Run } from "tickwork"
import * as StatusTable from "./StatusTable.ts"
import * as Table from "./Table.ts"
import * as TimeText from "./TimeText.ts"

export interface Options {
  readonly now: number
  readonly zone: DateTime.TimeZone
}

/** The name of a line that `show` takes: JOB#SEQ or JOB/KEY#SEQ. */
export const nameOf = ({ jobName, key, seq }: Pick<LogEntry.Entry, "jobName" | "key" | "seq">): string =>
  `${encodeURIComponent(jobName)}${key === "" ? "" : `/${encodeURIComponent(key)}`}#${seq}`

const decoded = (text: string): Option.Option<string> => {
  try {
    return Option.some(decodeURIComponent(text))
  } catch {
    return Option.none()
  }
}

/** The line that a name tells. */
export const fromName = (name: string): Option.Option<Pick<LogEntry.Entry, "jobName" | "key" | "seq">> => {
  const [, jobName = "", key = "", seq = ""] = /^([^/#]+)(?:\/([^/#]*))?#(\d+)$/.exec(name) ?? []
  return Option.all({ jobName: Option.filter(decoded(jobName), (text) => text !== ""), key: decoded(key) }).pipe(
    Option.map((ref) => ({ ...ref, seq: Number(seq) }))
  )
}

/** Every line that a text may tell, as people type names that hold a slash, too. */
export const readings = (text: string): ReadonlyArray<Pick<LogEntry.Entry, "jobName" | "key" | "seq">> => {
  const [, name = "", seq = ""] = /^(.+)#(\d+)$/s.exec(text) ?? []
  const slashes = [...name.matchAll(/\//g)].map(({ index }) => index)
  const raw = [
    { jobName: name, key: "" },
    ...slashes.map((at) => ({ jobName: name.slice(0, at), key: name.slice(at + 1) }))
  ]
  return [
    ...Option.toArray(fromName(text)),
    ...raw.flatMap((ref) => (ref.jobName === "" ? [] : [{ ...ref, seq: Number(seq) }]))
  ]
}

/** Where the next page begins: the name of the last line of this one, and when it began. */
export const cursorOf = (line: LogEntry.Entry): string => `${nameOf(line)}@${line.startedAt}`

export const fromCursor = (
  text: string
): Option.Option<Pick<LogEntry.Entry, "jobName" | "key" | "seq" | "startedAt">> => {
  const [, name = "", startedAt = ""] = /^(.+)@(-?\d+)$/.exec(text) ?? []
  return Option.map(fromName(name), (line) => ({ ...line, startedAt: Number(startedAt) }))
}

/** A condition is told as it reads in the code: what was not so. */
const reasonOf = (line: LogEntry.Entry): string | null =>
  LogEntry.verdictOf(line) === "condition false" && line.reason !== null && !line.reason.startsWith("not ")
    ? `not so: ${line.reason}`
    : line.reason

/** What the line adds to its status: an error, a reason, who asked and why. */
export const noteOf = (line: LogEntry.Entry): string =>
  [reasonOf(line), line.error].filter((part) => part !== null && part !== "").join(": ")

/** The name of its run, under which the job told the world. */
export const runKeyOf = (line: LogEntry.Entry): string =>
  Run.keyOf(line.jobName, line.key, line.scheduledAt, line.trigger)

const isLate = (line: LogEntry.Entry): boolean => LogEntry.verdictOf(line) === "late"

const lateMs = (line: LogEntry.Entry): number => Math.max(0, line.startedAt - line.scheduledAt)

const columns = ({ now, zone }: Options): ReadonlyArray<Table.Column<LogEntry.Entry>> => [
  { title: "began", cell: ({ startedAt }) => TimeText.stamp(startedAt, now, zone) },
  { title: "ago", align: "right", optional: 3, cell: ({ startedAt }) => TimeText.since(startedAt, now) },
  { title: "job", least: 12, cell: ({ jobName }) => jobName },
  { title: "key", least: 8, hideEmpty: true, cell: ({ key }) => key },
  { title: "#", align: "right", cell: ({ seq }) => `${seq}` },
  { title: "status", cell: ({ status }) => ({ text: status, style: StatusTable.styleOf(status) }) },
  {
    title: "took",
    align: "right",
    cell: (line) => (LogEntry.ran(line) ? TimeText.duration(line.durationMs) : "–")
  },
  {
    title: "late",
    align: "right",
    optional: 1,
    cell: (line) =>
      LogEntry.verdictOf(line) === null || !LogEntry.ran(line)
        ? "–"
        : { text: TimeText.duration(lateMs(line)), style: isLate(line) ? "yellow" : undefined }
  },
  { title: "why", optional: 2, cell: ({ status, trigger }) => (status === "control" ? "–" : trigger) },
  { title: "try", align: "right", hideEmpty: true, cell: ({ attempt }) => (attempt === 1 ? "" : `${attempt}`) },
  { title: "times", align: "right", hideEmpty: true, cell: ({ count }) => (count === 1 ? "" : `× ${count}`) },
  { title: "run", optional: 4, hideEmpty: true, cell: (line) => (LogEntry.ran(line) ? runKeyOf(line) : "") }
]

export const render = (
  lines: ReadonlyArray<LogEntry.Entry>,
  options: Options,
  page: Table.Page
): ReadonlyArray<string> =>
  Table.render(columns(options), lines, page, {
    note: {
      title: "what was said",
      cell: (line) => ({ text: noteOf(line), style: line.error === null ? undefined : "red" })
    }
  })

/** A line for programs; `run` is what the job was told as its `runKey`, `null` where nothing ran. */
export const toJson = (line: LogEntry.Entry) => ({
  job: line.jobName,
  key: line.key,
  seq: line.seq,
  line: nameOf(line),
  run: LogEntry.ran(line) ? runKeyOf(line) : null,
  status: line.status,
  verdict: LogEntry.verdictOf(line),
  trigger: line.trigger,
  attempt: line.attempt,
  scheduledAt: line.scheduledAt,
  startedAt: line.startedAt,
  lastAt: line.lastAt,
  durationMs: line.durationMs,
  count: line.count,
  error: line.error,
  reason: line.reason
})
