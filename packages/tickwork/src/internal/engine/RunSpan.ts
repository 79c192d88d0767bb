/**
 * The tracing span of an attempt, from the start of its body to its end: the root of its trace.
 *
 * It never changes how the attempt ends.
 *
 * @internal
 */
import { Cause, type Clock, Effect, Exit, type Tracer } from "effect"
import type { RunInfo } from "../../Run.ts"
import * as Outcome from "./Outcome.ts"

const attributesOf = ({ attempt, jobName, key, runKey, scheduledAt, startedAt, trigger }: RunInfo) => ({
  "tickwork.job": jobName,
  "tickwork.key": key,
  "tickwork.run_key": runKey,
  "tickwork.attempt": attempt,
  "tickwork.trigger": trigger,
  "tickwork.scheduled_at": new Date(scheduledAt).toISOString(),
  "tickwork.late_ms": Math.max(0, startedAt - scheduledAt)
})

/** The exit for the span where it differs from the attempt's: tracers do not count an interruption as an error. */
const failureOf = (exit: Exit.Exit<unknown, unknown>): Exit.Exit<never, unknown> | null => {
  if (Exit.isSuccess(exit)) {
    return exit.value instanceof Outcome.TimedOut ? Exit.die(new Cause.TimeoutException(exit.value.message)) : null
  }
  if (!Cause.isInterruptedOnly(exit.cause)) return null
  const interrupted = Cause.die(new Cause.InterruptedException("it was interrupted"))
  return Exit.failCause(Cause.sequential(exit.cause, interrupted))
}

const end = (span: Tracer.Span, exit: Exit.Exit<unknown, unknown>, clock: Clock.Clock) => {
  span.attribute("tickwork.status", Outcome.of(exit).status)
  const failure = failureOf(exit)
  // with timing disabled its start is 0, and so is its end
  const at = span.status.startTime === 0n ? 0n : clock.unsafeCurrentTimeNanos()
  if (failure !== null) span.end(at, failure)
}

export const around = <A, E, R>(run: RunInfo, attempt: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.useSpan(
    `run ${run.jobName}`,
    { root: true, captureStackTrace: false, attributes: attributesOf(run) },
    // the body and all spans below it find it as their parent
    (span) =>
      Effect.withParentSpan(attempt, span).pipe(
        Effect.onExit((exit) => Effect.clockWith((clock) => Effect.sync(() => end(span, exit, clock))))
      ) as Effect.Effect<A, E, R>
  )
