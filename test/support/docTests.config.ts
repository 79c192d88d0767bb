// For tests that the documentation shows, each in a Vitest of its own. It holds no test of the repository.
import { join } from "node:path"
import { defaultServerConditions } from "vite"
import { defineConfig } from "vitest/config"

const condition = "tickwork-source"

export default defineConfig({
  root: join(import.meta.dirname, "../../.cache/doc-tests"),
  resolve: { conditions: [condition, ...defaultServerConditions] },
  ssr: { resolve: { conditions: [condition, ...defaultServerConditions] } },
  test: {
    include: ["test/**/*.test.ts"],
    pool: "forks",
    poolOptions: { forks: { execArgv: ["--conditions", condition] } }
  }
})
