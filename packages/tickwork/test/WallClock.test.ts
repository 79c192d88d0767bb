import { assert, describe, it } from "@effect/vitest"
import * as Sets from "@tickwork/test-support/Sets"
import { DateTime, Cron as EffectCron, Either, FastCheck as fc } from "effect"
import type { Cron } from "tickwork"
import * as Calendar from "../src/internal/schedule/Calendar.ts"
import * as WallClock from "../src/internal/schedule/WallClock.ts"
import { type Choice, choices, movesIn, readingsOf, resolve, wallOf } from "./support/wall.ts"

const cron = (expression: string, options: Cron.CronOptions) => Either.getOrThrow(Calendar.cron(expression, options))
const next = (calendar: Calendar.Calendar, after: number) => calendar.next(0, after) ?? assert.fail()

/** What `next` answers again and again, after one instant and before another. */
const walk = (calendar: Calendar.Calendar, after: number, before: number): ReadonlyArray<number> => {
  const instants: Array<number> = []
  for (let at = after; ; ) {
    const then = next(calendar, at)
    if (then <= at) throw new Error(`next answers ${then} after ${at}`)
    if (then >= before) return instants
    at = then
    instants.push(at)
  }
}

const keepsPace: Choice = { gap: "skip", fold: "both" }
const onceThatDay: Choice = { gap: "shift", fold: "first" }
const moment = (text: string) => Date.parse(text)
const shown = (at: number) => new Date(at).toISOString().replace(/(:00)?\.000Z$/, "Z")

describe.each([
  ["Europe/Berlin", 2026],
  ["America/New_York", 2026],
  ["Australia/Lord_Howe", 2026],
  ["America/Sao_Paulo", 2018],
  ["Africa/Casablanca", 2026],
  ["UTC", 2026]
] as const)("a year in %s, %i", (zone, year) => {
  const wall = wallOf(zone, year)
  const whole = { after: Date.UTC(year, 0, 1), before: Date.UTC(year + 1, 0, 1) }
  // the choices differ nowhere else
  const week = 7 * 86_400_000
  const aroundMoves = movesIn(zone, year).map(({ at }) => ({ after: at - week, before: at + week }))

  it.each([
    ["*/15 * * * *", () => true, keepsPace],
    ["30 2 * * *", (hour: number, minute: number) => hour === 2 && minute === 30, onceThatDay],
    ["0 1-3 * * *", (hour: number, minute: number) => hour >= 1 && hour <= 3 && minute === 0, onceThatDay]
  ] as const)("has what the wall shows of %s, in every way", (expression, matches, usual) => {
    const readings = readingsOf(year, matches)
    const agrees = (calendar: Calendar.Calendar, choice: Choice, span: typeof whole) =>
      assert.deepStrictEqual(
        walk(calendar, span.after, span.before),
        resolve(wall, readings, choice, span),
        JSON.stringify(choice)
      )
    agrees(cron(expression, { zone }), usual, whole)
    for (const choice of choices) {
      for (const span of aroundMoves) agrees(cron(expression, { zone, ...choice }), choice, span)
    }
  })
})

describe("a reading that is skipped", () => {
  it.each([
    ["Europe/Berlin", "30 2 * * *", "2026-03-29", "2026-03-29T01:30Z"],
    ["America/New_York", "30 2 * * *", "2026-03-08", "2026-03-08T07:30Z"],
    ["Australia/Lord_Howe", "15 2 * * *", "2026-10-03", "2026-10-03T15:45Z"],
    ["America/Sao_Paulo", "@daily", "2018-11-04", "2018-11-04T03:00Z"],
    ["Africa/Casablanca", "30 2 * * *", "2026-03-22", "2026-03-22T02:30Z"],
    ["Pacific/Apia", "0 12 30 12 *", "2011-12-30", "2011-12-30T22:00Z"],
    ["Pacific/Apia", "0 0 * * FRI", "2011-12-30", "2011-12-30T10:00Z"]
  ])("in %s runs %s shifted past the gap, or not at all: %s", (zone, expression, day, shifted) => {
    const [from, until] = [moment(day), moment(day) + 86_400_000]
    const runs = (gap: "shift" | "skip") => walk(cron(expression, { zone, gap }), from - 1, until).map(shown)
    assert.deepStrictEqual(runs("shift"), [shifted])
    assert.deepStrictEqual(runs("skip"), [])
  })

  it("runs once with another reading that falls on the same instant", () => {
    const berlin = (gap: "shift" | "skip") =>
      walk(cron("0 2,3 * * *", { zone: "Europe/Berlin", gap }), moment("2026-03-29"), moment("2026-03-30T00:00Z"))
    assert.deepStrictEqual(berlin("shift").map(shown), ["2026-03-29T01:00Z"])
    assert.deepStrictEqual(berlin("skip").map(shown), ["2026-03-29T01:00Z"])
    const nightly = cron("30 2 * * *", { zone: "Pacific/Apia" })
    assert.deepStrictEqual(walk(nightly, moment("2011-12-29"), moment("2012-01-01")).map(shown), [
      "2011-12-29T12:30Z",
      "2011-12-30T12:30Z",
      "2011-12-31T12:30Z"
    ])
  })

  it("keeps its seconds", () => {
    const run = (expression: string, options: Cron.CronOptions) =>
      walk(
        cron(expression, { zone: "Europe/Berlin", ...options }),
        moment("2026-03-29T00:59:30Z"),
        moment("2026-03-29T01:31Z")
      )
    assert.deepStrictEqual(run("*/30 30 2 * * *", {}).map(shown), ["2026-03-29T01:30Z", "2026-03-29T01:30:30Z"])
    assert.deepStrictEqual(run("*/30 30 2 * * *", { gap: "skip" }), [])
    assert.deepStrictEqual(run("20 59 1,2 * * *", { gap: "skip" }), [])
    assert.lengthOf(run("*/10 * * * * *", {}), 188)
  })
})

describe("a reading that comes twice", () => {
  it.each([
    ["Europe/Berlin", "30 2 * * *", "2026-10-25T00:30Z", "2026-10-25T01:30Z"],
    ["Europe/Berlin", "30 2 25 10 *", "2026-10-25T00:30Z", "2026-10-25T01:30Z"],
    ["Europe/Berlin", "59 59 2 25 10 *", "2026-10-25T00:59:59Z", "2026-10-25T01:59:59Z"],
    ["America/New_York", "0 1 * * SUN", "2026-11-01T05:00Z", "2026-11-01T06:00Z"],
    ["Australia/Lord_Howe", "45 1 * * *", "2026-04-04T14:45Z", "2026-04-04T15:15Z"],
    ["America/Sao_Paulo", "30 23 17 2 *", "2018-02-18T01:30Z", "2018-02-18T02:30Z"],
    ["Africa/Casablanca", "30 2 * * *", "2026-02-15T01:30Z", "2026-02-15T02:30Z"]
  ])("in %s runs %s at %s, at %s or both", (zone, expression, first, second) => {
    const [from, until] = [moment(first) - 7_200_000, moment(second) + 7_200_000]
    const runs = (fold: Choice["fold"]) => walk(cron(expression, { zone, fold }), from, until).map(shown)
    assert.deepStrictEqual(runs("first"), [first])
    assert.deepStrictEqual(runs("second"), [second])
    assert.deepStrictEqual(runs("both"), [first, second])
  })

  it("runs every 20 seconds of both hours where each counts, and of one hour otherwise", () => {
    const count = (fold: Choice["fold"]) =>
      walk(
        cron("*/20 * 2 * * *", { zone: "Europe/Berlin", fold }),
        moment("2026-10-24T23:00Z"),
        moment("2026-10-25T03:00Z")
      ).length
    assert.deepStrictEqual([count("first"), count("second"), count("both")], [180, 180, 360])
  })
})

describe("an option that is left out", () => {
  const zone = "Europe/Berlin"
  const count = (expression: string, options: Cron.CronOptions, day: string) =>
    walk(cron(expression, { zone, ...options }), moment(day), moment(day) + 14_400_000).length

  it("has the default of the expression", () => {
    assert.strictEqual(count("30 2 * * *", { gap: "skip" }, "2026-10-25"), 1)
    assert.strictEqual(count("30 2 * * *", { fold: "both" }, "2026-03-29"), 1)
    assert.strictEqual(count("30 */2 * * *", { gap: "shift" }, "2026-10-24T23:59Z"), 3)
    assert.strictEqual(count("30 */2 * * *", { fold: "first" }, "2026-03-29"), 1)
  })

  it("is that of a pace where the hour holds a * anywhere", () => {
    assert.strictEqual(count("30 2,*/12 * * *", {}, "2026-10-25"), 2)
    assert.strictEqual(count("30 2,*/12 * * *", {}, "2026-03-29"), 0)
  })
})

describe("asked near a move of the clock", () => {
  it.each([
    ["shift", "2026-01-31T00:00Z", "2026-03-29T01:30Z"],
    ["shift", "2025-07-01T00:00Z", "2026-03-29T01:30Z"],
    ["shift", "2026-03-29T00:59:59Z", "2026-03-29T01:30Z"],
    ["shift", "2026-03-29T01:00Z", "2026-03-29T01:30Z"],
    ["shift", "2026-03-29T01:29:59Z", "2026-03-29T01:30Z"],
    ["shift", "2026-03-29T01:30Z", "2027-03-29T00:30Z"],
    ["skip", "2025-07-01T00:00Z", "2027-03-29T00:30Z"],
    ["skip", "2026-03-29T00:59:59Z", "2027-03-29T00:30Z"],
    ["skip", "2026-03-29T01:00Z", "2027-03-29T00:30Z"]
  ] as const)("30 2 29 3 * in Berlin, gap %s, asked at %s answers %s", (gap, asked, then) => {
    assert.strictEqual(shown(next(cron("30 2 29 3 *", { zone: "Europe/Berlin", gap }), moment(asked))), then)
  })

  it.each([
    ["first", "2026-02-27T00:00Z", "2026-10-25T00:30Z"],
    ["first", "2026-07-01T00:00Z", "2026-10-25T00:30Z"],
    ["first", "2026-10-25T00:29:59Z", "2026-10-25T00:30Z"],
    ["first", "2026-10-25T00:30Z", "2027-10-25T00:30Z"],
    ["first", "2026-10-25T01:00Z", "2027-10-25T00:30Z"],
    ["second", "2026-02-27T00:00Z", "2026-10-25T01:30Z"],
    ["second", "2026-07-01T00:00Z", "2026-10-25T01:30Z"],
    ["second", "2026-10-25T00:30Z", "2026-10-25T01:30Z"],
    ["second", "2026-10-25T01:29:59Z", "2026-10-25T01:30Z"],
    ["both", "2026-02-27T00:00Z", "2026-10-25T00:30Z"],
    ["both", "2026-10-25T00:30Z", "2026-10-25T01:30Z"],
    ["both", "2026-10-25T01:30Z", "2027-10-25T00:30Z"]
  ] as const)("30 2 25 10 * in Berlin, fold %s, asked at %s answers %s", (fold, asked, then) => {
    assert.strictEqual(shown(next(cron("30 2 25 10 *", { zone: "Europe/Berlin", fold }), moment(asked))), then)
  })

  const asked = fc
    .constantFrom(
      ...["Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns", "Antarctica/Troll", "Africa/Casablanca"].flatMap(
        (zone) => movesIn(zone, 2026).map(({ at }) => [zone, at] as const)
      ),
      ["Pacific/Apia", moment("2011-12-30T10:00Z")] as const
    )
    .chain(([zone, move]) =>
      fc.integer({ min: -14_400, max: 14_400 }).map((off) => ({ zone, at: move + off * 1000 + 500 }))
    )
  const expression = fc.constantFrom("*/15 * * * *", "0 */2 * * *", "*/7 30 1-3 * * *", "30 2 * * *", "0 0 25 10 *")
  const part = fc.integer({ min: 0, max: 99 })

  it.prop(
    "answers something later, and the same until it has come",
    [asked, expression, fc.constantFrom({}, ...choices), part],
    ([{ at, zone }, expression, choice, part]) => {
      const calendar = cron(expression, { zone, ...choice })
      const then = next(calendar, at)
      assert.isAbove(then, at)
      assert.strictEqual(next(calendar, at + Math.floor(((then - at) * part) / 100)), then)
      assert.strictEqual(next(calendar, then - 1), then)
    },
    { fastCheck: { seed: 1, numRuns: Sets.pick({ fast: 100, full: 1000 }) } }
  )
})

describe("an expression that many zones share", () => {
  const finderOf = (expression: string) =>
    WallClock.finder(Either.getOrThrow(EffectCron.parse(expression, DateTime.zoneMakeOffset(0))))

  it.prop(
    "answers each reading as though it were the only one, in any order",
    [
      fc.constantFrom("0 9 * * *", "*/20 * * * *", "0 0 * * MON,THU"),
      fc.array(fc.integer({ min: 0, max: 7 * 24 * 60 }), { maxLength: 60 })
    ],
    ([expression, minutes]) => {
      const finder = finderOf(expression)
      const remembering = WallClock.remembering(finder)
      const readings = minutes.map((minute) => Date.UTC(2026, 2, 2) + minute * 60_000)
      assert.deepStrictEqual(readings.map(remembering), readings.map(finder))
    },
    { fastCheck: { seed: 1, numRuns: 200 } }
  )

  it("is searched once for each date that they show, however the zones alternate", () => {
    const found: Array<number> = []
    const finder = finderOf("0 9 * * *")
    const remembering = WallClock.remembering((reading) => {
      found.push(finder(reading))
      return finder(reading)
    })
    const now = moment("2026-03-02T10:30Z")
    const offsets = [-12, 0, 14].map((hours) => hours * 3_600_000)
    for (let zone = 0; zone < 300; zone++) remembering(now + (offsets[zone % 3] ?? 0))
    assert.deepStrictEqual(found.map(shown), ["2026-03-02T09:00Z", "2026-03-03T09:00Z"])
  })
})
