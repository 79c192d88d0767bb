/**
 * The process that runs written blocks one after the other; any failure, or an early end, is a nonzero exit.
 *
 * It never runs in the test process. A false `console.assert` throws here, where Node would only print.
 */
import { AssertionError } from "node:assert"
import { mkdirSync, rmSync } from "node:fs"
import { pathToFileURL } from "node:url"

console.assert = (condition?: unknown, ...message: ReadonlyArray<unknown>): void => {
  if (!condition) throw new AssertionError({ message: `console.assert was false ${message.join(" ")}`.trim() })
}

let finished = false
process.on("exit", () => {
  // A block that ends the process must not pass for the blocks after it.
  if (!finished) process.exitCode = 1
})

for (const path of process.argv.slice(2)) {
  // A folder of its own: a database that a block makes is not the next block's.
  const folder = path.replace(/\.ts$/, ".run")
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  process.chdir(folder)
  await import(pathToFileURL(path).href)
}
finished = true
