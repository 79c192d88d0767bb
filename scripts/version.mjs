// Turns the changesets into the next version of all packages: `npm run release:version`, or with the version to be made.
// A step of the second number below 1.0.0 has to be named: changesets makes 1.0.0 of it, since a peer leaves its range.
import { execFileSync } from "node:child_process"
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"

const wanted = process.argv[2]
if (wanted !== undefined && !/^\d+\.\d+\.\d+$/.test(wanted))
  throw new Error(`a version must be like 0.2.0, got ${wanted}`)

execFileSync("npx", ["changeset", "version"], { stdio: "inherit" })

const made = JSON.parse(readFileSync("packages/tickwork/package.json", "utf8")).version
const folders = ["packages", "examples"].flatMap((folder) => readdirSync(folder).map((name) => `${folder}/${name}`))
for (const folder of wanted === undefined ? [] : folders) {
  for (const [file, before, after] of [
    ["package.json", `"${made}"`, `"${wanted}"`],
    ["package.json", `"^${made}"`, `"^${wanted}"`],
    ["CHANGELOG.md", `## ${made}\n`, `## ${wanted}\n`],
    ["CHANGELOG.md", `@${made}\n`, `@${wanted}\n`]
  ]) {
    const path = `${folder}/${file}`
    if (!existsSync(path)) continue
    const text = readFileSync(path, "utf8")
    const ours = (line) => !file.endsWith(".json") || /"(version|tickwork|@tickwork\/[\w-]+)":/.test(line)
    writeFileSync(
      path,
      text
        .split(/(?<=\n)/)
        .map((line) => (ours(line) ? line.replace(before, after) : line))
        .join("")
    )
  }
}
execFileSync("npm", ["install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund"], {
  stdio: "inherit"
})
