/**
 * The time that `watch --for` may take.
 */
import { assert, describe, it } from "@effect/vitest"
import { onShortTimers } from "@tickwork/test-support/ShortTimers"
import { Effect, Fiber, Option } from "effect"
import { ManualClock } from "tickwork/testing"
import * as TimeLimit from "../src/TimeLimit.ts"

const day = 86_400_000

describe("the time limit of a command", () => {
  it.effect.each([1, 24, 25, 100])("ends it after %i days, and no sooner", (days) =>
    Effect.gen(function* () {
      const time = yield* ManualClock.ManualClock
      const limited = yield* Effect.fork(TimeLimit.end(Effect.never, days * day))
      yield* time.advance(days * day - 1)
      assert.isTrue(Option.isNone(yield* Fiber.poll(limited)))
      yield* time.advance(1)
      yield* Fiber.join(limited)
    }).pipe(onShortTimers, Effect.provide(ManualClock.layer(0)))
  )

  it.effect("lets a command end before it, or fail", () =>
    Effect.gen(function* () {
      yield* TimeLimit.end(Effect.succeed(1), 100 * day)
      assert.strictEqual(yield* Effect.flip(TimeLimit.end(Effect.fail("failed"), 100 * day)), "failed")
    }).pipe(Effect.provide(ManualClock.layer(0)))
  )
})
