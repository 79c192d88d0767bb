import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import * as Calendar from "../src/internal/schedule/Calendar.ts"
import * as Spread from "../src/internal/schedule/Spread.ts"
import { cron, cronCase, every } from "./support/calendars.ts"

const day = 86_400_000

describe("a phase", () => {
  it("is the same for ever", () => {
    const phases = ["", "ada", "grace", "tenant-1", "tenant-2"].map((key) => Spread.phaseOf(day, "backup", key, ""))
    assert.deepStrictEqual(phases, [7_392_081, 39_048_674, 55_467_401, 60_185_793, 35_470_951])
  })

  it("differs for another job and for another text that is hashed with it, and is below the time", () => {
    const phases = [
      Spread.phaseOf(day, "a", "k", ""),
      Spread.phaseOf(day, "b", "k", ""),
      Spread.phaseOf(day, "a", "k", "host")
    ]
    assert.lengthOf([...new Set(phases)], 3)
    assert.isTrue(phases.every((phase) => phase >= 0 && phase < day && Number.isInteger(phase)))
    assert.strictEqual(Spread.phaseOf(1, "a", "k", ""), 0)
  })

  it("puts a hundred thousand keys of one name all over the day, at most nine in a second", () => {
    const perSecond = new Map<number, number>()
    const perHour = new Map<number, number>()
    for (let n = 0; n < 100_000; n++) {
      const phase = Spread.phaseOf(day, "digest", `tenant-${n}`, "")
      for (const [counts, unit] of [
        [perSecond, 1000],
        [perHour, 3_600_000]
      ] as const)
        counts.set(Math.floor(phase / unit), (counts.get(Math.floor(phase / unit)) ?? 0) + 1)
    }
    assert.isAtMost(Math.max(...perSecond.values()), 9)
    const hours = [...perHour.values()]
    assert.lengthOf(hours, 24)
    assert.isTrue(
      hours.every((count) => Math.abs(count - 100_000 / 24) < 300),
      hours.join()
    )
  })
})

describe("a calendar with a phase", () => {
  const phase = fc.integer({ min: 0, max: 3_600_000 })

  it.prop(
    "names the instants of its own, each later by the phase",
    [cronCase, phase],
    ([{ at, calendar }, phase]) => {
      const shifted = Spread.shifted(calendar, phase)
      const range = { after: at, until: at + 3 * day, atMost: 50 }
      const own = Calendar.between(calendar, 0, { ...range, after: at - phase, until: range.until - phase })
      const later = own.map((at) => at + phase)
      assert.deepStrictEqual(Calendar.between(shifted, 0, range), later)
      if (later[0] !== undefined && later.length < 50)
        assert.strictEqual(Calendar.latest(shifted, 0, later[0], range.until), later.at(-1))
    },
    { fastCheck: { seed: 1, numRuns: 100 } }
  )

  it.prop(
    "stands on the grid from 1970 where an interval has no first instant",
    [
      fc.integer({ min: 0, max: 20_000 * day }),
      fc.integer({ min: 0, max: day - 1 }),
      fc.integer({ min: 1, max: 40 * day })
    ],
    ([now, phase, span]) => {
      const daily = Spread.shifted(Calendar.sharedBy(every("1 day")), phase)
      const first = daily.first(now) ?? Number.NaN
      assert.isAtLeast(first, now)
      assert.isBelow(first, now + day)
      assert.strictEqual(first % day, phase)
      assert.strictEqual(daily.next(now, first), first + day)
      const range = { after: first, until: first + span, atMost: 100 }
      assert.strictEqual(Calendar.count(daily, now, range), Math.floor(span / day))
      assert.strictEqual(Calendar.latest(daily, now, first, first + span), first + Math.floor(span / day) * day)
    },
    { fastCheck: { seed: 1, numRuns: 200 } }
  )

  it("leaves a calendar of the wall alone but for the phase", () => {
    const nine = cron("0 9 * * *", "Europe/Berlin")
    assert.strictEqual(Calendar.sharedBy(nine), nine)
  })
})
