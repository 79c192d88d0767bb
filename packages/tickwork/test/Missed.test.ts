import { assert, describe, it } from "@effect/vitest"
import { Either, FastCheck as fc } from "effect"
import { Position } from "tickwork"
import * as Calendar from "../src/internal/schedule/Calendar.ts"
import * as Missed from "../src/internal/schedule/Missed.ts"
import * as Calendars from "./support/calendars.ts"

const second = 1000
const minute = 60 * second
const toleranceMs = minute
const start = Date.parse("2026-03-28T20:00:00Z")

const grids: Record<string, Calendar.Calendar> = {
  "every 7 s": Calendars.every("7 seconds"),
  "every 90 s": Calendars.every("90 seconds"),
  "every 11 min": Calendars.every("11 minutes"),
  "every quarter in Berlin": Calendars.cron("*/15 * * * *", "Europe/Berlin"),
  "bursts in Lord Howe": Calendars.cron("*/20 0-5 * * * *", "Australia/Lord_Howe"),
  "a single instant": Either.getOrThrow(Calendar.at(start + 5 * minute))
}

interface Told {
  readonly at: number
  readonly by: "run" | "line"
}

interface Step {
  /** How long nobody looks. */
  readonly away: number
  /** How long the first run then waits for its place. */
  readonly waits: number
}

/** Looks, claims and runs in turn, as an engine does, and gathers every instant that is told of or run. */
const live = (cadence: Calendar.Calendar, rule: Missed.Rule, steps: ReadonlyArray<Step>) => {
  let planned: Position.Onward = {
    cadence: { definition: cadence.definition, anchor: start, seed: 1, steps: 0, state: null },
    scheduledAt: Calendars.firstAfter(cadence, start),
    nextAt: null
  }
  const told: Array<Told> = []
  const runs: Array<{ readonly at: number; readonly seen: number; readonly trigger: string }> = []
  let now = start
  const subject = () => {
    const { cadence, scheduledAt } = planned
    return Position.initial(cadence, scheduledAt)
  }
  const note = ({ count, first, last, run }: Missed.Finding) => {
    for (let at = first, n = 0; n < count; n++) {
      told.push({ at, by: "line" })
      if (n === count - 1) assert.strictEqual(at, last)
      else at = Calendars.firstAfter(cadence, start, at) ?? assert.fail("there is no further instant")
    }
    planned = Missed.catchUp(cadence, planned.cadence, { count, first, last, run })
  }
  for (const { away, waits } of steps) {
    now += away
    const before = runs.length
    for (let looks = 0; planned.scheduledAt !== null && planned.scheduledAt <= now; looks++) {
      assert.isBelow(looks, 500, "it comes to an end")
      const finding = Missed.find(cadence, rule, subject(), { now, toleranceMs: Math.min(toleranceMs, rule.withinMs) })
      if (finding !== null && finding.count > 0) {
        note(finding)
        continue
      }
      if (runs.length === before) now += waits
      const overtaken = Missed.find(cadence, rule, subject(), { now, toleranceMs: Number.POSITIVE_INFINITY })
      const at = Missed.occurrenceOf(cadence, rule, subject(), now)
      if (overtaken !== null && overtaken.count > 0) note(overtaken)
      runs.push({ at, seen: now, trigger: Missed.triggerOf(subject(), at) })
      if (runs.at(-1)?.trigger === "schedule") told.push({ at, by: "run" })
      planned = Missed.onward(cadence, rule, planned.cadence, at)
      assert.strictEqual(planned.cadence.missedTo !== undefined, Missed.isCatchingUp(subject()))
    }
  }
  const passed: Array<number> = []
  for (let at = Calendars.firstAfter(cadence, start); at !== null && at <= now; ) {
    passed.push(at)
    at = Calendars.firstAfter(cadence, start, at)
  }
  return { told, runs, passed, open: planned.scheduledAt }
}

const steps = fc.array(
  fc.record({
    away: fc.oneof(fc.integer({ min: 1, max: 20 * second }), fc.integer({ min: 1, max: 40 * minute })),
    waits: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 3 * minute }))
  }),
  { minLength: 1, maxLength: 6 }
)

const rule: fc.Arbitrary<Missed.Rule> = fc.record({
  policy: fc.constantFrom(...Missed.policies),
  withinMs: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 0, max: 20 * minute })),
  atMost: fc.integer({ min: 1, max: 30 })
})

describe("law 3, Record: every planned instant has a verdict", () => {
  it.prop(
    "each instant of a grid is missed or run in time, once, in order, whatever the policy",
    [fc.constantFrom(...Object.keys(grids)), rule, steps],
    ([name, rule, steps]) => {
      const { open, passed, told } = live(grids[name] ?? assert.fail(name), rule, steps)
      const instants = told.map(({ at }) => at).sort((a, b) => a - b)
      assert.deepStrictEqual(
        instants,
        passed.filter((at) => open === null || at < open || instants.includes(at))
      )
    },
    { fastCheck: { seed: 5, numRuns: 500 } }
  )

  it.prop(
    "runs keep to the policy: in order, each once, and none later than it may be",
    [fc.constantFrom(...Object.keys(grids)), rule, steps.map((steps) => steps.map(({ away }) => ({ away, waits: 0 })))],
    ([name, rule, steps]) => {
      const { runs } = live(grids[name] ?? assert.fail(name), rule, steps)
      assert.deepStrictEqual(
        runs.map(({ at }) => at),
        [...new Set(runs.map(({ at }) => at))].sort((a, b) => a - b)
      )
      for (const { at, seen, trigger } of runs) {
        assert.isAtMost(seen - at, rule.withinMs)
        if (rule.policy === "skip") assert.strictEqual(trigger, "schedule")
        if (trigger === "schedule") assert.isAtMost(seen - at, toleranceMs)
      }
      const madeUp = runs.filter(({ trigger }) => trigger === "missed")
      const most = rule.policy === "all" ? rule.atMost : 1
      for (const { seen } of madeUp) assert.isAtMost(madeUp.filter((run) => run.seen === seen).length, most)
    },
    { fastCheck: { seed: 6, numRuns: 500 } }
  )
})

describe("missed instants", () => {
  it("of a cron expression are counted up to a thousand, those of an interval in full", () => {
    const count = (cadence: Calendar.Calendar) => {
      const state = { definition: "", anchor: start, seed: 1, steps: 0, state: null }
      const subject = Position.initial(state, start)
      return Missed.find(cadence, Missed.defaultRule, subject, { now: start + 50_000 * minute, toleranceMs })?.count
    }
    assert.strictEqual(count(Calendars.every("1 minute")), 50_000)
    assert.strictEqual(count(Calendars.cron("* * * * *")), 1000)
  })

  it("are never looked for where an attempt is made again", () => {
    const cadence = grids["every 7 s"] ?? assert.fail()
    const state = { definition: "", anchor: start, seed: 1, steps: 0, state: null }
    const look = { now: start + 10 * minute, toleranceMs }
    assert.isNull(Missed.find(cadence, Missed.defaultRule, { ...Position.initial(state, start), attempt: 2 }, look))
    assert.isNotNull(Missed.find(cadence, Missed.defaultRule, Position.initial(state, start), look))
  })

  it("are those after an instant that is looked at again, and not that one, however late", () => {
    const cadence = grids["every 11 min"] ?? assert.fail()
    const state = { definition: "", anchor: start, seed: 1, steps: 0, state: null }
    const rechecked = { ...Position.initial(state, start), nextAt: start + 5 * minute }
    const find = (policy: Missed.Policy, now: number) =>
      Missed.find(cadence, { ...Missed.defaultRule, policy }, rechecked, { now: start + now, toleranceMs })
    for (const policy of Missed.policies) assert.isNull(find(policy, 10 * minute), policy)
    const at = start + 11 * minute
    assert.deepStrictEqual(find("latest", 15 * minute), { first: at, last: at, count: 1, run: at })
    assert.deepStrictEqual(find("skip", 15 * minute), { first: at, last: at, count: 1, run: null })
    // in their order, the earlier one is looked at before any later one
    for (const policy of ["earliest", "all"] as const) assert.isNull(find(policy, 15 * minute), policy)
  })
})
