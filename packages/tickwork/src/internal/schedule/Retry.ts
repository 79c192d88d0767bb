/**
 * How an attempt that failed is made again, as a machine that can be stored: what a policy has come to in an occurrence.
 *
 * An occurrence is the first attempt at an instant up to success or giving up; each begins its policies anew. A policy
 * never tells the time and never rolls dice, and decides nothing but when to try again.
 *
 * @since 0.1.0
 */
import { Effect, Either, Schedule, Schema } from "effect"
import * as Cadence from "./Cadence.ts"
import * as ScheduleStateCodec from "./ScheduleStateCodec.ts"
import type { Json } from "./StateCodec.ts"

/**
 * What a policy has come to, and which policy that was.
 *
 * @since 0.1.0
 * @category models
 */
export const PolicyState = Schema.Struct({
  definition: Schema.String,
  state: Schema.Unknown as unknown as Schema.Schema<Json>
})

/**
 * What the policies of an occurrence have come to: the one for what the job fails with, and the one for unexpected ends.
 * `coveredUntil` is how far the attempts and the delays of a policy of the user's reach beyond the instant they are made for:
 * the occurrence stands for what a calendar plans up to there.
 *
 * @since 0.1.0
 * @category models
 */
export const RetryState = Schema.Struct({
  failure: Schema.optionalWith(PolicyState, { exact: true }),
  unexpected: Schema.optionalWith(PolicyState, { exact: true }),
  coveredUntil: Schema.optionalWith(Schema.Int, { exact: true })
})

/**
 * @since 0.1.0
 * @category models
 */
export interface RetryState extends Schema.Schema.Type<typeof RetryState> {}

/**
 * Which policy is asked: the one for a typed failure of the job, or the one for a timeout, a defect, a run that
 * interrupted itself, a crash.
 *
 * @since 0.1.0
 * @category models
 */
export type Kind = "failure" | "unexpected"

/**
 * A policy, ready to be asked. The usual one makes way for the next instant of a calendar.
 *
 * @since 0.1.0
 * @category models
 */
export interface Policy<out R = never> {
  readonly schedule: Cadence.OnSchedule<never, R>
  readonly isDefault: boolean
}

/**
 * A policy of the user's; fails where its initial state cannot be kept.
 *
 * @since 0.1.0
 * @category constructors
 */
export const policy = <In, R>(
  schedule: Schedule.Schedule<unknown, In, R>,
  keeper: ScheduleStateCodec.ScheduleStateCodec
): Either.Either<Policy<R>, ScheduleStateCodec.UnstorableCadence> =>
  Either.map(Cadence.schedule(schedule, "ask", keeper), (schedule) => ({ schedule, isDefault: false }))

/**
 * What holds where a job names no policy: after 1 second, doubling, jittered, at most an hour apart, at most 10 retries.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultPolicy: Policy = {
  schedule: Either.getOrThrow(
    Cadence.schedule(
      Schedule.exponential("1 second").pipe(
        Schedule.jittered,
        Schedule.union(Schedule.spaced("1 hour")),
        Schedule.intersect(Schedule.recurs(10))
      ),
      "ask",
      ScheduleStateCodec.plain
    )
  ),
  isDefault: true
}

/**
 * Asks a policy once, at the end of an attempt: its state from then on, and the instant of the next attempt in ms since
 * the epoch; `null` when it has given up. What another policy has come to is not gone on with.
 *
 * @since 0.1.0
 * @category planning
 */
export const step = <In, R>(
  { schedule }: Policy<R>,
  kind: Kind,
  retry: RetryState | null,
  options: { readonly now: number; readonly input: In }
): Effect.Effect<
  { readonly retry: RetryState; readonly at: number | null },
  ScheduleStateCodec.UnstorableCadence,
  R
> => {
  const { definition } = schedule
  const earlier = retry?.[kind]
  const from = { definition, anchor: options.now, seed: 0, steps: 0 }
  const isGoingOn = earlier?.definition === definition && schedule.keeper.canRead(earlier.state)
  const asked = { now: options.now, input: options.input as never }
  const planned = isGoingOn
    ? Cadence.step(schedule, { ...from, state: earlier.state }, asked)
    : Cadence.begin(schedule, { now: options.now, seed: 0, input: asked.input })
  return Effect.map(planned, ({ nextAt, state: { state } }) => ({
    retry: { ...retry, [kind]: { definition, state } },
    at: nextAt
  }))
}
