/**
 * Starts one PostgreSQL server for all tests of a run, and stops it with the run.
 *
 * Without a server the tests that need it are skipped with a warning; under CI that is a failure.
 */
import { spawn } from "node:child_process"
import type { TestProject } from "vitest/node"
import * as Bundle from "./Bundle.ts"

const program = new URL("./postgresServer.ts", import.meta.url)

const warning = (why: string) => `
############################################################
  No PostgreSQL server could be started:
  ALL TESTS ON POSTGRESQL ARE SKIPPED.
############################################################
${why.trim()}
`

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const server = spawn(process.execPath, [await Bundle.fileOf(program)], { stdio: "pipe" })
  const ended = new Promise<void>((resolve) => server.once("exit", () => resolve()))
  let said = ""
  const url = await new Promise<string | null>((resolve) => {
    for (const stream of [server.stdout, server.stderr]) {
      stream.on("data", (chunk) => {
        said = `${said}${chunk}`.slice(-8000)
        const [, found] = /^(postgres:\S+)\n/m.exec(said) ?? []
        if (found !== undefined) resolve(found)
      })
    }
    void ended.then(() => resolve(null))
  })
  if (url === null && process.env.CI === "true") throw new Error(`PostgreSQL did not start\n${said}`)
  if (url === null) process.stderr.write(warning(said))
  project.provide("postgresUrl", url)
  return async () => {
    // the server stops when its input closes, also when this process is killed
    server.stdin.end()
    await ended
  }
}

declare module "vitest" {
  export interface ProvidedContext {
    /** The URL of a superuser's database; `null` where there is no server. */
    readonly postgresUrl: string | null
  }
}
