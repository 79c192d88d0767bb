/**
 * The packages as they would be published: linted, imported by name, and installed from their tarballs by a consumer that
 * has nothing else of ours. It needs a build and a registry.
 */
import { execFileSync } from "node:child_process"
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { root, textOf } from "./support/files.ts"

const timeout = 1_200_000

const run = (cwd: string, program: string, ...args: ReadonlyArray<string>): string =>
  execFileSync(program, args, { cwd, encoding: "utf8", env: { ...process.env, NODE_OPTIONS: "" } })

const { devDependencies }: { devDependencies: Record<string, string> } = JSON.parse(textOf("package.json"))

/** What the README tells a user of SQLite to install beside the packages. */
const peers = ["effect", "@effect/experimental", "@effect/platform", "@effect/sql", "@effect/sql-sqlite-node"]

const app = `
import { SqlJobStore } from "@tickwork/sql"
import { Effect, Layer } from "effect"
import { Job, Jobs, Tick } from "tickwork"

const hello = Job.make("hello", Effect.log("hello")).pipe(Job.every("5 seconds"))
const TickLive = Tick.layer(Jobs.make(hello)).pipe(Layer.provide(SqlJobStore.layerSqlite({ filename: "app.db" })))
const runs = await Effect.runPromise(Effect.provide(Tick.once, TickLive))
console.log(runs.map(({ jobName, status }) => jobName + " " + status).join())
`

describe("the packed packages", () => {
  it("are linted, and import as a consumer imports them", { timeout }, () => {
    expect(run(root, "bash", "scripts/check-packages.sh")).toContain("import as a consumer imports them")
  })

  it("install from their tarballs, run a job, and answer on the command line", { timeout }, () => {
    const consumer = join(root, ".cache/installed")
    rmSync(consumer, { recursive: true, force: true })
    mkdirSync(consumer, { recursive: true })
    writeFileSync(join(consumer, "package.json"), '{ "private": true, "type": "module" }\n')
    writeFileSync(join(consumer, "app.mjs"), app)
    const tarballs = join(root, ".cache/tarballs")
    const ours = readdirSync(tarballs).map((name) => join(tarballs, name))
    const others = peers.map((name) => `${name}@${devDependencies[name]}`)
    run(consumer, "npm", "install", "--prefer-offline", "--no-audit", "--no-fund", ...ours, ...others)
    expect(run(consumer, process.execPath, "app.mjs")).toContain("hello success")
    expect(run(consumer, "npx", "--no-install", "tickwork", "status", "--db", "app.db")).toContain("hello")
  })
})
