import { assert, describe, it } from "@effect/vitest"
import { Cause, FastCheck as fc } from "effect"
import { Control, Run } from "tickwork"
import * as ErrorText from "../src/internal/engine/ErrorText.ts"
import * as PlainText from "../src/internal/PlainText.ts"

/** Each character that no text of a log may hold. */
const hidden = [
  ...Array.from({ length: 0x20 }, (_, code) => code),
  ...Array.from({ length: 0x21 }, (_, code) => 0x7f + code),
  ...[0x061c, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e],
  ...[0x2066, 0x2067, 0x2068, 0x2069, 0xd800, 0xdbff, 0xdc00, 0xdfff]
].map((code) => String.fromCharCode(code))

const lineBreaks = ["\n", "\r", "\u2028", "\u2029"]

describe("plain text", () => {
  it("stays as it is, whatever its language", () => {
    for (const text of ["", "sync_send", "日本語 🤖 👨‍👩‍👧 é עברית", " a  b "]) {
      assert.isTrue(PlainText.isPlain(text))
      assert.strictEqual(PlainText.of(text), text)
    }
  })

  it("holds no control, bidirectional or half character, which are shown by number", () => {
    for (const character of hidden) {
      assert.isFalse(PlainText.isPlain(`a${character}b`))
      const number = `\\u{${character.charCodeAt(0).toString(16)}}`
      assert.strictEqual(PlainText.of(`a${character}b`), lineBreaks.includes(character) ? "a b" : `a${number}b`)
      assert.isTrue(PlainText.isPlain(PlainText.quoted(character)))
    }
  })

  it("is one line, with one blank for each break and what surrounds it", () => {
    assert.strictEqual(PlainText.of("one \r\n  two\n\n\nthree\r"), "one two three")
  })

  it("is made of a million blanks and a line break at once", () => {
    assert.strictEqual(PlainText.of(`a${" ".repeat(1_000_000)}b\nc`).length, 1_000_004)
  })

  it("is shortened between two characters", () => {
    assert.strictEqual(PlainText.shorten("ab😀cd", 4), "ab…")
    assert.strictEqual(PlainText.shorten("ab😀cd", 5), "ab😀…")
    assert.strictEqual(PlainText.shorten("ab😀", 4), "ab😀")
  })

  it("is every error of a job, as the log and the loggers get it", () => {
    const said = `first\rlevel=INFO all is well${hidden.join("x")}`
    for (const cause of [Cause.fail(said), Cause.die(new Error(said)), Cause.fail({ said })])
      assert.isTrue(PlainText.isPlain(ErrorText.render(cause)))
    assert.strictEqual(ErrorText.render(Cause.fail("a\u001b[2J\r\nb\u009b\u202e")), "a\\u{1b}[2J b\\u{9b}\\u{202e}")
    assert.isTrue(PlainText.isPlain(ErrorText.render(Cause.fail("😀".repeat(1000)))))
  })

  it("is what the log says of a request", () => {
    assert.strictEqual(
      Control.toText({ verb: "pause", by: "al\u0000ice", why: "the\nserver \ud83d" }),
      "paused by al\\u{0}ice: the server \\u{d83d}"
    )
  })

  it.prop("has a run key, and every other text has one too", [fc.string({ unit: "binary" })], ([text]) => {
    for (const name of [text, text.slice(1), `${text}\ud800`]) assert.isString(Run.keyOf(name, name, 0))
  })

  it("two halves of characters have two run keys", () => {
    assert.notStrictEqual(Run.keyOf("a", "\ud800", 0), Run.keyOf("a", "\ud801", 0))
  })
})
