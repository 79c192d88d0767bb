/**
 * The walls of the house: which folder may import what. It never judges what code does: a wall is a matter of imports.
 */
import { describe, expect, it } from "vitest"
import { filesUnder, textOf } from "./support/files.ts"
import { circles, type Room, violations } from "./support/walls.ts"

const core = "packages/tickwork/src"

// Scheduling bugs reproduce from three values only while nothing here can ask for the time, for chance or for a service.
const services = ["Clock", "Random", "Layer", "Runtime", "ManagedRuntime", "FiberRef", "DefaultServices", "TestClock"]

const effectOnly = { effect: {} }
const pure = { effect: { never: services, typesOnly: ["Context"] }, croner: {} }

const rooms: ReadonlyArray<Room> = [
  // what several rooms of the inside share
  {
    name: "base",
    files: [`${core}/internal/*.ts`],
    imports: ["schedule", "plan", "store", "public"],
    neverReaches: ["engine", "testing"],
    doors: pure
  },
  {
    name: "schedule",
    files: [`${core}/internal/schedule/**`],
    imports: ["base", "public"],
    neverReaches: ["plan", "engine", "store", "testing"],
    isPure: true,
    doors: pure
  },
  {
    name: "plan",
    files: [`${core}/internal/plan/**`],
    imports: ["base", "schedule", "public"],
    neverReaches: ["engine", "store", "testing"],
    isPure: true,
    doors: pure
  },
  {
    name: "engine",
    files: [`${core}/internal/engine/**`],
    imports: ["base", "schedule", "plan", "public"],
    neverReaches: ["testing"],
    doors: effectOnly
  },
  // it knows the port alone
  {
    name: "store",
    files: [`${core}/internal/store/**`],
    imports: ["base", "public"],
    neverReaches: ["engine", "testing"],
    doors: effectOnly
  },
  {
    name: "testing",
    files: [`${core}/testing/**`],
    imports: ["base", "schedule", "plan", "engine", "store", "public"],
    doors: effectOnly
  },
  {
    name: "public",
    files: [`${core}/*.ts`],
    imports: ["base", "schedule", "plan", "engine", "store"],
    neverReaches: ["testing"],
    doors: effectOnly
  },
  {
    name: "simulation",
    files: ["packages/simulation/src/**"],
    imports: [],
    doors: { effect: {}, tickwork: {}, "tickwork/testing": {} }
  },
  {
    name: "heartbeat",
    files: ["packages/heartbeat/src/**"],
    imports: [],
    doors: {
      "@effect/platform": {},
      effect: {},
      tickwork: { only: ["Job", "LogEntry", "Tick", "TickEvent", "TickHealth"] }
    }
  },
  {
    name: "cluster",
    files: ["packages/cluster/src/**"],
    imports: [],
    doors: {
      "@effect/cluster": {},
      "@effect/sql": {},
      "@effect/sql-pg": {},
      effect: {},
      tickwork: { only: ["Placement"] },
      "node:crypto": {},
      "node:net": {},
      "node:os": {},
      "node:stream": {}
    }
  },
  {
    name: "sql",
    files: ["packages/sql/src/**"],
    imports: [],
    doors: {
      "@effect/experimental/Reactivity": {},
      "@effect/platform": {},
      "@effect/sql": {},
      "@effect/sql-pg": {},
      "@effect/sql-sqlite-node": {},
      effect: {},
      // A store that can decide will.
      tickwork: {
        only: [
          "Control",
          "JobState",
          "LogEntry",
          "JobStore",
          "JobLog",
          "JobTransaction",
          "Position",
          "CadenceState"
        ].concat(["Placement"]),
        never: ["Plan", "Tick", "Jobs"]
      },
      "node:crypto": {},
      "node:fs": {},
      "node:os": {},
      "node:path": {}
    }
  },
  // it is shown what a store holds, and knows neither database nor server
  {
    name: "view",
    files: ["packages/web/src/view/**"],
    imports: [],
    doors: { effect: {}, tickwork: { never: ["Tick", "Jobs", "Job", "TickClient"] } }
  },
  {
    name: "web",
    files: ["packages/web/src/**"],
    imports: ["view"],
    doors: {
      "@effect/platform": {},
      "@tickwork/simulation": {},
      effect: {},
      tickwork: {},
      "node:crypto": {}
    }
  },
  {
    name: "face",
    files: ["packages/cli/src/**", "examples/*/src/**"],
    imports: [],
    doors: { "*": {} },
    never: [
      "tickwork/testing",
      "@tickwork/cli",
      "@tickwork/test-support",
      "alerts-example",
      "messenger-example",
      "observed-example"
    ]
  },
  {
    name: "test",
    files: [
      "packages/*/test/**",
      "packages/*/test-d/**",
      "packages/bench/src/**",
      "packages/test-support/src/**",
      "examples/*/test/**"
    ],
    // of their own package, whose internals they may see
    imports: [
      "base",
      "schedule",
      "plan",
      "engine",
      "store",
      "testing",
      "public",
      "simulation",
      "heartbeat",
      "cluster",
      "sql",
      "view",
      "web",
      "face"
    ],
    doors: { "*": {} },
    never: ["@tickwork/cli", "alerts-example", "messenger-example", "observed-example"]
  }
]

const all = [...filesUnder("packages", ".ts"), ...filesUnder("examples", ".ts")].map((path) => ({
  path,
  text: textOf(path)
}))

const planted = (path: string, text: string, ...others: ReadonlyArray<readonly [path: string, text: string]>) =>
  violations([{ path, text }, ...others.map(([path, text]) => ({ path, text }))], rooms)

describe("the walls", () => {
  it("no file imports what its room may not", () => {
    expect(violations(all, rooms)).toEqual([])
  })

  it("no package has a circle of imports, types counted", () => {
    expect(circles(all)).toEqual([])
  })

  it("each package opens its names one by one, and nothing internal", () => {
    const opened = filesUnder("packages", "package.json").flatMap((path) => {
      const { exports = {} }: { exports?: Record<string, unknown> } = JSON.parse(textOf(path))
      return Object.entries(exports).map(([name, target]) => `${path}: ${name} ${JSON.stringify(target)}`)
    })
    expect(opened.length).toBeGreaterThan(40)
    expect(opened.filter((one) => /\*|internal/.test(one))).toEqual([])
  })

  it.each([
    ["schedule imports a service", `${core}/internal/schedule/A.ts`, `import { Clock } from "effect"`],
    ["plan takes a service by its subpath", `${core}/internal/plan/A.ts`, `import * as C from "effect/Clock"`],
    ["plan takes all of effect", `${core}/internal/plan/A.ts`, `import * as E from "effect"`],
    ["schedule uses Context as a value", `${core}/internal/schedule/A.ts`, `import { Context } from "effect"`],
    ["schedule imports plan", `${core}/internal/schedule/A.ts`, `import "../plan/Plan.ts"`],
    ["the engine imports the store", `${core}/internal/engine/A.ts`, `import "../store/MemoryStore.ts"`],
    ["the engine names a database", `${core}/internal/engine/A.ts`, `import type { SqlClient } from "@effect/sql"`],
    ["the store imports the engine", `${core}/internal/store/A.ts`, `import "../engine/InstanceMap.ts"`],
    ["a public module imports the testing kit", `${core}/Tick.ts`, `export * from "./testing/index.ts"`],
    ["storage decides", "packages/sql/src/SqlJobStore.ts", `import type { Plan } from "tickwork"`],
    ["storage takes the whole door", "packages/sql/src/SqlJobStore.ts", `import * as Tickwork from "tickwork"`],
    ["storage runs what is not its own", "packages/sql/src/SqlJobStore.ts", `import { Job } from "tickwork"`],
    ["a package reaches into another", "packages/sql/src/a.ts", `import "../../tickwork/src/Job.ts"`],
    ["a package reaches in lazily", "packages/sql/src/a.ts", `const a = await import("../../tickwork/src/Job.ts")`],
    ["an example imports the testing kit", "examples/a/src/main.ts", `import { laws } from "tickwork/testing"`],
    ["a test imports another package's test", "packages/sql/test/a.test.ts", `import "../../cli/test/support/a.ts"`],
    ["a test imports another's inside", "packages/sql/test/a.ts", `import "../../tickwork/src/internal/plan/Plan.ts"`],
    ["a test imports a face", "packages/sql/test/a.test.ts", `import "@tickwork/cli"`],
    ["a file is in no room", "packages/tickwork/src/cleverness/A.ts", ""]
  ])("a planted break is found: %s", (_, path, text) => {
    expect(planted(path, text)).toHaveLength(1)
  })

  it("a break behind another file is found, with the way to it", () => {
    const job = [`${core}/Job.ts`, `import "./internal/engine/A.ts"`] as const
    expect(planted(`${core}/internal/plan/Plan.ts`, `import "../../Job.ts"`, job)).toEqual([
      `${core}/internal/plan/Plan.ts: the room plan reaches engine (Plan.ts -> Job.ts -> A.ts)`
    ])
    const clock = [`${core}/Job.ts`, `import { Clock } from "effect"`] as const
    expect(planted(`${core}/internal/plan/Plan.ts`, `import "../../Job.ts"`, clock)).toHaveLength(1)
  })

  it("a planted circle is found, whole and with types, and a row of imports is none", () => {
    const one = (path: string, text: string) => ({ path: `packages/a/src/${path}.ts`, text })
    const row = [one("A", `import "./B.ts"`), one("B", `import type { C } from "./C.ts"`)]
    expect(circles([...row, one("C", "")])).toEqual([])
    const [found = ""] = circles([...row, one("C", `import("./A.ts")`)])
    expect(found.split(" -> ")).toHaveLength(4)
    expect(circles([one("A", `export * from "./A.ts"`)])).toHaveLength(1)
  })

  it.each([
    ["plan names Context as a type", `${core}/internal/plan/A.ts`, `import type { Context } from "effect"`],
    ["the engine imports plan", `${core}/internal/engine/A.ts`, `import { Plan } from "../plan/Plan.ts"`],
    ["storage names a job's type", "packages/sql/src/a.ts", `import { type Job, JobStore } from "tickwork"`],
    ["a test imports its own inside", "packages/sql/test/a.test.ts", `import "../src/internal/doctor/Integrity.ts"`],
    ["a test imports the testing kit", "packages/sql/test/a.test.ts", `import { laws } from "tickwork/testing"`]
  ])("a permitted import passes: %s", (_, path, text) => {
    expect(planted(path, text)).toEqual([])
  })
})
