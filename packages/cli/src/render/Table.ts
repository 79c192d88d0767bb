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

const textCell = (cell: Cell | string): Cell => (typeof cell === "string" ? { text: cell } : cell)

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
    const cell = textCell(column.cell(row))
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

const line = (
  columns: ReadonlyArray<Measured>,
  gap: number,
  page: Page,
  cellOf: (column: Measured) => Cell
): string => {
  let left = page.width
  const cells = columns.map((column, index) => {
    const { style, text } = cellOf(column)
    const space = index === 0 ? "" : " ".repeat(gap)
    const size = Math.min(column.width, Math.max(0, left - space.length))
    const shown = column.least === undefined ? Cells.cut(text, size) : Cells.cutName(text, size)
    const isOpenEnded = index === columns.length - 1 && column.align === "left"
    const padded = isOpenEnded ? shown : Cells.pad(shown, size, column.align)
    left -= space.length + Cells.width(padded)
    return space + paint(style, padded, page)
  })
  return cells.join("").replace(/ +$/, "")
}

/** The lines of a table: the titles, then each row. */
export const render = <Row>(
  columns: ReadonlyArray<Column<Row>>,
  rows: ReadonlyArray<Row>,
  page: Page,
  options: Options<Row> = {}
): ReadonlyArray<string> => {
  const isShown = ({ cell, hideEmpty }: Column<Row>) =>
    hideEmpty !== true || rows.some((row) => textCell(cell(row)).text !== "")
  const all = columns.filter(isShown).map((column) => measure(column, rows))
  const notes = options.note === undefined ? undefined : measure(options.note, rows)
  const hasNotes = notes?.cells.some(({ text }) => text !== "") === true
  const required = widthOf(
    all.filter(({ optional }) => optional === 0),
    2
  )
  const roomBeside = page.width - required - 2
  const isCutBelow = hasNotes && notes.width > page.width - indent.length
  const isBeside = hasNotes && (notes.width <= roomBeside || (roomBeside >= noteLeast && isCutBelow))
  // an optional column must not narrow the notes
  const room = isBeside
    ? Math.max(required, page.width - Math.min(notes.width, Math.max(noteLeast, page.width / 3)) - 2)
    : page.width
  const { columns: fitting, gap } = fit(all, room)
  const noteWidth = page.width - widthOf(fitting, gap) - gap
  const shown = isBeside ? [...fitting, { ...notes, width: noteWidth }] : fitting
  const below = ({ style, text }: Cell): string =>
    indent + paint(style ?? "dim", Cells.cut(text, page.width - indent.length), page)
  return [
    line(shown, gap, page, ({ title }) => ({ text: title, style: "bold" })),
    ...rows.flatMap((_, index) => {
      const note = notes?.cells[index]
      const own = line(shown, gap, page, ({ cells }) => cells[index] ?? { text: "" })
      return isBeside || note === undefined || note.text === "" ? [own] : [own, below(note)]
    })
  ]
}
