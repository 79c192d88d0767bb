/**
 * The documentation site as `npm run docs` builds it: each link leads somewhere, nothing comes from another host, and each
 * public module has its page. It needs a build and a registry.
 */
import { execFileSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { join, posix } from "node:path"
import { beforeAll, describe, expect, it } from "vitest"
import { filesUnder, root, textOf } from "./support/files.ts"

const folder = ".cache/site"

const read = (path: string) => readFileSync(join(root, folder, path), "utf8")

const idsOf = (html: string): ReadonlySet<string> =>
  new Set([...html.matchAll(/\sid="([^"]+)"/g)].map(([, id = ""]) => decodeURIComponent(id)))

/** The links of a page that lead nowhere. */
const lost = (pages: ReadonlyMap<string, string>) => (page: string) => {
  const links = [...(pages.get(page) ?? "").matchAll(/<a [^>]*href="([^"]+)"/g)].map(([, href = ""]) => href)
  return links
    .filter((href) => !/^[a-z]+:/.test(href))
    .filter((href) => {
      const [path = "", heading] = href.replaceAll("&amp;", "&").split("#")
      const absolute = path.startsWith("/") ? path.slice(1) : posix.join(posix.dirname(page), path)
      const target = path === "" ? page : absolute === "" || absolute.endsWith("/") ? `${absolute}index.html` : absolute
      if (target.endsWith(".html") === false) return !existsSync(join(root, folder, target))
      const html = pages.get(target)
      if (html === undefined) return true
      return heading !== undefined && heading !== "" && !idsOf(html).has(decodeURIComponent(heading))
    })
    .map((href) => `${page}: ${href}`)
}

describe("the documentation site", () => {
  let pages: ReadonlyMap<string, string> = new Map()

  beforeAll(() => {
    const { NODE_OPTIONS: _, ...env } = process.env
    execFileSync("npm", ["run", "docs"], { cwd: root, env, stdio: "ignore" })
    const found = filesUnder(folder, ".html").map((path) => path.slice(folder.length + 1))
    pages = new Map(found.map((path) => [path, read(path)]))
  }, 1_200_000)

  it("has a page for each page of docs, each example and each public module", () => {
    const expected = [
      ...filesUnder("docs", ".md").map((path) => path.slice("docs/".length).replace(/\.md$/, ".html")),
      ...filesUnder("examples", "README.md").map((path) => `${path.replace(/\/README\.md$/, "")}.html`),
      ...["tickwork", "simulation", "sql", "heartbeat", "cluster", "web"].flatMap((name) => {
        const { exports } = JSON.parse(textOf(`packages/${name}/package.json`)) as { readonly exports: object }
        return Object.keys(exports)
          .filter((door) => !/^\.$|\.json$|^\.\/(testing|view)$/.test(door))
          .map((door) => `api/${name}/${door.slice(2)}.html`)
      })
    ]
    expect([...pages.keys()]).toEqual(expect.arrayContaining(expected))
  })

  it("has no link that leads nowhere, to a page or to a heading", () => {
    const all = [...pages.keys()].filter((page) => page !== "404.html")
    expect(all.flatMap(lost(pages))).toEqual([])
    expect(
      lost(new Map([["a.html", '<a href="/b.html">b</a> <a href="#c">c</a> <h2 id="d"></h2> <a href="#d">d</a>']]))(
        "a.html"
      )
    ).toHaveLength(2)
  })

  it("loads nothing from another host", () => {
    const foreign = [...pages].filter(([, html]) =>
      /<(script|link|img|iframe)[^>]+(src|href)="(https?:)?\/\//.test(html)
    )
    expect(foreign.map(([page]) => page)).toEqual([])
  })

  it("has an index for programs, whose links lead to the pages as Markdown", () => {
    const links = [...read("llms.txt").matchAll(/\]\(\/([^)]+)\)/g)].map(([, path = ""]) => path)
    expect(links.length).toBeGreaterThan(70)
    expect(links.filter((path) => !existsSync(join(root, folder, path)))).toEqual([])
    expect(read("llms-full.txt")).toContain("# The truth about time")
  })

  it("shows the example of a public name, and its signature", () => {
    const page = read("api/tickwork/Tick.md")
    expect(page).toMatch(/## layerDaemon\n\n```ts\nconst layerDaemon: /)
    expect(page).toContain('import { Job, JobStore, Jobs, Tick } from "tickwork"')
    expect(page).not.toContain("{@link")
    const rows = read("api/index.md")
      .split("\n")
      .filter((line) => line.startsWith("| ["))
    expect(rows.filter((row) => !/ \| [^|]+ \|$/.test(row))).toEqual([])
  })
})
