import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { fractional, type Make, whole } from "@tickwork/test-support/Schedules"
import {
  Cause,
  Chunk,
  Data,
  Effect,
  Either,
  Equal,
  Exit,
  FiberId,
  FastCheck as fc,
  Option,
  Random,
  ScheduleDecision,
  ScheduleIntervals
} from "effect"
import * as StateCodec from "../src/internal/schedule/StateCodec.ts"
import { effectValue } from "./support/values.ts"

const fastCheck = { seed: 1, numRuns: 500 }

const throughStore = (value: unknown): unknown =>
  StateCodec.decode(JSON.parse(JSON.stringify(Either.getOrThrowWith(StateCodec.encode(value), inspect))))

const refusal = (value: unknown) => Option.getOrNull(Either.getLeft(StateCodec.encode(value)))

const show = (value: unknown): string => inspect(value, { depth: 20 })

/** Steps a schedule 14 times over uneven runs and two days of downtime; `keep` is what becomes of its state between. */
const steps = (make: Make, keep: (state: unknown) => unknown) =>
  Effect.gen(function* () {
    const seen: Array<string> = []
    let now = Date.parse("2026-10-30T12:00:00Z")
    let state = make().initial
    for (let n = 0; n < 14; n += 1) {
      const [next, out, decision] = yield* make().step(now, n, keep(state))
      seen.push(show([next, out, decision]))
      if (ScheduleDecision.isDone(decision)) break
      state = next
      now =
        Math.max(now, ScheduleIntervals.start(decision.intervals)) + ((n * 1237) % 4001) + (n === 6 ? 172_800_000 : 0)
    }
    return seen
  }).pipe(Effect.withRandom(Random.make("dice")))

describe("a schedule whose state went through a store", () => {
  it.effect.each(Object.entries({ ...whole, ...fractional }))("goes on as it would have in memory: %s", ([, make]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* steps(make, throughStore), yield* steps(make, (state) => state))
    })
  )
})

const plain = fc.anything({ maxDepth: 4 })

describe("a value that went through a store", () => {
  it.prop(
    "is the same plain value",
    [plain],
    ([value]) => {
      assert.deepStrictEqual(throughStore(value), value)
    },
    { fastCheck }
  )

  it.prop(
    "is the same value of Effect's own",
    [effectValue],
    ([value]) => {
      assert.isTrue(Equal.equals(throughStore(value), value), show(value))
    },
    { fastCheck }
  )

  it("keeps a key that is named like the codec's own mark", () => {
    for (const value of [{ $: "Option", v: [] }, { $: { $: "object", v: {} } }, { $: 1 }]) {
      assert.deepStrictEqual(throughStore(value), value)
    }
  })

  it("keeps the numbers that JSON does not know", () => {
    for (const n of [-0, 0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      assert.isTrue(Object.is((throughStore([n]) as Array<unknown>)[0], n), String(n))
    }
  })

  it("keeps of a run's end what failed, what died and whether it was interrupted", () => {
    const cut = Cause.interrupt(FiberId.none)
    const causes = [Cause.empty, Cause.fail("a"), Cause.die("b"), cut, Cause.parallel(Cause.fail("a"), Cause.die("b"))]
    for (const cause of [...causes, Cause.sequential(Cause.fail("a"), cut)]) {
      const read = throughStore(cause) as Cause.Cause<unknown>
      assert.deepStrictEqual(Chunk.toArray(Cause.failures(read)), Chunk.toArray(Cause.failures(cause)))
      assert.deepStrictEqual(Chunk.toArray(Cause.defects(read)), Chunk.toArray(Cause.defects(cause)))
      assert.strictEqual(Cause.isInterrupted(read), Cause.isInterrupted(cause), show(cause))
    }
  })
})

describe("what no store can keep", () => {
  class Counter {
    n = 1
  }

  it("is refused with the path at which it stands", () => {
    assert.deepStrictEqual(
      refusal(() => 1),
      { path: "state", found: "a function" }
    )
    assert.deepStrictEqual(refusal({ a: [1, { next: () => 1 }] }), { path: "state.a[1].next", found: "a function" })
    assert.deepStrictEqual(refusal([Symbol("s")]), { path: "state[0]", found: "a symbol" })
    assert.deepStrictEqual(refusal({ c: new Counter() }), { path: "state.c", found: "an instance of Counter" })
    assert.deepStrictEqual(refusal(Option.some(new Counter()))?.path, "state.value")
    assert.deepStrictEqual(refusal(Exit.fail(new Error("x")))?.path, "state.cause.failures[0]")
    assert.deepStrictEqual(refusal({ a: { [Symbol("s")]: 1 } })?.path, "state.a")
  })

  it("is what would come back as something else, and is told what it is", () => {
    class Queue extends Array<number> {}
    const found = (value: unknown) => refusal({ value })?.found
    assert.strictEqual(found(new Queue()), "an instance of Queue")
    assert.strictEqual(found(new Map()), "an instance of Map")
    assert.strictEqual(found(new Set()), "an instance of Set")
    assert.strictEqual(found(new Date(0)), "an instance of Date")
    assert.strictEqual(found(1n), "a bigint")
    assert.strictEqual(found(Object.create(null)), "an object without a prototype")
    assert.strictEqual(found({ [Symbol("s")]: 1 }), "an object with symbols for keys")
    assert.strictEqual(found(Data.struct({ n: 1 })), "what Data.struct or Data.case makes")
    assert.strictEqual(found(Data.tuple(1, 2)), "what Data.array or Data.tuple makes")
  })

  it("is a cycle, though not the same object met twice", () => {
    const loop: Record<string, unknown> = {}
    loop.self = { loop }
    assert.deepStrictEqual(refusal(loop), { path: "state.self.loop", found: "a cycle" })
    const list: Array<unknown> = []
    list.push(Option.some(list))
    assert.strictEqual(refusal(list)?.found, "a cycle")
    const shared = { n: 1 }
    assert.isNull(refusal([shared, shared]))
  })
})
