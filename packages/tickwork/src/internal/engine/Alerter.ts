/**
 * Tells the application's handler of alerts, beside the tick: one that fails is logged, one that hangs holds up nobody.
 *
 * It decides nothing of when to alert.
 *
 * @internal
 */
import { type Cause, Duration, Effect, FiberSet, type Scope } from "effect"
import type { Alert, Recovered } from "../../TickEvent.ts"

export type Handler<R> = (alert: Alert | Recovered) => Effect.Effect<unknown, unknown, R>

/** How the engine tells the handler; when the scope closes, the handler has this much time left. */
export const make = <R>(
  handler: Handler<R> | undefined,
  graceMs: number
): Effect.Effect<(alert: Alert | Recovered) => void, never, R | Scope.Scope> =>
  Effect.gen(function* () {
    if (handler === undefined) return () => {}
    const fibers = yield* FiberSet.make<void>()
    const run = yield* FiberSet.runtime(fibers)<R>()
    // a finalizer cannot be interrupted, unless it says so
    const allToldOf = Effect.interruptible(FiberSet.awaitEmpty(fibers))
    yield* Effect.addFinalizer(() => Effect.timeoutOption(allToldOf, Duration.millis(graceMs)))
    return (alert) => {
      const failed = (cause: Cause.Cause<unknown>) =>
        Effect.logError(`onAlert failed for job "${alert.jobName}"`, cause)
      run(
        Effect.asVoid(
          Effect.catchAllCause(
            // disconnected, so that a handler which cannot be interrupted is given up all the same
            Effect.disconnect(Effect.suspend(() => handler(alert))),
            failed
          )
        )
      )
    }
  })
