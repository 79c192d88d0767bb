/**
 * Tests that the documentation shows: as they stand there they pass, and they fail where they should.
 *
 * Each runs in a Vitest of its own, as it would in a file of its reader's.
 */
import { spawnSync } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { type Block, blocksOfMarkdown } from "./support/blocks.ts"
import { run, write } from "./support/examples.ts"
import { root, textOf } from "./support/files.ts"

const page = "docs/simulation.md"
const folder = join(root, ".cache", "doc-tests", "test")

const planted = (line: number, code: string): Block => ({
  file: "docs/planted.md",
  line,
  language: "ts",
  flags: [],
  code
})

const vitest = (name: string, code: string) => {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${name}.test.ts`), code)
  const config = join(root, "test/support/docTests.config.ts")
  const args = ["node_modules/vitest/vitest.mjs", "run", "--config", config, `${name}.test.ts`]
  const { status, stderr, stdout } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: "utf8",
    timeout: 300_000
  })
  return { status, output: stdout + stderr }
}

describe("the test of one's own schedule", { timeout: 900_000 }, () => {
  const [block] = blocksOfMarkdown(page, textOf(page)).filter(({ code }) => code.includes("it.effect"))
  const code = block?.code ?? ""

  it("is shorter than 20 lines", () => {
    const lines = code.split("\n").filter((line) => line.trim() !== "")
    expect(lines.length).toBeGreaterThan(10)
    expect(lines.length).toBeLessThan(20)
  })

  it("passes as it stands, and fails when a job runs at night", () => {
    expect(vitest("asItStands", code)).toMatchObject({ status: 0 })
    const { output, status } = vitest("atNight", code.replace("30 18 * * *", "30 3 * * *"))
    expect(status).not.toBe(0)
    expect(output).toContain("digest runs at 3 o'clock")
    expect(output).toContain("jobs    digest")
  })
})

describe("the first ten minutes", { timeout: 900_000 }, () => {
  const page = "docs/first-ten-minutes.md"
  const files = new Map(
    blocksOfMarkdown(page, textOf(page)).flatMap(({ code }) => {
      const [, name] = /^\/\/ (\S+\.ts)\n/.exec(code) ?? []
      return name === undefined ? [] : [[name, code] as const]
    })
  )

  it("have a test that passes beside their jobs, and fails when the purge comes later", () => {
    mkdirSync(folder, { recursive: true })
    const jobs = files.get("jobs.ts") ?? ""
    const test = files.get("jobs.test.ts") ?? ""
    writeFileSync(join(folder, "jobs.ts"), jobs)
    expect(vitest("firstTenMinutes", test)).toMatchObject({ status: 0 })
    writeFileSync(join(folder, "jobs.ts"), jobs.replace("0 3 * * *", "0 4 * * *"))
    expect(vitest("firstTenMinutes", test).status).not.toBe(0)
  })
})

describe("the run of the documentation's blocks", () => {
  it("finds a block whose assertion is false, one that never ends, and one that ends the process", {
    timeout: 300_000
  }, async () => {
    const examples = write(
      [
        planted(10, "console.assert(1 < 0)\n"),
        planted(20, "setInterval(() => {}, 1000)\n"),
        planted(30, "\n"),
        planted(40, "process.exit(0)\n")
      ],
      "planted-runs"
    )
    expect([...(await run(examples, 15_000))].sort()).toEqual([
      expect.stringMatching(/^docs\/planted\.md:10: the block failed[\s\S]*console\.assert was false/),
      "docs/planted.md:20: the block did not end within 15 seconds",
      expect.stringMatching(/^docs\/planted\.md:40: the block failed/)
    ])
  })
})
