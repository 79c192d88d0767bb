/**
 * One word for one thing, and sentences that are read once: no source and no page uses what `support/words.ts` lists.
 */
import { describe, expect, it } from "vitest"
import { filesUnder, textOf } from "./support/files.ts"
import { type Found, partsOf } from "./support/sources.ts"
import type { File } from "./support/walls.ts"
import { identifiers, parts, phrases } from "./support/words.ts"

const names = new Set(identifiers)
const capital = (name: string): string => `${name[0]?.toUpperCase()}${name.slice(1)}`
const part = new RegExp(parts.map((name) => `(^${name}|${capital(name)})s?(?![a-z])`).join("|"))
const phrase = new RegExp(
  `(?<![\\w-])(${phrases.map((text) => text.replaceAll(" ", "[\\s*]+")).join("|")})(?![\\w-])`,
  "gi"
)

const inProse = (path: string, { line, text }: Found): ReadonlyArray<string> =>
  [...text.matchAll(phrase)].map(
    (match) =>
      `${path}:${line + text.slice(0, match.index).split("\n").length - 1}: "${match[0].replace(/[\s*]+/g, " ")}"`
  )

const inSource = (file: File): ReadonlyArray<string> => {
  const { comments, identifiers, texts } = partsOf(file)
  return [
    ...identifiers
      .filter(({ text }) => names.has(text.replace("#", "")) || part.test(text))
      .map(({ line, text }) => `${file.path}:${line}: ${text}`),
    ...[...comments, ...texts].flatMap((found) => inProse(file.path, found))
  ]
}

const read = (path: string): File => ({ path, text: textOf(path) })

const sources = [...filesUnder("packages", ".ts"), ...filesUnder("examples", ".ts")]
  .filter((path) => /^(packages|examples)\/[^/]+\/src\//.test(path))
  .map(read)

const pages = ["README.md", "CHANGELOG.md", ...filesUnder("docs", ".md"), ...filesUnder("packages", ".md")].map(read)

/** What stands in fences is code, which its own source answers for. */
const prose = ({ path, text }: File) =>
  inProse(path, { line: 1, text: text.replace(/^(\s*`{3,})[\s\S]*?^\1\s*$/gm, (block) => block.replace(/[^\n]/g, "")) })

describe("the words", () => {
  it("of the sources are those of the field", () => {
    expect(sources.flatMap(inSource)).toEqual([])
  })

  it("of the pages are plain", () => {
    expect(pages.flatMap(prose)).toEqual([])
  })

  it.each([
    ["a name", "export const nextLookAt = 1"],
    ["a part of a name", "export const usualRetry = 1"],
    ["a comment", "// whoever comes\nexport const a = 1"],
    ["a docstring, over a line's end", "/**\n * There is\n * none.\n */\nexport const a = 1"],
    ["a message", `export const a = "nobody knows"`],
    ["a template", ["export const a = `", "$", "{1} is told of it`"].join("")]
  ])("are found where they are planted: %s", (_, text) => {
    expect(inSource({ path: "a.ts", text })).toHaveLength(1)
  })

  it.each([
    "export const dicey = 1",
    "export const indices = 1",
    "// one of latest\nexport const a = 1",
    `import { a } from "./usual.ts"`
  ])("are not found in others: %s", (text) => {
    expect(inSource({ path: "a.ts", text })).toEqual([])
  })
})
