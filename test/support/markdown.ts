/**
 * What the documentation says outside its TypeScript: shell lines, JSON, links.
 *
 * It never runs a shell line and never opens a link to another host: it asks whether what is named is there.
 */
import { existsSync } from "node:fs"
import { join, posix } from "node:path"
import type { Block } from "./blocks.ts"
import { filesUnder, root, textOf } from "./files.ts"

const manifests = (): ReadonlyArray<{ readonly name: string; readonly scripts?: Record<string, string> }> =>
  ["package.json", ...filesUnder("packages", "package.json"), ...filesUnder("examples", "package.json")].map((path) =>
    JSON.parse(textOf(path))
  )

/** The npm scripts and the files that shell blocks name and the repository lacks, and installs without a version. */
export const shellFaults = (blocks: ReadonlyArray<Block>): ReadonlyArray<string> => {
  const all = manifests()
  const scripts = new Set(all.flatMap(({ scripts = {} }) => Object.keys(scripts)))
  const own = new Set(all.map(({ name }) => name))
  return blocks.flatMap((block) =>
    block.code.split("\n").flatMap((line, index) => {
      const where = `${block.file}:${block.line + index + 1}`
      const commands = line.replace(/(^|\s)#.*$/, "").split(/&&|\|\||[;|]/)
      return commands.flatMap((command) => {
        const [program, ...words] = command.trim().replace(/^\$ /, "").split(/\s+/)
        const script = program === "npm" && words[0] === "run" ? words[1] : words[0]
        const named = program === "npm" && /^(run|start|test)$/.test(words[0] ?? "") && !scripts.has(script ?? "")
        const bare = /^(i|install|add)$/.test(words[0] ?? "") && program === "npm" ? words.slice(1) : []
        const paths = [program ?? "", ...words].filter((word) =>
          /^(\.{0,2}\/?)?(\.ci|packages|examples|docs|test)\//.test(word)
        )
        return [
          ...(named ? [`${where}: no package has the script "${script}"`] : []),
          ...bare
            .filter((word) => !word.startsWith("-") && !own.has(word) && !/.@./.test(word))
            .map((word) => `${where}: "${word}" is installed without a version`),
          ...paths.filter((path) => !existsSync(join(root, path))).map((path) => `${where}: there is no ${path}`)
        ]
      })
    })
  )
}

/** The JSON blocks that do not parse. */
export const jsonFaults = (blocks: ReadonlyArray<Block>): ReadonlyArray<string> =>
  blocks.flatMap((block) => {
    try {
      JSON.parse(block.code)
      return []
    } catch (error) {
      return [`${block.file}:${block.line}: ${String(error)}`]
    }
  })

// As GitHub makes them: lower case, punctuation dropped, spaces to hyphens.
const anchors = (text: string): ReadonlySet<string> =>
  new Set(
    [...text.matchAll(/^#{1,6}\s+(.+)$/gm)].map(([, title = ""]) =>
      title
        .replace(/[`*]|\]\([^)]*\)/g, "")
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, "")
        .trim()
        .replace(/\s/g, "-")
    )
  )

/** The relative links of a Markdown file that lead nowhere: no such file, or no such heading in it. */
export const linkFaults = (file: string, text: string): ReadonlyArray<string> => {
  const prose = text.replace(/^(\s*`{3,})[\s\S]*?^\1\s*$/gm, (block) => block.replace(/[^\n]/g, ""))
  const links = [...prose.matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)|\b(?:src|href)="([^"]+)"/g)]
  return links.flatMap((link) => {
    const target = decodeURI(link[1] ?? link[2] ?? "")
    if (/^[a-z]+:/.test(target)) return []
    const where = `${file}:${prose.slice(0, link.index).split("\n").length}`
    const [path = "", heading] = target.split("#")
    const resolved = path === "" ? file : posix.join(posix.dirname(file), path)
    if (!existsSync(join(root, resolved))) return [`${where}: there is no ${resolved}`]
    const lost =
      heading !== undefined && resolved.endsWith(".md") && !anchors(path === "" ? text : textOf(resolved)).has(heading)
    return lost ? [`${where}: ${resolved} has no heading "#${heading}"`] : []
  })
}
