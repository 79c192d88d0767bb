// The API reference: a page for each public module, from the declarations that the build of its package has made.
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import ts from "typescript"

const root = join(dirname(fileURLToPath(import.meta.url)), "..")

const manifestOf = (folder) => JSON.parse(readFileSync(join(root, "packages", folder, "package.json"), "utf8"))

/** The packages that are published: the one that the others are built on comes first. */
export const folders = readdirSync(join(root, "packages"))
  .filter((folder) => manifestOf(folder).private !== true)
  .sort((one, other) => Number(other === "tickwork") - Number(one === "tickwork") || (one < other ? -1 : 1))

const modulesOf = (folder) => {
  const { exports, name } = manifestOf(folder)
  return Object.entries(exports)
    .filter(
      ([door, entry]) =>
        !door.endsWith(".json") && entry?.types !== undefined && !/(^|\/)index\.d\.ts$/.test(entry.types)
    )
    .map(([door, { types }]) => ({
      name: `${name}${door.slice(1)}`,
      page: `api/${name.replace("@tickwork/", "")}/${door.slice(2)}`,
      file: join(root, "packages", folder, types)
    }))
}

// outside of code: names in links become code, and nothing is a tag
const prose = (text) =>
  text
    .replace(/\{@link (\S+?)\s*\}/g, "`$1`")
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith("`") ? part : part.replaceAll("<", "&lt;").replaceAll("{{", "{ {")))
    .join("")

const textOf = (parts) => ts.displayPartsToString(parts)

/** A declaration as it is written, without its comments; the hidden base of a class of a Schema above it. */
const declared = (declaration) => {
  const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration
  const printer = ts.createPrinter({ removeComments: true })
  const print = (node) => printer.printNode(ts.EmitHint.Unspecified, node, declaration.getSourceFile())
  return print(statement)
    .replaceAll(/^export declare |^export /gm, "")
    .replace(/^declare /, "")
}

const longest = 60

const rank = (name) => (/^[a-z]/.test(name) ? 0 : 1)

const entryOf = (checker, name, exported) => {
  const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
  const tags = [...symbol.getJsDocTags(checker), ...exported.getJsDocTags(checker)]
  if (tags.some((tag) => tag.name === "internal")) return []
  const documentation =
    textOf(symbol.getDocumentationComment(checker)) || textOf(exported.getDocumentationComment(checker))
  const code = (symbol.declarations ?? []).map(declared).map((text) => {
    const lines = text.split("\n")
    return lines.length > longest ? [...lines.slice(0, longest), "// …"].join("\n") : text
  })
  const examples = tags.filter((tag) => tag.name === "example").map((tag) => textOf(tag.text))
  const since = tags.find((tag) => tag.name === "since")
  return [
    [
      `## ${name}`,
      "",
      "```ts",
      ...code,
      "```",
      "",
      prose(documentation),
      "",
      ...examples.flatMap((example) => [example.replaceAll(/^```ts no-run/gm, "```ts"), ""]),
      since === undefined ? "" : `Since ${textOf(since.text)}.`,
      ""
    ].join("\n")
  ]
}

/** The comment at the head of a module. */
const headOf = (source) => {
  const [comment = ""] = /\/\*\*[\s\S]*?\*\//.exec(source.getFullText()) ?? []
  const text = comment.replaceAll(/^\s*(\/\*\*|\*\/|\*) ?/gm, "").replace(/\*\/$/, "")
  return text.replace(/@[\s\S]*$/, "").trim()
}

/** The pages of all public modules: their name, path, first sentence and text. */
export const pages = () => {
  const modules = folders.flatMap(modulesOf)
  const missing = modules.filter(({ file }) => !existsSync(file))
  if (missing.length > 0) throw new Error(`There is no ${missing[0].file}: npm run build comes first`)
  const program = ts.createProgram(
    modules.map(({ file }) => file),
    { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext, skipLibCheck: true }
  )
  const checker = program.getTypeChecker()
  return modules.map(({ file, name, page }) => {
    const source = program.getSourceFile(file)
    const symbol = checker.getSymbolAtLocation(source)
    const exports = symbol === undefined ? [] : checker.getExportsOfModule(symbol)
    const entries = exports
      .map((exported) => [exported.getName(), exported])
      // what is called before what is a type, as their names tell
      .sort(([one], [other]) => rank(one) - rank(other) || (one < other ? -1 : 1))
      .flatMap(([exportName, exported]) => entryOf(checker, exportName, exported))
    const head = headOf(source)
    return {
      name,
      page,
      about: (head.split(/(?<=\.)\s/)[0] ?? "").replaceAll(/\s+/g, " "),
      text: `# ${name}\n\n${prose(head)}\n\n${entries.join("\n")}`
    }
  })
}
