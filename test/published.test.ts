/**
 * What each package would publish, and what the lock file pins.
 */
import { execFile } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { homedir } from "node:os"
import { dirname, join } from "node:path"
import { promisify } from "node:util"
import { describe, expect, it } from "vitest"
import { filesUnder, root, textOf } from "./support/files.ts"

interface Manifest {
  readonly name: string
  readonly private?: boolean
  readonly license?: string
  readonly scripts?: Record<string, string>
  readonly publishConfig?: Record<string, unknown>
  readonly homepage?: string
  readonly bin?: Record<string, string>
  readonly repository?: { readonly type?: string; readonly url?: string; readonly directory?: string }
}

interface Packed {
  readonly files: ReadonlyArray<{ readonly path: string }>
}

const packages = filesUnder("packages", "package.json")
  .filter((path) => path.split("/").length === 3)
  .map((path) => ({ folder: dirname(path), manifest: JSON.parse(textOf(path)) as Manifest }))
  .filter(({ manifest }) => manifest.private !== true)

const filesOf = async (folder: string): Promise<ReadonlyArray<string>> => {
  const { NODE_OPTIONS: _, ...env } = process.env
  const { stdout } = await promisify(execFile)(
    "npm",
    ["pack", "--dry-run", "--json", "--ignore-scripts", "--offline"],
    {
      cwd: join(root, folder),
      env,
      maxBuffer: 100_000_000
    }
  )
  const [packed] = JSON.parse(stdout) as ReadonlyArray<Packed>
  return (packed?.files ?? []).map(({ path }) => path)
}

/** The sources, what is built of them, and what says what they are. */
const expected = /^(package\.json|LICENSE|README\.md|CHANGELOG\.md|(src|dist)\/[\w/.-]+\.(ts|js|js\.map|d\.ts\.map))$/

const unwanted = /(^|\/)(test|tests|test-d|fixtures|node_modules|\.[^/]+)(\/|$)|\.(test|tst|spec)\.|tsbuildinfo/

/** Folders of a machine, which only its builds can know. */
const machine = [root, homedir()].filter((folder) => folder.length > 1).map((folder) => folder.replace(/\/$/, ""))

const pathsIn = (text: string): ReadonlyArray<string> =>
  machine.filter((folder) => text.includes(`${folder}/`) || text.includes(`${folder}"`))

describe.each(packages)("the published files of $manifest.name", ({ folder, manifest }) => {
  it("are its sources, their builds, its manifest, its README and its licence, and no test", {
    timeout: 120_000
  }, async () => {
    const files = await filesOf(folder)
    expect(files).toEqual(expect.arrayContaining(["package.json", "README.md", "LICENSE", "src/index.ts"]))
    expect(files.filter((file) => !expected.test(file) || unwanted.test(file))).toEqual([])
    const found = files.filter((file) => pathsIn(readFileSync(join(root, folder, file), "utf8")).length > 0)
    expect(found).toEqual([])
  })

  it("run no script when they are installed, and are under the licence of the repository", () => {
    const scripts = Object.keys(manifest.scripts ?? {}).filter((name) => /^(pre|post)?install$|^prepare$/.test(name))
    expect(scripts).toEqual([])
    expect(manifest.license).toBe("MIT")
    expect(textOf(`${folder}/LICENSE`)).toBe(textOf("LICENSE"))
  })
})

/** A registry takes a provenance only for packages that name where their sources are. */
const repositoryFaults = (all: ReadonlyArray<Pick<(typeof packages)[number], "folder" | "manifest">>) => {
  const named = all.filter(({ manifest }) => manifest.repository !== undefined)
  const urls = new Set(named.map(({ manifest }) => manifest.repository?.url))
  return named.length > 0 && (named.length < all.length || urls.size > 1)
    ? ["not all name the same repository"]
    : named.flatMap(({ folder, manifest: { repository } }) =>
        repository?.type === "git" && /^git\+https:/.test(repository.url ?? "") && repository.directory === folder
          ? []
          : [`${folder}: its repository must have type git, a URL git+https: and the directory of the package`]
      )
}

/** A homepage is that of all packages, or of none, and comes with the repository. */
const homepageFaults = (all: ReadonlyArray<{ readonly manifest: Pick<Manifest, "homepage" | "repository"> }>) => {
  const homepages = new Set(all.map(({ manifest }) => manifest.homepage))
  const [homepage] = homepages
  if (homepages.size > 1) return ["not all name the same homepage"]
  const isNamed = all.some(({ manifest }) => manifest.repository !== undefined)
  if ((homepage === undefined) === isNamed) return ["homepage and repository come together"]
  return homepage === undefined || homepage.startsWith("https://") ? [] : ["a homepage must begin with https://"]
}

interface Locked {
  readonly version?: string
  readonly resolved?: string
  readonly integrity?: string
  readonly link?: boolean
}

/** The entries without a hash, and those that name where they come from: a registry is the reader's own. */
const unpinned = (locked: Readonly<Record<string, Locked>>): ReadonlyArray<string> =>
  Object.entries(locked)
    .filter(([path, { link }]) => path.includes("node_modules/") && link !== true)
    .filter(([, { integrity = "", resolved }]) => !integrity.startsWith("sha512-") || resolved !== undefined)
    .map(([path]) => path)

describe("the lock file", () => {
  it("has a hash for every package of the registry, and no package from elsewhere", () => {
    expect(unpinned(JSON.parse(textOf("package-lock.json")).packages)).toEqual([])
  })

  it("is found wanting where a hash is missing, weak, or of a package from elsewhere", () => {
    const integrity = "sha512-abc"
    const found = unpinned({
      "": {},
      "packages/sql": { version: "1.0.0" },
      "node_modules/@tickwork/sql": { link: true, resolved: "packages/sql" },
      "node_modules/good": { version: "1.0.0", integrity },
      "node_modules/none": { version: "1.0.0" },
      "packages/sql/node_modules/weak": { version: "1.0.0", integrity: "sha1-abc" },
      "node_modules/elsewhere": { version: "1.0.0", integrity, resolved: "git+ssh://git@localhost/a.git" }
    })
    expect(found).toEqual(["node_modules/none", "packages/sql/node_modules/weak", "node_modules/elsewhere"])
  })
})

describe("the packages that are published", () => {
  it("are read from their manifests", () => {
    expect(packages.map(({ manifest }) => manifest.name).sort()).toEqual([
      "@tickwork/cli",
      "@tickwork/cluster",
      "@tickwork/heartbeat",
      "@tickwork/simulation",
      "@tickwork/sql",
      "@tickwork/web",
      "tickwork"
    ])
    expect(packages.every(({ folder }) => existsSync(join(root, folder, "LICENSE")))).toBe(true)
  })

  it("are public, each with a provenance, and name one repository or none", () => {
    for (const { manifest } of packages) expect(manifest.publishConfig).toEqual({ access: "public", provenance: true })
    expect(repositoryFaults(packages)).toEqual([])
    expect(homepageFaults(packages)).toEqual([])
    const at = (folder: string, url?: string) => ({
      folder,
      manifest: {
        name: folder,
        ...(url === undefined ? {} : { repository: { type: "git", url, directory: "packages/a" } })
      }
    })
    const url = "git+https://localhost/a.git"
    expect(repositoryFaults([at("packages/a", url)])).toEqual([])
    for (const all of [[at("packages/a", url), at("packages/b")], [at("packages/b", url)], [at("packages/a", "a.git")]])
      expect(repositoryFaults(all)).toHaveLength(1)
  })

  it("are found out with two homepages, or with one of homepage and repository", () => {
    const of = (homepage?: string, url?: string) => ({
      manifest: {
        ...(homepage === undefined ? {} : { homepage }),
        ...(url === undefined ? {} : { repository: { type: "git", url } })
      }
    })
    const [page, url] = ["https://localhost/", "git+https://localhost/a.git"]
    expect(homepageFaults([of(page, url), of(page, url)])).toEqual([])
    for (const all of [
      [of(page, url), of("https://127.0.0.1/", url)],
      [of(page)],
      [of(undefined, url)],
      [of("a", url)]
    ])
      expect(homepageFaults(all)).toHaveLength(1)
  })

  it("name their programs as a registry keeps them: npm removes a path that begins with a dot", () => {
    const programs = packages.flatMap(({ manifest }) => Object.values(manifest.bin ?? {}))
    expect(programs).toEqual(["dist/main.js"])
  })

  it("have a changelog each, which has their version", () => {
    for (const { folder, manifest } of packages) {
      const version = (JSON.parse(textOf(`${folder}/package.json`)) as { readonly version: string }).version
      expect(textOf(`${folder}/CHANGELOG.md`)).toMatch(new RegExp(`^# ${manifest.name}\n[\\s\\S]*^## ${version}$`, "m"))
    }
  })

  it("would be found out with a path of this machine in a file", () => {
    expect(pathsIn(`{"sources":["${root.replace(/\/$/, "")}/packages/sql/src/index.ts"]}`)).not.toEqual([])
    expect(pathsIn(`{"sources":["../src/index.ts"]}`)).toEqual([])
  })
})
