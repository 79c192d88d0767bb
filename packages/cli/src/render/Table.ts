/**
 * Tables that fit a terminal. Pure: columns, rows and a width in, lines out.
 *
 * No line is ever wider than it was told to be. What does not fit goes in this order: optional columns, wide gaps, the
 * middle of names, the ends of cells.
 *
 * @internal
 */
import { styleText } from "node:util"
import * as Cells from "./Cells.ts"

/** @internal */
export type Style = "bold" | "dim" | "green" | "red" | "yellow" | "cyan" | "magenta"

/** Where lines are to fit, and whether in colours. */
export interface Page {
  /** In cells; `Infinity` where nothing is to be cut. */
  readonly width: number
  readonly colors: boolean
}

/** What a cell says, not escaped yet. */
export interface Cell {
  readonly text: string
  readonly style?: Style | undefined
}

export interface Column<Row> {
  readonly title: string
  readonly align?: "left" | "right"
  readonly cell: (row: Row) => Cell | string
  /** A name is cut in its middle, and down to so many cells. */
  readonly least?: number
  /** Left out where there is no room, those of the highest number first. */
  readonly optional?: number
  /** Left out where no row says anything. */
  readonly hideEmpty?: boolean
}

export interface Options<Row> {
  /** What is told of a row beside its columns: in a last column where there is room, else on a line of its own. */
  readonly note?: { readonly title: string; readonly cell: (row: Row) => Cell | string }
}

const cellOf = (cell: Cell | string): Cell => (typeof cell === "string" ? { text: cell } : cell)

interface Laid {
  readonly title: string
  readonly align: "left" | "right"
  readonly least: number | undefined
  readonly optional: number
  readonly cells: ReadonlyArray<Cell>
  readonly width: number
}

/** A note that has to be cut stands below, unless its column has so many cells: one that need not be is never cut. */
const noteLeast = 56
const indent = "  "

export const paint = (style: Style | undefined, text: string, { colors }: Page): string =>
  colors && style !== undefined && text !== "" ? styleText(style, text, { validateStream: false }) : text

const laid = <Row>(column: Column<Row>, rows: ReadonlyArray<Row>): Laid => {
  const cells = rows.map((row) => {
    const cell = cellOf(column.cell(row))
    return { ...cell, text: Cells.escape(cell.text) }
  })
  return {
    title: column.title,
    align: column.align ?? "left",
    least: column.least,
    optional: column.optional ?? 0,
    cells,
    width: cells.reduce((most, { text }) => Math.max(most, Cells.width(text)), Cells.width(column.title))
  }
}

const widthOf = (columns: ReadonlyArray<Laid>, gap: number): number =>
  columns.reduce((sum, { width }) => sum + width + gap, -gap)

/** The columns as they fit, and the gap between them. */
const fitted = (all: ReadonlyArray<Laid>, width: number): { columns: ReadonlyArray<Laid>; gap: number } => {
  let columns = all
  while (widthOf(columns, 2) > width) {
    const last = columns.reduce((most, { optional }) => Math.max(most, optional), 0)
    if (last === 0) break
    columns = columns.filter(({ optional }) => optional !== last)
  }
  const gap = widthOf(columns, 2) > width ? 1 : 2
  // the longest name gives way first
  for (let over = widthOf(columns, gap) - width; over > 0; over--) {
    const longest = columns.reduce<Laid | undefined>(
      (most, column) =>
        column.least !== undefined && column.width > column.least && column.width > (most?.width ?? 0) ? column : most,
      undefined
    )
    if (longest === undefined) break
    columns = columns.map((column) => (column === longest ? { ...column, width: column.width - 1 } : column))
  }
  return { columns, gap }
}

/** The lines of a table: its titles, then each row. */
export const render = <Row>(
  columns: ReadonlyArray<Column<Row>>,
  rows: ReadonlyArray<Row>,
  page: Page,
  options: Options<Row> = {}
): ReadonlyArray<string> => {
  const all = columns
    .map((column) => ({ column, laid: laid(column, rows) }))
    .filter(({ column, laid }) => column.hideEmpty !== true || laid.cells.some(({ text }) => text !== ""))
    .map(({ laid }) => laid)
  const noted = options.note === undefined ? undefined : laid({ ...options.note, align: "left" }, rows)
  const hasNotes = noted?.cells.some(({ text }) => text !== "") === true
  const required = all.filter(({ optional }) => optional === 0)
  const besides = page.width - widthOf(required, 2) - 2
  const isCutBelow = hasNotes && noted.width > page.width - indent.length
  const beside = hasNotes && (noted.width <= besides || (besides >= noteLeast && isCutBelow))
  // beside notes, an optional column stands only where it takes nothing from them
  const room = beside
    ? Math.max(widthOf(required, 2), page.width - Math.min(noted.width, Math.max(noteLeast, page.width / 3)) - 2)
    : page.width
  const { columns: shown, gap } = fitted(all, room)
  const noteWidth = page.width - widthOf(shown, gap) - gap

  const line = (cells: ReadonlyArray<{ readonly cell: Cell; readonly column: Laid; readonly isLast: boolean }>) => {
    let left = page.width
    let text = ""
    for (const { cell, column, isLast } of cells) {
      const space = text === "" ? "" : " ".repeat(gap)
      const room = Math.max(0, left - space.length)
      const size = Math.min(column.width, room)
      const fit = column.least === undefined ? Cells.cut(cell.text, size) : Cells.cutName(cell.text, size)
      const padded = isLast && column.align === "left" ? fit : Cells.pad(fit, size, column.align)
      left -= space.length + Cells.width(padded)
      text += space + paint(cell.style, padded, page)
    }
    return text.replace(/ +$/, "")
  }
  const withNote = beside ? [...shown, { ...noted, width: noteWidth }] : shown
  const lineOf = (cell: (column: Laid) => Cell) =>
    line(withNote.map((column, index) => ({ cell: cell(column), column, isLast: index === withNote.length - 1 })))
  return [
    lineOf(({ title }) => ({ text: title, style: "bold" })),
    ...rows.flatMap((_, index) => {
      const note = noted?.cells[index]
      const own = lineOf(({ cells }) => cells[index] ?? { text: "" })
      if (beside || note === undefined || note.text === "") return [own]
      return [own, ...below(note, page)]
    })
  ]
}

const below = ({ style, text }: Cell, page: Page): ReadonlyArray<string> => [
  indent + paint(style ?? "dim", Cells.cut(text, page.width - indent.length), page)
]

/** Names and what they are, under one another; what is long goes on below. */
export const pairs = (
  said: ReadonlyArray<readonly [name: string, text: string]>,
  page: Page
): ReadonlyArray<string> => {
  const width = said.reduce((most, [name]) => Math.max(most, Cells.width(name)), 0)
  const room = Math.max(10, page.width - indent.length - width - 2)
  return said.flatMap(([name, text]) =>
    Cells.wrap(text, room).map(
      (line, index) => `${indent}${Cells.pad(index === 0 ? name : "", width, "left")}  ${line}`
    )
  )
}
