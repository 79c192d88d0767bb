/**
 * What a TypeScript file is made of: its identifiers, its prose, its lines of code, the titles of its tests. It judges
 * nothing.
 */
import ts from "typescript"
import type { File } from "./walls.ts"

export interface Found {
  readonly text: string
  readonly line: number
}

const lineOf = (text: string, at: number): number => text.slice(0, at).split("\n").length

/** Every identifier, the comments, and the texts: string literals, the parts of templates. */
export const partsOf = ({ path, text }: File) => {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true)
  const identifiers: Array<Found> = []
  const texts: Array<Found> = []
  const comments = new Map<number, Found>()
  const visit = (node: ts.Node): void => {
    const found = (value: string): Found => ({ text: value, line: lineOf(text, node.getStart(source)) })
    if (ts.isIdentifier(node) || ts.isPrivateIdentifier(node)) identifiers.push(found(node.text))
    const isModule = ts.isImportDeclaration(node.parent ?? node) || ts.isExportDeclaration(node.parent ?? node)
    const isText = ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)
    if (isText && !isModule) texts.push(found(node.text))
    for (const range of ts.getLeadingCommentRanges(text, node.getFullStart()) ?? []) {
      comments.set(range.pos, { text: text.slice(range.pos, range.end), line: lineOf(text, range.pos) })
    }
    for (const child of node.getChildren(source)) visit(child)
  }
  visit(source)
  return { identifiers, texts, comments: [...comments.values()] }
}

/** How many lines hold code: neither blank, nor comment alone. */
export const linesOfCode = (text: string): number => {
  const source = ts.createSourceFile("a.ts", text, ts.ScriptTarget.ES2022, true)
  const written = text.split("\n")
  const lines = new Set<number>()
  const visit = (node: ts.Node): void => {
    if (ts.isJSDoc(node)) return
    const parts = node.getChildren(source)
    for (const part of parts) visit(part)
    if (parts.length > 0) return
    const first = source.getLineAndCharacterOfPosition(node.getStart(source)).line
    const last = source.getLineAndCharacterOfPosition(node.getEnd()).line
    for (let line = first; line <= last; line++) if (written[line]?.trim() !== "") lines.add(line)
  }
  visit(source)
  return lines.size
}

const isTitled = (expression: ts.Expression): boolean => {
  if (ts.isIdentifier(expression)) return /^(it|test|describe|describeOnPostgres)$/.test(expression.text)
  if (ts.isPropertyAccessExpression(expression))
    return isTitled(expression.expression) || /^describe/.test(expression.name.text)
  return ts.isCallExpression(expression) && isTitled(expression.expression)
}

/** The literal titles of a file's tests and of the groups they are in. */
export const titlesOf = ({ path, text }: File): ReadonlyArray<Found> => {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true)
  const found: Array<Found> = []
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && isTitled(node.expression)) {
      const [title] = node.arguments
      if (title !== undefined && ts.isStringLiteralLike(title)) {
        found.push({ text: title.text, line: lineOf(text, title.getStart(source)) })
      }
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}
