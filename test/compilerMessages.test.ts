/**
 * What docs/compiler-messages.md says the compiler says is what it says: each block that `fails` is refused once, and the
 * last line of the message is the text below the block.
 */
import { describe, expect, it } from "vitest"
import { type Block, blocksOfMarkdown } from "./support/blocks.ts"
import { compile, write } from "./support/examples.ts"
import { textOf } from "./support/files.ts"

const page = "docs/compiler-messages.md"
const minutes = 60_000

const lastLine = (text: string): string => {
  const last = text.trim().split("\n").at(-1)?.trim() ?? ""
  return last.replace(/^\S+:\d+: TS\d+ /, "")
}

/** Each block that fails, with the text below it. */
const claims = (blocks: ReadonlyArray<Block>) =>
  blocks.flatMap((block, index) =>
    block.flags.includes("fails")
      ? [{ block, shown: blocks[index + 1]?.language === "text" ? blocks[index + 1]?.code : "" }]
      : []
  )

/** Where the page is not what the compiler says. */
const lies = async (blocks: ReadonlyArray<Block>, folder: string): Promise<ReadonlyArray<string>> => {
  const all = claims(blocks)
  const said = await compile(
    write(
      all.map(({ block }) => block),
      folder
    )
  )
  return all.flatMap(({ block: { code, file, line }, shown = "" }) => {
    const last = line + code.split("\n").length
    const own = said.filter((text) => {
      const at = Number(text.slice(file.length + 1).split(":")[0])
      return at >= line && at < last
    })
    const expected = own.length === 1 ? lastLine(own[0] ?? "") : `it is refused ${own.length} times`
    return lastLine(shown) === expected ? [] : [`${file}:${line}: ${expected}`]
  })
}

describe("the page of compiler messages", () => {
  it("shows the last line of each message as the compiler says it", { timeout: 5 * minutes }, async () => {
    const blocks = blocksOfMarkdown(page, textOf(page))
    expect(claims(blocks).length).toBeGreaterThan(5)
    expect(await lies(blocks, "refused")).toEqual([])
  })

  it("names a cure, or what has to be provided, in each", () => {
    const shown = claims(blocksOfMarkdown(page, textOf(page))).map(({ shown = "" }) => lastLine(shown))
    expect(
      shown.filter((text) => !/Cure<".+">'\.$|^Type '\w+' is not assignable to type 'never'\.$/.test(text))
    ).toEqual([])
  })

  it("is held to what it shows: another line, and a block that compiles, are found", {
    timeout: 5 * minutes
  }, async () => {
    const block = (line: number, language: string, code: string, flags: ReadonlyArray<string> = []): Block => {
      return { file: page, line, language, flags, code }
    }
    const planted = [
      block(10, "ts", 'export const one: number = "1"\n', ["fails"]),
      block(14, "text", "Type 'string' is not assignable to type 'number'.\n"),
      block(20, "ts", 'export const one: number = "1"\n', ["fails"]),
      block(24, "text", "Type 'string' is fine.\n"),
      block(30, "ts", "export const one = 1\n", ["fails"]),
      block(34, "text", "nothing\n")
    ]
    expect((await lies(planted, "planted-refusals")).map((text) => text.split(": ")[0])).toEqual([
      `${page}:20`,
      `${page}:30`
    ])
  })
})
