/**
 * docs/time.md says what is so: its tables are measured again on this runtime and on installed libraries.
 */
import { DateTime } from "effect"
import { describe, expect, it } from "vitest"
import { textOf } from "./support/files.ts"
import { readers } from "./support/otherCrons.ts"

const page = textOf("docs/time.md")

type Row = Readonly<Record<string, string>>

/** The rows of the table below a heading, by the words of its head. */
const tableOf = (heading: string): ReadonlyArray<Row> => {
  const section = page.split(/^## /m).find((section) => section.startsWith(heading)) ?? ""
  const [head = [], , ...rows] = section
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim())
    )
  return rows.map((cells) => Object.fromEntries(head.map((name, index) => [name, cells[index] ?? ""])))
}

const code = (cell: string) => cell.replaceAll("`", "")

const offset = (minutes: number) => {
  const sign = minutes < 0 ? "-" : "+"
  const parts = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
  return `${sign}${parts.map((part) => String(part).padStart(2, "0")).join(":")}`
}

const december = Date.parse("2026-12-01T12:00:00Z")

describe("the time zone data that the page tells of", () => {
  const rows = tableOf("Whose time zone data")

  it("are those of this Node, if it is one of the page's", () => {
    const column = Object.keys(rows[0] ?? {}).find((name) => name.includes(`(${process.versions.tz})`))
    // a runtime that is newer than the page has other data
    if (column === undefined) return expect((process.versions.tz ?? "") > "2026e").toBe(true)
    const own = rows.map(({ zone = "" }) => {
      const zoned = DateTime.unsafeMakeZoned(december, { timeZone: code(zone) })
      return offset(DateTime.zonedOffset(zoned) / 60_000)
    })
    expect(own).toEqual(rows.map((row) => row[column]))
  })

  it("are told for seven zones, each at a whole hour in the data of IANA 2026f", () => {
    expect(rows).toHaveLength(7)
    for (const row of rows) expect(row["IANA 2026f"]).toMatch(/^[+-]\d\d:00$/)
  })
})

const short = (at: number) => new Date(at).toISOString().slice(5, 16).replace("T", " ")

/** As many instants as the page shows of Tickwork, or the refusal. */
const answer = (name: string, { asked = "", expression = "", zone = "" }: Row, many: number): string => {
  try {
    const next = readers.get(name)?.(code(expression), code(zone))
    let at = Date.parse(code(asked))
    return Array.from({ length: many }, () => {
      at = next?.(at) ?? Number.NaN
      return short(at)
    }).join(", ")
  } catch {
    return "refused"
  }
}

describe("what the page tells of cron libraries", () => {
  const rows = tableOf("The same expression elsewhere")

  it("is told of the versions that are installed", () => {
    const heads = Object.keys(rows[0] ?? {}).slice(3)
    const installed = [...readers.keys()].map((name) => {
      const path = name === "Tickwork" ? "packages/tickwork" : `node_modules/${name}`
      const { version } = JSON.parse(textOf(`${path}/package.json`)) as { version: string }
      return `${name} ${version}`
    })
    expect(heads).toEqual(installed)
  })

  it.each(rows.map((row) => [row.expression, row] as const))("is what they answer to %s", (_, row) => {
    const cells = Object.entries(row).slice(3)
    const longest = Math.max(...cells.map(([, cell]) => cell.split(", ").length))
    const measured = cells.map(([head]) => [head, answer(head.split(" ")[0] ?? "", row, longest)])
    expect(measured).toEqual(cells)
  })
})
