/**
 * Tables that fit a page: no line is wider than the page. To fit, a table gives up optional columns, then wide gaps,
 * the middle of names and the ends of cells.
 *
 * @internal
 */
import { styleText } from "node:util"
import * as Cells from "./Cells.ts"

/** @internal */
export type Style = "bold" | "dim" | "green" | "red" | "yellow" | "cyan" | "magenta"

/** The page that lines must fit. */
export interface Page {
  /** In cells; `Infinity` cuts nothing. */
  readonly width: number
  readonly colors: boolean
}

export interface Cell {
  /** Not escaped. */
  readonly text: string
  readonly style?: Style | undefined
}

export interface Column<Row> {
  readonly title: string
  readonly align?: "left" | "right"
  readonly cell: (row: Row) => Cell | string
  /** The column holds names: they are cut in the middle, down to this width in cells. */
  readonly least?: number
  /** The column may be left out for lack of room, the highest number first. */
  readonly optional?: number
  /** The column is left out where every cell is empty. */
  readonly hideEmpty?: boolean
}

export interface Options<Row> {
  /** A remark on each row: a last column where it fits, else a line below the row. */
  readonly note?: { readonly title: string; readonly cell: (row: Row) => Cell | string }
}

const cellOf = (cell: Cell | string): Cell => (typeof cell === "string" ? { text: cell } : cell)

interface Measured {
  readonly title: string
  readonly align: "left" | "right"
  readonly least: number | undefined
  readonly optional: number
  readonly cells: ReadonlyArray<Cell>
  readonly width: number
}

/** A note that must be cut stays beside its row only where its column has at least this many cells. */
const noteLeast = 56
const indent = "  "

export const paint = (style: Style | undefined, text: string, { colors }: Page): string =>
  colors && style !== undefined && text !== "" ? styleText(style, text, { validateStream: false }) : text

const measure = <Row>(column: Column<Row>, rows: ReadonlyArray<Row>): Measured => {
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

const widthOf = (columns: ReadonlyArray<Measured>, gap: number): number =>
  columns.reduce((sum, { width }) => sum + width + gap, -gap)

/** The columns that fit, at the widths that fit, and the gap between them. */
const fit = (all: ReadonlyArray<Measured>, width: number): { columns: ReadonlyArray<Measured>; gap: number } => {
  let columns = all
  while (widthOf(columns, 2) > width) {
    const last = columns.reduce((most, { optional }) => Math.max(most, optional), 0)
    if (last === 0) break
    columns = columns.filter(({ optional }) => optional !== last)
  }
  const gap = widthOf(columns, 2) > width ? 1 : 2
  // the longest name is cut first
  for (let over = widthOf(columns, gap) - width; over > 0; over--) {
    const longest = columns.reduce<Measured | undefined>(
      (most, column) =>
        column.least !== undefined && column.width > column.least && column.width > (most?.width ?? 0) ? column : most,
      undefined
    )
    if (longest === undefined) break
    columns = columns.map((column) => (column === longest ? { ...column, width: column.width - 1 } : column))
  }
  return { columns, gap }
}

/** The lines of a table: the titles, then each row. */
export const render = <Row>(
  columns: ReadonlyArray<Column<Row>>,
  rows: ReadonlyArray<Row>,
  page: Page,
  options: Options<Row> = {}
): ReadonlyArray<string> => {
  const all = columns
    .map((column) => ({ column, measured: measure(column, rows) }))
    .filter(({ column, measured }) => column.hideEmpty !== true || measured.cells.some(({ text }) => text !== ""))
    .map(({ measured }) => measured)
  const noted = options.note === undefined ? undefined : measure({ ...options.note, align: "left" }, rows)
  const hasNotes = noted?.cells.some(({ text }) => text !== "") === true
  const required = all.filter(({ optional }) => optional === 0)
  const besides = page.width - widthOf(required, 2) - 2
  const isCutBelow = hasNotes && noted.width > page.width - indent.length
  const beside = hasNotes && (noted.width <= besides || (besides >= noteLeast && isCutBelow))
  // an optional column must not narrow the notes
  const room = beside
    ? Math.max(widthOf(required, 2), page.width - Math.min(noted.width, Math.max(noteLeast, page.width / 3)) - 2)
    : page.width
  const { columns: shown, gap } = fit(all, room)
  const noteWidth = page.width - widthOf(shown, gap) - gap

  const line = (cells: ReadonlyArray<{ readonly cell: Cell; readonly column: Measured; readonly isLast: boolean }>) => {
    let left = page.width
    let text = ""
    for (const { cell, column, isLast } of cells) {
      const space = text === "" ? "" : " ".repeat(gap)
      const room = Math.max(0, left - space.length)
      const size = Math.min(column.width, room)
      const shown = column.least === undefined ? Cells.cut(cell.text, size) : Cells.cutName(cell.text, size)
      const padded = isLast && column.align === "left" ? shown : Cells.pad(shown, size, column.align)
      left -= space.length + Cells.width(padded)
      text += space + paint(cell.style, padded, page)
    }
    return text.replace(/ +$/, "")
  }
  const withNote = beside ? [...shown, { ...noted, width: noteWidth }] : shown
  const lineOf = (cell: (column: Measured) => Cell) =>
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
