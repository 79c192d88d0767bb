// The test projects: one for each package and example that has tests, and "repository" for the repository itself.
// It never holds tests, and no project needs a build: "tickwork-source" resolves our packages to their sources.
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { availableParallelism } from "node:os"
import { join } from "node:path"
import { defaultServerConditions } from "vite"
import { defineConfig } from "vitest/config"

const condition = "tickwork-source"

// as Node finds what is not ours: some packages have another entry, for bundlers, that Node cannot read
const found = {
  conditions: [condition, ...defaultServerConditions.filter((name) => name !== "module")],
  mainFields: ["main"]
}

// A mode is a set of tests, by the names of files: `*.full.test.ts` and `*.long.test.ts` belong to their sets alone. A
// file that imports the module of the sets has a short and a long form. "rest" is what "full" has beside the fast set.
type Mode = "fast" | "full" | "rest" | "long"

const modeOf = (mode: string): Mode => (mode === "full" || mode === "rest" || mode === "long" ? mode : "fast")

const hasLongForm = (file: string) => readFileSync(file, "utf8").includes(`"@tickwork/test-support/Sets"`)

const isIn: Record<Mode, (file: string) => boolean> = {
  fast: (file) => !/\.(full|long)\.test\.ts$/.test(file),
  full: (file) => !file.endsWith(".long.test.ts"),
  rest: (file) => !file.endsWith(".long.test.ts") && (file.endsWith(".full.test.ts") || hasLongForm(file)),
  long: (file) => file.endsWith(".long.test.ts")
}

const members = ["packages", "examples"]
  .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
  .filter((root) => existsSync(join(root, "test")))

const project = (name: string, root: string, mode: Mode) => {
  const include = readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts") && isIn[mode](join(root, "test", file)))
    .map((file) => join("test", file))
  const set = mode === "rest" ? "full" : mode
  const globalSetup = ["test/globalSetup.ts", `test/globalSetup.${set}.ts`].filter((file) =>
    existsSync(join(root, file))
  )
  const env = { TICKWORK_TESTS: set }
  return include.length === 0
    ? []
    : // what hangs is to be found, whatever else the machine has to do meanwhile
      [{ extends: true as const, test: { name, root, include, globalSetup, env, testTimeout: 300_000 } }]
}

/** Files at a time: one alone where time is measured. */
const forks = (mode: Mode) => (mode === "long" ? 1 : Math.max(2, availableParallelism()))

export default defineConfig(({ mode }) => ({
  resolve: found,
  ssr: { resolve: found },
  test: {
    setupFiles: [join(import.meta.dirname, "test/support/turn.ts")],
    pool: "forks",
    // many tests wait for other processes: two at a time fit on one core; files share the modules of their process
    poolOptions: { forks: { isolate: false, execArgv: ["--conditions", condition], maxForks: forks(modeOf(mode)) } },
    projects: [
      ...members.flatMap((root) => project(root.replace(/^.*[\\/]/, ""), root, modeOf(mode))),
      ...project("repository", ".", modeOf(mode))
    ]
  }
}))
