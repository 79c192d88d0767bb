/**
 * The script of the page is that of its sources, and small.
 */
import { readFileSync } from "node:fs"
import { gzipSync } from "node:zlib"
import { describe, expect, it } from "@effect/vitest"
import { pageScript } from "../src/internal/assets/pageScript.ts"

const mostBytes = 5 * 1024

describe("the script of the page", () => {
  it("is what its sources make", async () => {
    const script = new URL("../../../scripts/page-script.mjs", import.meta.url)
    const { pageScript: make } = (await import(script.href)) as { readonly pageScript: () => Promise<string> }
    const file = new URL("../src/internal/assets/pageScript.ts", import.meta.url)
    expect(readFileSync(file, "utf8")).toBe(await make())
  })

  it("has at most 5 KB on the wire", () => {
    expect(gzipSync(pageScript, { level: 9 }).length).toBeLessThanOrEqual(mostBytes)
  })
})
