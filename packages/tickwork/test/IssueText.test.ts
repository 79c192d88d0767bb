import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, FastCheck as fc, Option, ParseResult, Schema } from "effect"
import * as IssueText from "../src/internal/IssueText.ts"

const secret = "sk_live_SECRET"

const textOf = <A, I>(schema: Schema.Schema<A, I>, value: unknown): string => {
  const decoded = Schema.decodeUnknownEither(schema)(value)
  return IssueText.of(Option.getOrThrow(Either.getLeft(decoded)))
}

const branded = Schema.String.pipe(
  Schema.filter((text) => text.length > 40 || `${text} is no token`, { description: "a token" })
)
const refusing = Schema.transformOrFail(Schema.String, Schema.String, {
  strict: true,
  decode: (text, _, ast) => ParseResult.fail(new ParseResult.Type(ast, text, `not ${text}`)),
  encode: ParseResult.succeed
})
const waiting = Schema.transformOrFail(Schema.String, Schema.String, {
  strict: true,
  decode: (text) => Effect.delay(Effect.succeed(text), 1),
  encode: ParseResult.succeed
})

describe("the text of an issue", () => {
  it.each([
    ["a type", Schema.Number, secret, "Expected number"],
    ["a field", Schema.Struct({ token: Schema.Number }), { token: secret }, "Expected number at token"],
    ["what is redacted", Schema.Struct({ token: Schema.Redacted(Schema.Number) }), { token: secret }, "at token"],
    [
      "a redacted refinement",
      Schema.Struct({ token: Schema.Redacted(Schema.String.pipe(Schema.minLength(40))) }),
      { token: secret },
      "Expected a string at least 40 character(s) long at token"
    ],
    ["a transformation", Schema.NumberFromString, secret, "Expected NumberFromString"],
    ["a transformation that refuses", refusing, secret, "Expected (string <-> string)"],
    ["a transformation that waits", waiting, secret, "must be read and written at once"],
    ["a date", Schema.Date, secret, "Expected"],
    ["a bigint", Schema.BigInt, secret, "Expected"],
    ["JSON", Schema.parseJson(), secret, "Expected parseJson"],
    ["base64", Schema.Uint8ArrayFromBase64, `${secret}!`, "Expected"],
    ["a filter that quotes", branded, secret, "Expected a token"],
    ["a literal", Schema.Literal("a", "b"), secret, 'Expected "a"; Expected "b"'],
    [
      "a union",
      Schema.Union(Schema.Number, Schema.Struct({ a: Schema.Number })),
      secret,
      "Expected number; Expected {"
    ],
    ["an array", Schema.Array(Schema.Number), [1, secret, 3], "Expected number at 1"],
    ["a map", Schema.Map({ key: Schema.String, value: Schema.Number }), [["a", secret]], "Expected number at 0.1"],
    ["an option", Schema.OptionFromNullOr(Schema.Number), secret, "Expected"],
    ["a missing field", Schema.Struct({ a: Schema.String, b: Schema.String }), { a: secret }, "is missing at b"],
    ["a class", class A extends Schema.Class<A>("A")({ a: Schema.Number }) {}, { a: secret }, "Expected number at a"],
    ["a template", Schema.TemplateLiteralParser("a", Schema.Int), secret, "Expected"],
    ["nesting", Schema.Struct({ a: Schema.Array(Schema.Struct({ b: Schema.Int })) }), { a: [{ b: 0.5 }] }, "at a.0.b"]
  ] as ReadonlyArray<readonly [string, Schema.Schema<any, any>, unknown, string]>)(
    "has path and expectation, and not the value: %s",
    (_, schema, value, said) => {
      const text = textOf(schema, value)
      assert.include(text, said)
      assert.notInclude(text, "SECRET")
      assert.notInclude(text, "actual")
    }
  )

  it("is the message that the schema's author gave", () => {
    const short = Schema.String.pipe(Schema.minLength(40, { message: () => "tokens have 40 characters" }))
    assert.strictEqual(textOf(Schema.Struct({ token: short }), { token: secret }), "tokens have 40 characters at token")
    const whole = Schema.Struct({ a: Schema.Number }).annotations({
      message: () => ({ message: "no login", override: true })
    })
    assert.strictEqual(textOf(whole, { a: secret }), "no login")
    const parts = Schema.Struct({ a: Schema.Number }).annotations({ message: () => "no login" })
    assert.strictEqual(textOf(parts, { a: secret }), "Expected number at a")
  })

  it.prop(
    "never holds a value, whatever it is",
    [fc.string({ minLength: 12, maxLength: 30, unit: "grapheme-ascii" })],
    ([value]) => {
      const hidden = `SECRET${value}`
      for (const schema of [Schema.Number, Schema.Date, Schema.NumberFromString, Schema.Array(Schema.Int), refusing])
        assert.notInclude(textOf(schema as Schema.Schema<unknown, unknown>, hidden), "SECRET")
    },
    { fastCheck: { seed: 1, numRuns: 100 } }
  )
})
