import { describe, it } from "@effect/vitest"
import { Duration } from "effect"
import { expect } from "vitest"
import { isLow, missing } from "../src/PrekeyPolicy.ts"

const policy = { minimum: 3, full: 5, lifetime: Duration.days(1) }

describe("the policy of prekeys", () => {
  it("counts a peer as low below the minimum, and not at it", () => {
    expect([2, 3, 4].map((unexpired) => isLow(policy, { peer: "ada", unexpired }))).toEqual([true, false, false])
  })

  it("fills up each peer that is low, and gives the others nothing", () => {
    const stocks = [
      { peer: "ada", unexpired: 3 },
      { peer: "grace", unexpired: 2 },
      { peer: "linus", unexpired: 0 }
    ]
    expect(missing(policy, stocks)).toEqual([...Array(3).fill("grace"), ...Array(5).fill("linus")])
  })
})
