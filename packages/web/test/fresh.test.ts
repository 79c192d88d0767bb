/**
 * Values that may be a little old, on a hand-moved clock.
 */
import { describe, expect, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, TestClock } from "effect"
import * as Fresh from "../src/internal/data/Fresh.ts"

const counted = Effect.sync(() => {
  let reads = 0
  return { read: Effect.sync(() => (reads += 1)), reads: () => reads }
})

describe("a value that may be a little old", () => {
  it.effect("is read again once its time is over, and at once after a change", () =>
    Effect.gen(function* () {
      const { read } = yield* counted
      const value = Fresh.make(read, 60_000)
      expect([yield* value.get, yield* value.get]).toEqual([1, 1])
      yield* TestClock.adjust("59 seconds")
      expect(yield* value.get).toBe(1)
      yield* TestClock.adjust("1 hour")
      expect(yield* value.get).toBe(2)
      value.clear()
      expect(yield* value.get).toBe(3)
    })
  )

  it.effect("is read once for readers at the same time, and again where that failed", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<number, string>()
      let reads = 0
      const read = Effect.suspend(() => {
        reads += 1
        return reads === 1 ? Effect.fail("gone") : Deferred.await(gate)
      })
      const value = Fresh.make(read, 60_000)
      expect(yield* Effect.flip(value.get)).toBe("gone")
      const readers = yield* Effect.forkAll([value.get, value.get, value.get])
      yield* Deferred.succeed(gate, 7)
      expect(yield* Fiber.join(readers)).toEqual([7, 7, 7])
      expect(reads).toBe(2)
    })
  )

  it.effect("is kept for the last few texts alone", () =>
    Effect.gen(function* () {
      const read: Array<string> = []
      const value = Fresh.byText((text) => Effect.sync(() => read.push(text)), 60_000, 2)
      for (const text of ["a", "b", "a", "c", "a", "b"]) yield* value.get(text)
      expect(read).toEqual(["a", "b", "c", "b"])
      value.clear()
      yield* value.get("b")
      expect(read).toHaveLength(5)
    })
  )
})
