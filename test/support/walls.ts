/**
 * The walls between the floors, as a pure function from files and floors to what breaks them.
 *
 * It reads imports and nothing else: it never opens a file, and never asks what an imported name does.
 */
import { posix } from "node:path"
import ts from "typescript"

/** A source file; the path is relative to the root of the repository. */
export interface File {
  readonly path: string
  readonly text: string
}

/** What a floor may take from one module or package; a name in neither list is refused where `only` is given. */
export interface Door {
  /** The names that may be used as values; every name where it is left out. */
  readonly only?: ReadonlyArray<string>
  /** The names that may be used as types alone. */
  readonly typesOnly?: ReadonlyArray<string>
  /** The names that may not be used at all, types included. */
  readonly never?: ReadonlyArray<string>
}

/** Files that stand at the same height: what they may import of our own, and which doors of others they may use. */
export interface Floor {
  readonly name: string
  /** Globs relative to the root of the repository: `*` within a folder, `**` at the end for all below. */
  readonly files: ReadonlyArray<string>
  readonly below: ReadonlyArray<string>
  /** Modules by their specifier; "*" stands for every module not named. */
  readonly doors: Readonly<Record<string, Door>>
  /** Modules that are refused whatever the doors say. */
  readonly never?: ReadonlyArray<string>
  /** Files of this floor that its other files may import from another package. */
  readonly shared?: ReadonlyArray<string>
}

interface Import {
  readonly from: string
  readonly line: number
  /** `*` stands for the whole module. */
  readonly names: ReadonlyArray<{ readonly name: string; readonly type: boolean }>
}

/** Every import, re-export, `import()` and `import("…")` type of a file. */
export const imports = (file: File): ReadonlyArray<Import> => {
  const source = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.ES2022, true)
  const found: Array<Import> = []
  const add = (node: ts.Node, specifier: ts.Node | undefined, names: Import["names"]): void => {
    if (specifier !== undefined && ts.isStringLiteralLike(specifier)) {
      const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1
      found.push({ from: specifier.text, line, names })
    }
  }
  const named = (elements: ReadonlyArray<ts.ImportSpecifier | ts.ExportSpecifier>, type: boolean) =>
    elements.map((one) => ({ name: (one.propertyName ?? one.name).text, type: type || one.isTypeOnly }))
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      const clause = node.importClause
      const type = clause?.isTypeOnly === true
      const bindings = clause?.namedBindings
      add(node, node.moduleSpecifier, [
        ...(clause?.name === undefined ? [] : [{ name: "default", type }]),
        ...(bindings !== undefined && ts.isNamedImports(bindings) ? named(bindings.elements, type) : []),
        ...(clause === undefined || (bindings !== undefined && ts.isNamespaceImport(bindings))
          ? [{ name: "*", type }]
          : [])
      ])
    } else if (ts.isExportDeclaration(node)) {
      const clause = node.exportClause
      const whole = [{ name: "*", type: node.isTypeOnly }]
      const names = clause !== undefined && ts.isNamedExports(clause) ? named(clause.elements, node.isTypeOnly) : whole
      add(node, node.moduleSpecifier, names)
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node, node.arguments[0], [{ name: "*", type: false }])
    } else if (ts.isImportTypeNode(node)) {
      const literal = ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined
      const name = node.qualifier?.getText(source).split(".")[0] ?? "*"
      add(node, literal, [{ name, type: true }])
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

/** Does the path match the glob? */
export const matches = (path: string, glob: string): boolean =>
  new RegExp(
    `^${glob.replace(/[.+^${}()|[\]\\]/g, "\\$&").replace(/\*\*|\*/g, (star) => (star === "**" ? ".+" : "[^/]+"))}$`
  ).test(path)

const packageRoot = (path: string): string => path.split("/").slice(0, 2).join("/")

// "effect/Clock" is the name Clock of effect: a subpath must not be a way around a list of names.
const viaDoor = (floor: Floor, one: Import): readonly [string, Import["names"]] => {
  if (floor.doors[one.from] !== undefined) return [one.from, one.names]
  const parent = Object.keys(floor.doors).find((door) => door === "effect" && one.from.startsWith(`${door}/`))
  if (parent === undefined) return [one.from, one.names]
  const name = one.from.slice(parent.length + 1)
  return [parent, [{ name, type: one.names.every((each) => each.type) }]]
}

const throughDoor = (where: string, floor: Floor, one: Import): ReadonlyArray<string> => {
  const [module, names] = viaDoor(floor, one)
  const door = floor.doors[module] ?? floor.doors["*"]
  if (door === undefined || floor.never?.includes(module) === true)
    return [`${where}: the ${floor.name} floor may not import "${one.from}"`]
  const limited = door.only !== undefined || door.typesOnly !== undefined || door.never !== undefined
  return names.flatMap(({ name, type }) => {
    const said = `${where}: the ${floor.name} floor may not import ${name} from "${module}"`
    if (name === "*" && limited) return [`${said}: it names what it takes`]
    if (door.never?.includes(name) === true) return [said]
    if (type) return []
    if (door.typesOnly?.includes(name) === true) return [`${said} as a value`]
    return door.only === undefined || door.only.includes(name) ? [] : [`${said} as a value`]
  })
}

/** Every break of a wall, each a sentence that opens with the file and the line. */
export const violations = (files: ReadonlyArray<File>, floors: ReadonlyArray<Floor>): ReadonlyArray<string> => {
  const floorOf = (path: string): Floor | undefined =>
    floors.find((floor) => floor.files.some((glob) => matches(path, glob)))
  return files.flatMap((file) => {
    const floor = floorOf(file.path)
    if (floor === undefined) return [`${file.path}: stands on no floor; give it one in the table of floors`]
    return imports(file).flatMap((one) => {
      const where = `${file.path}:${one.line}`
      if (!one.from.startsWith(".")) return throughDoor(where, floor, one)
      const target = posix.normalize(posix.join(posix.dirname(file.path), one.from))
      if (
        packageRoot(target) !== packageRoot(file.path) &&
        floor.shared?.some((glob) => matches(target, glob)) !== true
      ) {
        return [`${where}: "${one.from}" leaves the package; packages meet through their exports`]
      }
      const other = floorOf(target)
      if (other === undefined) return [`${where}: "${one.from}" stands on no floor`]
      return floor === other || floor.below.includes(other.name)
        ? []
        : [`${where}: the ${floor.name} floor imports upward, from the ${other.name} floor ("${one.from}")`]
    })
  })
}
