/**
 * How long a process takes to import the packages.
 *
 * The floor imports the modules of other packages that ours name, each by itself, and nothing of ours.
 */
import { execFile } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { Effect } from "effect"
import * as Goal from "../Goal.ts"
import * as Measure from "../Measure.ts"
import * as Row from "../Row.ts"

const sizes = { table: 5, quick: 3 }

const ours = ["tickwork", "@tickwork/sql"]

/** The files that importing this one loads, of the same package, and what they import of others. */
const othersOf = (file: string, seen = new Set<string>()): ReadonlyArray<string> => {
  if (seen.has(file)) return []
  seen.add(file)
  const text = fs.readFileSync(file, "utf8")
  const found = [...text.matchAll(/^(?:import|export)\s+(?:([\w\s{},*$]*?)\s+from\s+)?["']([^"']+)["']/gm)]
  return found.flatMap(([, names = "", module = ""]) => {
    if (module.startsWith(".")) return othersOf(path.join(path.dirname(file), module), seen)
    const [, list] = /\{([^}]*)\}/.exec(names) ?? []
    const isBarrel = /^(effect|@effect\/[\w-]+)$/.test(module)
    if (list === undefined || !isBarrel) return [module]
    return list
      .split(",")
      .map((name) => name.trim().split(/\s/)[0] ?? "")
      .filter((name) => name !== "")
      .map((name) => `${module}/${name}`)
  })
}

/** What they import of others; ours are left out, which import the same. */
const needed = (folder: string): ReadonlyArray<string> => {
  const entries = ["tickwork", "sql"].map((name) => path.join(folder, "packages", name, "dist/index.js"))
  const isOurs = (module: string) => ours.some((name) => module === name || module.startsWith(`${name}/`))
  return [...new Set(entries.flatMap((entry) => othersOf(entry)))].filter((module) => !isOurs(module))
}

const scriptOf = (file: string, modules: ReadonlyArray<string>) =>
  Effect.sync(() => {
    const imports = modules.map((module) => `import ${JSON.stringify(module)}`).join("\n")
    fs.writeFileSync(file, `${imports}\nprocess.exit(0)\n`)
    return file
  })

/** Wall time of a whole process that imports them. */
const spent = (script: string) =>
  Measure.spent(
    Effect.async<void, Error>((resume) => {
      execFile(process.execPath, [script], (error) => resume(error === null ? Effect.void : Effect.fail(error)))
    })
  )

export const rows: Row.Family = ({ size, withFloor }) =>
  Effect.gen(function* () {
    const here = import.meta.dirname
    const samples = sizes[size]
    const script = yield* scriptOf(path.join(here, "import-ours.mjs"), ours)
    const others = yield* scriptOf(path.join(here, "import-others.mjs"), needed(path.join(here, "../..")))
    const nothing = yield* scriptOf(path.join(here, "import-nothing.mjs"), [])
    const bare = yield* Measure.inTurns(samples, { ours: spent(nothing), floor: null })
    const pair = yield* Measure.inTurns(samples, { ours: spent(script), floor: withFloor ? spent(others) : null })
    return [
      Row.make({
        what: "import of tickwork and @tickwork/sql (floor: of what they import)",
        unit: "ms",
        better: "less",
        ours: pair.ours.wall - bare.ours.wall,
        floor: pair.floor === null ? null : pair.floor.wall - bare.ours.wall,
        goal: Goal.timesFloor(1.2)
      })
    ]
  })
