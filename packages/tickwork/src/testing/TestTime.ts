/**
 * The clock and the random numbers of a test: a clock that is moved by hand, and a seed. It knows no test runner; in
 * `@effect/vitest` it takes the place of the `TestClock` for all that is under it.
 *
 * @since 0.1.0
 */
import { type DateTime, Either, Layer } from "effect"
import * as Instant from "../internal/schedule/Instant.ts"
import * as ManualClock from "./ManualClock.ts"
import * as SeededRandom from "./SeededRandom.ts"

/**
 * Where a test begins.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The instant that the clock shows at first, as `Job.at` takes one; the epoch unless set. */
  readonly start?: DateTime.DateTime.Input
  /** Decides the random numbers, any value that `Random.make` takes; the same for every test unless set. */
  readonly seed?: unknown
}

/**
 * Swaps the clock and the random numbers of a program, and provides what moves the clock. Each build of the layer begins
 * again at `start` and with the seed. It dies where `start` is no instant.
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
  Either.match(Instant.of(start), {
    onLeft: (reason) => Layer.die(new Error(`start of TestTime ${reason}, got ${JSON.stringify(start)}`)),
    onRight: (instant) => Layer.provideMerge(ManualClock.layer(instant), SeededRandom.layer(seed))
  })
