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
  /** The line breaks of the text are kept, not escaped. */
  readonly hasLines?: boolean
}

export const render = (fields: ReadonlyArray<Field>, page: Table.Page, indent = ""): ReadonlyArray<string> => {
  const shown = fields.flatMap(({ hasLines = false, name, style, text }) =>
    text === null ? [] : [{ name: Cells.escape(name), style, lines: hasLines ? String(text).split("\n") : [text] }]
  )
  const width = shown.reduce((most, { name }) => Math.max(most, Cells.width(name)), 0)
  const cells = Math.max(10, page.width - indent.length - width - 2)
  return shown.flatMap(({ lines, name, style }) =>
    lines
      .flatMap((line) => Cells.wrap(Cells.escape(line), cells))
      .map((line, index) => {
        const left = Cells.pad(index === 0 ? name : "", width, "left")
        return `${indent}${Table.paint("dim", left, page)}  ${Table.paint(style, line, page)}`
      })
  )
}
