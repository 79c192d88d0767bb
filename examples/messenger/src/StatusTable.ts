/**
 * The state of the jobs as a table in which no line is wider than the page. Pure.
 */
import { styleText } from "node:util"
import { Array as Arr, Order } from "effect"
import type { JobStatus } from "tickwork"
import * as Cells from "./Cells.ts"
import * as RelativeTime from "./RelativeTime.ts"

export interface Options {
  readonly now: number
  readonly width: number
  readonly colors: boolean
}

type Style = "bold" | "dim" | "green" | "red" | "yellow"

interface Column {
  readonly title: string
  readonly cells: number
  readonly align: "left" | "right"
  readonly text: (status: JobStatus.JobStatus, now: number) => string
  readonly style?: (status: JobStatus.JobStatus) => Style | undefined
}

const statusStyles: Readonly<Record<string, Style>> = {
  success: "green",
  error: "red",
  timeout: "red",
  interrupted: "yellow",
  skipped: "dim"
}

const next = ({ decision, state }: JobStatus.JobStatus, now: number): string => {
  if (decision._tag === "Run") return "due"
  const { reason } = decision
  switch (reason._tag) {
    case "NotDue":
    case "BackingOff":
      return RelativeTime.until(reason.until, now)
    case "NoFreeSlot":
      return "waits"
    case "Running":
      return "running"
    case "HeldByAnother":
      return "elsewhere"
    case "Finished":
      return "finished"
    default:
      return state.position.nextAt === null ? "" : RelativeTime.until(state.position.nextAt, now)
  }
}

const columns: ReadonlyArray<Column> = [
  { title: "job", cells: 20, align: "left", text: ({ jobName, key }) => (key === "" ? jobName : `${jobName} ${key}`) },
  { title: "pri", cells: 3, align: "right", text: ({ priority }) => `${priority}` },
  {
    title: "last run",
    cells: 10,
    align: "right",
    text: ({ state }, now) => (state.lastRunAt === null ? "never" : RelativeTime.since(state.lastRunAt, now))
  },
  {
    title: "status",
    cells: 11,
    align: "left",
    text: ({ state }) => state.lastStatus ?? "-",
    style: ({ state }) => statusStyles[state.lastStatus ?? ""]
  },
  {
    title: "duration",
    cells: 8,
    align: "right",
    text: ({ state }) => (state.lastDurationMs === null ? "-" : RelativeTime.duration(state.lastDurationMs))
  },
  { title: "runs", cells: 6, align: "right", text: ({ state }) => `${state.totalRuns}` },
  {
    title: "errors",
    cells: 6,
    align: "right",
    text: ({ state }) => `${state.totalErrors}`,
    style: ({ state }) => (state.totalErrors > 0 ? "red" : undefined)
  },
  { title: "next run", cells: 9, align: "right", text: next }
]

/** Why the last occurrence did not succeed. */
const detailOf = ({ state }: JobStatus.JobStatus): string => Cells.escape(state.lastError ?? state.lastReason ?? "")

const narrowGap = " "
const wideGap = "  "
const narrow = columns.reduce((sum, { cells }) => sum + cells + narrowGap.length, -narrowGap.length)
const wide = narrow + (wideGap.length - narrowGap.length) * (columns.length - 1)

/** The details get a column of their own if it has this width. */
const leastDetail = 30

/** By priority and name, so that a row keeps its place. */
const byPriority = Order.combine(
  Order.mapInput(Order.number, ({ priority }: JobStatus.JobStatus) => priority),
  Order.mapInput(Order.string, ({ jobName, key }: JobStatus.JobStatus) => `${jobName} ${key}`)
)

export const render = (
  unordered: ReadonlyArray<JobStatus.JobStatus>,
  { colors, now, width }: Options
): ReadonlyArray<string> => {
  const statuses = Arr.sort(unordered, byPriority)
  const paint = (style: Style | undefined, text: string) =>
    colors && style !== undefined ? styleText(style, text, { validateStream: false }) : text
  const gap = width >= wide ? wideGap : narrowGap
  const spare = width - wide - wideGap.length
  const hasRoom = spare >= leastDetail
  const shown: ReadonlyArray<Column> = hasRoom
    ? [...columns, { title: "detail", cells: spare, align: "left", text: detailOf }]
    : columns

  const line = (cell: (column: Column) => readonly [text: string, style: Style | undefined]) => {
    let room = width
    const cells = shown.map((column, index) => {
      room -= index === 0 ? 0 : gap.length
      const [text, style] = cell(column)
      const fitted = Cells.cut(Cells.fit(Cells.escape(text), column.cells, column.align), Math.max(0, room))
      room -= Cells.width(fitted)
      return room < 0 ? "" : paint(style, fitted)
    })
    return cells.filter((cell) => cell !== "").join(gap)
  }
  const below = hasRoom ? [] : statuses.filter((status) => detailOf(status) !== "")
  return [
    line(({ title }) => [title, "bold"]),
    ...statuses.map((status) => line(({ style, text }) => [text(status, now), style?.(status)])),
    ...below.map((status) => paint("dim", Cells.cut(`${Cells.escape(status.jobName)}: ${detailOf(status)}`, width)))
  ]
}
