/**
 * The files of the repository, as the checks read them: relative paths with forward slashes.
 *
 * It never writes, and never looks into what is installed or generated.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join, posix, sep } from "node:path"
import { fileURLToPath } from "node:url"

/** The root of the repository. */
export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..")

const skipped = new Set(["node_modules", "dist", "coverage"])

/** Every file below a folder with one of the endings; nothing where the folder does not exist. */
export const filesUnder = (folder: string, ...endings: ReadonlyArray<string>): ReadonlyArray<string> => {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = posix.join(folder.split(sep).join("/"), entry.name)
      if (entry.isDirectory())
        return skipped.has(entry.name) || entry.name.startsWith(".") ? [] : filesUnder(path, ...endings)
      return endings.some((ending) => entry.name.endsWith(ending)) ? [path] : []
    })
    .sort()
}

/** The text of a file. */
export const textOf = (path: string): string => readFileSync(join(root, path), "utf8")
