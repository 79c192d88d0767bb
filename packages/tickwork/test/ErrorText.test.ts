import { assert, describe, it } from "@effect/vitest"
import { Cause, Data, Effect, FiberId, FastCheck as fc, Option, Redacted, Schema } from "effect"
import { JobStore } from "tickwork"
import * as ErrorText from "../src/internal/ErrorText.ts"

const secret = "hunter2"
const password = Redacted.make(secret)

class DataError extends Data.TaggedError("DataError")<{ user: string; password: Redacted.Redacted }> {}
class SchemaError extends Schema.TaggedError<SchemaError>("SchemaError")("SchemaError", {
  user: Schema.String,
  password: Schema.Redacted(Schema.String)
}) {}
class Worded extends Data.TaggedError("Worded")<{ password: Redacted.Redacted }> {
  override get message() {
    return `the server refused ${this.password}`
  }
}

const failed = (error: unknown): string => ErrorText.render(Cause.fail(error))

describe("the text of an error", () => {
  it("of a store is one line that shows what the words of a server hide", () => {
    const error = new JobStore.StoreError({ operation: "load states", reason: "no\u001b[2J\r\nluck\u202e" })
    assert.strictEqual(error.message, "The job store could not load states: no\\u{1b}[2J luck\\u{202e}")
  })

  it("tells the name and the message, or the fields where there is no message", () => {
    assert.strictEqual(failed(new TypeError("no such peer")), "TypeError: no such peer")
    assert.strictEqual(failed(new RangeError()), "RangeError")
    assert.strictEqual(
      failed(new DataError({ user: "ada", password })),
      'DataError: {"user":"ada","password":"<redacted>"}'
    )
    assert.strictEqual(failed({ code: 7 }), '{"code":7}')
    assert.strictEqual(failed("out of keys"), "out of keys")
  })

  it("hides what is redacted, wherever it stands", () => {
    const errors = [
      password,
      { password },
      { deep: [{ password }], maybe: Option.some(password) },
      new DataError({ user: "ada", password }),
      new SchemaError({ user: "ada", password }),
      new Worded({ password }),
      new Error(`wrong: ${password}`),
      new Error("wrong", { cause: { password } }),
      Object.assign(new Error(), { password })
    ]
    for (const error of errors) {
      for (const text of [failed(error), ErrorText.render(Cause.die(error))]) {
        assert.notInclude(text, secret)
        assert.isNotEmpty(text)
      }
    }
    assert.include(failed(new SchemaError({ user: "ada", password })), "ada")
    assert.strictEqual(failed(new Worded({ password })), "Worded: the server refused <redacted>")
  })

  it("is at most 1000 long, and then ends in an ellipsis", () => {
    assert.strictEqual(failed("x".repeat(1000)), "x".repeat(1000))
    assert.strictEqual(failed("x".repeat(1001)), `${"x".repeat(999)}…`)
    const many = Cause.parallel(Cause.fail("a".repeat(900)), Cause.die("b".repeat(900)))
    assert.strictEqual(ErrorText.render(many).length, 1000)
  })

  it("is one line, whatever the message", () => {
    assert.notInclude(failed(new Error("first\nsecond")), "\n")
  })

  it("has a stack whose lines show what they hide, and that is never an error itself", () => {
    const cause = Cause.die(new Error("a\u001b[2J\u202e", { cause: new Error("the\u009bpeer") }))
    const stack = ErrorText.stackOf(cause)
    assert.match(stack, /^Error: a\\u\{1b\}\[2J\\u\{202e\}\n.*the\\u\{9b\}peer/s)
    assert.notMatch(stack.replaceAll("\n", ""), /[\p{Cc}\u202e]/u)
    assert.isAtMost(stack.split("\n").length, 30)
    const unreadable = Object.defineProperty(new Error("x"), "stack", {
      get: () => {
        throw new Error("no stack")
      }
    })
    assert.isString(ErrorText.stackOf(Cause.die(unreadable)))
  })

  it("names failures first, then defects", () => {
    const cause = Cause.sequential(Cause.die(new Error("broken")), Cause.parallel(Cause.fail("one"), Cause.fail("two")))
    assert.strictEqual(ErrorText.render(cause), "one; two; Error: broken")
  })

  it("says that nothing but an interruption happened", () => {
    assert.strictEqual(ErrorText.render(Cause.interrupt(FiberId.none)), "interrupted")
    assert.strictEqual(ErrorText.render(Cause.parallel(Cause.fail("a"), Cause.interrupt(FiberId.none))), "a")
  })

  it.effect("says that a job interrupted itself", () =>
    Effect.gen(function* () {
      const cause = yield* Effect.flip(Effect.sandbox(Effect.interrupt))
      assert.strictEqual(ErrorText.render(cause), "interrupted")
    })
  )
})

const thrower = () => {
  throw new Error("not even this")
}

describe("no error breaks the log", () => {
  const cycle: Record<string, unknown> = { name: "loop" }
  cycle.self = cycle
  const revoked = Proxy.revocable({}, {})
  revoked.revoke()
  const nasty: Record<string, unknown> = {
    null: null,
    undefined: undefined,
    "a bigint": 2n ** 70n,
    "an object with a bigint": { n: 1n },
    "an error with a bigint": new DataError({ user: 1n as never, password }),
    "a cycle": cycle,
    "an error in a cycle": Object.assign(new Error(), { cycle }),
    "a toJSON that throws": { toJSON: thrower },
    "a message that throws": Object.defineProperty(new Error(), "message", { get: thrower }),
    "a name that throws": Object.defineProperty(new Error("x"), "name", { get: thrower }),
    "a field that throws": Object.defineProperty(new Error(), "field", { get: thrower, enumerable: true }),
    "a message that is a symbol": Object.assign(new Error(), { message: Symbol("s") }),
    "an object without a prototype": Object.create(null, { toJSON: { value: thrower } }),
    "a toString that throws": { toJSON: thrower, toString: thrower },
    "a symbol": Symbol("s"),
    "a function": thrower,
    "a revoked proxy": revoked.proxy
  }

  it.each(Object.entries(nasty))("%s", (_, error) => {
    for (const cause of [Cause.fail(error), Cause.die(error), Cause.parallel(Cause.fail("a"), Cause.die(error))]) {
      const text = ErrorText.render(cause)
      assert.isString(text)
      assert.isNotEmpty(text)
      assert.isAtMost(text.length, ErrorText.maxLength)
    }
  })

  it.prop(
    "anything else",
    [fc.anything({ withBigInt: true, withMap: true, withNullPrototype: true })],
    ([error]) => {
      assert.isString(failed(error))
      assert.isAtMost(failed(error).length, ErrorText.maxLength)
    },
    { fastCheck: { seed: 1, numRuns: 300 } }
  )
})
