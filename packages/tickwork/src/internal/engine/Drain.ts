/**
 * The stop of a tick: it releases what has not started, waits for running bodies, interrupts those that take too long, and
 * records all.
 *
 * It waits for no time that does not pass, and for no store that does not answer.
 *
 * @internal
 */
import { type Cause, Duration, Effect, Fiber } from "effect"
import type { StoreError } from "../../JobStore.ts"
import * as Collect from "./Collect.ts"
import type { Engine } from "./Engine.ts"
import { type Driving, nowOf, type Runner } from "./Runner.ts"
import * as StillClock from "./StillClock.ts"
import { drainRetryMs, graceMs, stillMs, storeGraceMs } from "./Tuning.ts"

export interface Options {
  readonly engine: Engine
  readonly runner: Runner
  readonly driving: Driving
  readonly turn: Effect.Effect<boolean, StoreError>
  readonly turnsWhile: (isOpen: () => boolean, turn: Effect.Effect<boolean>, until: () => number) => Effect.Effect<void>
  /** False where a caller that began to drive meanwhile takes over the rest. */
  readonly isLast: () => boolean
  readonly report: (cause: Cause.Cause<StoreError>) => Effect.Effect<void>
}

const warning =
  "The tick stops under a clock that no one moves, so bodies that sleep are interrupted. A test that lets them end moves its clock while the scope closes: time.until(close) on the clock of TestTime; with TestClock fork the close, adjust the clock, and join it"

export const drain = (options: Options): Effect.Effect<void> => {
  const { driving, engine, isLast, report, runner, turn, turnsWhile } = options
  const { clock } = driving
  const sleep = (ms: number, realMs: number) =>
    Effect.raceFirst(Effect.interruptible(clock.sleep(Duration.millis(ms))), StillClock.whenStill(clock, realMs))
  // a store that neither answers nor fails must not hold up the stop; interrupted, it gives up what it waits for
  const attempted = Effect.raceFirst(
    Effect.interruptible(Effect.disconnect(turn)),
    Effect.as(sleep(graceMs, storeGraceMs), false)
  )
  // what is still to be read from a store that fails would be tried again at once
  const pause = Effect.as(sleep(drainRetryMs, stillMs), false)
  const patient = Effect.catchAllCause(attempted, (cause) => Effect.zipRight(report(cause), pause))
  /** True where the clock stood still meanwhile. */
  const atMost = (ms: number, isOpen: () => boolean, realMs = stillMs) =>
    Effect.suspend(() => {
      const deadline = nowOf(clock) + ms
      let isStill = false
      const goesOn = () => isLast() && isOpen() && !isStill && nowOf(clock) < deadline
      if (!goesOn()) return Effect.succeed(false)
      const noticed = Effect.map(StillClock.whenStill(clock, realMs), () => {
        isStill = true
        runner.wake()
      })
      return Effect.acquireUseRelease(
        Effect.forkDaemon(noticed),
        () =>
          Effect.map(
            turnsWhile(goesOn, patient, () => deadline),
            () => isStill
          ),
        Fiber.interrupt
      )
    })
  return Effect.gen(function* () {
    Collect.empty(engine, nowOf(clock))
    const isStill = yield* atMost(engine.settings.drainMs, () => runner.isBusy)
    if (isStill) yield* Effect.logWarning(warning)
    if (isLast()) runner.cutShort()
    yield* atMost(graceMs, () => runner.isBusy)
    if (isLast()) runner.leaveRunning(clock)
    yield* atMost(storeGraceMs, () => runner.isBusy || engine.isOpen, storeGraceMs)
  })
}
