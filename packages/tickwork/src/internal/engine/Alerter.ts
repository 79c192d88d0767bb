/**
 * Calls the application's alert handler in its own fibers, one at a time for each job: its failures are logged, and it never
 * delays the tick.
 *
 * It never decides when to alert.
 *
 * @internal
 */
import { type Cause, Effect, FiberSet, type Scope } from "effect"
import type { Alert, Recovered } from "../../TickEvent.ts"
import * as Answer from "./Answer.ts"
import * as ErrorText from "./ErrorText.ts"
import * as StillClock from "./StillClock.ts"
import * as Timeout from "./Timeout.ts"
import { stillMs } from "./Tuning.ts"

export type Handler<R> = (alert: Alert | Recovered) => Effect.Effect<unknown, unknown, R>

/** How long a call may take, and how long all have when the scope closes. */
interface Times {
  readonly timeoutMs: number
  readonly graceMs: number
}

/** Makes the function that calls the handler. */
export const make = <R>(
  handler: Handler<R> | undefined,
  { graceMs, timeoutMs }: Times
): Effect.Effect<(alert: Alert | Recovered) => void, never, R | Scope.Scope> =>
  Effect.gen(function* () {
    if (handler === undefined) return () => {}
    const fibers = yield* FiberSet.make<void>()
    const run = yield* FiberSet.runtime(fibers)<R>()
    // a finalizer is uninterruptible by default
    const allHandled = Effect.interruptible(FiberSet.awaitEmpty(fibers))
    const clock = yield* Effect.clock
    const inTime = Effect.raceFirst(
      Timeout.to(allHandled, graceMs, () => {}),
      StillClock.whenStill(clock, stillMs)
    )
    yield* Effect.addFinalizer(() => inTime)
    const handle = (alert: Alert | Recovered) => {
      const failed = (cause: Cause.Cause<unknown>) =>
        Effect.logError(`onAlert failed for job "${alert.jobName}": ${ErrorText.render(cause)}`)
      // disconnected, so that an uninterruptible handler cannot hold up the scope
      const handled = Answer.within(
        Effect.suspend(() => handler(alert)),
        timeoutMs
      )
      return Effect.asVoid(Effect.catchAllCause(handled, failed))
    }
    /** What waits for the handler of a job that is being called: the newest of each instance. */
    const waiting = new Map<string, Map<string, Alert | Recovered>>()
    return (alert) => {
      const { jobName, key } = alert
      const others = waiting.get(jobName)
      if (others !== undefined) {
        others.delete(key)
        others.set(key, alert)
        return
      }
      const own = new Map([[key, alert]])
      waiting.set(jobName, own)
      const all = Effect.gen(function* () {
        // the iteration goes on to what is added meanwhile
        for (const [key, alert] of own) {
          own.delete(key)
          yield* handle(alert)
        }
        waiting.delete(jobName)
      })
      run(all)
    }
  })
