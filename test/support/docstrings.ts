/**
 * Whether every public name of the packages is documented: a docstring with words in it and a `@since`.
 *
 * It reads what the doors give out and nothing else: internal files, and names marked `@internal`, are not asked.
 */
import { dirname, join, relative, sep } from "node:path"
import ts from "typescript"
import { root } from "./files.ts"

const shown = (path: string): string => relative(root, path).split(sep).join("/")

const where = (node: ts.Node): string => {
  const source = node.getSourceFile()
  return `${shown(source.fileName)}:${source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1}`
}

const hasTag = (node: ts.Node, name: string): boolean => ts.getJSDocTags(node).some((tag) => tag.tagName.text === name)

/** The names without a docstring, of what can be reached from the doors given by path. */
export const undocumented = (doors: ReadonlyArray<string>): ReadonlyArray<string> => {
  const { compilerOptions } = ts.readConfigFile(join(root, "tsconfig.base.json"), ts.sys.readFile).config
  const { options } = ts.convertCompilerOptionsFromJson(compilerOptions, root)
  const program = ts.createProgram([...doors], { ...options, noEmit: true, composite: false, incremental: false })
  const checker = program.getTypeChecker()
  const seen = new Set<ts.Symbol>()
  const folders = doors.map((door) => dirname(door).split(sep).join("/"))
  const isOurs = (node: ts.Node): boolean => {
    const file = node.getSourceFile().fileName
    return folders.some((folder) => file.startsWith(`${folder}/`)) && !file.includes("/src/engine/")
  }

  const ofModule = (source: ts.SourceFile): ReadonlyArray<string> => {
    const module = checker.getSymbolAtLocation(source)
    if (module === undefined || seen.has(module)) return []
    seen.add(module)
    const opening = /^(#!.*\n)?\s*\/\*\*[\s\S]*?\*\//.exec(source.text)?.[0] ?? ""
    const silent = opening.includes("@since")
      ? []
      : [`${shown(source.fileName)}:1: the module opens without a docstring`]
    return [...silent, ...checker.getExportsOfModule(module).flatMap(ofSymbol)]
  }

  const ofSymbol = (exported: ts.Symbol): ReadonlyArray<string> => {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
    const declarations = (symbol.declarations ?? []).filter(isOurs)
    const modules = declarations.filter(ts.isSourceFile)
    if (modules.length > 0) return modules.flatMap(ofModule)
    if (seen.has(symbol) || declarations.some((node) => hasTag(node, "internal"))) return []
    seen.add(symbol)
    // A type and a value of one name have a docstring each; the overloads of a function share one.
    const kinds = new Map<ts.SyntaxKind, Array<ts.Node>>()
    for (const node of declarations) kinds.set(node.kind, [...(kinds.get(node.kind) ?? []), node])
    return [...kinds.values()].flatMap((nodes) => {
      const first = nodes[0]
      return first === undefined || nodes.some((node) => hasTag(node, "since"))
        ? []
        : [`${where(first)}: ${exported.name} has no docstring with @since`]
    })
  }

  return doors.flatMap((door) => {
    const source = program.getSourceFile(door)
    return source === undefined ? [`${shown(door)}: cannot be read`] : ofModule(source)
  })
}
