/**
 * How a failed attempt is retried, as a machine that can be stored: each occurrence begins its policies afresh.
 *
 * Pure: `now` is an argument and `Random` comes from the caller. A policy decides only when to retry.
 *
 * @internal
 */
import { Effect, Either, Schedule } from "effect"
import type { RetryState } from "../../CadenceState.ts"
import * as Cadence from "./Cadence.ts"
import type * as ScheduleStateCodec from "./ScheduleStateCodec.ts"

/** The policy for a typed failure of the job, or the one for a timeout, a defect, a self-interruption, a crash. */
export type Kind = "failure" | "unexpected"

/** A policy, ready to be stepped. The default policy yields to the next instant of a calendar. */
export interface Policy<out R = never> {
  readonly schedule: Cadence.OnSchedule<never, R>
  readonly isDefault: boolean
}

/** A user's policy; fails where its initial state cannot be stored. */
export const policy = <In, R>(
  schedule: Schedule.Schedule<unknown, In, R>,
  codec: ScheduleStateCodec.ScheduleStateCodec
): Either.Either<Policy<R>, ScheduleStateCodec.UnstorableStateError> =>
  Either.map(Cadence.schedule(schedule, "ask", codec), (schedule) => ({ schedule, isDefault: false }))

/** The default: after 1 second, doubling, with jitter, at most an hour apart, at most 10 retries. */
export const defaultPolicy: Policy = {
  schedule: Either.getOrThrow(
    Cadence.schedule(
      Schedule.exponential("1 second").pipe(
        Schedule.jittered,
        Schedule.union(Schedule.spaced("1 hour")),
        Schedule.intersect(Schedule.recurs(10))
      ),
      "ask"
    )
  ),
  isDefault: true
}

/**
 * Steps a policy once, at the end of an attempt: its next state, and the instant of the next attempt in ms since the epoch;
 * `null` where the policy gives up. A state that another policy made is not continued.
 */
export const step = <In, R>(
  { schedule }: Policy<R>,
  kind: Kind,
  retry: RetryState | null,
  options: { readonly now: number; readonly input: In }
) => {
  const { definition } = schedule
  const earlier = retry?.[kind]
  const from = { definition, anchor: options.now, seed: 0, steps: 0 }
  const isContinued = earlier?.definition === definition && schedule.codec.canRead(earlier.state)
  const given = { now: options.now, input: options.input as never }
  const planned = isContinued
    ? Cadence.step(schedule, { ...from, state: earlier.state }, given)
    : Cadence.begin(schedule, { ...given, seed: 0 })
  return Effect.map(planned, ({ nextAt, state: { state } }) => {
    const next: RetryState = { ...retry, [kind]: { definition, state } }
    return { retry: next, at: nextAt }
  })
}
