import { describe, it } from "@effect/vitest"
import * as Crowd from "./support/Crowd.ts"

describe("twenty-four processes and three thousand instances", () => {
  for (const seed of [1, 2, 3])
    it(`keep laws 3 and 6 through four hundred moves, kills and freezes: ${seed}`, () =>
      Crowd.play({ processes: 24, instances: 3000, faults: 400, seed }))
})
