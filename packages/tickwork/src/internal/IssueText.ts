/**
 * What a Schema did not accept, by path and expectation. The value itself is in no text, since it may be a secret.
 *
 * @internal
 */
import { Array as Arr, Option, type ParseResult, Predicate, SchemaAST } from "effect"

type Issue = ParseResult.ParseIssue

/** The message that the schema's author gave it, and whether it goes before those of the parts. */
const annotated = (issue: Issue): { readonly message: string; readonly override: boolean } | null => {
  if (!("ast" in issue) || issue._tag === "Missing") return null
  const annotation = SchemaAST.getMessageAnnotation(issue.ast)
  const given = annotation._tag === "Some" ? annotation.value(issue) : null
  if (Predicate.isString(given)) return { message: given, override: false }
  return Predicate.hasProperty(given, "override") && Predicate.isString(given.message)
    ? { message: given.message, override: given.override === true }
    : null
}

const isOfParts = (issue: Issue): boolean =>
  issue._tag === "Composite" ||
  (issue._tag === "Refinement" && issue.kind === "From") ||
  (issue._tag === "Transformation" && issue.kind !== "Transformation")

const ownMessage = (issue: Issue): string | null => {
  const own = annotated(issue)
  if (own === null) return null
  if (own.override || !isOfParts(issue)) return own.message
  return issue._tag === "Refinement" || issue._tag === "Transformation" ? ownMessage(issue.issue) : null
}

const expected = (ast: SchemaAST.AST): string =>
  ast._tag !== "Refinement"
    ? String(ast)
    : SchemaAST.getDescriptionAnnotation(ast).pipe(
        Option.orElse(() => SchemaAST.getTitleAnnotation(ast)),
        Option.getOrElse(() => String(ast))
      )

const messageOf = (issue: Exclude<Issue, { readonly issue: Issue } | ParseResult.Composite>): string => {
  switch (issue._tag) {
    // Effect's own message quotes the value
    case "Type":
      return `Expected ${expected(issue.ast)}`
    case "Missing":
      return "is missing"
    case "Unexpected":
      return "is unexpected"
    case "Forbidden":
      return "must be read and written at once, without services"
  }
}

type Path = ReadonlyArray<PropertyKey>

const lines = (issue: Issue, path: Path): ReadonlyArray<string> => {
  if (issue._tag === "Pointer") return lines(issue.issue, path.concat(issue.path))
  const own = ownMessage(issue)
  if (own === null && "issue" in issue) return lines(issue.issue, path)
  if (own === null && issue._tag === "Composite") {
    return Arr.ensure(issue.issues).flatMap((part) => lines(part, path))
  }
  const message = own ?? messageOf(issue as Parameters<typeof messageOf>[0])
  return [path.length === 0 ? message : `${message} at ${path.map(String).join(".")}`]
}

/**
 * Each issue of an error in one line, joined by `; `.
 *
 * @example
 * ```ts
 * import { Either, Schema } from "effect"
 * import * as IssueText from "./IssueText.ts"
 *
 * const Login = Schema.Struct({ token: Schema.Redacted(Schema.String.pipe(Schema.minLength(40))) })
 * const decoded = Schema.decodeUnknownEither(Login)({ token: "secret" })
 *
 * const text = Either.isLeft(decoded) ? IssueText.of(decoded.left) : ""
 * console.assert(text === "Expected a string at least 40 character(s) long at token", text)
 * ```
 */
export const of = ({ issue }: ParseResult.ParseError): string => lines(issue, []).join("; ")
