/**
 * Tables in characters. A table that is too wide continues below, with its first column again at the left.
 *
 * @internal
 */
import type { Paint } from "./Paint.ts"
import * as Printable from "./Printable.ts"

/** The width of a text in columns, and its colours. */
export interface Page {
  readonly width: number
  readonly paint: Paint
}

/** A title and a cell for each row. */
export interface Column {
  readonly title: string
  readonly cells: ReadonlyArray<string>
}

const gap = "  "

const widthOf = ({ cells, title }: Column): number =>
  cells.reduce((most, cell) => Math.max(most, Printable.widthOf(cell)), Printable.widthOf(title))

/** The columns that stand beside each other, each kept whole. */
const pages = (columns: ReadonlyArray<Column>, width: number): ReadonlyArray<ReadonlyArray<Column>> => {
  const found: Array<Array<Column>> = []
  let left = 0
  for (const column of columns) {
    const needs = gap.length + widthOf(column)
    if (found.length === 0 || needs > left) {
      found.push([])
      left = width
    }
    found.at(-1)?.push(column)
    left -= needs
  }
  return found
}

/** The lines of a table; the first column stands at the left, the others end at the right. */
export const of = (first: Column, columns: ReadonlyArray<Column>, { paint, width }: Page): ReadonlyArray<string> => {
  const firstWidth = Math.min(widthOf(first), Math.floor(width / 3))
  const line = (name: string, cells: ReadonlyArray<readonly [string, number]>): string =>
    [
      Printable.padEnd(Printable.fitName(name, firstWidth), firstWidth),
      ...cells.map(([cell, width]) => Printable.padStart(cell, width))
    ]
      .join(gap)
      .trimEnd()
  return pages(columns, width - firstWidth).flatMap((page, index) => {
    const widths = page.map(widthOf)
    const row = (name: string, cellOf: (column: Column) => string | undefined) =>
      line(
        name,
        page.map((column, index) => [cellOf(column) ?? "", widths[index] ?? 0])
      )
    return [
      ...(index === 0 ? [] : [""]),
      paint(
        "title",
        row(first.title, ({ title }) => title)
      ),
      ...first.cells.map((name, index) => row(name, ({ cells }) => cells[index]))
    ]
  })
}
