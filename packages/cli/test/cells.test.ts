/**
 * Text in the cells of a terminal.
 */
import { describe, expect, it } from "vitest"
import * as Cells from "../src/render/Cells.ts"

const dangerous = [
  "\u001b[2J",
  "\u009b31m",
  "\u202e",
  "\u2066",
  "\u200b",
  "\ufeff",
  "\u0007",
  "\u2028",
  "\u3164",
  "\u{e0041}"
]

describe("text in the cells of a terminal", () => {
  it("shows control, bidirectional and invisible characters by number", () => {
    for (const text of dangerous) {
      const shown = Cells.escape(`a${text}b`)
      expect(shown).toMatch(/^a\\(x[0-9a-f]{2}|u\{[0-9a-f]+\})/)
      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
    }
    expect(Cells.escape("a\nb\tc\rd")).toBe("a\\nb\\tc\\rd")
    expect(Cells.escape("\ud800")).toBe("\\u{d800}")
  })

  it("leaves every other character as it is", () => {
    for (const text of ["plain", "Größe", "日本語", "👍", "❤️", "e\u0301"]) expect(Cells.escape(text)).toBe(text)
  })

  it("takes two cells for a wide character and none for a combining mark", () => {
    expect(["ab", "日本", "👍🏽", "e\u0301", "…"].map(Cells.width)).toEqual([2, 4, 2, 1, 1])
  })

  it("is cut and padded between characters, never inside one", () => {
    expect(Cells.cut("日本語", 4)).toBe("日…")
    expect(Cells.cut("e\u0301e\u0301e\u0301", 2)).toBe("e\u0301…")
    expect(Cells.cut("abc", 3)).toBe("abc")
    expect(Cells.cut("abc", 0)).toBe("")
    expect(Cells.cutName("prekey_replenishment", 9)).toBe("prek…ment")
    expect(Cells.pad("日", 4, "right")).toBe("  日")
  })

  it("wraps between words, and inside a word only where it is longer than a line", () => {
    expect(Cells.wrap("one two three", 8)).toEqual(["one two", "three"])
    expect(Cells.wrap("abcdefghij kl", 4)).toEqual(["abcd", "efgh", "ij", "kl"])
    for (const line of Cells.wrap("日本語の仕事 and so on", 5)) expect(Cells.width(line)).toBeLessThanOrEqual(5)
    expect(Cells.wrap("日本", 1)).toEqual(["日本"])
  })
})
