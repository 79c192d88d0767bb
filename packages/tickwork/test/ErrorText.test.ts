import { assert, describe, it } from "@effect/vitest"
import { Cause, Data, Effect, FiberId, FastCheck as fc, Option, Redacted, Schema } from "effect"
import { JobStore } from "tickwork"
import * as ErrorText from "../src/internal/engine/ErrorText.ts"

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
    const stack = ErrorText.stackOf(cause) ?? assert.fail("it has a stack")
    assert.match(stack, /^Error: a\\u\{1b\}\[2J\\u\{202e\}\n.*the\\u\{9b\}peer/s)
    assert.notMatch(stack.replaceAll("\n", ""), /[\p{Cc}\u202e]/u)
    const unreadable = Object.defineProperty(new Error("x"), "stack", {
      get: () => {
        throw new Error("no stack")
      }
    })
    assert.isNull(ErrorText.stackOf(Cause.die(unreadable)))
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

/** Errors, each due to the next one. */
const chained = (depth: number): Error => new Error(`number ${depth}`, depth === 0 ? {} : { cause: chained(depth - 1) })

const refused = new Error("connect ECONNREFUSED 127.0.0.1:9")
const fetchFailed = new TypeError("fetch failed", { cause: refused })

describe("what an error is due to", () => {
  it("stands behind the error, in the same line", () => {
    assert.strictEqual(
      failed(new Cause.UnknownException(fetchFailed, "An unknown error occurred in Effect.tryPromise")),
      "UnknownException: fetch failed: connect ECONNREFUSED 127.0.0.1:9"
    )
    assert.strictEqual(failed(new Error("no sync", { cause: "offline" })), "Error: no sync: offline")
    assert.strictEqual(
      failed(new Error("no sync", { cause: new DataError({ user: "ada", password }) })),
      'Error: no sync: DataError: {"user":"ada","password":"<redacted>"}'
    )
    assert.strictEqual(failed({ _tag: "Lost", cause: refused }), `{"_tag":"Lost","cause":{}}: ${refused.message}`)
  })

  it("is said once where the error quotes it", () => {
    const quoting = new Error(`no sync, ${fetchFailed.message}`, { cause: fetchFailed })
    assert.strictEqual(failed(quoting), "Error: no sync, fetch failed: connect ECONNREFUSED 127.0.0.1:9")
  })

  it("is the message of an exception that says nothing itself, where there is one", () => {
    assert.strictEqual(failed(new Cause.UnknownException("offline")), "UnknownException: offline")
    assert.strictEqual(failed(new Cause.UnknownException(undefined)), "UnknownException: An unknown error occurred")
  })

  it("is every error of an aggregate", () => {
    const both = new AggregateError([new Error("connect ::1"), new Error("connect 127.0.0.1")])
    assert.strictEqual(failed(both), "AggregateError: connect ::1; connect 127.0.0.1")
    assert.strictEqual(
      failed(new TypeError("fetch failed", { cause: both })),
      "TypeError: fetch failed: connect ::1; connect 127.0.0.1"
    )
  })

  it.effect("is all that a cause of Effect and the failure of a runtime hold", () =>
    Effect.gen(function* () {
      const cause = Cause.parallel(Cause.fail("offline"), Cause.sequential(Cause.die(refused), Cause.fail("full")))
      assert.strictEqual(
        failed(new Error("no sync", { cause })),
        "Error: no sync: offline; full; connect ECONNREFUSED 127.0.0.1:9"
      )
      const own = yield* Effect.flip(Effect.tryPromise(() => Effect.runPromise(Effect.fail(fetchFailed))))
      assert.strictEqual(failed(own), "UnknownException: fetch failed: connect ECONNREFUSED 127.0.0.1:9")
    })
  )

  it("ends, however long the chain is and where it leads back to itself", () => {
    const loop = new Error("loop")
    loop.cause = new Error("again", { cause: loop })
    assert.strictEqual(failed(loop), "Error: loop: again")
    assert.isAtMost(failed(chained(1000)).split(": ").length, 20)
    assert.isTrue(Option.isNone(ErrorText.showable(Cause.fail(loop))))
    assert.isTrue(Option.isSome(ErrorText.showable(Cause.fail(fetchFailed))))
  })
})

describe("the stack of an error", () => {
  const stackOf = (error: unknown): string => ErrorText.stackOf(Cause.fail(error)) ?? "none"

  it("is that of the error and of all that it is due to, each on lines of its own", () => {
    const stack = stackOf(new Cause.UnknownException(fetchFailed, "An unknown error occurred in Effect.tryPromise"))
    const [first, ...lines] = stack.split("\n")
    assert.strictEqual(first, "UnknownException: An unknown error occurred in Effect.tryPromise")
    assert.include(lines, "  [cause]: TypeError: fetch failed")
    assert.include(lines, "    [cause]: Error: connect ECONNREFUSED 127.0.0.1:9")
    assert.match(lines.at(-1) ?? "", /^ {8}at /)
    assert.include(stack, "ErrorText.test")
  })

  it("is none where no error has one", () => {
    assert.strictEqual(stackOf("out of keys"), "none")
    assert.isNull(ErrorText.stackOf(Cause.interrupt(FiberId.none)))
  })

  it("hides what is redacted, and shows control characters by number", () => {
    for (const error of [new DataError({ user: "ada", password }), new Error("wrong", { cause: { password } })]) {
      assert.notInclude(stackOf(error), secret)
    }
    const hostile = stackOf(new Error("first\r\nsecond \u001b[2J\u0000"))
    assert.match(hostile, /^Error: first\nsecond \\u\{1b\}\[2J\\u\{0\}\n {4}at /)
  })

  it("has 8 KB at most, and then ends in an ellipsis", () => {
    for (const text of ["x", "ü", "😀", "中"]) {
      const stack = stackOf(new Error(text.repeat(9000)))
      assert.isAtMost(Buffer.byteLength(stack), ErrorText.maxStackBytes)
      assert.isAtLeast(Buffer.byteLength(stack), ErrorText.maxStackBytes - 4)
      assert.isTrue(stack.endsWith("…") && !/\p{Cs}/u.test(stack))
    }
    assert.isAtMost(Buffer.byteLength(stackOf(chained(1000))), ErrorText.maxStackBytes)
  })
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
    "a cause that throws": Object.defineProperty(new Error(), "cause", { get: thrower }),
    "a stack that throws": Object.defineProperty(new Error("x"), "stack", { get: thrower }),
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
      assert.isAtMost((ErrorText.stackOf(cause) ?? "").length, ErrorText.maxStackBytes)
      ErrorText.showable(cause)
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
