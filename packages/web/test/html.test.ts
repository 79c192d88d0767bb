/**
 * What is put into a template never becomes markup.
 */
import { describe, expect, it } from "@effect/vitest"
import { FastCheck } from "effect"
import { exact, html, lines } from "../src/internal/Html.ts"

describe("a template", () => {
  it("escapes texts and keeps markup of its own", () => {
    const inner = html`<b>${"<i>"}</b>`
    expect(html`<p title="${`"'\``}">${inner}${["a&b", 3, null, undefined, false]}</p>`.text).toBe(
      `<p title="&quot;&#39;&#96;"><b>&lt;i&gt;</b>a&amp;b3</p>`
    )
  })

  it("shows control, invisible and bidirectional characters by number", () => {
    expect(html`${"a\u202eb\u0007\u200b"}`.text).toBe("a\\u{202e}b\\x07\\u{200b}")
  })

  it("keeps the lines of a text, and a text that a form sends back", () => {
    expect(lines("a\n<b>\n\u001b").text).toBe("a\n&lt;b&gt;\n\\x1b")
    expect(exact("a\u202e<").text).toBe("a\u202e&lt;")
  })

  it("has no tag, no attribute's end and no entity that a text brought, whatever the text", () => {
    const plain = /^[^<>"'`]*$/
    FastCheck.assert(
      FastCheck.property(FastCheck.oneof(FastCheck.string(), FastCheck.string({ unit: "binary" })), (text) => {
        for (const made of [html`${text}`, exact(text), lines(text)]) expect(made.text).toMatch(plain)
        const read = exact(text).text.replace(/&#(\d+);|&(amp|lt|gt|quot);/g, (_, code, name) =>
          code === undefined
            ? ({ amp: "&", lt: "<", gt: ">", quot: '"' }[name as string] ?? "")
            : String.fromCharCode(code)
        )
        expect(read).toBe(text)
      }),
      { numRuns: 200, seed: 21 }
    )
  })
})
