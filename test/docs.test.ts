/**
 * The documentation is true: its code compiles and runs, and what it names is there.
 *
 * It never judges prose. A block that cannot run by itself says `no-run` on its fence, and the text says why. One that
 * is there to be refused by the compiler says `fails`; what it is refused with is held by compilerMessages.test.ts.
 */
import { existsSync } from "node:fs"
import { join } from "node:path"
import * as Sets from "@tickwork/test-support/Sets"
import { describe, expect, it } from "vitest"
import { type Block, blocksOfMarkdown, blocksOfSource } from "./support/blocks.ts"
import { undocumented } from "./support/docstrings.ts"
import { compile, run, write } from "./support/examples.ts"
import { filesUnder, root, textOf } from "./support/files.ts"
import { jsonFaults, linkFaults, shellFaults } from "./support/markdown.ts"

/** The one page whose blocks may be refused by the compiler. */
const refusals = "docs/compiler-messages.md"
const limit = 120_000
const minutes = 60_000

const packages = [
  "packages/tickwork",
  "packages/simulation",
  "packages/sql",
  "packages/heartbeat",
  "packages/cluster",
  "packages/web",
  "packages/cli"
]
const markdown = [
  ...["README.md", "CHANGELOG.md", "CONTRIBUTING.md"].filter((path) => existsSync(join(root, path))),
  ...filesUnder("docs", ".md"),
  ...filesUnder("packages", ".md"),
  ...filesUnder("examples", ".md")
]
const sources = packages.flatMap((folder) => filesUnder(`${folder}/src`, ".ts"))

const blocks = [
  ...markdown.flatMap((path) => blocksOfMarkdown(path, textOf(path))),
  ...sources.flatMap((path) => blocksOfSource(path, textOf(path)))
]
const inLanguage = (...names: ReadonlyArray<string>) => blocks.filter(({ language }) => names.includes(language))

const block = (code: string): Block => ({ file: "docs/planted.md", line: 10, language: "ts", flags: [], code })

describe("the documentation", () => {
  const all = inLanguage("ts", "typescript", "tsx", "js")
  const code = all.filter(({ flags }) => !flags.includes("fails"))

  it("marks its TypeScript with ts, and with no flag but no-run, or fails on its page", () => {
    const known = (file: string) => (file === refusals ? ["no-run", "fails"] : ["no-run"])
    const odd = all.filter(({ file, flags, language }) => {
      return language !== "ts" || flags.some((flag) => !known(file).includes(flag))
    })
    expect(odd.map(({ file, line }) => `${file}:${line}`)).toEqual([])
  })

  it("has TypeScript blocks that compile under the settings of the repository and run", {
    timeout: 10 * minutes
  }, async () => {
    // compiling and running every block takes longer than any other test
    const isFirst = ({ file }: Block) => file === "README.md" || file === "docs/first-ten-minutes.md"
    const examples = write(Sets.pick({ fast: code.filter(isFirst), full: code }), "all")
    expect(await compile(examples)).toEqual([])
    expect(
      await run(
        examples.filter((one) => !one.block.flags.includes("no-run")),
        limit
      )
    ).toEqual([])
  })

  it("has shell blocks that name scripts and files which exist, and install with versions", () => {
    expect(shellFaults(inLanguage("sh", "bash", "shell"))).toEqual([])
  })

  it("has JSON blocks that parse", () => {
    expect(jsonFaults(inLanguage("json"))).toEqual([])
  })

  it("has relative links that lead somewhere", () => {
    expect(markdown.flatMap((path) => linkFaults(path, textOf(path)))).toEqual([])
  })

  it("has a docstring with @since for every public name", { timeout: 5 * minutes }, () => {
    const doors = sources.filter((path) => /\/src\/(testing\/)?index\.ts$/.test(path))
    expect(undocumented(doors.map((path) => join(root, path)))).toEqual([])
  })
})

describe("the checks of the documentation", () => {
  it("find a block that does not compile, and its line", { timeout: 5 * minutes }, async () => {
    const found = await compile(write([block(`const one = 1\nconst two: string = one\n`)], "planted-types"))
    expect(found).toEqual([expect.stringMatching(/^docs\/planted\.md:12: TS2322 /)])
  })

  it("find a script, a file and a version that are missing", () => {
    const found = shellFaults([
      block("npm run nonsense\nnode docs/nowhere.ts\nnpm install effect tickwork\nnpm test\n")
    ])
    expect(found.map((fault) => fault.split(":")[1])).toEqual(["11", "12", "13"])
  })

  it("find JSON that does not parse, and a link that leads nowhere", () => {
    expect(jsonFaults([block("{")])).toHaveLength(1)
    expect(linkFaults("README.md", "[a](docs/nowhere.md) [b](LICENSE) [c](#nothing)\n# B b")).toHaveLength(2)
  })

  it("find a public name without a docstring", { timeout: 5 * minutes }, () => {
    const text = `/**\n * @since 0.1.0\n */\nexport interface A {}\n\nexport const b = 2\n`
    const [example] = write([block(text)], "planted-docstrings")
    expect(undocumented([example?.path ?? ""])).toEqual([
      expect.stringMatching(/ts:6: b has no docstring with @since$/)
    ])
  })

  it("find the blocks of a docstring by their lines", () => {
    const text = "\n/**\n * Words.\n *\n * ```ts no-run\n * const a = 1\n * ```\n */\n"
    expect(blocksOfSource("a.ts", text)).toEqual([
      { file: "a.ts", line: 5, language: "ts", flags: ["no-run"], code: "const a = 1\n" }
    ])
  })
})
