/**
 * The picture of one run in docs/how-a-tick-works.md is true: each step in it is an import of that file.
 */

import { existsSync } from "node:fs"
import { posix } from "node:path"
import { describe, expect, it } from "vitest"
import { blocksOfMarkdown } from "./support/blocks.ts"
import { root, textOf } from "./support/files.ts"
import { imports } from "./support/walls.ts"

const page = "docs/how-a-tick-works.md"
const core = "packages/tickwork/src"

interface Arrow {
  readonly from: string
  readonly to: string
}

/** Two spaces are one step further in; the rest of a line after its path is prose. */
const read = (picture: string): { readonly files: ReadonlyArray<string>; readonly arrows: ReadonlyArray<Arrow> } => {
  const way: Array<string> = []
  const files: Array<string> = []
  const arrows: Array<Arrow> = []
  for (const line of picture.split("\n").filter((line) => line.trim() !== "")) {
    const [, indent = "", file = ""] = /^( *)(\S+)/.exec(line) ?? []
    way.length = indent.length / 2
    const from = way.at(-1)
    if (from !== undefined) arrows.push({ from, to: file })
    way.push(file)
    files.push(file)
  }
  return { files, arrows }
}

const isImport = ({ from, to }: Arrow): boolean =>
  imports({ path: from, text: textOf(`${core}/${from}`) }).some(
    (one) => one.from.startsWith(".") && posix.join(posix.dirname(from), one.from) === to
  )

describe("the picture of one run", () => {
  const [picture] = blocksOfMarkdown(page, textOf(page)).filter(({ code }) => code.startsWith("Jobs.ts "))
  const { arrows, files } = read(picture?.code ?? "")

  it("names files that exist, at most 25", () => {
    expect(files.length).toBeGreaterThan(15)
    expect(files.length).toBeLessThanOrEqual(25)
    expect(files.filter((file) => !existsSync(`${root}/${core}/${file}`))).toEqual([])
  })

  it("draws no arrow that is not an import", () => {
    expect(arrows.filter((arrow) => !isImport(arrow))).toEqual([])
  })

  it("is held to the imports: a planted arrow is found", () => {
    const planted = read("Job.ts\n  internal/engine/Driver.ts\n").arrows
    expect(planted.filter((arrow) => !isImport(arrow))).toHaveLength(1)
  })

  it("has at most six shapes, each declared where the page says", () => {
    const rows = [...textOf(page).matchAll(/^\| `([A-Z]\w+)` +\| `([\w/]+\.ts)` +\|(.*)\|$/gm)]
    expect(rows.length).toBeGreaterThan(3)
    expect(rows.length).toBeLessThanOrEqual(6)
    const missing = rows.flatMap(([, shape = "", file = "", text = ""]) => {
      // a value that grows is declared by its steps, which the row names
      const steps =
        shape === posix.basename(file, ".ts") ? [...text.matchAll(/`([A-Z]\w+)`/g)].map(([, step]) => step) : []
      const declared = steps.length > 0 ? steps : [shape]
      return declared.filter(
        (name) => !new RegExp(`export (interface|type) ${name}\\b`).test(textOf(`${core}/${file}`))
      )
    })
    expect(missing).toEqual([])
  })
})
