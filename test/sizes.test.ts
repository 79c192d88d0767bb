/**
 * No source file is longer than 300 lines, comments and blank lines left out.
 */
import { describe, expect, it } from "vitest"
import { filesUnder, textOf } from "./support/files.ts"
import { linesOfCode } from "./support/sources.ts"

const most = 300

describe("the source files", () => {
  it(`have at most ${most} lines of code each`, () => {
    const long = filesUnder("packages", ".ts")
      .filter((path) => /^packages\/[^/]+\/src\//.test(path))
      .map((path) => ({ path, lines: linesOfCode(textOf(path)) }))
      .filter(({ lines }) => lines > most)
      .map(({ lines, path }) => `${path}: ${lines} lines`)
    expect(long).toEqual([])
  })

  it("are counted without comments and blank lines", () => {
    expect(linesOfCode("// a\n\nconst a = `a\n\n`\n/** b */\nconst b = 1 // c\n")).toBe(3)
  })
})
