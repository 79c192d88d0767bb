/**
 * Instants and durations as people type them.
 */
import { DateTime, Option } from "effect"
import { describe, expect, it } from "vitest"
import * as TimeInput from "../src/TimeInput.ts"

const zone = DateTime.zoneUnsafeMakeNamed("Europe/Berlin")
const now = Date.parse("2026-03-28T13:03:05Z")
const at = (text: string) => Option.getOrNull(TimeInput.instant(text, now, zone))
const iso = (text: string) => {
  const instant = at(text)
  return instant === null ? null : new Date(instant).toISOString()
}

describe("a typed time", () => {
  it("is an instant, a local time or an age", () => {
    expect(at("2h")).toBe(now - 7_200_000)
    expect(at("now")).toBe(now)
    expect(iso("2026-03-28T12:00:00Z")).toBe("2026-03-28T12:00:00.000Z")
    expect(iso("2026-03-28T12:00+02:00")).toBe("2026-03-28T10:00:00.000Z")
    expect(iso("2026-03-28 12:00")).toBe("2026-03-28T11:00:00.000Z")
    expect(iso("2026-07-01")).toBe("2026-06-30T22:00:00.000Z")
    expect(iso("09:30")).toBe("2026-03-28T08:30:00.000Z")
    expect(iso("9:30:15")).toBe("2026-03-28T08:30:15.000Z")
  })

  it("is refused where no calendar and no clock has it", () => {
    const texts = [
      "",
      "tomorrow",
      "2026-02-30",
      "2026-13-01",
      "24:00",
      "25:00",
      "12:61",
      "-5s",
      "2 parsecs",
      "1e3s",
      "9999999d"
    ]
    for (const text of texts) {
      expect([text, at(text)]).toEqual([text, null])
    }
  })

  it("may be a duration with a unit", () => {
    const read = ["20s", "1.5m", "2h", "7d", "1w", "250ms", "20 seconds", "1 minute"].map((text) =>
      Option.getOrNull(TimeInput.duration(text))
    )
    expect(read).toEqual([20_000, 90_000, 7_200_000, 604_800_000, 604_800_000, 250, 20_000, 60_000])
    expect(Option.isNone(TimeInput.duration("toString"))).toBe(true)
    expect(Option.isNone(TimeInput.duration("5constructor"))).toBe(true)
  })
})
