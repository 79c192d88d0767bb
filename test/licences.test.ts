/**
 * The licences of what the published packages bring: all permissive, and listed on a page.
 *
 * `vitest -u` writes the page where the dependencies have changed.
 */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { root, textOf } from "./support/files.ts"
import { dependenciesOf, isPermissive, type Lock, page } from "./support/licences.ts"

const lock: Lock = JSON.parse(textOf("package-lock.json")).packages

const published = [
  "packages/tickwork",
  "packages/simulation",
  "packages/sql",
  "packages/heartbeat",
  "packages/cluster",
  "packages/web",
  "packages/cli"
]

const dependencies = dependenciesOf(lock, published)

describe("the licences of the dependencies", () => {
  it("are on their page, for each that the published packages bring", async () => {
    expect(dependencies.map(({ name }) => name)).toEqual(expect.arrayContaining(["effect", "pg", "better-sqlite3"]))
    await expect(page(dependencies)).toMatchFileSnapshot(join(root, "docs/licences.md"))
  })

  it("are permissive", () => {
    expect(dependencies.filter(({ licence }) => !isPermissive(licence))).toEqual([])
  })

  it("are those of the installed packages, and each of these has its version", () => {
    const installed = dependencies.filter(({ path }) => existsSync(join(root, path)))
    const found = installed.map(({ path }) => {
      const { license, name, version } = JSON.parse(readFileSync(join(root, path, "package.json"), "utf8"))
      return { path, name, version, licence: license }
    })
    expect(found).toEqual(installed.map(({ of: _, ...one }) => one))
    const missing = dependencies.filter(({ path }) => !installed.some((one) => one.path === path))
    expect(missing.filter(({ path }) => lock[path]?.optional !== true)).toEqual([])
  })
})

const planted: Lock = {
  "packages/a": { dependencies: { one: "1" }, peerDependencies: { "@b/peer": "1", absent: "1" } },
  "packages/other": { dependencies: { other: "1" } },
  "node_modules/a": { link: true, resolved: "packages/a" },
  "node_modules/one": { version: "1.0.0", license: "MIT", dependencies: { a: "1", two: "2" } },
  "node_modules/one/node_modules/two": {
    version: "2.0.0",
    license: "GPL-3.0-only",
    optionalDependencies: { three: "3" }
  },
  "node_modules/two": { version: "1.0.0", license: "ISC" },
  "node_modules/three": { version: "3.0.0" },
  "node_modules/@b/peer": { version: "1.0.0", license: "Apache-2.0" },
  "node_modules/other": { version: "1.0.0", license: "MIT" },
  "node_modules/dev": { version: "1.0.0", license: "MIT" }
}

describe("the check of the licences", () => {
  it("follows dependencies, peers and optional ones as Node finds them, and no others", () => {
    expect(dependenciesOf(planted, ["packages/a"]).map(({ name, version }) => `${name} ${version}`)).toEqual([
      "@b/peer 1.0.0",
      "one 1.0.0",
      "three 3.0.0",
      "two 2.0.0"
    ])
  })

  it("finds a copyleft licence and one that is not stated", () => {
    const found = dependenciesOf(planted, ["packages/a"]).filter(({ licence }) => !isPermissive(licence))
    expect(found.map(({ name }) => name)).toEqual(["three", "two"])
  })

  it.each([
    ["MIT", true],
    ["(MIT OR WTFPL)", true],
    ["(MIT OR GPL-3.0-only)", true],
    ["MIT AND ISC", true],
    ["(MIT AND LGPL-3.0-only)", false],
    ["AGPL-3.0-or-later", false],
    ["MPL-2.0", false],
    ["SEE LICENSE IN LICENSE.md", false],
    ["", false]
  ])("reads an expression: %s", (expression, expected) => {
    expect(isPermissive(expression)).toBe(expected)
  })
})
