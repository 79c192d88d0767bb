// The test projects: one for each package and example that has tests, and "repository" for the repository itself.
// It never holds tests, and no project needs a build: "tickwork-source" resolves our packages to their sources.
import { existsSync, readdirSync } from "node:fs"
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

const members = ["packages", "examples"]
  .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
  .filter((root) => existsSync(join(root, "test")))

const project = (name: string, root: string) => {
  const globalSetup = ["test/globalSetup.ts"].filter((file) => existsSync(join(root, file)))
  return {
    extends: true as const,
    // what hangs is to be found, whatever else the machine has to do meanwhile
    test: { name, root, include: ["test/**/*.test.ts"], globalSetup, testTimeout: 60_000 }
  }
}

export default defineConfig({
  resolve: found,
  ssr: { resolve: found },
  test: {
    setupFiles: [join(import.meta.dirname, "test/support/turn.ts")],
    pool: "forks",
    // many tests wait for other processes: two at a time fit on one core
    poolOptions: { forks: { execArgv: ["--conditions", condition], maxForks: Math.max(2, availableParallelism()) } },
    projects: [...members.map((root) => project(root.replace(/^.*[\\/]/, ""), root)), project("repository", ".")]
  }
})
