/**
 * The effect of one attempt: the looks at its conditions, then the job's own body.
 *
 * It records nothing and never decides when.
 *
 * @internal
 */
import { Duration, Effect, Exit } from "effect"
import type { Run } from "../../Run.ts"
import type { Condition } from "../Definition.ts"
import * as ErrorText from "../ErrorText.ts"
import * as Millis from "../Millis.ts"
import * as Plan from "../plan/Plan.ts"
import type { Registered } from "../plan/Registered.ts"
import * as Told from "./BodyInput.ts"
import { Skipped, TimedOut } from "./Outcome.ts"
import * as RunSpan from "./RunSpan.ts"

const longestCheck = Duration.millis(Plan.longestCheckMs)

/** One condition asked: why it keeps the job from running; `null` where it does not. */
export const checkCondition = <R>({
  holds,
  reason,
  recheck
}: Condition<R>): Effect.Effect<Skipped | null, never, R> => {
  const refuse = (error: string | null) => new Skipped(reason, error, recheck === null ? null : Millis.of(recheck))
  // disconnected, so that a look which cannot be interrupted is given up all the same
  return Effect.timeoutFail(Effect.disconnect(holds), {
    duration: longestCheck,
    onTimeout: () => new Error(`no answer within ${Duration.toSeconds(longestCheck)} seconds`)
  }).pipe(
    Effect.exit,
    Effect.map((exit) => {
      if (Exit.isFailure(exit)) return refuse(`condition failed: ${ErrorText.render(exit.cause)}`)
      return exit.value ? null : refuse(null)
    })
  )
}

const firstRefusal = <R>(conditions: ReadonlyArray<Condition<R>>): Effect.Effect<Skipped | null, never, R> =>
  conditions.reduce<Effect.Effect<Skipped | null, never, R>>(
    (earlier, condition) =>
      Effect.flatMap(earlier, (skipped) => (skipped === null ? checkCondition(condition) : Effect.succeed(skipped))),
    Effect.succeed(null)
  )

/** Waits for what it interrupts, so that a body which does not let go never overlaps the next one. */
const bounded = <R>(body: Effect.Effect<unknown, unknown, R>, timeoutMs: number): Effect.Effect<unknown, unknown, R> =>
  Effect.timeoutTo(body, { duration: timeoutMs, onSuccess: (value) => value, onTimeout: () => new TimedOut(timeoutMs) })

/**
 * Answers `Skipped` where its instant is dropped or a condition does not hold, `TimedOut` where its time was up, else
 * what the job answers, or what stands `around` it.
 */
export const make = <R, R2 = never>(
  { job, timeoutMs }: Registered<R>,
  run: Run,
  options: {
    readonly skipReason: string | null
    readonly stored: Told.Stored
    /** Somebody sees the span of the attempt. */
    readonly isTraced: boolean
    readonly around?: (attempt: Effect.Effect<unknown, unknown, R>) => Effect.Effect<unknown, unknown, R | R2>
  }
): Effect.Effect<unknown, unknown, R | R2> => {
  const { around, skipReason, isTraced, stored } = options
  if (skipReason !== null) return Effect.succeed(new Skipped(skipReason, null, null))
  const attempt = Told.attempt(job, run, stored)
  const whole: Effect.Effect<unknown, unknown, R | R2> = around === undefined ? attempt : around(attempt)
  const inTime = timeoutMs === null ? whole : bounded(whole, timeoutMs)
  const body = isTraced ? RunSpan.around(run, inTime) : inTime
  // who asks for a run by hand does not ask whether it is time for it
  return job.conditions.length === 0 || run.trigger === "manual"
    ? body
    : Effect.flatMap(firstRefusal(job.conditions), (skipped) => (skipped === null ? body : Effect.succeed(skipped)))
}
