import { assert, describe, it } from "@effect/vitest"
import { DateTime, Either, FastCheck as fc } from "effect"
import { type Job, Position } from "tickwork"
import * as Calendar from "../src/internal/schedule/Calendar.ts"
import * as LeftOut from "../src/internal/schedule/LeftOut.ts"
import { cron, every, stepTo } from "./support/calendars.ts"

const day = 86_400_000
const start = Date.parse("2026-03-02T12:00:00Z")
const berlin = DateTime.zoneUnsafeMakeNamed("Europe/Berlin")

/** A calendar and the days that it leaves out, by their number in the month. */
const excepted = fc
  .tuple(
    fc.constantFrom(cron("0 9 * * *", "Europe/Berlin"), cron("30 2,14 * * MON-FRI", "Europe/Berlin"), every("7 hours")),
    fc.uniqueArray(fc.integer({ min: 1, max: 31 }), { maxLength: 12 })
  )
  .map(([whole, days]) => ({
    whole,
    isLeftOut: ({ day }: Job.Day) => days.includes(day),
    calendar: LeftOut.except(whole, ({ day }) => days.includes(day), berlin)
  }))

const dateOf = (at: number) =>
  Number(new Intl.DateTimeFormat("en", { timeZone: "Europe/Berlin", day: "numeric" }).format(at))

describe("a calendar that leaves days out", () => {
  it.prop(
    "names what the whole one names on the other days, and finds the latest of them",
    [excepted, fc.integer({ min: 0, max: 300 * day }), fc.integer({ min: 0, max: 40 * day })],
    ([{ calendar, isLeftOut, whole }, ahead, span]) => {
      const range = { after: start + ahead, until: start + ahead + span, atMost: 10_000 }
      const kept = Calendar.between(whole, start, range).filter((at) => !isLeftOut({ day: dateOf(at) } as Job.Day))
      assert.deepStrictEqual(Calendar.between(calendar, start, range), kept)
      assert.strictEqual(Calendar.count(calendar, start, range), kept.length)
      const [first] = kept
      if (first === undefined) return
      assert.strictEqual(Calendar.latest(calendar, start, first, range.until), kept.at(-1))
      assert.strictEqual(stepTo(calendar, start, first, range.until), kept.at(-1))
    },
    { fastCheck: { seed: 1, numRuns: 200 } }
  )

  it.prop(
    "counts each instant that was left out once, as the plan goes from one to the next",
    [excepted, fc.array(fc.nat(20), { minLength: 1, maxLength: 12 })],
    ([{ calendar, whole }, steps]) => {
      const state = { definition: "", anchor: start, seed: 1, steps: 0, state: null }
      let position = Position.initial(state, calendar.first(start))
      let counted = 0
      for (const ahead of steps) {
        const last = Calendar.between(calendar, start, {
          after: position.nextAt ?? 0,
          until: Number.MAX_SAFE_INTEGER,
          atMost: ahead
        }).at(-1)
        for (const through of [Number.NEGATIVE_INFINITY, last ?? Number.NEGATIVE_INFINITY, last ?? 0]) {
          const finding = LeftOut.find(calendar, position, through)
          counted += finding?.count ?? 0
          if (finding !== null) position = Position.advance(position, finding.onward)
        }
        const next = calendar.next(start, last ?? position.nextAt ?? 0)
        position = Position.advance(position, { cadence: position.cadence, scheduledAt: next, nextAt: next })
      }
      counted += LeftOut.find(calendar, position, Number.NEGATIVE_INFINITY)?.count ?? 0
      const range = { after: start - 1, until: position.nextAt ?? 0, atMost: 100_000 }
      const [all, kept] = [whole, calendar].map((one) => Calendar.between(one, start, range).length)
      assert.strictEqual(counted, (all ?? 0) - (kept ?? 0))
    },
    { fastCheck: { seed: 1, numRuns: 200 } }
  )

  it("ends after a thousand days in a row, and takes a day for which the function throws", () => {
    assert.isNull(LeftOut.except(cron("0 9 * * *"), () => true, berlin).next(0, start))
    const throws = LeftOut.except(cron("0 9 * * *"), () => assert.fail("no such year"), berlin)
    assert.strictEqual(throws.next(0, start), start - 3 * 3_600_000 + day)
  })
})

describe("bounds", () => {
  const from = "2026-03-10T00:00:00Z"
  const until = "2026-03-12T09:00:00+01:00"
  const between = (calendar: Calendar.Calendar) =>
    Calendar.between(calendar, 0, { after: 0, until: Number.MAX_SAFE_INTEGER, atMost: 100 }).map((at) =>
      new Date(at).toISOString().slice(5, 16)
    )

  it("are the first and the last instant of cron, both included", () => {
    const nine = Either.getOrThrow(Calendar.cron("0 9 * * *", { zone: "Europe/Berlin", from, until }))
    assert.deepStrictEqual(between(nine), ["03-10T08:00", "03-11T08:00", "03-12T08:00"])
    assert.strictEqual(nine.first(start), Date.parse("2026-03-10T08:00Z"))
    assert.strictEqual(
      Calendar.latest(nine, 0, Date.parse("2026-03-10T08:00Z"), start + 90 * day),
      Date.parse("2026-03-12T08:00Z")
    )
  })

  it("count the grid of an interval from the first one, whenever the job is first seen", () => {
    const grid = Either.getOrThrow(Calendar.every("1 day", { from, until }))
    assert.deepStrictEqual(between(grid), ["03-10T00:00", "03-11T00:00", "03-12T00:00"])
    assert.strictEqual(grid.first(Date.parse(from)), Date.parse(from))
    assert.strictEqual(grid.first(Date.parse(from) + 1), Date.parse(from) + day)
    assert.isNull(grid.first(Date.parse(until)))
    const range = { after: 0, until: start + 90 * day, atMost: 10 }
    assert.strictEqual(Calendar.count(grid, start, range), 3)
    assert.strictEqual(
      Calendar.latest(grid, start, Date.parse(from), start + 90 * day),
      Date.parse("2026-03-12T00:00Z")
    )
  })

  it("are refused where they are no instants, or the wrong way round", () => {
    const fault = (bounds: Job.Bounds) => Either.getOrThrow(Either.flip(Calendar.every("1 day", bounds)))
    assert.deepInclude(fault({ from: "tomorrow" }), {
      option: "from",
      reason: "must be ISO 8601 with its offset from UTC"
    })
    assert.deepInclude(fault({ from: until, until: from }), { option: "until", reason: "must be no earlier than from" })
  })
})
