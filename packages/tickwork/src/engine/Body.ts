/**
 * The effect of one attempt: the looks at its conditions, then the job's own body.
 *
 * It records nothing and never decides when.
 *
 * @internal
 */
import { Effect, Exit } from "effect"
import * as ErrorText from "../ErrorText.ts"
import type { Condition } from "../Job.ts"
import type { Registered } from "../Jobs.ts"
import type { Run } from "../Run.ts"
import { Skipped, TimedOut } from "./Outcome.ts"

const longestLook = "5 seconds"

const look = <R>({ holds, reason }: Condition<unknown, R>): Effect.Effect<Skipped | null, never, R> =>
  // disconnected, so that a look which cannot be interrupted is given up all the same
  Effect.timeoutFail(Effect.disconnect(holds), {
    duration: longestLook,
    onTimeout: () => new Error(`no answer within ${longestLook}`)
  }).pipe(
    Effect.exit,
    Effect.map((exit) => {
      if (Exit.isFailure(exit)) return new Skipped(reason, `look failed: ${ErrorText.render(exit.cause)}`)
      return exit.value ? null : new Skipped(reason, null)
    })
  )

const firstRefusal = <R>(conditions: ReadonlyArray<Condition<unknown, R>>): Effect.Effect<Skipped | null, never, R> =>
  conditions.reduce<Effect.Effect<Skipped | null, never, R>>(
    (earlier, condition) =>
      Effect.flatMap(earlier, (skipped) => (skipped === null ? look(condition) : Effect.succeed(skipped))),
    Effect.succeed(null)
  )

/** Answers `Skipped` where its instant is dropped or a condition does not hold, else what the job answers. */
export const make = <R>(
  { job, timeoutMs }: Registered<R>,
  run: Run,
  dropped: string | null
): Effect.Effect<unknown, unknown, R> => {
  if (dropped !== null) return Effect.succeed(new Skipped(dropped, null))
  const attempt = Effect.suspend(() => job.body(run))
  const body = timeoutMs === null ? attempt : bounded(attempt, timeoutMs)
  return job.conditions.length === 0
    ? body
    : Effect.flatMap(firstRefusal(job.conditions), (skipped) => (skipped === null ? body : Effect.succeed(skipped)))
}

/** Waits for what it interrupts, so that a body which does not let go never overlaps the next one. */
const bounded = <R>(body: Effect.Effect<unknown, unknown, R>, timeoutMs: number): Effect.Effect<unknown, unknown, R> =>
  Effect.timeoutTo(body, { duration: timeoutMs, onSuccess: (value) => value, onTimeout: () => new TimedOut(timeoutMs) })
