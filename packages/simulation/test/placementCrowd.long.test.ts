import { describe, it } from "@effect/vitest"
import * as Crowd from "./support/Crowd.ts"

describe("sixty-four processes and a hundred thousand instances", () => {
  it(
    "keep laws 3 and 6 through a thousand moves, kills and freezes",
    () => Crowd.play({ processes: 64, instances: 100_000, faults: 1000, seed: 1 }),
    3_600_000
  )
})
