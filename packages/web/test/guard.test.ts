/**
 * The guards by themselves: hosts, origins and the tokens of forms.
 */
import { describe, expect, it } from "@effect/vitest"
import * as Guard from "../src/internal/Guard.ts"

const headers = (of: Record<string, string>) => of as never

describe("a host", () => {
  it.each(["localhost", "127.0.0.1:4747", "[::1]:80", "LOCALHOST:1", "jobs.example.com", "Jobs.Example.com:443"])(
    "is accepted where it is the loopback or named: %s",
    (host) => expect(Guard.hostFault(headers({ host }), ["jobs.example.com"])).toBeNull()
  )

  it.each(["", "evil.test", "localhost.evil.test", "127.0.0.1.evil.test", "example.com", "evil.test:4747", "[::2]"])(
    "is refused where it is another: %s",
    (host) => expect(Guard.hostFault(headers({ host }), ["jobs.example.com"])?.status).toBe(403)
  )
})

describe("an origin", () => {
  const host = "localhost:4747"

  it("is accepted where it is the page's own", () => {
    expect(Guard.originFault(headers({ host, origin: "http://localhost:4747" }))).toBeNull()
    expect(
      Guard.originFault(headers({ host, origin: "http://localhost:4747", "sec-fetch-site": "same-origin" }))
    ).toBeNull()
  })

  it.each([
    { host },
    { host, origin: "null" },
    { host, origin: "http://evil.test" },
    { host, origin: "http://localhost:4748" },
    { host, origin: "http://localhost:4747", "sec-fetch-site": "cross-site" },
    { host, "sec-fetch-site": "same-site" },
    { host, "sec-fetch-site": "none" }
  ])("is refused where it is another or absent: %j", (of) => expect(Guard.originFault(headers(of))).not.toBeNull())

  it("may be absent where a program sends JSON", () => {
    expect(Guard.originFault(headers({ host }), false)).toBeNull()
    expect(Guard.originFault(headers({ host, origin: "http://evil.test" }), false)).not.toBeNull()
  })
})

describe("the token of a form", () => {
  const hour = 3_600_000
  const tokens = Guard.makeTokens(Buffer.alloc(32, 1))

  it("is good for twelve hours, for the viewer whom it was made for", () => {
    const token = tokens.make("ada", 20 * hour)
    expect(tokens.fault(token, "ada", 20 * hour + 1)).toBeNull()
    expect(tokens.fault(token, "ada", 32 * hour)).toBeNull()
    expect(tokens.fault(token, "ada", 33 * hour)).not.toBeNull()
    expect(tokens.fault(token, "grace", 20 * hour)).not.toBeNull()
  })

  it("is refused where it is absent, changed, of the future or of another process", () => {
    const token = tokens.make("ada", 20 * hour)
    const other = Guard.makeTokens(Buffer.alloc(32, 2)).make("ada", 20 * hour)
    for (const bad of ["", "20", "20.", `${token}x`, token.replace(/^20/, "21"), other, tokens.make("ada", 21 * hour)])
      expect(tokens.fault(bad, "ada", 20 * hour)?.status).toBe(403)
  })
})
