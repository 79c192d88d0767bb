/**
 * What the tables say of figures: whether a goal holds, how a cost grows, and how far a ratio is from the recorded one.
 */
import { assert, describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Goal from "../src/Goal.ts"
import * as Growth from "../src/growth/Growth.ts"
import * as Options from "../src/Options.ts"
import * as Recorded from "../src/Recorded.ts"
import * as Row from "../src/Row.ts"

const rate = (ours: number, floor: number | null, goal?: Goal.Goal) =>
  Row.make({ what: "runs", unit: "/s", better: "more", ours, floor, ...(goal === undefined ? {} : { goal }) })

describe("a goal", () => {
  it.each([
    [Goal.atLeast(100, "/s"), 100, null, true],
    [Goal.atLeast(100, "/s"), 99, null, false],
    [Goal.atMost(5, "µs"), 6, null, false],
    [Goal.ofFloor(0.6), 60, 100, true],
    [Goal.ofFloor(0.6), 59, 100, false],
    [Goal.ofFloor(0.6), 59, null, null],
    [Goal.timesFloor(1.3), 14, 10, false],
    [Goal.and(Goal.atLeast(10, "/s"), Goal.ofFloor(0.6)), 20, 100, false],
    [Goal.none, 1, 1, null]
  ])("%j with %d beside %s: %s", (goal, ours, floor, holds) => {
    expect(goal.holds({ ours, floor })).toBe(holds)
  })
})

describe("a ratio", () => {
  it("is a cost in costs of the floor, of rates and of times", () => {
    assert.strictEqual(Row.costOf(rate(50, 100)), 2)
    assert.strictEqual(Row.costOf(Row.make({ what: "a", unit: "ms", better: "less", ours: 3, floor: 1 })), 3)
    assert.isNull(Row.costOf(rate(50, null)))
  })

  it("is compared with the recorded one of the same row", () => {
    assert.strictEqual(Recorded.timesWorse(rate(25, 100), { runs: 2 }), 2)
    assert.isNull(Recorded.timesWorse(rate(25, 100), {}))
  })
})

describe("a growth", () => {
  const measured = (order: Growth.Order, cost: (size: number) => number, most?: number) =>
    Effect.map(
      Growth.rows({
        sizes: [1000, 2000, 4000, 8000],
        rows: { cost: { what: "cost", unit: "ms", order, ...(most === undefined ? {} : { most }) } },
        measure: (size) => Effect.succeed({ cost: cost(size) })
      }),
      ([row]) => row?.holds
    )

  it.effect.each([
    ["n log n", (n: number) => n * Math.log2(n), true],
    ["n log n", (n: number) => n * n, false],
    ["n log n", (n: number) => n + (n * n) / 2000, false],
    ["constant", () => 5, true],
    ["constant", (n: number) => Math.log2(n), true],
    ["constant", (n: number) => n, false]
  ] as const)("of the order %s holds as it should: %s", ([order, cost, holds]) =>
    Effect.gen(function* () {
      assert.strictEqual(yield* measured(order, cost), holds)
    })
  )

  it.effect("is measured again while it does not hold, and the least cost counts", () =>
    Effect.gen(function* () {
      let calls = 0
      const noisy = (size: number) => {
        calls += 1
        return calls < 6 ? size * size : size
      }
      assert.isTrue(yield* measured("n log n", noisy))
      assert.isFalse(yield* measured("n log n", (size) => size, 7999))
    })
  )
})

describe("the command line", () => {
  it.effect("takes one mode, and names that there are", () =>
    Effect.gen(function* () {
      const table = yield* Options.parse(["--only", "idle,parallel", "--json"])
      assert.deepStrictEqual(table, { json: true, mode: "table", names: ["parallel", "idle"] })
      const against = yield* Options.parse(["--against", "there", "--turns", "3", "--only", "idle"])
      assert.deepStrictEqual(against, { json: false, mode: "against", folder: "there", turns: 3, names: ["idle"] })
      for (const args of [
        ["--quick", "--growth"],
        ["--only", "nothing"],
        ["--turns", "0", "--against", "a"],
        ["--what"]
      ]) {
        assert.strictEqual((yield* Effect.flip(Options.parse(args)))._tag, "UsageError")
      }
    })
  )
})
