/**
 * The packed packages where their users have them: with npm and with pnpm, at the lowest and the highest versions that the
 * peer ranges allow, imported and required, compiled by the oldest and the newest TypeScript. It needs a build and a registry.
 */
import { cpSync, existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { beforeAll, describe, expect, it } from "vitest"
import { root, textOf } from "./support/files.ts"
import { blocksOf, type Folder, inFolder, pack, tarballOf } from "./support/installing.ts"

const timeout = 1_200_000

interface Manifest {
  readonly name: string
  readonly exports: Readonly<Record<string, unknown>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

const manifests = ["tickwork", "simulation", "sql", "heartbeat", "cluster", "web"].map(
  (folder): Manifest => JSON.parse(textOf(`packages/${folder}/package.json`))
)

const ours = manifests.map(({ name }) => name)

/** The ranges of every peer that is not ours; of several, the one that begins last. */
const peers = Object.fromEntries(
  manifests
    .flatMap(({ peerDependencies = {} }) => Object.entries(peerDependencies))
    .filter(([name]) => !ours.includes(name))
    .sort(([, one], [, other]) => one.localeCompare(other, "en", { numeric: true }))
)

const doors = manifests.flatMap(({ exports, name }) =>
  Object.keys(exports)
    .filter((door) => !door.endsWith(".json"))
    .map((door) => join(name, door))
)

/** What the README's daemon needs beside the peers, at the versions that go with the lowest ones. */
const lowestOthers = ["@effect/platform-node@0.108.0"]

const pnpm = "npx --yes pnpm@12.21.0"
const clients = {
  npm: "npm install --ignore-scripts --no-audit --no-fund --loglevel=error",
  pnpm: `${pnpm} add --ignore-scripts --loglevel=error`
}

const oldest = "typescript-5.4@npm:typescript@5.4.5"
const oldestForEffect = "typescript-5.7@npm:typescript@5.7.3"
const newest = "typescript-7@npm:typescript@7.0.2"
const tools = [
  oldest,
  oldestForEffect,
  newest,
  "tsx@4.23.15",
  "@types/node@20.19.43",
  "@types/ws@8.18.2",
  "@types/pg@8.23.1"
]

const tsc = (alias: string, flags = "") => `node node_modules/${alias.split("@npm")[0]}/bin/tsc ${flags}`

/** The driver's native part is that of the repository: it was compiled for the same Node. */
const withNativePart = (cwd: string) => {
  const store = join(cwd, "node_modules/.pnpm")
  const packed = existsSync(store)
    ? readdirSync(store)
        .filter((name) => name.startsWith("better-sqlite3@"))
        .map((name) => join(store, name, "node_modules/better-sqlite3"))
    : [join(cwd, "node_modules/better-sqlite3")]
  for (const target of packed)
    cpSync(join(root, "node_modules/better-sqlite3/build"), join(target, "build"), { recursive: true })
}

const writeProgram = ({ write }: Folder) => {
  const [daemon = { code: "" }, host = { code: "" }] = blocksOf("README.md", "ts")
  write("app.ts", daemon.code)
  write("host.ts", host.code)
  const [tsconfig] = blocksOf("docs/first-ten-minutes.md", "json")
  write("tsconfig.json", (tsconfig?.code ?? "").replace('"strict": true', '"strict": true, "skipLibCheck": false'))
  write(
    "import.mjs",
    `${doors.map((door) => `await import(${JSON.stringify(door)})`).join("\n")}\nconsole.log("imported")\n`
  )
  write(
    "require.cjs",
    `${doors.map((door) => `require(${JSON.stringify(door)})`).join("\n")}\nconsole.log("required")\n`
  )
}

const versions = (which: "lowest" | "highest") =>
  Object.entries(peers).map(([name, range]) => `${name}@${which === "lowest" ? range.replace("^", "") : range}`)

describe("the packed packages", () => {
  beforeAll(async () => {
    await pack()
  }, timeout)

  it("have peers, each with one range that begins at a version", () => {
    expect(Object.keys(peers)).toContain("effect")
    for (const range of Object.values(peers)) expect(range).toMatch(/^\^\d+\.\d+\.\d+$/)
  })

  for (const client of ["npm", "pnpm"] as const)
    for (const which of ["lowest", "highest"] as const)
      it(`compile and run with ${client} at the ${which} peers`, { timeout }, () =>
        inFolder(async (folder) => {
          const { cwd, run } = folder
          const others = which === "lowest" ? lowestOthers : ["@effect/platform-node@0.108"]
          await run("npm init -y && npm pkg set type=module")
          // one that another of ours depends on is on no registry yet
          const files = ours.map((name) => `  ${JSON.stringify(name)}: ${JSON.stringify(`file:${tarballOf(name)}`)}\n`)
          folder.write("pnpm-workspace.yaml", `overrides:\n${files.join("")}`)
          const wanted = [...ours.map(tarballOf), ...versions(which), ...others, ...tools].map((word) => `'${word}'`)
          await run(`${clients[client]} ${wanted.join(" ")}`)
          withNativePart(cwd)
          writeProgram(folder)
          expect(await run("node import.mjs")).toBe("imported\n")
          expect(await run("node --no-warnings require.cjs")).toBe("required\n")
          expect(await run(tsc(oldestForEffect))).toBe("")
          expect(await run(tsc(newest))).toBe("")
          // Effect's own declarations need 5.7: what the oldest finds is theirs alone
          expect(await run(tsc(oldest, "--skipLibCheck true"))).toBe("")
          const found = (await run(`${tsc(oldest)} || true`)).split("\n").filter((line) => line.includes("error"))
          expect(found.filter((line) => !/^node_modules\/(\.pnpm\/)?(@?effect)/.test(line))).toEqual([])
          expect(await run("npx tsx host.ts")).toContain("sending")
        })
      )

  it("are refused by npm beside Effect 4, and pnpm warns of them", { timeout }, () =>
    inFolder(async ({ run }) => {
      const both = `'${tarballOf("tickwork")}' effect@4.1.0`
      await run("npm init -y")
      expect(await run(`${clients.npm} ${both} 2>&1 || true`)).toContain('peer effect@"^3.22.0" from tickwork@')
      expect(await run(`${pnpm} add --ignore-scripts ${both} 2>&1`)).toContain("Issues with peer dependencies found")
    })
  )
})
