/**
 * Facts about one thing: a name and what it is, under one another. Pure.
 *
 * @internal
 */
import * as Cells from "./Cells.ts"
import * as Table from "./Table.ts"

export interface Fact {
  readonly name: string
  /** Not escaped yet; nothing is told of `null`. */
  readonly text: string | null
  readonly style?: Table.Style | undefined
}

/** Long texts go on below, and are never cut. */
export const render = (facts: ReadonlyArray<Fact>, page: Table.Page): ReadonlyArray<string> => {
  const told = facts.flatMap(({ name, style, text }) => (text === null ? [] : [{ name, style, text }]))
  const width = told.reduce((most, { name }) => Math.max(most, Cells.width(name)), 0)
  return told.flatMap(({ name, style, text }) =>
    Cells.wrap(Cells.escape(text), Math.max(10, page.width - width - 2)).map((line, index) => {
      const left = Cells.pad(index === 0 ? name : "", width, "left")
      return `${Table.paint("dim", left, page)}  ${Table.paint(style, line, page)}`
    })
  )
}
