import { assert, describe, it } from "@effect/vitest"
import { composed, fractional, type Make, whole } from "@tickwork/test-support/Schedules"
import { Effect, Either, FastCheck as fc, Option, Schedule } from "effect"
import * as Cadence from "../src/internal/schedule/Cadence.ts"
import * as Calendar from "../src/internal/schedule/Calendar.ts"
import { cadenceOf, drivenStarts, plannedStarts, start } from "./support/starts.ts"

const durations = fc.array(fc.constantFrom(0, 1, 12, 900, 4000, 7001, 60_000, 3_600_000), {
  minLength: 1,
  maxLength: 5
})
const fastCheck = { seed: 1, numRuns: 40 }

const kinds = Object.entries(whole)

describe("a cadence on a schedule", () => {
  it.effect.each(kinds)("law 1, Repeat: starts runs when Effect.repeat does: %s", ([, make]) =>
    Effect.gen(function* () {
      const took = [0, 12, 900, 4000, 60_000]
      assert.deepStrictEqual(yield* plannedStarts(make, "run", took), yield* drivenStarts(make, "run", took))
    })
  )

  it.effect.each(kinds)("law 1, Repeat: starts runs when Effect.schedule does: %s", ([, make]) =>
    Effect.gen(function* () {
      const took = [3, 0, 7001, 20]
      assert.deepStrictEqual(yield* plannedStarts(make, "ask", took), yield* drivenStarts(make, "ask", took))
    })
  )

  it.effect.prop(
    "law 1, Repeat: starts runs when Effect does, whatever the schedule and the durations",
    [composed, fc.constantFrom("run" as const, "ask" as const), durations],
    ([{ make, name }, first, took]) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* plannedStarts(make, first, took), yield* drivenStarts(make, first, took), name)
      }),
    { fastCheck }
  )

  it.effect.each(Object.entries(fractional))(
    "law 1, Repeat: plans whole milliseconds, less than one late: %s",
    ([, make]) =>
      Effect.gen(function* () {
        const planned = yield* plannedStarts(make, "run", [5])
        const driven = yield* drivenStarts(make, "run", [5])
        assert.strictEqual(planned.length, driven.length)
        planned.forEach((at, n) => {
          assert.isTrue(Number.isInteger(at))
          assert.isAtLeast(at, driven[n] ?? Number.NaN)
          assert.isAtMost(at - (driven[n] ?? Number.NaN), n, `start ${n}`)
        })
      })
  )

  it.effect.prop(
    "law 2, Durability: goes on equally from a stored state, in a fresh process each time",
    [
      fc.oneof(
        composed,
        fc.constantFrom(...Object.entries(fractional)).map(([name, make]) => ({ name, make }))
      ),
      durations
    ],
    ([{ make, name }, took]) =>
      Effect.gen(function* () {
        const restarted = plannedStarts(make, "run", took, (_, state) => [
          cadenceOf(make, "run"),
          JSON.parse(JSON.stringify(state))
        ])
        assert.deepStrictEqual(yield* restarted, yield* plannedStarts(make, "run", took), name)
      }),
    { fastCheck }
  )

  it.effect("throws the same dice for the same seed", () =>
    Effect.gen(function* () {
      const jittered: Make = () => Schedule.jittered(Schedule.spaced("5 seconds"))
      const plans = yield* Effect.forEach(["a", "a", "b"], (seed) =>
        plannedStarts(jittered, "run", [5], undefined, seed)
      )
      assert.deepStrictEqual(plans[0], plans[1])
      assert.notDeepEqual(plans[0], plans[2])
    })
  )

  it.effect("counts its steps, and keeps what it was begun with", () =>
    Effect.gen(function* () {
      const spaced = cadenceOf(() => Schedule.spaced("5 seconds"), "run")
      const { state } = yield* Cadence.begin(spaced, { now: start, seed: 3, input: undefined })
      const stepped = yield* Cadence.step(spaced, state, { now: start + 10, input: undefined })
      assert.deepStrictEqual(stepped.state, { ...state, anchor: start, seed: 3, steps: 1, state: 1 })
    })
  )

  it.effect("has no next instant once its schedule has ended", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* plannedStarts(() => Schedule.recurs(2), "run", [10]), [
        start,
        start + 10,
        start + 20
      ])
      assert.deepStrictEqual(yield* plannedStarts(() => Schedule.stop, "ask", [10]), [])
      assert.deepStrictEqual(yield* plannedStarts(() => Schedule.spaced(Infinity), "run", [10]), [start])
    })
  )

  it.effect("is refused, with the path, where its state cannot be stored", () =>
    Effect.gen(function* () {
      const atOnce = Cadence.schedule(
        Schedule.unfold({ next: () => 1 }, (state) => state),
        "run"
      )
      assert.strictEqual(Option.getOrThrow(Either.getLeft(atOnce)).path, "state.next")

      const later = cadenceOf(() => Schedule.unfold<unknown>(0, () => [new Error("x")]), "run")
      const begun = yield* Cadence.begin(later, { now: start, seed: 1, input: undefined })
      const refused = yield* Effect.flip(Cadence.step(later, begun.state, { now: start, input: undefined }))
      assert.include(refused.message, "schedule must hold what can be stored at state[0], got an instance of Error.")
      assert.include(refused.message, '{ state: "memory only" }')
    })
  )
})

describe("a cadence on a calendar", () => {
  const every = Either.getOrThrow(Calendar.every("5 seconds"))
  const hourly = Either.getOrThrow(Calendar.cron("@hourly", "UTC"))
  const begin = (self: Calendar.Calendar, now: number) =>
    Cadence.begin<undefined, never>(self, { now, seed: 1, input: undefined })

  it("is told from every cron expression of another meaning", () => {
    const meanings = [
      "0 3 * * *",
      "0 4 * * *",
      "30 0 3 * * *",
      "* * * * *",
      "* 0-23 * * *",
      "0 3 1 * 1",
      "0 3 */2 * 1",
      "0 3 1-31/2 * 1",
      "0 3 1 * *",
      "0 3 * 1 *"
    ]
    const definitions = meanings.flatMap((expression) =>
      ["UTC", "Europe/Berlin"].map((zone) => Either.getOrThrow(Calendar.cron(expression, zone)).definition)
    )
    assert.strictEqual(new Set(definitions).size, definitions.length)
  })

  it.effect("begins at once on an interval and at the next match of a cron expression", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* begin(every, start + 3)).nextAt, start + 3)
      assert.strictEqual((yield* begin(hourly, start)).nextAt, start + 3_600_000)
    })
  )
})
