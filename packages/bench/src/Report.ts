/**
 * Tables as text: columns of words to the left, of numbers to the right. It measures nothing.
 */
import type * as Row from "./Row.ts"

const placesOf = (value: number): number => {
  const size = Math.abs(value)
  return size >= 100 || size === 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3
}

export const numberToText = (value: number): string => {
  const places = placesOf(value)
  return value.toLocaleString("en-US", { minimumFractionDigits: places, maximumFractionDigits: places })
}

export const measuredToText = (value: number | null, unit: string): string =>
  value === null ? "" : `${numberToText(value)} ${unit}`.trim()

export const holdsToText = (holds: boolean | null): string => (holds === null ? "" : holds ? "yes" : "NO")

export interface Column {
  readonly title: string
  readonly isNumber?: boolean
}

/** A table in Markdown, its columns aligned. */
export const toText = (columns: ReadonlyArray<Column>, rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = columns.map(({ title }, at) =>
    Math.max(title.length, ...rows.map((cells) => (cells[at] ?? "").length))
  )
  const line = (cells: ReadonlyArray<string>) =>
    `| ${columns
      .map(({ isNumber = false }, at) => {
        const cell = cells[at] ?? ""
        return isNumber ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)
      })
      .join(" | ")} |`
  const rule = columns.map(({ isNumber = false }, at) => {
    const width = widths[at] ?? 0
    return isNumber ? `${"-".repeat(width - 1)}:` : "-".repeat(width)
  })
  return [line(columns.map(({ title }) => title)), `| ${rule.join(" | ")} |`, ...rows.map(line)].join("\n")
}

const columns: ReadonlyArray<Column> = [
  { title: "what" },
  { title: "ours", isNumber: true },
  { title: "floor", isNumber: true },
  { title: "ours / floor", isNumber: true },
  { title: "goal" },
  { title: "holds" }
]

/** The table of rows beside their floors and goals. */
export const rowsToText = (rows: ReadonlyArray<Row.Row>): string =>
  toText(
    columns,
    rows.map((row) => [
      row.what,
      measuredToText(row.ours, row.unit),
      measuredToText(row.floor, row.unit),
      row.floor === null || row.floor === 0 ? "" : numberToText(row.ours / row.floor),
      row.goal,
      holdsToText(row.holds)
    ])
  )
