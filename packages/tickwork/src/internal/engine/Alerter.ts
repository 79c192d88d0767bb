/**
 * Calls the application's alert handler in its own fibers: its failures are logged, and it never delays the tick.
 *
 * It never decides when to alert.
 *
 * @internal
 */
import { type Cause, Duration, Effect, FiberSet, type Scope } from "effect"
import type { Alert, Recovered } from "../../TickEvent.ts"

export type Handler<R> = (alert: Alert | Recovered) => Effect.Effect<unknown, unknown, R>

/** Makes the function that calls the handler; when the scope closes, running handlers have `graceMs` left. */
export const make = <R>(
  handler: Handler<R> | undefined,
  graceMs: number
): Effect.Effect<(alert: Alert | Recovered) => void, never, R | Scope.Scope> =>
  Effect.gen(function* () {
    if (handler === undefined) return () => {}
    const fibers = yield* FiberSet.make<void>()
    const run = yield* FiberSet.runtime(fibers)<R>()
    // a finalizer is uninterruptible by default
    const allHandled = Effect.interruptible(FiberSet.awaitEmpty(fibers))
    yield* Effect.addFinalizer(() => Effect.timeoutOption(allHandled, Duration.millis(graceMs)))
    return (alert) => {
      const failed = (cause: Cause.Cause<unknown>) =>
        Effect.logError(`onAlert failed for job "${alert.jobName}"`, cause)
      // disconnected, so that an uninterruptible handler cannot hold up the scope
      const handled = Effect.disconnect(Effect.suspend(() => handler(alert)))
      run(handled.pipe(Effect.catchAllCause(failed), Effect.asVoid))
    }
  })
