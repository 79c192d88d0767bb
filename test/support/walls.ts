/**
 * The walls between the rooms, as pure functions from files and rooms to what breaks them. They read imports alone, and
 * open no file.
 */
import { posix } from "node:path"
import { Graph, Option } from "effect"
import ts from "typescript"

/** A source file; the path is relative to the root of the repository. */
export interface File {
  readonly path: string
  readonly text: string
}

/** What a room may take from one module or package; a name in neither list is refused where `only` is given. */
export interface Door {
  /** The names that may be used as values; every name where it is left out. */
  readonly only?: ReadonlyArray<string>
  /** The names that may be used as types alone. */
  readonly typesOnly?: ReadonlyArray<string>
  /** The names that may not be used at all, types included. */
  readonly never?: ReadonlyArray<string>
}

/** A folder, and what its files may import. */
export interface Room {
  readonly name: string
  /** Globs relative to the root of the repository: `*` within a folder, `**` at the end for all below. */
  readonly files: ReadonlyArray<string>
  /** The other rooms of the same package that its files may import. */
  readonly imports: ReadonlyArray<string>
  /** The rooms that none of its files reaches, through whatever files in between. */
  readonly neverReaches?: ReadonlyArray<string>
  /** Whether the doors hold for every file of the package that its files reach, too. */
  readonly isPure?: boolean
  /** Modules by their specifier; "*" stands for every module not named. */
  readonly doors: Readonly<Record<string, Door>>
  /** Modules that are refused whatever the doors say. */
  readonly never?: ReadonlyArray<string>
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
const viaDoor = (room: Room, one: Import): readonly [string, Import["names"]] => {
  if (room.doors[one.from] !== undefined) return [one.from, one.names]
  const parents = Object.keys(room.doors).filter((door) => /^(effect|tickwork)\b/.test(door) && isBelow(one.from, door))
  const parent = parents.sort((a, b) => b.length - a.length)[0]
  if (parent === undefined) return [one.from, one.names]
  const name = one.from.slice(parent.length + 1)
  return [parent, [{ name, type: one.names.every((each) => each.type) }]]
}

const isBelow = (module: string, door: string): boolean => module.startsWith(`${door}/`)

const throughDoor = (where: string, room: Room, one: Import): ReadonlyArray<string> => {
  const [module, names] = viaDoor(room, one)
  const door = room.doors[module] ?? room.doors["*"]
  const isRefused = room.never?.some((refused) => module === refused || isBelow(module, refused)) === true
  if (door === undefined || isRefused) return [`${where}: the room ${room.name} may not import "${one.from}"`]
  const isLimited = door.only !== undefined || door.typesOnly !== undefined || door.never !== undefined
  return names.flatMap(({ name, type }) => {
    const said = `${where}: the room ${room.name} may not import ${name} from "${module}"`
    if (name === "*" && isLimited) return [`${said}: name what it takes`]
    if (door.never?.includes(name) === true) return [said]
    if (type) return []
    if (door.typesOnly?.includes(name) === true) return [`${said} as a value`]
    return door.only === undefined || door.only.includes(name) ? [] : [`${said} as a value`]
  })
}

const isRelative = ({ from }: Import): boolean => from.startsWith(".")

/** The file that a relative import names. */
const targetOf = (path: string, { from }: Import): string => posix.normalize(posix.join(posix.dirname(path), from))

const roomIn = (rooms: ReadonlyArray<Room>, path: string): Room | undefined =>
  rooms.find((room) => room.files.some((glob) => matches(path, glob)))

/** The files that a file reaches, each with the way to it. */
const reach = (edges: ReadonlyMap<string, ReadonlyArray<string>>, start: string) => {
  const ways = new Map<string, ReadonlyArray<string>>([[start, [start]]])
  for (const [path, way] of ways) {
    for (const target of edges.get(path) ?? []) if (!ways.has(target)) ways.set(target, [...way, target])
  }
  return ways
}

const shown = (way: ReadonlyArray<string>): string => way.map((path) => posix.basename(path)).join(" -> ")

/** Every break of a wall, each a sentence that opens with the file. */
export const violations = (files: ReadonlyArray<File>, rooms: ReadonlyArray<Room>): ReadonlyArray<string> => {
  const read = files.map((file) => ({ path: file.path, all: imports(file) }))
  const edges = new Map(
    read.map(({ all, path }) => [path, all.filter(isRelative).map((one) => targetOf(path, one))] as const)
  )
  const direct = read.flatMap(({ all, path }) => {
    const room = roomIn(rooms, path)
    if (room === undefined) return [`${path}: is in no room; give its folder one in the table of rooms`]
    return all.flatMap((one) => {
      const where = `${path}:${one.line}`
      if (!isRelative(one)) return throughDoor(where, room, one)
      const target = targetOf(path, one)
      if (packageRoot(target) !== packageRoot(path))
        return [`${where}: "${one.from}" leaves the package; packages meet through their exports`]
      const other = roomIn(rooms, target)
      return other === room || (other !== undefined && room.imports.includes(other.name))
        ? []
        : [`${where}: the room ${room.name} may not import ${other?.name ?? "what is in no room"} ("${one.from}")`]
    })
  })
  const doorsOf = new Map(read.map(({ all, path }) => [path, all.filter((one) => !isRelative(one))]))
  const far = read.flatMap(({ path }) => {
    const room = roomIn(rooms, path)
    if (room === undefined || (room.neverReaches === undefined && room.isPure !== true)) return []
    return [...reach(edges, path)].slice(1).flatMap(([target, way]) => {
      const other = roomIn(rooms, target)?.name ?? ""
      // a first step is a matter of its own import
      const isAbove = way.length > 2 && room.neverReaches?.includes(other) === true
      const impure = room.isPure === true ? (doorsOf.get(target) ?? []) : []
      return [
        ...(isAbove ? [`${path}: the room ${room.name} reaches ${other} (${shown(way)})`] : []),
        ...impure.flatMap((one) => throughDoor(`${path}, through ${shown(way)}`, room, one))
      ]
    })
  })
  return [...direct, ...far]
}

/** The import circles of files, types counted; each begins and ends with the same file. */
export const circles = (files: ReadonlyArray<File>): ReadonlyArray<string> => {
  const paths = new Set(files.map(({ path }) => path))
  const graph = Graph.directed<string, null>((mutable) => {
    const nodes = new Map([...paths].map((path) => [path, Graph.addNode(mutable, path)] as const))
    for (const file of files) {
      const [from] = [nodes.get(file.path)]
      for (const one of imports(file)) {
        const to = isRelative(one) ? nodes.get(targetOf(file.path, one)) : undefined
        if (from !== undefined && to !== undefined) Graph.addEdge(mutable, from, to, null)
      }
    }
  })
  return Graph.stronglyConnectedComponents(graph).flatMap((component) => {
    const [start] = component
    if (start === undefined) return []
    const inside = new Set(component)
    const edges = new Map(component.map((node) => [node, Graph.neighbors(graph, node).filter((to) => inside.has(to))]))
    const before = new Map<number, number>()
    const queue = [start]
    for (const node of queue) {
      for (const next of edges.get(node) ?? []) {
        if (before.has(next)) continue
        before.set(next, node)
        queue.push(next)
      }
    }
    if (!before.has(start)) return []
    const way = [start]
    for (let node = before.get(start); node !== undefined && node !== start; node = before.get(node)) way.unshift(node)
    return [[start, ...way].map((node) => Graph.getNode(graph, node).pipe(Option.getOrElse(() => ""))).join(" -> ")]
  })
}
