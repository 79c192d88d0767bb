/**
 * The effect of one attempt: its conditions, then the job's own body.
 *
 * It records nothing and never decides when to run.
 *
 * @internal
 */
import { type Cause, Effect } from "effect"
import type { Verdict } from "../../LogEntry.ts"
import type { Progress, RunInfo } from "../../Run.ts"
import type { Condition } from "../Definition.ts"
import * as Millis from "../Millis.ts"
import * as Plan from "../plan/Plan.ts"
import type { Registered } from "../plan/Registered.ts"
import * as Answer from "./Answer.ts"
import * as BodyInput from "./BodyInput.ts"
import * as ErrorText from "./ErrorText.ts"
import { Skipped, TimedOut } from "./Outcome.ts"
import * as Report from "./Report.ts"
import * as RunSpan from "./RunSpan.ts"
import * as Timeout from "./Timeout.ts"

/** Checks one condition: why it keeps the job from running; `null` where it holds. */
export const checkCondition = <R>({
  holds,
  reason,
  recheck
}: Condition<R>): Effect.Effect<Skipped | null, never, R> => {
  const recheckMs = recheck === null ? null : Millis.of(recheck)
  const refuse = (verdict: Verdict, error: string | null, cause: Cause.Cause<unknown> | null = null) =>
    new Skipped({ verdict, missedBecause: null, reason, error, cause, recheckMs })
  return Effect.matchCause(Answer.within(holds, Plan.longestCheckMs), {
    onFailure: (cause) => refuse("condition-failed", `condition failed: ${ErrorText.render(cause)}`, cause),
    onSuccess: (isTrue) => (isTrue ? null : refuse("condition-false", null))
  })
}

const firstRefusal = <R>(conditions: ReadonlyArray<Condition<R>>): Effect.Effect<Skipped | null, never, R> =>
  conditions.reduce<Effect.Effect<Skipped | null, never, R>>(
    (earlier, condition) =>
      Effect.flatMap(earlier, (skipped) => (skipped === null ? checkCondition(condition) : Effect.succeed(skipped))),
    Effect.succeed(null)
  )

/** Waits for the body that it interrupts, so that a slow one never overlaps the next. */
const bounded = <R>(body: Effect.Effect<unknown, unknown, R>, timeoutMs: number): Effect.Effect<unknown, unknown, R> =>
  Timeout.to(body, timeoutMs, () => new TimedOut(timeoutMs))

/**
 * Returns `Skipped` where its instant is skipped or a condition does not hold, `TimedOut` after its time limit, else
 * the result of the job, or of the effect `around` it.
 */
export const make = <R, R2 = never>(
  { job, timeoutMs }: Registered<R>,
  run: RunInfo,
  options: {
    readonly skip: Skipped | null
    readonly stored: BodyInput.Stored
    /** True where a tracer receives the span of the attempt. */
    readonly isTraced: boolean
    /** Takes how far the body says that it is. */
    readonly note?: (progress: Omit<Progress, "at">) => void
    readonly around?: (attempt: Effect.Effect<unknown, unknown, R>) => Effect.Effect<unknown, unknown, R | R2>
  }
): Effect.Effect<unknown, unknown, R | R2> => {
  const { around, isTraced, note = () => {}, skip, stored } = options
  if (skip !== null) return Effect.succeed(skip)
  const attempt = BodyInput.attempt(job, Report.given(run, job.report, note), stored)
  const inTime = timeoutMs === null ? attempt : bounded(attempt, timeoutMs)
  // what is around has limits of its own: a commit that has begun is never given up
  const whole: Effect.Effect<unknown, unknown, R | R2> = around === undefined ? inTime : around(inTime)
  const body = isTraced ? RunSpan.around(run, whole) : whole
  // a manual run ignores the conditions
  return job.conditions.length === 0 || run.trigger === "manual"
    ? body
    : Effect.flatMap(firstRefusal(job.conditions), (skipped) => (skipped === null ? body : Effect.succeed(skipped)))
}
