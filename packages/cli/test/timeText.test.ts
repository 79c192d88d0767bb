/**
 * Instants and durations as people read them.
 */
import { TimeText } from "@tickwork/web/view"
import { DateTime } from "effect"
import { describe, expect, it } from "vitest"

const zone = DateTime.zoneUnsafeMakeNamed("Europe/Berlin")
const now = Date.parse("2026-03-28T13:03:05Z")

describe("the text of a time", () => {
  it("never overstates the time that has passed, nor understates the time that is left", () => {
    expect(TimeText.since(now - 119_999, now)).toBe("1 min ago")
    expect(TimeText.until(now + 60_001, now)).toBe("in 2 min")
    expect([TimeText.since(now, now), TimeText.until(now, now)]).toEqual(["now", "now"])
  })

  it("shows an instant written by a clock that is ahead", () => {
    expect(TimeText.since(now + 3000, now)).toBe("in 3 s")
  })

  it("rounds a duration before it chooses the unit", () => {
    const durations = [0, 0.2, 412.4, 999.6, 4_230, 59_960, 192_000, 3_599_900, 86_399_000, 90_000_000]
    expect(durations.map(TimeText.duration)).toEqual([
      ...["0 ms", "< 1 ms", "412 ms", "1 s", "4.2 s", "1 min", "3 min 12 s", "1 h", "1 d", "1 d 1 h"]
    ])
  })

  it("leaves the date out on the day of now, by the clock of the zone", () => {
    expect(TimeText.stamp(Date.parse("2026-03-27T23:30:00Z"), now, zone)).toBe("00:30:00")
    expect(TimeText.stamp(Date.parse("2026-03-27T22:30:00Z"), now, zone)).toBe("2026-03-27 23:30:00")
    expect(TimeText.stamp(9e15, now, zone)).toBe("9000000000000000 ms")
  })
})
