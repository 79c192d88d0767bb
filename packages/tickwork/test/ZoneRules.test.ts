import { assert, describe, it } from "@effect/vitest"
import { Either, FastCheck as fc } from "effect"
import * as Calendar from "../src/internal/schedule/Calendar.ts"
import * as ZoneRules from "../src/internal/schedule/ZoneRules.ts"

const { hour, day } = { hour: 3_600_000, day: 86_400_000 }

const calendar = (expression: string, zone: string, options = {}) =>
  Either.getOrThrow(Calendar.cron(expression, { zone, ...options }))

/** The day on the wall of a zone. */
const dayIn = (zone: string) => {
  const format = new Intl.DateTimeFormat("en-CA", { timeZone: zone, dateStyle: "short" })
  return (at: number) => format.format(at)
}

/** Zones whose offsets differ by an hour or less at any time of these years: each the other's rules before or after. */
const pairs = [
  ["Europe/Berlin", "Africa/Lagos"],
  ["Africa/Lagos", "Europe/Berlin"],
  ["Europe/London", "Africa/Abidjan"],
  ["Africa/Abidjan", "Europe/London"],
  ["Africa/Casablanca", "Africa/Abidjan"],
  ["Asia/Seoul", "Asia/Shanghai"],
  ["Australia/Lord_Howe", "Australia/Sydney"],
  ["Asia/Kolkata", "Asia/Karachi"]
] as const

describe("an instant planned under other rules of its zone", () => {
  it("stays where the calendar names it, and so does any of UTC and of an interval", () => {
    const berlin = calendar("0 3 * * *", "Europe/Berlin")
    for (let at = berlin.next(0, 0), n = 0; at !== null && n < 400; at = berlin.next(0, at), n++)
      assert.strictEqual(ZoneRules.today(berlin, { anchor: 0 }, at), at)
    assert.strictEqual(ZoneRules.today(calendar("0 3 * * *", "UTC"), { anchor: 0 }, 12_345), 12_345)
    assert.strictEqual(ZoneRules.today(Either.getOrThrow(Calendar.every("1 hour")), { anchor: 0 }, 12_345), 12_345)
  })

  it("becomes the same reading of the wall, or the next one where that is skipped", () => {
    const berlin = calendar("0 3 * * *", "Europe/Berlin")
    const at = Date.parse("2027-06-01T01:00:00Z")
    assert.strictEqual(ZoneRules.today(berlin, { anchor: 0 }, at + hour), at)
    assert.strictEqual(ZoneRules.today(berlin, { anchor: 0 }, at - hour), at)
    const skipping = calendar("30 2 * * *", "Europe/Berlin", { gap: "skip" })
    const skipped = Date.parse("2027-03-28T01:30:00Z")
    assert.strictEqual(ZoneRules.today(skipping, { anchor: 0 }, skipped), Date.parse("2027-03-29T00:30:00Z"))
    const yearly = calendar("0 0 1 1 *", "Europe/Berlin")
    assert.strictEqual(
      ZoneRules.today(yearly, { anchor: 0 }, Date.parse("2027-07-01T00:00:00Z")),
      Date.parse("2027-12-31T23:00:00Z")
    )
  })

  it("no day runs twice and none is lost, whenever the rules change", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...pairs),
        fc.integer({ min: 0, max: 23 }),
        fc.integer({ min: 0, max: 59 }),
        fc.integer({ min: 0, max: 800 }),
        ([before, after], hours, minutes, changedAfter) => {
          const [old, renewed] = [before, after].map((zone) => calendar(`${minutes} ${hours} * * *`, zone))
          if (old === undefined || renewed === undefined) return
          const from = Date.parse("2027-01-01T12:00:00Z")
          const instants: Array<number> = []
          for (let at = old.next(0, from); at !== null && instants.length < changedAfter; at = old.next(0, at))
            instants.push(at)
          const planned = old.next(0, instants.at(-1) ?? from) as number
          // the days that the old rules ran are counted by the old wall
          const days = instants.map(dayIn(before))
          const onward: Array<number> = []
          for (
            let at = ZoneRules.today(renewed, { anchor: 0 }, planned);
            at !== null && onward.length < 10;
            at = renewed.next(0, at)
          )
            onward.push(at)
          days.push(...onward.map(dayIn(after)))
          assert.strictEqual(new Set(days).size, days.length)
          const [first = "", last = ""] = [days[0], days.at(-1)]
          assert.strictEqual(Math.round((Date.parse(last) - Date.parse(first)) / day), days.length - 1)
        }
      ),
      { numRuns: 300 }
    )
  })
})
