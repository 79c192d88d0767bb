import { assert, describe, it } from "@effect/vitest"
import { Either, FastCheck as fc, Schedule } from "effect"
import { Decision } from "tickwork"
import * as Plan from "../src/internal/plan/Plan.ts"
import * as Cadence from "../src/internal/schedule/Cadence.ts"
import {
  candidate,
  candidates,
  type Facts,
  isBefore,
  longestWait,
  nameOf,
  presentOf,
  sharing,
  starts,
  waits
} from "./support/candidates.ts"
import { faultsOf, hasReason } from "./support/places.ts"

const fastCheck = { seed: 1, numRuns: 500 }
const now = 402_000
const places = fc.record({ serial: fc.integer({ min: 0, max: 2 }), parallel: fc.integer({ min: 0, max: 4 }) })
/** Holds for any instances and any number of places. */
const always = (promise: string, check: (all: ReadonlyArray<Plan.Candidate>, free: Plan.SlotCapacities) => void) =>
  it.prop(promise, [candidates(now), places], ([all, free]) => check(all, free), { fastCheck })

const decisionOf = (
  facts: Facts,
  free: Plan.SlotCapacities = { serial: 1, parallel: 4 }
): Decision.Decision | undefined => Plan.decide([candidate(facts)], free, now)[0]?.decision

describe("law 4, Order", () => {
  always("starts come urgent first, then old first, then by name and key", (all, free) => {
    const started = starts(Plan.decide(all, free, now))
    started.slice(1).forEach((later, n) => {
      assert.isTrue(isBefore(started[n] as Plan.Candidate, later, now))
    })
  })

  always("nothing starts while a more urgent due job waits for the same place", (all, free) => {
    const decided = Plan.decide(all, free, now)
    for (const waiting of waits(decided, "NoFreeSlot")) {
      for (const started of starts(decided)) {
        if (started.registered.job.mode === waiting.registered.job.mode) assert.isTrue(isBefore(started, waiting, now))
      }
    }
  })

  always("places are never exceeded, and none stays free while a due job waits for it", (all, free) => {
    const decided = Plan.decide(all, free, now)
    for (const place of ["serial", "parallel"] as const) {
      const here = (found: ReadonlyArray<Plan.Candidate>) => found.filter((_) => _.registered.job.mode === place).length
      const running = here(all.filter((_) => _.runningSince !== null))
      assert.isAtMost(here(starts(decided)), Math.max(0, free[place] - running))
      if (here(waits(decided, "NoFreeSlot")) > 0) assert.isAtLeast(here(starts(decided)) + running, free[place])
    }
    assert.sameMembers(
      decided.map(({ candidate }) => candidate),
      [...all]
    )
  })

  it.prop(
    "nothing starts while a due instance of higher order waits for the same slot",
    [sharing(now), fc.integer({ min: 1, max: 4 })],
    ([all, concurrency]) => {
      const decided = Plan.decide(all, { serial: 1, parallel: concurrency }, now)
      const running = all.filter(({ runningSince }) => runningSince !== null).map(presentOf)
      const due = [...starts(decided), ...waits(decided, "NoFreeSlot")].map(presentOf)
      for (const started of starts(decided).map(presentOf)) {
        due.splice(
          due.findIndex(({ name }) => name === started.name),
          1
        )
        running.push(started)
        assert.deepStrictEqual(faultsOf({ now, concurrency, started, running, due }), [])
      }
    },
    { fastCheck }
  )

  it.prop(
    "an instance waits only for a slot that is taken, or reserved for another",
    [sharing(now), fc.integer({ min: 1, max: 4 })],
    ([all, concurrency]) => {
      const decided = Plan.decide(all, { serial: 1, parallel: concurrency }, now)
      const running = [...all.filter(({ runningSince }) => runningSince !== null), ...starts(decided)].map(presentOf)
      const waiting = waits(decided, "NoFreeSlot").map(presentOf)
      for (const [n, one] of waiting.entries()) {
        assert.isTrue(hasReason({ one, running, ahead: waiting.slice(0, n), concurrency }), one.name)
      }
    },
    { fastCheck }
  )

  it.prop(
    "the most urgent due job starts where nothing runs, whatever it needs",
    [sharing(now), fc.integer({ min: 1, max: 4 })],
    ([all, concurrency]) => {
      const idle = all.map((one) => ({ ...one, runningSince: null }))
      const [first] = Plan.decide(idle, { serial: 1, parallel: concurrency }, now)
      assert.isTrue(first === undefined || first.decision._tag === "Run")
    },
    { fastCheck }
  )

  const priority = fc.integer({ min: 1, max: 10 })
  const instant = fc.integer({ min: 0, max: 1_000_000 })

  it.prop(
    "every due job reaches priority 1 within 30 s for each priority it lacks",
    [priority, instant],
    ([priority, since]) => {
      for (let gained = 0; gained < priority; gained += 1) {
        assert.strictEqual(Plan.effectivePriority(priority, since, since + gained * 30_000), priority - gained)
        assert.strictEqual(Plan.effectivePriority(priority, since, since + gained * 30_000 + 29_999), priority - gained)
      }
      assert.strictEqual(Plan.effectivePriority(priority, since, since + 1e9), 1)
      assert.strictEqual(Plan.effectivePriority(priority, since, since - 1e9), priority)
    },
    { fastCheck }
  )

  it.prop(
    "nothing starves under an endless load of urgent jobs",
    [priority, fc.integer({ min: 500, max: 20_000 })],
    ([priority, lasts]) => {
      assert.isAtMost(longestWait(priority, lasts), (priority - 1) * 30_000 + lasts)
    },
    { fastCheck: { seed: 1, numRuns: 50 } }
  )

  it.prop(
    "the next ageing is the first instant at which the order may change",
    [priority, instant, instant],
    ([priority, since, at]) => {
      const due = { jobName: "a", key: "", priority, since }
      const then = Plan.nextAgeing(due, at)
      const current = Plan.effectivePriority(priority, since, at)
      if (current === 1) return assert.strictEqual(then, Number.POSITIVE_INFINITY)
      assert.isAbove(then, at)
      assert.strictEqual(Plan.effectivePriority(priority, since, then - 1), current)
      assert.strictEqual(Plan.effectivePriority(priority, since, then), current - 1)
    },
    { fastCheck }
  )
})

describe("law 9, Purity", () => {
  it.prop(
    "equal inputs give equal plans, in whatever order they come",
    [candidates(now), places, fc.nat()],
    ([all, free, turn]) => {
      const frozen = Object.freeze(all.map((one) => Object.freeze({ ...one, state: Object.freeze({ ...one.state }) })))
      const plan = Plan.decide(frozen, Object.freeze({ ...free }), now)
      assert.deepStrictEqual(Plan.decide(frozen, free, now), plan)
      const cut = all.length === 0 ? 0 : turn % all.length
      const turned = [...frozen.slice(cut), ...frozen.slice(0, cut)].reverse()
      assert.deepStrictEqual(starts(Plan.decide(turned, free, now)).map(nameOf), starts(plan).map(nameOf))
    },
    { fastCheck }
  )
})

describe("a decision", () => {
  it("says why an instance waits", () => {
    const due = { nextAt: now }
    const cases: ReadonlyArray<readonly [Facts, Decision.Reason]> = [
      [{ name: "a", position: { nextAt: now + 1 } }, Decision.Reason.NotDue({ until: now + 1 })],
      [{ name: "a", position: { nextAt: now + 1, attempt: 2 } }, Decision.Reason.BackingOff({ until: now + 1 })],
      [{ name: "a", position: due, runningSince: now }, Decision.Reason.Running({ since: now })],
      [{ name: "a", position: due, claim: { claimedAt: 3 }, runningSince: 7 }, Decision.Reason.Running({ since: 7 })],
      [
        { name: "a", position: due, claim: { owner: "b" } },
        Decision.Reason.HeldByAnother({ owner: "b", wasStopped: false })
      ],
      [{ name: "a", position: { nextAt: null } }, Decision.Reason.Finished()]
    ]
    for (const [facts, reason] of cases) assert.deepStrictEqual(decisionOf(facts), Decision.wait(reason))
    const full = { serial: 0, parallel: 4 }
    const noPlace = (place: string) => Decision.wait(Decision.Reason.NoFreeSlot({ place }))
    assert.deepStrictEqual(decisionOf({ name: "a", position: due }, full), noPlace("serial"))
    const free = { serial: 1, parallel: 4 }
    const besides = (running: Omit<Facts, "name">, facts: Omit<Facts, "name">) =>
      Plan.decide(
        [
          candidate({ name: "r", position: due, runningSince: now, ...running }),
          candidate({ ...facts, name: "w", position: due })
        ],
        free,
        now
      )[0]?.decision
    const network = { mode: "parallel", limits: ["network"] } as const
    assert.deepStrictEqual(besides(network, { limits: ["network"] }), noPlace("network"))
    assert.deepStrictEqual(besides(network, { mode: "exclusive" }), noPlace("exclusive"))
    assert.deepStrictEqual(besides({ mode: "exclusive" }, network), noPlace("exclusive"))
  })

  it("is to run from the very instant on", () => {
    assert.deepStrictEqual(decisionOf({ name: "a", position: { nextAt: now } })?._tag, "Run")
  })

  it("is to run once for the latest instant, where several of a calendar have passed", () => {
    assert.deepStrictEqual(decisionOf({ name: "a", position: { nextAt: 375_000 } }), Decision.run(400_000))
  })

  it("is to run for the instant that was planned, where a schedule planned it", () => {
    const cadence = Either.getOrThrow(Cadence.schedule(Schedule.spaced("5 seconds"), "run"))
    assert.deepStrictEqual(decisionOf({ name: "a", cadence, position: { nextAt: 375_000 } }), Decision.run(375_000))
  })

  it("is to run for the same instant as before, where an attempt is made again", () => {
    const position = { nextAt: 390_000, scheduledAt: 375_000, attempt: 2 }
    assert.deepStrictEqual(decisionOf({ name: "a", position }), Decision.run(375_000))
  })
})
