import { assert, describe, it } from "@effect/vitest"
import { Timeline } from "@tickwork/simulation"
import { Either } from "effect"
import * as Timelines from "./support/timelines.ts"

const fastCheck = { fastCheck: { seed: 11, numRuns: 100 } }

/** Equal, but made in another order, down to the last object. */
const turned = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(turned)
    : typeof value === "object" && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .reverse()
            .map(([key, inner]) => [key, turned(inner)])
        )
      : value

describe("a saved timeline", () => {
  it.prop(
    "is read as what it was",
    [Timelines.any],
    ([timeline]) => {
      assert.deepStrictEqual(Timeline.fromJson(Timeline.toJson(timeline)), Either.right(timeline))
    },
    fastCheck
  )

  it.prop(
    "is the same to the byte for equal timelines",
    [Timelines.any],
    ([timeline]) => {
      assert.strictEqual(Timeline.toJson(turned(timeline) as Timeline.Timeline), Timeline.toJson(timeline))
    },
    fastCheck
  )

  it("opens with its version and its span", () => {
    assert.isTrue(Timeline.toJson(Timelines.quietDay()).startsWith('{"version":1,"from":1772492400000,"to":'))
  })

  it.each([
    ["no JSON", "{"],
    ["no timeline", "[]"],
    ["a form that is not known", Timeline.toJson(Timelines.empty(0, 1)).replace('"version":1', '"version":2')],
    ["a span that ends before it begins", Timeline.toJson(Timelines.empty(2, 1))],
    ["an instant past the last date", Timeline.toJson(Timelines.empty(0, 9e15))],
    ["a figure that is missing", Timeline.toJson({ ...Timelines.empty(0, 1), busyMs: Number.NaN })]
  ])("that holds %s is a ParseError", (_, text) => {
    const read = Timeline.fromJson(text)
    assert.strictEqual(Either.isLeft(read) && read.left._tag, "ParseError")
  })
})
