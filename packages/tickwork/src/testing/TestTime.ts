/**
 * All that two runs may differ by, in the hand of a test: a clock that is moved by hand, and dice of a known seed.
 *
 * It knows no test runner. In `@effect/vitest` it stands over the `TestClock`, which nothing under it sees.
 *
 * @since 0.1.0
 */
import { type DateTime, Either, Layer } from "effect"
import * as Calendar from "../internal/schedule/Calendar.ts"
import * as ManualClock from "./ManualClock.ts"
import * as SeededRandom from "./SeededRandom.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The instant that the clock shows at first, as `Job.at` takes one; the epoch unless set. */
  readonly start?: DateTime.DateTime.Input
  /** What the dice are made of; the same for every test unless set. */
  readonly seed?: unknown
}

/**
 * Swaps the clock and the dice of a program, and gives it the hand to move time by. Each time the layer is built, time
 * and dice begin anew. It dies where `start` is no instant.
 *
 * @example
 * ```ts
 * import { Clock, Effect } from "effect"
 * import { ManualClock, TestTime } from "tickwork/testing"
 *
 * const program = Effect.gen(function* () {
 *   const time = yield* ManualClock.ManualClock
 *   yield* time.advance("1 hour")
 *   console.assert((yield* Clock.currentTimeMillis) === Date.parse("2026-03-02T13:00:00Z"))
 * })
 * Effect.runPromise(Effect.provide(program, TestTime.layer({ start: "2026-03-02T12:00:00Z" })))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = ({ seed = "tickwork", start = 0 }: Options = {}): Layer.Layer<ManualClock.ManualClock> =>
  Either.match(Calendar.at(start), {
    onLeft: ({ reason }) =>
      Layer.die(new Error(`The start ${JSON.stringify(start)} of TestTime will not do: ${reason}`)),
    onRight: ({ instant }) => Layer.provideMerge(ManualClock.layer(instant), SeededRandom.layer(seed))
  })
