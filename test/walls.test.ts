/**
 * The walls of the house: which floor may import what. A new file gets its place in the tables below.
 *
 * It never judges what code does: a wall is a matter of imports.
 */
import { describe, expect, it } from "vitest"
import { filesUnder, textOf } from "./support/files.ts"
import { type Floor, violations } from "./support/walls.ts"

const core = (...names: ReadonlyArray<string>): ReadonlyArray<string> =>
  names.map((name) => `packages/tickwork/src/${name}`)

// Scheduling bugs reproduce from three values only while nothing here can ask for the time, for chance or for a service.
const services = ["Clock", "Random", "Layer", "Runtime", "ManagedRuntime", "FiberRef", "DefaultServices", "TestClock"]

const pure: Floor = {
  name: "pure",
  files: core(
    "Job.ts",
    "Jobs.ts",
    "InvalidJobs.ts",
    "EnqueueError.ts",
    "Cadence.ts",
    "Calendar.ts",
    "WallClock.ts",
    "StateCodec.ts",
    "ScheduleStateCodec.ts",
    "Kept.ts",
    "Memory.ts",
    "Millis.ts",
    "Payload.ts",
    "Retry.ts",
    "Control.ts",
    "Missed.ts",
    "Run.ts",
    "JobState.ts",
    "JobStatus.ts",
    "LogEntry.ts",
    "JobStats.ts",
    "Decision.ts",
    "Explanation.ts",
    "Dependencies.ts",
    "Places.ts",
    "Bound.ts",
    "Plan.ts",
    "ErrorText.ts",
    "Integrity.ts",
    "integrity/**"
  ),
  below: [],
  doors: { effect: { never: services, typesOnly: ["Context"] } }
}

const engine: Floor = {
  name: "engine",
  files: core(
    "JobStore.ts",
    "JobLog.ts",
    "JobTransaction.ts",
    "TickEvent.ts",
    "TickHealth.ts",
    "TickMetrics.ts",
    "Tick.ts",
    "engine/**"
  ),
  below: ["pure"],
  doors: { effect: {} }
}

const simulation: Floor = {
  name: "simulation",
  files: core("Simulation.ts", "Timeline.ts", "Difference.ts", "simulation/**", "timeline/**"),
  below: ["pure", "engine"],
  doors: { effect: {} }
}

const testing: Floor = {
  name: "testing",
  files: core("testing/**"),
  below: ["pure", "engine", "simulation"],
  doors: { effect: {} }
}

// The public door opens on every room but testing, which has its own.
const door: Floor = { name: "door", files: core("index.ts"), below: ["pure", "engine", "simulation"], doors: {} }

const storage: Floor = {
  name: "storage",
  files: ["packages/sql/src/**"],
  below: [],
  doors: {
    "@effect/experimental": {},
    "@effect/platform": {},
    "@effect/sql": {},
    "@effect/sql-pg": {},
    "@effect/sql-sqlite-node": {},
    effect: {},
    // A store that can decide will.
    tickwork: {
      only: ["Control", "Integrity", "JobState", "LogEntry", "JobStore", "JobTransaction"],
      never: ["Plan", "Tick", "Jobs"]
    },
    "node:crypto": {},
    "node:fs": {},
    "node:os": {},
    "node:path": {}
  }
}

const faces: Floor = {
  name: "face",
  files: ["packages/cli/src/**", "examples/*/src/**"],
  below: [],
  doors: { "*": {} },
  never: ["tickwork/testing", "@tickwork/cli", "messenger-example", "observed-example"]
}

const tests: Floor = {
  name: "test",
  files: ["packages/*/test/**", "packages/*/test-d/**", "packages/bench/src/**", "examples/*/test/**"],
  below: ["pure", "engine", "simulation", "testing", "door", "storage", "face"],
  doors: { "*": {} },
  never: ["@tickwork/cli", "messenger-example", "observed-example"],
  // generated cases and benches serve every package
  shared: ["packages/*/test/support/**"]
}

const floors = [pure, engine, simulation, testing, door, storage, faces, tests]

const planted = (path: string, text: string) => violations([{ path, text }], floors)

describe("the walls", () => {
  it("no file of the repository imports upward or past a door", () => {
    const paths = [...filesUnder("packages", ".ts"), ...filesUnder("examples", ".ts")]
    expect(
      violations(
        paths.map((path) => ({ path, text: textOf(path) })),
        floors
      )
    ).toEqual([])
  })

  it("a test may take what tests share from another package, and nothing else of it", () => {
    const from = (target: string) =>
      planted("packages/sql/test/reopen.test.ts", `import { forAll } from "../../tickwork/${target}"`)
    expect(from("test/support/law1.ts")).toEqual([])
    expect(from("test/Plan.test.ts")).toHaveLength(1)
    expect(from("src/Plan.ts")).toHaveLength(1)
  })

  it.each([
    ["a pure file imports the engine", "packages/tickwork/src/Plan.ts", `import { due } from "./engine/due.ts"`],
    ["a pure file imports a service", "packages/tickwork/src/Plan.ts", `import { Clock } from "effect"`],
    [
      "a pure file takes a service by its subpath",
      "packages/tickwork/src/Plan.ts",
      `import * as C from "effect/Clock"`
    ],
    ["a pure file takes all of effect", "packages/tickwork/src/Plan.ts", `import * as E from "effect"`],
    ["a pure file uses Context as a value", "packages/tickwork/src/Job.ts", `import { Context } from "effect"`],
    ["the engine names a database", "packages/tickwork/src/Tick.ts", `import type { SqlClient } from "@effect/sql"`],
    ["the engine imports the testing kit", "packages/tickwork/src/Tick.ts", `export * from "./testing/index.ts"`],
    ["the door opens on the testing kit", "packages/tickwork/src/index.ts", `export * from "./testing/index.ts"`],
    ["storage decides", "packages/sql/src/SqlJobStore.ts", `import type { Plan } from "tickwork"`],
    ["storage takes the whole door", "packages/sql/src/SqlJobStore.ts", `import * as Tickwork from "tickwork"`],
    ["storage runs what is not its own", "packages/sql/src/SqlJobStore.ts", `import { Job } from "tickwork"`],
    ["a package reaches into another", "packages/sql/src/a.ts", `import "../../tickwork/src/Job.ts"`],
    ["a package reaches in lazily", "packages/sql/src/a.ts", `const a = await import("../../tickwork/src/Job.ts")`],
    ["an example imports the testing kit", "examples/a/src/main.ts", `import { laws } from "tickwork/testing"`],
    ["a test imports a face", "packages/sql/test/a.test.ts", `import "@tickwork/cli"`],
    ["a file stands on no floor", "packages/tickwork/src/Cleverness.ts", ""]
  ])("a planted break is found: %s", (_, path, text) => {
    expect(planted(path, text)).toHaveLength(1)
  })

  it.each([
    ["a pure file names Context as a type", "packages/tickwork/src/Job.ts", `import type { Context } from "effect"`],
    ["the engine imports the pure floor", "packages/tickwork/src/engine/a.ts", `import { Plan } from "../Plan.ts"`],
    ["storage names a job's type", "packages/sql/src/a.ts", `import { type Job, JobStore } from "tickwork"`],
    ["a test imports the testing kit", "packages/sql/test/a.test.ts", `import { laws } from "tickwork/testing"`]
  ])("a permitted import passes: %s", (_, path, text) => {
    expect(planted(path, text)).toEqual([])
  })
})
