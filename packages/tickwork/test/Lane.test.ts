import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck as fc } from "effect"
import { Job } from "tickwork"
import * as Definition from "../src/internal/Definition.ts"
import * as Instance from "../src/internal/engine/Instance.ts"
import { Lane } from "../src/internal/engine/Lane.ts"
import * as Plan from "../src/internal/plan/Plan.ts"
import type { Registered } from "../src/internal/plan/Registered.ts"
import { SlotPool } from "../src/internal/plan/SlotPool.ts"
import { candidate } from "./support/candidates.ts"

const request = new SlotPool({ serial: 1, parallel: 4 }).requestOf(Definition.of(Job.make("any", Effect.void)))

const instanceOf = ({ priority, since }: { readonly priority: number; readonly since: number }, index: number) => {
  const { registered, state } = candidate({
    name: `job ${index % 3}`,
    key: `${index}`,
    priority,
    position: { nextAt: since }
  })
  return { ...Instance.make(registered as Registered, state), phase: "due" as const }
}

/** Ages of up to two minutes, so that ageing decides between priorities; many share an instant. */
const due = fc.record({
  priority: fc.integer({ min: 1, max: 10 }),
  since: fc.integer({ min: 0, max: 12 }).map((n) => n * 10_000)
})

const nameOf = ({ state }: Instance.Instance) => state.key

describe("a lane", () => {
  it.prop(
    "gives out instances in the order of the plan, whatever passes and is added meanwhile",
    [fc.array(fc.tuple(due, fc.integer({ min: 0, max: 20_000 })), { minLength: 1, maxLength: 30 })],
    ([steps]) => {
      const lane = new Lane(request)
      let expected: Array<Instance.Instance> = []
      let now = 120_000
      const takeOne = () => {
        const order = Plan.order(now)
        expected = expected.sort((a, b) => order(Plan.dueOf(a), Plan.dueOf(b)))
        assert.deepStrictEqual(lane.ahead(now, 3, 3).map(nameOf), expected.slice(0, 3).map(nameOf))
        assert.strictEqual(lane.size, expected.length)
        const first = expected.shift()
        assert.strictEqual(lane.head(now)?.instance, first)
        assert.strictEqual(lane.take(now)?.instance, first)
      }
      for (const [index, [one, passed]] of steps.entries()) {
        const instance = instanceOf(one, index)
        lane.add(instance)
        expected.push(instance)
        now += passed
        if (index % 2 === 1) takeOne()
      }
      while (expected.length > 0) takeOne()
      assert.strictEqual(lane.head(now), undefined)
    },
    { fastCheck: { seed: 1, numRuns: 300 } }
  )

  it.prop(
    "has the same first one until ageing next changes it",
    [fc.array(due, { minLength: 1, maxLength: 10 }), fc.integer({ min: 0, max: 300_000 })],
    ([all, wait]) => {
      const lane = new Lane(request)
      for (const [index, one] of all.entries()) lane.add(instanceOf(one, index))
      const now = 120_000
      const then = Math.min(lane.reorderAt(now) - 1, now + wait)
      assert.strictEqual(lane.head(then), lane.head(now))
    },
    { fastCheck: { seed: 1, numRuns: 300 } }
  )

  it("claims new runs ahead once a run of their job has shown how long it takes", () => {
    const lane = new Lane(request)
    const job = instanceOf({ priority: 5, since: 0 }, 0)
    const runs = Array.from({ length: 200 }, (_, n) => ({ ...job, state: { ...job.state, key: `${n}` } }))
    for (const one of runs) lane.add(one)
    assert.strictEqual(lane.ahead(0, 100, 1).length, 1, "how long one takes is not known")
    lane.took(job, 1)
    // a serial lane gets through a hundred of 1 ms in the 100 ms that claims are taken ahead
    assert.strictEqual(lane.ahead(0, 100, 1).length, 100)
    lane.took(job, 50)
    assert.strictEqual(lane.ahead(0, 100, 1).length, 3)
    lane.took(job, 60_000)
    assert.strictEqual(lane.ahead(0, 100, 1).length, 1)
  })

  it("keeps only those that still wait", () => {
    const lane = new Lane(request)
    const all = [1, 2, 3].map((priority, index) => instanceOf({ priority, since: 0 }, index))
    for (const one of all) lane.add(one)
    lane.retain((instance) => instance !== all[0])
    assert.deepStrictEqual(lane.all().map(nameOf).sort(), ["1", "2"])
    assert.strictEqual(lane.head(0)?.instance, all[1])
  })
})
