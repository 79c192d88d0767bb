import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber } from "effect"
import { Mutex } from "../src/internal/engine/Mutex.ts"

const opened = Effect.gen(function* () {
  const turns = new Mutex()
  const heard: Array<string> = []
  const gate = yield* Deferred.make<void>()
  const say = (word: string) => turns.take(Effect.sync(() => void heard.push(word)))
  const first = yield* Effect.fork(turns.take(Deferred.await(gate)))
  yield* Effect.yieldNow()
  const fork = (word: string) => Effect.zipLeft(Effect.fork(say(word)), Effect.yieldNow())
  return { turns, heard, gate, first, say, fork }
})

describe("Turns", () => {
  it.effect("who comes while a turn goes on has the next one, in the order of their coming", () =>
    Effect.gen(function* () {
      const { first, fork, gate, heard, turns } = yield* opened
      const waiting = [yield* fork("a"), yield* fork("b"), yield* fork("c")]
      assert.deepStrictEqual([heard, turns.isWanted], [[], true])
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.joinAll([first, ...waiting])
      assert.deepStrictEqual([heard, turns.isWanted], [["a", "b", "c"], false])
    })
  )

  it.effect("a turn that fails, or dies, gives way to the next", () =>
    Effect.gen(function* () {
      const { first, gate, heard, say, turns } = yield* opened
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(first)
      assert.isTrue(Exit.isFailure(yield* Effect.exit(turns.take(Effect.fail("no")))))
      assert.isTrue(Exit.isFailure(yield* Effect.exit(turns.take(Effect.die("no")))))
      yield* say("next")
      assert.deepStrictEqual(heard, ["next"])
    })
  )

  it.effect("a turn is not interrupted; an interrupted waiter has none, and blocks no other", () =>
    Effect.gen(function* () {
      const { first, fork, gate, heard, say } = yield* opened
      const [a, b] = [yield* fork("a"), yield* fork("b")]
      yield* Fiber.interrupt(a)
      yield* Fiber.interruptFork(first)
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.await(first)
      yield* Fiber.join(b)
      yield* say("c")
      assert.deepStrictEqual(heard, ["b", "c"])
    })
  )

  it.effect("who is interrupted at the very moment at which their turn comes passes it on", () =>
    Effect.gen(function* () {
      const { first, fork, gate, heard, say } = yield* opened
      const a = yield* fork("a")
      // both messages reach the waiting fiber before it goes on
      first.addObserver(() => a.unsafeInterruptAsFork(first.id()))
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.await(a)
      yield* say("b")
      assert.include(heard, "b")
    })
  )
})
