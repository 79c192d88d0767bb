/**
 * Instants and durations as people read and type them.
 */
import { DateTime, Option } from "effect"
import { describe, expect, it } from "vitest"
import * as TimeText from "../src/render/TimeText.ts"

const zone = DateTime.zoneUnsafeMakeNamed("Europe/Berlin")
const now = Date.parse("2026-03-28T13:03:05Z")
const at = (text: string) => Option.getOrNull(TimeText.instantOf(text, now, zone))
const iso = (text: string) => {
  const instant = at(text)
  return instant === null ? null : new Date(instant).toISOString()
}

describe("times", () => {
  it("never say more has passed, or less is left, than it has", () => {
    expect(TimeText.since(now - 119_999, now)).toBe("1 min ago")
    expect(TimeText.until(now + 60_001, now)).toBe("in 2 min")
    expect([TimeText.since(now, now), TimeText.until(now, now)]).toEqual(["now", "now"])
  })

  it("tell a clock that goes ahead of ours", () => {
    expect(TimeText.since(now + 3000, now)).toBe("in 3 s")
  })

  it("round a duration before its unit is chosen", () => {
    const shown = [0, 0.2, 412.4, 999.6, 4_230, 59_960, 192_000, 3_599_900, 86_399_000, 90_000_000].map(
      TimeText.duration
    )
    expect(shown).toEqual(["0 ms", "< 1 ms", "412 ms", "1 s", "4.2 s", "1 min", "3 min 12 s", "1 h", "1 d", "1 d 1 h"])
  })

  it("leave the date out on the day of now, by the zone's clock", () => {
    expect(TimeText.stamp(Date.parse("2026-03-27T23:30:00Z"), now, zone)).toBe("00:30:00")
    expect(TimeText.stamp(Date.parse("2026-03-27T22:30:00Z"), now, zone)).toBe("2026-03-27 23:30:00")
    expect(TimeText.stamp(9e15, now, zone)).toBe("9000000000000000 ms")
  })

  it("are typed as instants, local times and ages", () => {
    expect(at("2h")).toBe(now - 7_200_000)
    expect(at("now")).toBe(now)
    expect(iso("2026-03-28T12:00:00Z")).toBe("2026-03-28T12:00:00.000Z")
    expect(iso("2026-03-28T12:00+02:00")).toBe("2026-03-28T10:00:00.000Z")
    expect(iso("2026-03-28 12:00")).toBe("2026-03-28T11:00:00.000Z")
    expect(iso("2026-07-01")).toBe("2026-06-30T22:00:00.000Z")
    expect(iso("09:30")).toBe("2026-03-28T08:30:00.000Z")
  })

  it("refuse what no calendar and no clock knows", () => {
    for (const text of ["", "tomorrow", "2026-02-30", "2026-13-01", "25:00", "12:61", "-5s", "2 parsecs", "1e3s"]) {
      expect([text, at(text)]).toEqual([text, null])
    }
  })

  it("read durations as they are typed", () => {
    const read = ["20s", "1.5m", "2h", "7d", "1w", "250ms", "20 seconds", "1 minute"].map((text) =>
      Option.getOrNull(TimeText.durationOf(text))
    )
    expect(read).toEqual([20_000, 90_000, 7_200_000, 604_800_000, 604_800_000, 250, 20_000, 60_000])
    expect(Option.isNone(TimeText.durationOf("toString"))).toBe(true)
    expect(Option.isNone(TimeText.durationOf("5constructor"))).toBe(true)
  })
})
