/**
 * The title of a test is a sentence that fits on a line.
 */
import { describe, expect, it } from "vitest"
import { filesUnder, textOf } from "./support/files.ts"
import { titlesOf } from "./support/sources.ts"

const most = 90

const tests = ["packages", "examples", "test"].flatMap((folder) => filesUnder(folder, ".test.ts"))

describe("the titles of tests", () => {
  it(`have at most ${most} characters`, () => {
    const long = tests.flatMap((path) =>
      titlesOf({ path, text: textOf(path) })
        .filter(({ text }) => text.length > most)
        .map(({ line, text }) => `${path}:${line}: ${text.length} characters`)
    )
    expect(long).toEqual([])
  })

  it("are read from every form of a test", () => {
    const text = `describe("a", () => { it.effect.each([1])("b", f); Postgres.describeOnPostgres("c", f); f("d") })`
    expect(titlesOf({ path: "a.ts", text }).map(({ text }) => text)).toEqual(["a", "b", "c"])
  })
})
