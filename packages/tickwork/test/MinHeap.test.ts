import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import { type Entry, MinHeap } from "../src/internal/engine/MinHeap.ts"

const fastCheck = { seed: 1, numRuns: 500 }
const instants = fc.array(fc.integer({ min: -20, max: 20 }), { maxLength: 60 })

const filled = (instants: ReadonlyArray<number>) => {
  const agenda = new MinHeap<number>()
  for (const [item, at] of instants.entries()) agenda.add(at, item)
  return agenda
}

const takeAll = (agenda: MinHeap<number>, now: number): ReadonlyArray<Entry<number>> => {
  const first = agenda.takeDue(now)
  return first === undefined ? [] : [first, ...takeAll(agenda, now)]
}

const ascending = (a: number, b: number) => a - b

describe("the agenda", () => {
  it.prop(
    "gives out every entry once, the earliest first",
    [instants],
    ([instants]) => {
      const taken = takeAll(filled(instants), Number.POSITIVE_INFINITY)
      assert.deepStrictEqual(
        taken.map(({ at }) => at),
        [...instants].sort(ascending)
      )
      assert.deepStrictEqual(
        taken.map(({ item }) => item).sort(ascending),
        instants.map((_, item) => item)
      )
      for (const { at, item } of taken) assert.strictEqual(instants[item], at)
    },
    { fastCheck }
  )

  it.prop(
    "gives out what is due and keeps the rest",
    [instants, fc.integer({ min: -22, max: 22 })],
    ([instants, now]) => {
      const agenda = filled(instants)
      const taken = takeAll(agenda, now).map(({ at }) => at)
      const rest = instants.filter((at) => at > now)
      assert.deepStrictEqual(taken, instants.filter((at) => at <= now).sort(ascending))
      assert.strictEqual(agenda.nextAt, Math.min(Number.POSITIVE_INFINITY, ...rest))
      assert.deepStrictEqual(
        takeAll(agenda, Number.POSITIVE_INFINITY).map(({ at }) => at),
        rest.sort(ascending)
      )
    },
    { fastCheck }
  )

  const steps = fc.array(fc.oneof(fc.integer({ min: 0, max: 50 }), fc.constant("take" as const)), { maxLength: 100 })

  it.prop(
    "agrees with a sorted list, however adding and taking alternate",
    [steps],
    ([steps]) => {
      const agenda = new MinHeap<null>()
      let list: ReadonlyArray<number> = []
      for (const step of steps) {
        if (step === "take") {
          assert.strictEqual(agenda.takeDue(50)?.at, list[0])
          list = list.slice(1)
        } else {
          agenda.add(step, null)
          list = [...list, step].sort(ascending)
        }
        assert.strictEqual(agenda.nextAt, list[0] ?? Number.POSITIVE_INFINITY)
      }
    },
    { fastCheck }
  )

  it("is empty at first", () => {
    assert.strictEqual(new MinHeap().nextAt, Number.POSITIVE_INFINITY)
    assert.isUndefined(new MinHeap().takeDue(Number.POSITIVE_INFINITY))
  })
})
