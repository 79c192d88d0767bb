import { describe, it } from "@effect/vitest"
import * as Crowd from "./support/Crowd.ts"

describe("sixteen processes and four thousand instances", () => {
  it("keep laws 3 and 6 through two hundred moves, kills and freezes", () => {
    Crowd.play({ processes: 16, instances: 4000, faults: 200, seed: 1 })
  })
})
