/**
 * A day of the application under Effect's TestClock, and the same day on the clock that `tickwork/testing` moves.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Logger, LogLevel, Ref, TestClock } from "effect"
import { JobStore, Tick } from "tickwork"
import { ManualClock, TestTime } from "tickwork/testing"
import { Diary, jobs } from "../src/Registry.ts"

const start = Date.parse("2026-03-02T12:00:00Z")

const day = [
  "fetch_news 12:00",
  "fetch_news 16:00",
  "fetch_news 20:00",
  "remind 22:00",
  "fetch_news 00:00",
  "back_up 01:30",
  "fetch_news 04:00",
  "fetch_news 08:00",
  "remind 08:00"
]

/** The diary of a day, on whichever clock the effect runs; `pass` lets that day pass. */
const diaryOf = <R>(pass: Effect.Effect<unknown, never, R>) =>
  Effect.gen(function* () {
    const written = yield* Ref.make<ReadonlyArray<string>>([])
    const diary = Layer.succeed(Diary, {
      write: (name, at) =>
        Ref.update(written, (lines) => [...lines, `${name} ${new Date(at).toISOString().slice(11, 16)}`])
    })
    const app = Tick.layerDaemon(jobs).pipe(Layer.provide(diary), Layer.provide(JobStore.layerMemory))
    yield* Effect.scoped(Effect.zipRight(Layer.build(app), pass))
    return [...(yield* Ref.get(written))].sort((a, b) => day.indexOf(a) - day.indexOf(b))
  }).pipe(Logger.withMinimumLogLevel(LogLevel.None))

describe("a day of the application", () => {
  // the clock of every it.effect: what your other code has beside it moves as well
  it.effect("is this on Effect's TestClock", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(start)
      assert.deepStrictEqual(yield* diaryOf(TestClock.adjust("23 hours")), day)
    })
  )

  // a hand-moved clock: cheaper for each wake-up, works in every test runner, and can jump
  it.effect("is the same on the clock that is moved by hand", () =>
    Effect.gen(function* () {
      const time = yield* ManualClock.ManualClock
      assert.deepStrictEqual(yield* diaryOf(time.advance("23 hours")), day)
    }).pipe(Effect.provide(TestTime.layer({ start })))
  )

  it.effect("is one run for each job that has one, when the machine slept through it", () =>
    Effect.gen(function* () {
      const time = yield* ManualClock.ManualClock
      const slept = Effect.zipRight(time.advance("1 second"), time.jumpTo(start + 23 * 3_600_000))
      const woke = Effect.zipRight(slept, time.advance("5 minutes"))
      assert.sameMembers(yield* diaryOf(woke), [
        "fetch_news 12:00",
        "remind 11:00",
        "back_up 11:01",
        "fetch_news 11:01"
      ])
    }).pipe(Effect.provide(TestTime.layer({ start })))
  )
})
