/**
 * What the pages tell a reader to install is what the repository itself is tested with.
 */
import { describe, expect, it } from "vitest"
import { filesUnder, textOf } from "./support/files.ts"
import { blocksOf, commandsOf, packagesOf } from "./support/installing.ts"

interface Manifest {
  readonly name: string
  readonly version: string
  readonly devDependencies: Record<string, string>
}

const manifest = (path: string): Manifest => JSON.parse(textOf(path))
const ours = filesUnder("packages", "package.json").map(manifest)

const expected = (name: string) =>
  ours.find((own) => own.name === name)?.version ?? manifest("package.json").devDependencies[name]

const pages = ["README.md", ...filesUnder("docs", ".md"), ...filesUnder("packages", ".md")]
const namedIn = (page: string) => packagesOf(commandsOf(blocksOf(page, "sh")))

describe("the installations that the pages show", () => {
  it.each(pages.filter((page) => namedIn(page).length > 0))("have the versions of this repository: %s", (page) => {
    for (const { name, version } of namedIn(page)) expect({ name, version }).toEqual({ name, version: expected(name) })
  })

  it("are read from the first page and the one after it", () => {
    expect(namedIn("README.md").length).toBeGreaterThan(15)
    expect(namedIn("docs/first-ten-minutes.md").length).toBeGreaterThan(10)
  })

  it("have on the second page nothing that the first one lacks", () => {
    const first = namedIn("README.md").map(({ name }) => name)
    expect(first).toEqual(expect.arrayContaining(namedIn("docs/first-ten-minutes.md").map(({ name }) => name)))
  })
})
