/**
 * Bundles the script of the page with idiomorph into a module of @tickwork/web, so that no file has to be found when it is
 * served. `--check` only says whether the module is that of its sources.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { build } from "esbuild"

const root = join(import.meta.dirname, "..")
const target = join(root, "packages/web/src/internal/assets/pageScript.ts")

export const pageScript = async () => {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ["packages/web/client/page.js"],
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    legalComments: "none",
    write: false
  })
  const { version } = JSON.parse(readFileSync(join(root, "node_modules/idiomorph/package.json"), "utf8"))
  const licence = readFileSync(join(root, "node_modules/idiomorph/LICENSE"), "utf8")
    .trim()
    .split("\n")
    .map((line) => ` * ${line}`.trimEnd())
    .join("\n")
  return `/**
 * The script of every screen, made by scripts/page-script.mjs from packages/web/client/page.js and idiomorph ${version}.
 *
 * idiomorph, https://github.com/bigskysoftware/idiomorph:
 *
${licence}
 *
 * @internal
 */
export const pageScript = ${JSON.stringify(outputFiles[0].text.trim())}
`
}

if (process.argv[1] === import.meta.filename) {
  const text = await pageScript()
  if (process.argv.includes("--check")) process.exitCode = readFileSync(target, "utf8") === text ? 0 : 1
  else writeFileSync(target, text)
}
