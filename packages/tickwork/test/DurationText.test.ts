import { assert, describe, it } from "@effect/vitest"
import * as DurationText from "../src/internal/DurationText.ts"

describe("a duration", () => {
  it.each([
    [0, "0 ms"],
    [412, "412 ms"],
    [999.7, "1 s"],
    [1000, "1 s"],
    [4200, "4.2 s"],
    [59_960, "1 min"],
    [192_000, "3 min 12 s"],
    [3_599_900, "1 h"],
    [3_600_000, "1 h"],
    [5_400_000, "1 h 30 min"],
    [90_000_000, "1 d 1 h"],
    [-1500, "−1.5 s"]
  ])("of %s ms is in people's units: %s", (ms, text) => {
    assert.strictEqual(DurationText.of(ms), text)
  })

  it.each([
    ["every 3600000 ms", "every 1 h"],
    ["every 90000 ms, for each key", "every 1 min 30 s, for each key"],
    ["every 1500 ms", "every 1500 ms"],
    ["cron 0 3 * * * UTC", "cron 0 3 * * * UTC"]
  ])("in the definition %s loses nothing: %s", (definition, text) => {
    assert.strictEqual(DurationText.ofDefinition(definition), text)
  })
})
