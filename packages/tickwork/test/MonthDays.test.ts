import { assert, describe, it } from "@effect/vitest"
import { Cron as Croner } from "croner"
import { Either } from "effect"
import { Cron } from "tickwork"
import { choices, movesIn, resolve, wallOf } from "./support/wall.ts"

const ours = (expression: string, options: string | Cron.CronOptions) => {
  const { next } = Either.getOrThrow(Cron.parse(expression, options))
  return (after: number) => next(after) ?? Number.NaN
}

const walk = (next: (after: number) => number, after: number, before: number): ReadonlyArray<number> => {
  const instants: Array<number> = []
  for (let at = next(after); at < before; at = next(at)) instants.push(at)
  return instants
}

const zones = [
  ...["UTC", "Europe/Berlin", "Europe/London", "Europe/Moscow", "Africa/Casablanca", "Africa/Lagos", "Asia/Kathmandu"],
  ...["Asia/Kolkata", "Asia/Tehran", "Asia/Amman", "Asia/Tokyo", "Australia/Lord_Howe", "Australia/Sydney"],
  ...["Pacific/Auckland", "Pacific/Apia", "Pacific/Honolulu", "America/New_York", "America/St_Johns"],
  ...["America/Sao_Paulo", "Antarctica/Troll"]
]

describe("days that the month decides", () => {
  it.each(["L", "LW", "15W", "FRI#2", "FRI#L"])("are those of croner over ten years in twenty zones: %s", (day) => {
    const expression = day.includes("#") ? `0 12 * * ${day}` : `0 12 ${day} * *`
    const [after, before] = [Date.UTC(2017, 0, 1), Date.UTC(2027, 0, 1)]
    assert.lengthOf(zones, 20)
    for (const zone of zones) {
      const theirs = new Croner(expression, { timezone: zone, paused: true })
      const expected = walk((at) => theirs.nextRun(new Date(at))?.getTime() ?? Number.NaN, after, before)
      assert.isAtLeast(expected.length, 119)
      assert.deepStrictEqual(walk(ours(expression, zone), after, before), expected, zone)
    }
  })

  const isLast = (at: number) => new Date(at + 86_400_000).getUTCDate() === 1
  const weekday = (at: number) => new Date(at).getUTCDay()
  const date = (at: number) => new Date(at).getUTCDate()
  const isOnWeekday = (at: number) => weekday(at) > 0 && weekday(at) < 6
  const isLastOnWeekday = (at: number): boolean =>
    isOnWeekday(at) &&
    [1, 2, 3].every((n) => date(at + n * 86_400_000) < date(at) || !isOnWeekday(at + n * 86_400_000)) &&
    date(at) >= 26
  const isNear = (n: number) => (at: number) =>
    isOnWeekday(at) &&
    (date(at) === n || (weekday(at) === 5 && date(at) === n - 1) || (weekday(at) === 1 && date(at) === n + 1))

  it.each([
    ["30 2 L * *", "Europe/Berlin", 2024, isLast, 150],
    ["30 2 * * SUN#L", "Europe/Berlin", 2026, (at: number) => weekday(at) === 0 && date(at + 7 * 86_400_000) < 8, 150],
    ["30 2 * * 0#2", "America/New_York", 2026, (at: number) => weekday(at) === 0 && date(at) > 7 && date(at) < 15, 150],
    ["30 1 * * 7#1", "America/New_York", 2026, (at: number) => weekday(at) === 0 && date(at) < 8, 90],
    ["15 2 * * SUN#1", "Australia/Lord_Howe", 2026, (at: number) => weekday(at) === 0 && date(at) < 8, 135],
    ["30 0 22W * *", "Asia/Tehran", 2021, isNear(22), 30],
    ["30 0 LW * *", "Asia/Amman", 2019, isLastOnWeekday, 30]
  ] as const)(
    "follow the rules for gaps and folds where a clock is moved on one: %s in %s",
    (expression, zone, year, isDay, minute) => {
      const wall = wallOf(zone, year)
      const range = { after: Date.UTC(year, 0, 2), before: Date.UTC(year, 11, 30) }
      const days = Array.from({ length: 370 }, (_, n) => Date.UTC(year, 0, 1) + (n - 2) * 86_400_000)
      const readings = days.filter(isDay).map((day) => day + minute * 60_000)
      assert.isTrue(
        movesIn(zone, year).some(({ at }) => readings.some((reading) => Math.abs(reading - at) < 86_400_000))
      )
      for (const choice of choices)
        assert.deepStrictEqual(
          walk(ours(expression, { zone, ...choice }), range.after, range.before),
          resolve(wall, readings, choice, range),
          JSON.stringify(choice)
        )
    }
  )

  it("are either or both with other days, as dates and weekdays are", () => {
    const inMay = (expression: string) =>
      walk(ours(expression, "UTC"), Date.UTC(2026, 4, 1) - 1, Date.UTC(2026, 5, 1)).map((at) =>
        new Date(at).getUTCDate()
      )
    assert.deepStrictEqual(inMay("0 9 1,L * *"), [1, 31])
    assert.deepStrictEqual(inMay("0 9 L * FRI#2"), [8, 31])
    assert.deepStrictEqual(inMay("0 9 */2 * FRI#L"), [29])
    assert.deepStrictEqual(inMay("0 0 9 l * ?"), [31])
    assert.deepStrictEqual(inMay("0 9 ? * 5L"), [29])
  })

  it("are refused where no month has one, and in a field that has none", () => {
    const reason = (expression: string) => Either.getOrThrow(Either.flip(Cron.parse(expression))).reason
    assert.strictEqual(reason("0 9 31W 2 *"), "must match a date that exists")
    assert.strictEqual(reason("0 9 32W * *"), "must have days of the month from 1 to 31, not 32")
    assert.include(reason("0 9 * * FRI#6"), "weekdays")
    assert.include(reason("0 L * * *"), 'hours from 0 to 23, not "L"')
    assert.include(reason("0 9 L-3 * *"), 'by number, not "L-3"')
  })

  it("are named by the definition, in one way however they are written", () => {
    const definition = (expression: string) => Either.getOrThrow(Cron.parse(expression)).definition
    assert.strictEqual(definition("0 9 l * *"), definition(" 0 9 L * ? "))
    const all = ["0 9 L * *", "0 9 LW * *", "0 9 1 * *", "0 9 1W * *", "0 9 * * FRI", "0 9 * * FRI#2", "0 9 * * FRIL"]
    assert.lengthOf([...new Set(all.map(definition))], all.length)
    assert.strictEqual(definition("0 9 ? * 5"), definition("0 9 * * 5"))
  })
})
