/**
 * How long the compiler takes for an application's registry, checked in its own process against the built packages.
 */
import { execFile } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { Effect } from "effect"
import * as Goal from "../Goal.ts"
import * as Measure from "../Measure.ts"
import * as Row from "../Row.ts"

const many = 300
const samples = 1

const compiler = createRequire(import.meta.url).resolve("typescript/bin/tsc")
const packages = join(dirname(compiler), "..", "..")

const compilerOptions = {
  target: "ES2022",
  module: "NodeNext",
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
  noEmit: true,
  types: []
}

/** A job with a service, an error, a condition and a policy. */
const jobOf = (n: number): string => `
const job${n} = Job.make("job_${n}", Effect.flatMap(Need${n % 10}, (need) => need > ${n} ? Effect.fail("no luck") : Effect.void)).pipe(
  ${n % 2 === 0 ? `Job.every("${n + 1} seconds")` : `Job.repeat(Schedule.spaced("${n + 1} seconds"))`},
  Job.priority(${(n % 10) + 1}),
  Job.when("it may", Effect.succeed(true), { recheck: "1 minute" }),
  Job.retry(Schedule.exponential("1 second").pipe(Schedule.jittered, Schedule.intersect(Schedule.recurs(${n % 7})))),
  Job.alertAfter(3)
)
`

const registryOf = (count: number): string => `
import { Context, Effect, Schedule } from "effect"
import { Job, Jobs, Tick } from "tickwork"
${Array.from({ length: 10 }, (_, n) => `class Need${n} extends Context.Tag("Need${n}")<Need${n}, number>() {}`).join("\n")}
${Array.from({ length: count }, (_, n) => jobOf(n)).join("")}
export const TickLive = Tick.layer(Jobs.make(${Array.from({ length: count }, (_, n) => `job${n}`).join(", ")}))
`

const folder = Effect.acquireRelease(
  Effect.sync(() => {
    const path = mkdtempSync(join(tmpdir(), "tickwork-types-"))
    symlinkSync(packages, join(path, "node_modules"), "junction")
    return path
  }),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** Makes a project with one registry, and returns its path. */
const project = (path: string, count: number) =>
  Effect.sync(() => {
    const at = join(path, String(count))
    mkdirSync(at)
    writeFileSync(join(at, "package.json"), JSON.stringify({ type: "module" }))
    writeFileSync(join(at, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["jobs.ts"] }))
    writeFileSync(join(at, "jobs.ts"), registryOf(count))
    return at
  })

const check = (at: string) =>
  Effect.async<void, Error>((resume) => {
    execFile(process.execPath, [compiler, "-p", at], (error, out) =>
      resume(error === null ? Effect.void : Effect.fail(new Error(`the registry does not compile\n${out}`)))
    )
  })

export const rows: Row.Family = ({ withFloor }) =>
  Effect.gen(function* () {
    const path = yield* folder
    const large = yield* project(path, many)
    const small = yield* project(path, 1)
    const { floor, ours } = yield* Measure.inTurns(samples, {
      ours: Measure.spent(check(large)),
      floor: withFloor ? Measure.spent(check(small)) : null
    })
    return [
      Row.make({
        what: `type check of a registry of ${many} jobs (floor: of one job)`,
        unit: "s",
        better: "less",
        ours: ours.wall / 1000,
        floor: floor === null ? null : floor.wall / 1000,
        goal: Goal.atMost(5, "s")
      })
    ]
  }).pipe(Effect.scoped)
