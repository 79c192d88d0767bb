/**
 * Tables fit the page, whatever they hold.
 */
import { stripVTControlCharacters } from "node:util"
import { describe, expect, it } from "vitest"
import * as Cells from "../src/render/Cells.ts"
import * as Table from "../src/render/Table.ts"

interface Row {
  readonly name: string
  readonly count: number
  readonly note: string
}

const columns: ReadonlyArray<Table.Column<Row>> = [
  { title: "name", least: 8, cell: ({ name }) => name },
  { title: "count", align: "right", cell: ({ count }) => ({ text: `${count}`, style: "red" }) },
  { title: "squared", align: "right", optional: 1, cell: ({ count }) => `${count * count}` },
  { title: "key", hideEmpty: true, cell: () => "" }
]

const rows: ReadonlyArray<Row> = [
  { name: "sync_send", count: 4711, note: "" },
  { name: "日本語の仕事の名前は長い", count: 1, note: "offline \u001b[2J and \u202egone ".repeat(8).trim() },
  { name: "prekey_replenishment_of_a_very_long_name", count: 23, note: "paused" }
]

const render = (width: number, colors = false) =>
  Table.render(columns, rows, { width, colors }, { note: { title: "note", cell: ({ note }) => note } })

const plain = (line: string) => stripVTControlCharacters(line)

describe("a table", () => {
  it("has no line wider than the page, from 20 cells upward", () => {
    for (let width = 20; width <= 220; width++) {
      for (const line of render(width)) expect(Cells.width(line)).toBeLessThanOrEqual(width)
    }
  })

  it("differs with colours in the colours alone", () => {
    for (const width of [40, 80, 200]) {
      expect(
        render(width, true)
          .map(plain)
          .map((line) => line.trimEnd())
      ).toEqual(render(width))
    }
    expect(render(80, true).join("")).toContain("\u001b[31m")
  })

  it("cuts nothing on a page of infinite width", () => {
    const text = render(Number.POSITIVE_INFINITY).join("\n")
    for (const { count, name, note } of rows) {
      expect(text).toContain(name)
      expect(text).toContain(String(count * count))
      expect(text).toContain(Cells.escape(note).trimEnd())
    }
    expect(text).not.toContain("…")
  })

  it("prints no control and no bidirectional character", () => {
    for (const width of [30, 80, 200]) expect(render(width).join("")).not.toMatch(/[\p{Cc}\p{Cf}]/u)
  })

  it("leaves out an empty column, and an optional one for lack of room", () => {
    expect(render(200)[0]).toMatch(/^name +count +squared +note$/)
    expect(render(40)[0]).not.toContain("squared")
  })

  it("puts a note below its row for lack of room beside it", () => {
    const lines = render(60)
    expect(lines.indexOf("  paused")).toBe(lines.length - 1)
    expect(render(200).at(-1)).toMatch(/paused$/)
  })

  it("keeps both ends of a name that is too long", () => {
    expect(render(30).join("\n")).toMatch(/prekey\S*…\S*name/)
  })
})
