/**
 * The dependencies that the published packages bring, with their licences, as the lock file has them.
 *
 * It never asks a registry.
 */

/** An entry of a lock file. */
export interface Locked {
  readonly version?: string
  readonly license?: string
  readonly link?: boolean
  readonly resolved?: string
  readonly optional?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

/** The entries of a lock file by their paths. */
export type Lock = Readonly<Record<string, Locked>>

/** A dependency, and the packages of ours that bring it. */
export interface Dependency {
  readonly path: string
  readonly name: string
  readonly version: string
  readonly licence: string
  readonly of: ReadonlyArray<string>
}

const folder = "node_modules/"

const nameOf = (path: string): string => path.slice(path.lastIndexOf(folder) + folder.length)

/** Where Node finds a package that another one names: in its folder, or in one above. */
const resolved = (lock: Lock, from: string, name: string): string | undefined => {
  const parts = from.split("/")
  for (let length = parts.length; length >= 0; length--) {
    const path = [...parts.slice(0, length), `${folder}${name}`].join("/")
    const entry = lock[path]
    if (entry !== undefined) return entry.link === true ? entry.resolved : path
  }
  return undefined
}

const reached = (lock: Lock, root: string): ReadonlySet<string> => {
  const seen = new Set<string>()
  const visit = (path: string): void => {
    if (seen.has(path)) return
    seen.add(path)
    const { dependencies, optionalDependencies, peerDependencies } = lock[path] ?? {}
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      const found = resolved(lock, path, name)
      if (found !== undefined) visit(found)
    }
  }
  visit(root)
  return seen
}

const compare = (one: string, other: string): number => (one < other ? -1 : 1)

/** What the packages in these folders bring, peers and what they bring in turn included, in the order of the names. */
export const dependenciesOf = (lock: Lock, folders: ReadonlyArray<string>): ReadonlyArray<Dependency> => {
  const roots = folders.map((root) => [root, reached(lock, root)] as const)
  return Object.entries(lock)
    .filter(([path, { link }]) => path.includes(folder) && link !== true)
    .map(([path, { license = "", version = "" }]) => {
      const of = roots.flatMap(([root, paths]) => (paths.has(path) ? [root.slice(root.lastIndexOf("/") + 1)] : []))
      return { path, name: nameOf(path), version, licence: license, of }
    })
    .filter(({ of }) => of.length > 0)
    .sort((one, other) =>
      one.name === other.name ? compare(one.version, other.version) : compare(one.name, other.name)
    )
}

/** Licences that ask for no more than their own text and the names of the authors. */
const permissive = new Set([
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BlueOak-1.0.0",
  "CC0-1.0",
  "ISC",
  "MIT"
])

/** True for an SPDX expression that can be kept by a permissive licence alone; brackets inside of others are not read. */
export const isPermissive = (expression: string): boolean =>
  expression
    .replace(/^\((.*)\)$/, "$1")
    .split(" OR ")
    .some((choice) => choice.split(" AND ").every((licence) => permissive.has(licence.trim())))

/** A table of Markdown. */
const table = (rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const line = (cells: ReadonlyArray<string>) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`
  const [head = [], ...body] = rows
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n")
}

/** The page that lists them. */
export const page = (all: ReadonlyArray<Dependency>): string => {
  const merged = new Map<string, Dependency>()
  for (const one of all) {
    const id = `${one.name}@${one.version}`
    merged.set(id, { ...one, of: [...new Set([...(merged.get(id)?.of ?? []), ...one.of])] })
  }
  const rows = [...merged.values()].map(({ licence, name, of, version }) => [name, version, licence, of.join(", ")])
  return `# Licences

You want to know under which licences stands what you install with Tickwork. Tickwork itself is under the
[MIT licence](../LICENSE).

These are all packages that the published ones bring or expect beside them, drivers and optional ones included, in the
versions of the lock file, with the licences that their manifests state. Each can be kept by a permissive licence. A test
compares the list with the lock file and with what is installed.

${table([["dependency", "version", "licence", "of"], ...rows])}
`
}
