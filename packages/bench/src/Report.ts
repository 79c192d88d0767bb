/**
 * The table of results, as text. It measures nothing.
 */
import type { Effect } from "effect"

/** A measured number and its unit. */
export interface Measured {
  readonly value: number
  readonly unit: string
}

/** One line: Tickwork's figure beside the machine's limit, measured in the same run. */
export interface Row {
  readonly what: string
  readonly ours: Measured
  readonly floor: Measured | null
  /** The goal in words; empty for a row that is only a comparison. */
  readonly goal: string
  readonly met: boolean | null
}

/** Rows that are measured together. */
export type Family = Effect.Effect<ReadonlyArray<Row>, unknown>

const header = ["what", "ours", "floor", "ours / floor", "goal", "met"]

const digits = (value: number): number => {
  const size = Math.abs(value)
  return size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3
}

const numberToText = (value: number): string => {
  const places = digits(value)
  return value.toLocaleString("en-US", { minimumFractionDigits: places, maximumFractionDigits: places })
}

const measuredToText = (measured: Measured | null): string =>
  measured === null ? "" : `${numberToText(measured.value)} ${measured.unit}`

const ratioOf = ({ floor, ours }: Row): string =>
  floor === null || floor.value === 0 ? "" : numberToText(ours.value / floor.value)

const cellsOf = (row: Row): ReadonlyArray<string> => [
  row.what,
  measuredToText(row.ours),
  measuredToText(row.floor),
  ratioOf(row),
  row.goal,
  row.met === null ? "" : row.met ? "yes" : "NO"
]

/** A table in Markdown, its columns aligned. */
export const toText = (rows: ReadonlyArray<Row>): string => {
  const lines = [header, ...rows.map(cellsOf)]
  const widths = header.map((_, column) => Math.max(...lines.map((cells) => (cells[column] ?? "").length)))
  const isNumber = (column: number) => column >= 1 && column <= 3
  const lineOf = (cells: ReadonlyArray<string>) =>
    `| ${cells.map((cell, column) => (isNumber(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0))).join(" | ")} |`
  const rule = `| ${widths.map((width, column) => (isNumber(column) ? `${"-".repeat(width - 1)}:` : "-".repeat(width))).join(" | ")} |`
  return [lineOf(header), rule, ...lines.slice(1).map(lineOf)].join("\n")
}
