/**
 * The pure floor (internal/schedule, internal/plan, and what they import) compiled against Effect 4: which of the names that
 * it uses are gone there. docs/effect-4.md lists the same names. It needs a registry.
 */
import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import ts from "typescript"
import { describe, expect, it } from "vitest"
import { filesUnder, root, textOf } from "./support/files.ts"

/** The newest when this was written; Effect 4 needs no other Node than Tickwork does. */
const version = "4.1.0"

const page = "docs/effect-4.md"

const warning = `
############################################################
  effect ${version} could not be installed:
  THE MOVE TO EFFECT 4 IS NOT MEASURED.
############################################################
`

/** A folder with that version, or nothing where it cannot be had. */
const installed = (): string | undefined => {
  const folder = mkdtempSync(join(tmpdir(), "tickwork-effect4-"))
  const { NODE_OPTIONS: _, ...env } = process.env
  try {
    writeFileSync(join(folder, "package.json"), '{ "private": true }')
    const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    execFileSync("npm", ["install", ...flags, `effect@${version}`], { cwd: folder, env, stdio: "ignore" })
    return folder
  } catch {
    rmSync(folder, { recursive: true, force: true })
    process.stderr.write(warning)
    return undefined
  }
}

const floor = ["packages/tickwork/src/internal/schedule", "packages/tickwork/src/internal/plan"]

/** The complaints of the compiler in our files, where `effect` is the one of that folder. */
const complaints = (folder: string): ReadonlyArray<string> => {
  const file = join(root, "tsconfig.base.json")
  const { compilerOptions } = ts.readConfigFile(file, ts.sys.readFile).config
  const program = ts.createProgram(
    floor.flatMap((path) => filesUnder(path, ".ts")).map((path) => join(root, path)),
    {
      ...ts.convertCompilerOptionsFromJson(compilerOptions, root, file).options,
      composite: false,
      incremental: false,
      declaration: false,
      declarationMap: false,
      noEmit: true,
      paths: { effect: [join(folder, "node_modules/effect/dist/index.d.ts")] }
    }
  )
  return ts
    .getPreEmitDiagnostics(program)
    .filter(({ file }) => file?.fileName.includes("/packages/tickwork/src/") === true)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))
}

const patterns = [
  // a module: Either
  /^Module '"[^']*"' has no exported member '(\w+)'/,
  /^'"[^']*"' has no exported member named '(\w+)'/,
  // a name of a module: Schema.optionalWith
  /^Namespace '"[^']*\/dist\/(\w+)(?:\.d\.ts)?"' has no exported member '(\w+)'/,
  /^Property '(\w+)' does not exist on type 'typeof import\("[^']*\/dist\/(\w+)(?:\.d\.ts)?"/,
  // a method of a value: Schedule.step
  /^Property '(initial|step)' does not exist on type '(Schedule)</
]

/** The names that a complaint says are gone. */
const goneIn = (complaint: string): ReadonlyArray<string> =>
  patterns.flatMap((pattern, index) => {
    const [, first, second] = pattern.exec(complaint) ?? []
    if (first === undefined) return []
    if (second === undefined) return [first]
    return [index === 2 ? `${first}.${second}` : `${second}.${first}`]
  })

describe("the pure floor under Effect 4", () => {
  it("misses the names that the page lists, and no others", { timeout: 600_000 }, ({ skip }) => {
    const folder = installed()
    if (folder === undefined) return skip()
    try {
      const found = [...new Set(complaints(folder).flatMap(goneIn))].sort()
      const listed = [...textOf(page).matchAll(/^\| `([\w.]+)` +\|/gm)].map(([, name]) => name)
      expect(listed).toEqual(found)
      expect(textOf(page)).toContain(`effect ${version}`)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
