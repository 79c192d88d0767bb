/**
 * What is shared with the command line: the next instants that a stored cadence tells, and text that hides nothing.
 */
import { describe, expect, it } from "@effect/vitest"
import { DateTime, Either, FastCheck } from "effect"
import { Cron, JobState } from "tickwork"
import { Explained, InstanceState, Upcoming, Visible } from "../src/view/index.ts"

const stateOf = (definition: string, nextAt: number | null): JobState.JobState =>
  JobState.initial("a", "", { state: { definition, anchor: 0, seed: 0, steps: 0, state: null }, nextAt }, 0)

describe("the next instants", () => {
  it("of an interval are on its grid, also for each key", () => {
    expect(Upcoming.of(stateOf("every 5000 ms", 1000), 3)).toEqual([1000, 6000, 11_000])
    expect(Upcoming.of(stateOf("every 5000 ms, for each key", 1000), 2)).toEqual([1000, 6000])
  })

  it("of an expression are those that the expression names, whatever its zone and options", () => {
    const expressions = FastCheck.record({
      expression: FastCheck.constantFrom(
        "0 3 * * *",
        "*/15 * * * *",
        "30 2 * * SUN",
        "0 0 1,15 * MON",
        "15 10 29 2 *",
        "*/10 * * * * *"
      ),
      zone: FastCheck.constantFrom("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"),
      gap: FastCheck.constantFrom("shift", "skip"),
      fold: FastCheck.constantFrom("first", "second", "both"),
      after: FastCheck.integer({ min: Date.parse("2026-01-01"), max: Date.parse("2027-01-01") })
    })
    FastCheck.assert(
      FastCheck.property(expressions, ({ after, expression, ...options }) => {
        const cron = Either.getOrThrow(Cron.parse(expression, options as Cron.CronOptions))
        const expected: Array<number> = []
        for (let at = cron.next(after); at !== null && expected.length < 10; at = cron.next(at)) expected.push(at)
        expect(Upcoming.of(stateOf(cron.definition, expected[0] ?? null), 10)).toEqual(expected)
      }),
      { numRuns: 60, seed: 21 }
    )
  })

  it("of any other schedule are the one that is known, and of a finished one none", () => {
    expect(Upcoming.of(stateOf("repeat {}", 7), 10)).toEqual([7])
    expect(Upcoming.of(stateOf("at 2026-01-01T00:00:00.000Z", 7), 10)).toEqual([7])
    expect(Upcoming.of(stateOf("cron nonsense in nowhere, gap shift, fold first", 7), 10)).toEqual([7])
    expect(Upcoming.of(stateOf("every 5000 ms", null), 10)).toEqual([])
  })
})

describe("a key whose cadence is wrong", () => {
  it("has failed, whatever its plan was, and its remark and its explanation say what is wrong", () => {
    const options = { now: 10_000, zone: DateTime.zoneMakeOffset(0), isGone: () => false }
    const lastReason = 'its cadence is invalid: zone must name a time zone, got "Mars". Give it a known one.'
    for (const nextAt of [null, 1, 20_000]) {
      const state = { ...stateOf("every 5000 ms", nextAt), lastReason, lastVerdict: "invalid-cadence" as const }
      const { detail, kind } = InstanceState.of(state, options)
      expect([kind, detail]).toEqual(["failed", lastReason])
      const known = { state, entries: [], requests: [], lastEntryAt: null, processes: [] }
      expect(Explained.sentence(known, options)).toBe(`a does not run: ${lastReason}`)
    }
  })
})

describe("text that is shown", () => {
  it("has no control, no invisible and no bidirectional character, whatever the text", () => {
    const hidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u
    FastCheck.assert(
      FastCheck.property(FastCheck.string({ unit: "binary" }), (text) => {
        expect(Visible.of(text)).not.toMatch(hidden)
      }),
      { numRuns: 300, seed: 21 }
    )
  })
})
