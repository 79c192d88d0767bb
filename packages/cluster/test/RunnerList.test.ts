/**
 * How often a process reads which others there are.
 */
import type { SqlClient } from "@effect/sql"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, TestClock } from "effect"
import * as RunnerList from "../src/internal/RunnerList.ts"

/** A server that carries each notice to this process, as one does without a pooler, or none. */
const start = (carries: boolean) =>
  Effect.gen(function* () {
    let hear: (payload: string) => void = () => {}
    let isNew = true
    const sql = {
      unsafe: (_: string, [, payload]: [string, string]) => Effect.sync(() => (carries ? hear(payload) : undefined))
    } as unknown as SqlClient.SqlClient
    const listen = (_: string, onNotice: (payload: string) => void) =>
      Effect.sync(() => {
        hear = onNotice
        const wasNew = isNew
        isNew = false
        return wasNew
      })
    const own = { sql, listen, giveUp: () => {} }
    const list = yield* RunnerList.make({ own, application: sql, channel: "cluster", everyMs: 1000 })
    let reads = 0
    let answer: Exit.Exit<string, string> = Exit.succeed("both")
    const read = Effect.suspend(() => {
      reads += 1
      return answer
    })
    const current = list.remembering(Effect.zipRight(list.listen, read))
    /** As Sharding reads it. */
    const sharding = yield* Effect.forkScoped(Effect.forever(Effect.zipRight(Effect.exit(current), Effect.sleep(20))))
    const settle = Effect.zipRight(Effect.yieldNow(), TestClock.adjust("20 millis"))
    yield* settle
    return {
      list,
      current,
      settle,
      sharding,
      reads: () => reads,
      answers: (exit: Exit.Exit<string, string>) => {
        answer = exit
      }
    }
  })

const readsIn = (one: Effect.Effect.Success<ReturnType<typeof start>>) =>
  Effect.gen(function* () {
    const before = one.reads()
    yield* TestClock.adjust("1 minute")
    return one.reads() - before
  })

describe("the list of the processes", () => {
  it.scoped("is read once a minute where changes are heard, and at once when one is told", () =>
    Effect.gen(function* () {
      const one = yield* start(true)
      const inTwoMinutes = (yield* readsIn(one)) + (yield* readsIn(one))
      assert.isTrue(inTwoMinutes >= 1 && inTwoMinutes <= 2, `${inTwoMinutes} times`)
      const before = one.reads()
      yield* one.list.tell
      yield* one.settle
      assert.strictEqual(one.reads(), before + 1)
    })
  )

  it.scoped("is read at once where a renewal has seen another list than the renewal before", () =>
    Effect.gen(function* () {
      const one = yield* start(true)
      const reads = Effect.map(one.settle, one.reads)
      const before = yield* reads
      one.list.seen("one")
      one.list.seen("one")
      assert.strictEqual(yield* reads, before)
      one.list.seen("both")
      assert.strictEqual(yield* reads, before + 1)
    })
  )

  it.scoped("is read each second where nothing is heard", () =>
    Effect.gen(function* () {
      const inAMinute = yield* readsIn(yield* start(false))
      assert.isTrue(inAMinute >= 55 && inAMinute <= 60, `${inAMinute} times`)
    })
  )

  it.scoped("is what was read last while nothing changes, and is read again after a failure", () =>
    Effect.gen(function* () {
      const one = yield* start(true)
      yield* Fiber.interrupt(one.sharding)
      const before = one.reads()
      const again = Effect.zipLeft(Effect.fork(Effect.exit(one.current)), TestClock.adjust("4 seconds"))
      assert.deepStrictEqual(yield* Effect.flatMap(again, Fiber.join), Exit.succeed("both"))
      assert.strictEqual(one.reads(), before)
      one.answers(Exit.fail("away"))
      yield* one.list.tell
      assert.deepStrictEqual(yield* Effect.exit(one.current), Exit.fail("away"))
      one.answers(Exit.succeed("one"))
      assert.deepStrictEqual(yield* Effect.exit(one.current), Exit.succeed("one"))
    })
  )
})
