/**
 * Schedules as users write them: steps and states that no combinator of Effect makes.
 */
import { Chunk, Duration, Effect, Exit, Option, Schedule, ScheduleDecision, ScheduleInterval } from "effect"
import { counted } from "./Schedules.ts"

export const failed = (input: unknown): boolean => Exit.isExit(input) && Exit.isFailure(input)

/** Doubles the delay after each failed run, and starts from `ms` again after a success. */
export const ofAUser = (ms: number) =>
  Schedule.makeWithState({ failures: 0 }, (now, input: unknown, state) => {
    const failures = failed(input) ? Math.min(state.failures + 1, 6) : 0
    const decision = ScheduleDecision.continueWith(ScheduleInterval.after(now + ms * 2 ** failures))
    return Effect.succeed([{ failures }, failures, decision] as const)
  })

/** Waits longer for each of the last three failed runs, which are its state. */
export const remembering = (ms: number) =>
  Schedule.makeWithState<ReadonlyArray<unknown>, unknown, number>([], (now, input, state) => {
    const inputs = [...state, input].slice(-3)
    const delay = ms * (1 + inputs.filter(failed).length) + inputs.reduce<number>((sum, _) => sum + counted(_), 0)
    return Effect.succeed([inputs, delay, ScheduleDecision.continueWith(ScheduleInterval.after(now + delay))] as const)
  })

interface Rich {
  readonly runs: number
  readonly before: Option.Option<number> | undefined
  readonly seen: Chunk.Chunk<Duration.Duration>
}

/** Its state has values of the types that Effect's own schedules hold, and each of them changes the delay. */
export const rich = (ms: number) =>
  Schedule.makeWithState<Rich, unknown, number>(
    { runs: 0, before: undefined, seen: Chunk.empty() },
    (now, _, { before, runs, seen }) => {
      const kept = Chunk.reduce(seen, 0, (sum, delay) => sum + Duration.toMillis(delay))
      const earlier = before === undefined ? 3 : Option.getOrElse(before, () => 5)
      const delay = ms + runs + earlier + (kept % 13)
      const next = {
        runs: runs + 1,
        before: before === undefined ? Option.none() : Option.some(runs % 2),
        seen: Chunk.append(seen, Duration.millis(delay))
      }
      return Effect.succeed([next, delay, ScheduleDecision.continueWith(ScheduleInterval.after(now + delay))] as const)
    }
  )

/** Plans each run in the past, which means at once. */
export const inThePast = (ms: number) =>
  Schedule.makeWithState(0, (now, _: unknown, n) => {
    const decision = ScheduleDecision.continueWith(ScheduleInterval.after(now - ms))
    return Effect.succeed([n + 1, n, decision] as const)
  })
