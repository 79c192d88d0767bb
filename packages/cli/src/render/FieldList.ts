/**
 * Names and values below one another. Long values are wrapped, never cut.
 *
 * @internal
 */
import * as Cells from "./Cells.ts"
import * as Table from "./Table.ts"

export interface Field {
  /** Not escaped, as the text is. */
  readonly name: string
  /** A field of `null` is left out. */
  readonly text: string | null
  readonly style?: Table.Style | undefined
}

export const render = (fields: ReadonlyArray<Field>, page: Table.Page, indent = ""): ReadonlyArray<string> => {
  const shown = fields.flatMap(({ name, style, text }) =>
    text === null ? [] : [{ name: Cells.escape(name), style, text }]
  )
  const width = shown.reduce((most, { name }) => Math.max(most, Cells.width(name)), 0)
  return shown.flatMap(({ name, style, text }) =>
    Cells.wrap(Cells.escape(text), Math.max(10, page.width - indent.length - width - 2)).map((line, index) => {
      const left = Cells.pad(index === 0 ? name : "", width, "left")
      return `${indent}${Table.paint("dim", left, page)}  ${Table.paint(style, line, page)}`
    })
  )
}
