// Builds the documentation site into .cache/site: the pages of docs/, the READMEs, the API reference, search, llms.txt.
// It writes nothing outside of site/.pages and .cache/site.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join, posix } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "vitepress"
import * as Api from "./api.mjs"
import { sections } from "./sections.mjs"

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, "..")
const pages = join(here, ".pages")
const out = join(root, ".cache/site")

const markdownUnder = (folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((path) => posix.join(folder, path.replaceAll("\\", "/")))
    .filter((path) => path.endsWith(".md") && !path.includes("node_modules"))

/** The page that a file becomes, without its ending; nothing for a file that is no page. */
const pageOf = (path) => {
  if (path === "README.md") return "index"
  if (path === "CHANGELOG.md") return "changelog"
  const [, kind, name] = /^(packages|examples)\/([\w-]+)\/README\.md$/.exec(path) ?? []
  if (name !== undefined) return `${kind}/${name}`
  return /^docs\/.*\.md$/.test(path) ? path.slice("docs/".length, -".md".length) : undefined
}

const readmes = (folder, names) =>
  names.map((name) => `${folder}/${name}/README.md`).filter((path) => existsSync(join(root, path)))
const examples = readdirSync(join(root, "examples"))
const sources = [
  "README.md",
  "CHANGELOG.md",
  ...markdownUnder("docs"),
  ...readmes("packages", Api.folders),
  ...readmes("examples", examples)
]
const known = new Set(sources.map(pageOf))

const listed = sections.flatMap(({ pages }) => pages)
const missing = listed.filter((page) => !known.has(page))
if (missing.length > 0) throw new Error(`site/sections.mjs names pages that docs/ has not: ${missing.join(", ")}`)
const others = sources
  .filter((path) => path.startsWith("docs/"))
  .map(pageOf)
  .filter((page) => !listed.includes(page))
const all = others.length === 0 ? sections : [...sections, { text: "Also", pages: others }]

/** A link to a file that is no page loses its target: where the sources are is not known to the site. */
const withLinks = (path, text) => {
  const parts = text.split(/(^\s*`{3,}[\s\S]*?^\s*`{3,}\s*$)/m)
  return parts
    .map((part, index) =>
      index % 2 === 1
        ? part
        : part.replaceAll(/(!?)\[((?:[^\][]|\[[^\]]*\])*)\]\(([^)\s]+)\)/g, (whole, image, label, target) => {
            if (/^[a-z]+:|^#/.test(target)) return whole
            if (image === "!") {
              const picture = posix.join(posix.dirname(path), target).replace(/^docs\//, "")
              return `![${label}](./${posix.relative(posix.dirname(pageOf(path)), picture)})`
            }
            const [file, heading] = target.split("#")
            const page = pageOf(posix.join(posix.dirname(path), file))
            if (page === undefined || !known.has(page)) return label
            return `[${label}](/${page === "index" ? "" : page}${heading === undefined ? "" : `#${heading}`})`
          })
    )
    .join("")
}

const write = (page, text) => {
  const file = join(pages, `${page}.md`)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

const titleOf = (text) => (/^# (.+)$/m.exec(text)?.[1] ?? "").replaceAll("`", "")

const firstParagraph = (text) => {
  const paragraphs = text
    .replace(/^---[\s\S]*?^---\n/m, "")
    .split(/\n\n+/)
    .filter((one) => !/^[#|`<!-]/.test(one.trim()) && one.trim() !== "")
  return (paragraphs[0] ?? "")
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replaceAll(/\s+/g, " ")
    .trim()
}

rmSync(pages, { recursive: true, force: true })
rmSync(out, { recursive: true, force: true })

const texts = new Map(sources.map((path) => [pageOf(path), withLinks(path, readFileSync(join(root, path), "utf8"))]))
const api = Api.pages()
for (const { page, text } of api) texts.set(page, text)
const apiIndex = [
  "# API reference",
  "",
  'A page for each public module. Import it by its name, or by its package: `import { Job } from "tickwork"`.',
  "",
  "| module | what it is |",
  "| --- | --- |",
  ...api.map(
    ({ about, name, page }) => `| [${name}](/${page}) | ${about.replaceAll("|", "\\|").replaceAll("<", "&lt;")} |`
  ),
  ""
].join("\n")
texts.set("api/index", apiIndex)
for (const [page, text] of texts) write(page, text)
for (const file of readdirSync(join(root, "docs")).filter((name) => /\.(svg|png)$/.test(name)))
  cpSync(join(root, "docs", file), join(pages, file))

const linkOf = (page) => ({ text: titleOf(texts.get(page) ?? ""), link: `/${page}` })
const namesOf = (prefix) => [...known].filter((page) => page.startsWith(prefix)).sort()
const byPackage =
  Map.groupBy === undefined
    ? api.reduce(
        (map, one) => map.set(one.page.split("/")[1], [...(map.get(one.page.split("/")[1]) ?? []), one]),
        new Map()
      )
    : Map.groupBy(api, ({ page }) => page.split("/")[1])
const sidebar = {
  "/api/": [
    { text: "API reference", link: "/api/" },
    ...[...byPackage].map(([name, modules]) => ({
      text: name === "tickwork" ? name : `@tickwork/${name}`,
      items: modules.map((one) => ({ text: one.page.split("/").slice(2).join("/"), link: `/${one.page}` }))
    }))
  ],
  "/": [
    ...all.map(({ pages, text }) => ({ text, items: pages.map(linkOf) })),
    { text: "Examples", items: namesOf("examples/").map(linkOf) },
    {
      text: "Packages",
      items: [
        ...namesOf("packages/").map(linkOf),
        { text: "API reference", link: "/api/" },
        { text: "Changelog", link: "/changelog" }
      ]
    }
  ]
}
writeFileSync(join(pages, "sidebar.json"), JSON.stringify(sidebar))

await build(here)

// for programs that read: an index, every page as Markdown, and all of them in one file
for (const [page, text] of texts) {
  const file = join(out, `${page}.md`)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}
const lines = (pages) =>
  pages.map((page) => `- [${titleOf(texts.get(page))}](/${page}.md): ${firstParagraph(texts.get(page))}`)
writeFileSync(
  join(out, "llms.txt"),
  [
    "# Tickwork",
    "",
    `> ${firstParagraph(texts.get("index"))}`,
    "",
    ...all.flatMap(({ pages, text }) => [`## ${text}`, "", ...lines(pages), ""]),
    "## Examples",
    "",
    ...lines(namesOf("examples/")),
    "",
    "## API",
    "",
    ...api.map(({ about, name, page }) => `- [${name}](/${page}.md): ${about}`),
    ""
  ].join("\n")
)
writeFileSync(join(out, "llms-full.txt"), [...texts.values()].join("\n\n"))
process.stdout.write(`${texts.size} pages are in .cache/site\n`)
