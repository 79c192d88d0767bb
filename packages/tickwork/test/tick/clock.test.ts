import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect } from "effect"
import { Job, Jobs } from "tickwork"
import * as Bench from "../support/Bench.ts"

const { minute, start } = Bench

const instants = (work: ReturnType<typeof Bench.makeWork>) => work.begun.map((run) => run.scheduledAt - start)

describe("a clock that jumps back", () => {
  it.effect("runs no instant of a calendar twice, though it jumped between two runs", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const { time } = yield* Bench.daemonOf(Jobs.make(work.job("sole").pipe(Job.every("1 minute"))))
      yield* time.advance("150 seconds")
      yield* time.jumpTo(start + 30_000)
      yield* time.advance("4 minutes")
      assert.deepStrictEqual(
        instants(work),
        [0, 1, 2, 3, 4].map((n) => n * minute)
      )
    }).pipe(Bench.run)
  )

  it.effect("runs no instant of a calendar twice, though it jumped while a body ran", () =>
    Effect.gen(function* () {
      const work = Bench.makeWork()
      const outside = yield* Deferred.make<void>()
      const waits = Effect.suspend(() => (work.begun.length === 3 ? Deferred.await(outside) : Effect.void))
      const { store, time } = yield* Bench.daemonOf(Jobs.make(work.job("sole", 0, waits).pipe(Job.every("1 minute"))))
      yield* time.advance("125 seconds")
      yield* time.jumpTo(start + 30_000)
      yield* Deferred.succeed(outside, undefined)
      yield* time.advance("4 minutes")
      assert.deepStrictEqual(
        instants(work),
        [0, 1, 2, 3, 4].map((n) => n * minute)
      )
      assert.isTrue((yield* store.log).every((run) => run.durationMs >= 0))
    }).pipe(Bench.run)
  )
})
