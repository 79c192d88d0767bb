import { assert, describe, it } from "@effect/vitest"
import { Either, FastCheck as fc, Option } from "effect"
import * as Calendar from "../src/internal/schedule/Calendar.ts"
import * as Instant from "../src/internal/schedule/Instant.ts"
import * as ZoneName from "../src/internal/schedule/ZoneName.ts"
import { cron, cronCase, every, next, stepTo } from "./support/calendars.ts"

const fastCheck = { seed: 1, numRuns: 300 }

const nextOf = (calendar: Calendar.Calendar, after: string): string =>
  new Date(next(calendar, 0, Date.parse(after))).toISOString()
const refusal = (made: Either.Either<Calendar.Calendar, Calendar.Invalid>): string =>
  Option.match(Either.getLeft(made), { onNone: () => "accepted", onSome: ({ reason }) => reason })

const interval = fc.integer({ min: 1, max: 100_000 }).map((intervalMs) => ({ ...every(intervalMs), intervalMs }))
const instant = fc.integer({ min: -1_000_000, max: 1_000_000 })
const percent = fc.integer({ min: 0, max: 99 })

/** An instant from `from` on and before `to`. */
const between = (from: number, to: number, percent: number) => from + Math.floor(((to - from) * percent) / 100)

describe("every", () => {
  it.prop(
    "names the first later instant of the grid",
    [interval, instant, instant],
    ([grid, anchor, at]) => {
      const then = next(grid, anchor, at)
      assert.isAbove(then, at)
      assert.isAtLeast(then, anchor)
      assert.strictEqual((then - anchor) % grid.intervalMs, 0)
      if (then > anchor) assert.isAtMost(then - grid.intervalMs, at)
    },
    { fastCheck }
  )

  it.prop(
    "finds the latest instant that stepping finds",
    [interval, instant, fc.nat(50), percent],
    ([grid, anchor, passed, part]) => {
      const last = anchor + passed * grid.intervalMs
      const now = between(last, last + grid.intervalMs, part)
      assert.strictEqual(Calendar.latest(grid, anchor, anchor, now), last)
      assert.strictEqual(stepTo(grid, anchor, anchor, now), last)
    },
    { fastCheck }
  )

  it("never finds an instant before the one that was planned", () => {
    assert.strictEqual(Calendar.latest(every("5 seconds"), 0, 20_000, 12_000), 20_000)
  })

  it("ends with the last instant that has a date", () => {
    const intervalMs = Calendar.lastInstant / 2
    const grid = every(intervalMs)
    assert.isNotNull(grid.next(1, 1))
    assert.isNull(grid.next(1, 1 + intervalMs))
  })

  it("refuses what is no whole number of milliseconds", () => {
    assert.strictEqual(refusal(Calendar.every(1)), "accepted")
    const bad = [0, -5, 0.5, "500 micros", Number.POSITIVE_INFINITY, 1e300, "-1 seconds", Number.NaN, 1.5] as const
    for (const interval of [...bad, "abc" as "1 second"]) {
      const reason = "must be a whole number of milliseconds from 1 to 8640000000000000"
      assert.strictEqual(refusal(Calendar.every(interval)), reason, String(interval))
    }
  })
})

describe("at", () => {
  it("takes an instant however it is given", () => {
    const instant = Date.UTC(2028, 1, 29, 9)
    for (const given of [
      instant,
      new Date(instant),
      "2028-02-29T09:00Z",
      "2028-02-29T10:00:00+01:00",
      { year: 2028, month: 2, day: 29, hours: 9 }
    ]) {
      assert.strictEqual(Either.getOrNull(Instant.of(given)), instant, JSON.stringify(given))
    }
  })

  it("refuses a day that is none, and parts that name no year", () => {
    for (const day of ["2027-02-29T00:00Z", "2027-02-30T00:00:00Z", "2027-04-31T12:00+02:00", "2027-06-00T00:00Z"]) {
      assert.strictEqual(refusal(Calendar.at(day)), "must be a day that exists", day)
    }
    assert.strictEqual(refusal(Calendar.at({ year: 2027, month: 2, day: 30 })), "must be a day that exists")
    for (const parts of [{}, { month: 2, day: 3 }, null as unknown as Date]) {
      assert.strictEqual(refusal(Calendar.at(parts)), "must have a year")
    }
    assert.strictEqual(refusal(Calendar.at("2027-13-00T00:00Z")), "must be a day that exists")
    assert.strictEqual(refusal(Calendar.at("2027-01-01T25:00Z")), "must be an instant that has a date")
    assert.strictEqual(refusal(Calendar.at("2027-01-01T00:00+25:00")), "must be an instant that has a date")
  })

  it.each([
    ...["01-02-2027", "2027/02/30", "2027/02/03", "Feb 30", "foo 12 Z", "1 2 2027 Z", "Mon, 01 Feb 2027 00:00:00 GMT"],
    ...["2027-01-01", "2027-01", "2027", "20270101T000000Z", "2027-01-01T00:00", "2027-01-01T09:00 Europe/Berlin"],
    ...["12:00Z", "2027-W01-1T00:00Z", "2027-001T00:00Z", "0", "", "now", "tomorrow", "2027-01-01T9:00Z", "1e12"]
  ])("refuses a text that leaves its zone or its order open: %s", (text) => {
    const reason = "must be ISO 8601 with its offset from UTC"
    assert.deepStrictEqual(Instant.of(text), Either.left(reason))
    assert.strictEqual(refusal(Calendar.at(text)), reason)
  })

  it.each([
    ["2028-02-29T10:00:00+01", "2028-02-29T09:00:00.000Z"],
    ["2028-02-29t10:00:00.5-0130", "2028-02-29T11:30:00.500Z"],
    [" 2028-02-29 09:00z ", "2028-02-29T09:00:00.000Z"],
    ["+002028-02-29T09:00Z", "2028-02-29T09:00:00.000Z"],
    ["2027-01-01T24:00Z", "2027-01-02T00:00:00.000Z"]
  ])("reads every form that ISO 8601 has for an offset: %s", (text, shown) => {
    assert.strictEqual(new Date(Either.getOrThrow(Instant.of(text))).toISOString(), shown)
  })
})

describe("cron", () => {
  it("reads five fields, six with seconds first, and nicknames", () => {
    assert.strictEqual(nextOf(cron("0 3 * * *"), "2026-02-10T10:00:00Z"), "2026-02-11T03:00:00.000Z")
    assert.strictEqual(nextOf(cron("*/10 * * * * *"), "2026-02-10T10:00:07Z"), "2026-02-10T10:00:10.000Z")
    assert.strictEqual(nextOf(cron("@hourly"), "2026-02-10T10:00:00Z"), "2026-02-10T11:00:00.000Z")
    assert.strictEqual(nextOf(cron(" @Daily "), "2026-02-10T10:00:00Z"), "2026-02-11T00:00:00.000Z")
    assert.strictEqual(nextOf(cron("@weekly"), "2026-02-10T10:00:00Z"), "2026-02-15T00:00:00.000Z")
    assert.strictEqual(nextOf(cron("@monthly"), "2026-02-10T10:00:00Z"), "2026-03-01T00:00:00.000Z")
    assert.strictEqual(nextOf(cron("@yearly"), "2026-02-10T10:00:00Z"), "2027-01-01T00:00:00.000Z")
  })

  it("keeps to the clock of its zone, in winter and in summer", () => {
    const opening = cron("0 9 * * *", "Europe/Berlin")
    assert.strictEqual(nextOf(opening, "2026-01-10T00:00:00Z"), "2026-01-10T08:00:00.000Z")
    assert.strictEqual(nextOf(opening, "2026-07-10T00:00:00Z"), "2026-07-10T07:00:00.000Z")
  })

  it("refuses a bad field, an unknown zone and a date that never comes", () => {
    assert.include(refusal(Calendar.cron("61 * * * *", "UTC")), "from 0 to 59")
    for (const noCron of ["", "* * *", "* * * * * * *", "@often", "a b c d e"]) {
      assert.notStrictEqual(refusal(Calendar.cron(noCron, "UTC")), "accepted", noCron)
    }
    assert.strictEqual(refusal(Calendar.cron("0 3 * * *", "Mars/Base")), "must name a time zone")
    for (const noCron of ["@constructor", "__proto__", "@__proto__", "* * * constructor *", "* * * * toString"])
      assert.notStrictEqual(refusal(Calendar.cron(noCron)), "accepted", noCron)
    assert.strictEqual(refusal(Calendar.cron("0 0 30 2 *", "UTC")), "must match a date that exists")
  })

  it("refuses abbreviations of zones that IANA does not have, and takes every name that it has", () => {
    for (const zone of ["BST", "bst", "AST", "PST", "CST", "IST", "ECT", "SST", "SystemV/PST8PDT"])
      assert.strictEqual(
        refusal(Calendar.cron("0 3 * * *", zone)),
        'must be a full name, such as "Europe/London", and no abbreviation',
        zone
      )
    const links = [
      "UTC",
      "GMT",
      "US/Pacific",
      "Asia/Kolkata",
      "Asia/Calcutta",
      "EST5EDT",
      "EST",
      "MST",
      "HST",
      "CET",
      "GB"
    ]
    for (const zone of [...links, "NZ", "PRC", "ROK", "Etc/GMT+1", ...Intl.supportedValuesOf("timeZone")])
      assert.strictEqual(refusal(Calendar.cron("0 3 * * *", zone)), "accepted", zone)
  })

  it("knows every abbreviation that this release of Node takes and IANA does not have", () => {
    // those of three letters that the database of 2025 has
    const names = new Set(["CET", "EET", "EST", "GMT", "HST", "MET", "MST", "PRC", "ROC", "ROK", "UCT", "UTC", "WET"])
    const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    const all = letters.flatMap((one) => letters.flatMap((two) => letters.map((three) => one + two + three)))
    const taken = all.filter((zone) => Either.isRight(ZoneName.zoneOf(zone)))
    assert.deepStrictEqual(
      taken.filter((zone) => !names.has(zone)),
      []
    )
  })

  it.prop(
    "names a later instant, which stays the next one until it has come",
    [cronCase, percent],
    ([asked, part]) => {
      const then = next(asked.calendar, 0, asked.at)
      assert.isAbove(then, asked.at, asked.text)
      assert.strictEqual(next(asked.calendar, 0, between(asked.at, then, part)), then, asked.text)
    },
    { fastCheck }
  )

  it.prop(
    "finds the latest instant that stepping finds",
    [cronCase, fc.nat(8), percent],
    ([{ at, calendar, text }, passed, part]) => {
      const from = next(calendar, 0, at)
      let last = from
      for (let n = 0; n < passed; n += 1) last = next(calendar, 0, last)
      const now = between(last, next(calendar, 0, last), part)
      assert.strictEqual(
        Calendar.latest(calendar, 0, from, now),
        last,
        `${text}, looked at ${new Date(now).toISOString()}`
      )
    },
    { fastCheck }
  )

  it("keeps its pace through a clock change where the hour is a wildcard", () => {
    const quarters = cron("*/15 * * * *", "Europe/Berlin")
    for (const day of ["2026-03-29T00:00:00Z", "2026-10-25T00:00:00Z"]) {
      const start = Date.parse(day)
      for (let at = start; at < start + 4 * 3_600_000; at += 900_000) {
        assert.strictEqual(next(quarters, 0, at), at + 900_000, new Date(at).toISOString())
      }
    }
  })

  it("runs once on the day of a clock change where the hour is fixed", () => {
    const nightly = cron("30 2 * * *", "Europe/Berlin")
    assert.strictEqual(nextOf(nightly, "2026-03-28T12:00:00Z"), "2026-03-29T01:30:00.000Z")
    assert.strictEqual(nextOf(nightly, "2026-03-29T01:30:00Z"), "2026-03-30T00:30:00.000Z")
    assert.strictEqual(nextOf(nightly, "2026-10-24T12:00:00Z"), "2026-10-25T00:30:00.000Z")
    assert.strictEqual(nextOf(nightly, "2026-10-25T00:30:00Z"), "2026-10-26T01:30:00.000Z")
  })
})
