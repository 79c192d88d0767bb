/**
 * The names nearest to a mistyped one.
 */
import { describe, expect, it } from "vitest"
import * as Nearest from "../src/Nearest.ts"

const names = ["status", "stats", "show", "timeline"]

describe("the names nearest to a mistyped one", () => {
  it("are those that contain it or differ in few characters, the nearest first", () => {
    expect(Nearest.of("stutus", names)).toEqual(["status", "stats"])
    expect(Nearest.of("stat", names)).toEqual(["stats", "status"])
    expect(Nearest.of("enqueue", names)).toEqual([])
  })

  it("fall back to the first names of all", () => {
    expect(Nearest.hint("enqueue", names)).toBe(' There are "status", "stats", "show", "timeline".')
    expect(Nearest.hint("enqueue", ["show"])).toBe(' There is "show".')
    expect(Nearest.hint("enqueue", [])).toBe("")
  })
})
