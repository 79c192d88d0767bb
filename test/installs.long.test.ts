/**
 * The packages as they would be published: linted, imported by name, and installed from their tarballs by a reader who
 * follows the pages line by line in a folder of their own. It needs a build and a registry.
 */
import { it as effectIt } from "@effect/vitest"
import * as Postgres from "@tickwork/test-support/Postgres"
import { Effect } from "effect"
import { beforeAll, describe, expect, it } from "vitest"
import { blocksOf, commandsOf, type Folder, inFolder, pack } from "./support/installing.ts"

const timeout = 1_200_000

const firstPage = "docs/first-ten-minutes.md"
const tsconfig = blocksOf(firstPage, "json").map(({ code }) => code)

const writeBlocks = ({ write }: Folder, page: string) => {
  for (const { code } of blocksOf(page, "ts")) write(/^\/\/ (\S+\.ts)\n/.exec(code)?.[1] ?? "", code)
}

/** Every file of the folder, and the types of everything that was installed. */
const check = "npx tsc --skipLibCheck false"

describe("the packed packages", () => {
  let packed = ""
  beforeAll(async () => {
    packed = await pack()
  }, timeout)

  it("are linted, and import as a consumer imports them", () => {
    expect(packed).toContain("import as a consumer imports them")
  })

  it("lead through the first ten minutes, line by line", { timeout }, () =>
    inFolder(async (folder) => {
      const { install, run, start, write } = folder
      await install(commandsOf(blocksOf(firstPage, "sh", "## Install")))
      write("tsconfig.json", tsconfig.join())
      writeBlocks(folder, firstPage)
      const [daemon = { code: "" }, host = { code: "" }] = blocksOf("README.md", "ts")
      write("app.ts", daemon.code)
      write("host.ts", host.code)
      expect(await run(check)).toBe("")
      expect(await run("npx vitest run")).toContain("1 passed")
      expect(await run("npx tsx host.ts")).toContain("sending")

      const stop = await start("npx tsx main.ts", "sent 0")
      const answers: Array<string> = []
      for (const command of commandsOf(blocksOf(firstPage, "sh", "## The command line")))
        answers.push(await run(command))
      expect(answers).toEqual([
        expect.stringMatching(/send .*success/),
        expect.stringMatching(/send +1 +success/),
        expect.stringContaining("purge waits for its next occurrence"),
        expect.stringContaining("purge: triggered after")
      ])
      await stop()
      expect(await run("npx tickwork doctor --db app.db")).toContain("No findings")
    })
  )

  effectIt.scopedLive(
    "run on PostgreSQL without SQLite's driver",
    () =>
      Effect.flatMap(Postgres.own, ({ url }) =>
        Effect.promise(() =>
          inFolder(async ({ install, run, start, write }) => {
            const lines = ["a project", "at run time", "or PostgreSQL", "TypeScript"]
            await install(commandsOf(blocksOf("README.md", "sh", "## Install"), lines))
            write("tsconfig.json", tsconfig.join())
            const blocks = blocksOf("docs/state-and-log.md", "ts").filter(({ code }) => code.includes("layerPg"))
            write("app.ts", blocks.map(({ code }) => code).join())
            expect(await run(check)).toBe("")
            const stop = await start("npx tsx app.ts", "hello", { DATABASE_URL: url })
            await stop()
          })
        )
      ),
    timeout
  )
})
