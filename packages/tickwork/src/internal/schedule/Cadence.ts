/**
 * How a job recurs, as a machine that can be stored: begun once, stepped once for each occurrence that ended.
 *
 * Pure: `now` is an argument and `Random` comes from the caller.
 *
 * @internal
 */
import { Effect, Either, Schedule, ScheduleDecision, ScheduleIntervals } from "effect"
import type { CadenceState } from "../../CadenceState.ts"
import * as Calendar from "./Calendar.ts"
import * as ScheduleStateCodec from "./ScheduleStateCodec.ts"

/** The plan of a job: a grid of instants, or any Effect `Schedule`. */
export type Cadence<In = never, R = never> = Calendar.Calendar | OnSchedule<In, R>

export interface OnSchedule<in In, out R> {
  readonly _tag: "Schedule"
  readonly definition: string
  readonly schedule: Schedule.Schedule<unknown, In, R>
  /** `run` first as `Effect.repeat` does, or step (`ask`) the schedule first as `Effect.schedule` does. */
  readonly first: "run" | "ask"
  readonly codec: ScheduleStateCodec.ScheduleStateCodec
}

/** The state after a step and the next instant in ms since the epoch; `null` when the cadence has ended. */
export interface Planned {
  readonly state: CadenceState
  readonly nextAt: number | null
}

type Error = ScheduleStateCodec.UnstorableStateError

/** Due at once after the job's dependencies: it has no instants. */
export const afterOthers: OnSchedule<unknown, never> = {
  _tag: "Schedule",
  definition: "after others",
  schedule: Schedule.forever,
  first: "run",
  codec: ScheduleStateCodec.plain
}

/** As a `Schedule` says; fails where its initial state cannot be stored. */
export const schedule = <In, R>(
  schedule: Schedule.Schedule<unknown, In, R>,
  first: "run" | "ask",
  codec: ScheduleStateCodec.ScheduleStateCodec = ScheduleStateCodec.plain
): Either.Either<OnSchedule<In, R>, Error> =>
  Either.map(codec.encode(schedule.initial), (initial) => ({
    _tag: "Schedule",
    definition: `${first === "run" ? "repeat" : "schedule"} ${codec.describe(initial)}`,
    schedule,
    first,
    codec
  }))

const stepSchedule = <In, R>(
  self: OnSchedule<In, R>,
  from: { readonly cadence: Omit<CadenceState, "state">; readonly state: unknown },
  now: number,
  input: In
): Effect.Effect<Planned, Error, R> =>
  Effect.flatMap(self.schedule.step(now, input, from.state), ([next, , decision]) =>
    Either.map(self.codec.encode(next), (state) => ({
      state: { ...from.cadence, state, steps: from.cadence.steps + 1 },
      nextAt: startOf(decision, now)
    }))
  )

const startOf = (decision: ScheduleDecision.ScheduleDecision, now: number): number | null => {
  if (ScheduleDecision.isDone(decision)) return null
  const wanted = ScheduleIntervals.start(decision.intervals)
  // Effect's own driver reads NaN as now
  const start = Number.isNaN(wanted) ? now : Math.max(now, wanted)
  // a start at infinity, or past the last date, means "never again"
  return start <= Calendar.lastInstant ? Math.ceil(start) : null
}

/** The first plan of a cadence that has never run: `input` is what `Effect.schedule` would hand to the first step. */
export const begin = <In, R>(
  self: Cadence<In, R>,
  options: { readonly now: number; readonly seed: number; readonly version?: number; readonly input: In }
): Effect.Effect<Planned, Error, R> => {
  const { now, seed, version = 1 } = options
  const base = { definition: self.definition, anchor: now, seed, steps: 0, ...(version === 1 ? {} : { version }) }
  if (self._tag === "Calendar") return Effect.succeed({ state: { ...base, state: null }, nextAt: self.first(now) })
  return self.first === "ask"
    ? Effect.suspend(() => stepSchedule(self, { cadence: base, state: self.schedule.initial }, now, options.input))
    : Effect.map(self.codec.encode(self.schedule.initial), (state) => ({ state: { ...base, state }, nextAt: now }))
}

/** Steps a cadence once, as `Effect.repeat` does when a run has ended at `now`. */
export const step = <In, R>(
  self: OnSchedule<In, R>,
  state: CadenceState,
  options: { readonly now: number; readonly input: In }
): Effect.Effect<Planned, Error, R> =>
  Effect.suspend(() => {
    const { missedTo, unanswered = null, ...cadence } = state
    const from = { cadence, state: self.codec.decode(state.state, self.schedule.initial) }
    const planned = stepSchedule(self, from, options.now, options.input)
    return unanswered === null ? planned : Effect.map(planned, (planned) => sooner(planned, unanswered))
  })

/** The plan, or the instant that was planned before, whichever comes first. */
export const sooner = (planned: Planned, before: number | null): Planned => {
  const { nextAt, state } = planned
  return before === null ? planned : { state, nextAt: nextAt === null ? before : Math.min(nextAt, before) }
}

/** The plan of a schedule whose first step is due at `askAt`. */
export const unanswered = <In, R>(
  self: OnSchedule<In, R>,
  options: Omit<Parameters<typeof begin<In, R>>[1], "input"> & {
    readonly askAt: number
    readonly before: number | null
  }
): Effect.Effect<Planned, Error, R> =>
  Effect.map(begin({ ...self, first: "run" }, { ...options, input: undefined as In }), ({ state }) => ({
    state: { ...state, unanswered: options.before },
    nextAt: options.askAt
  }))

/** True where this cadence made the state, so that it can continue from it. */
export const madeBy = <In, R>(self: Cadence<In, R>, state: CadenceState): boolean =>
  state.definition === self.definition && (self._tag === "Calendar" || self.codec.canRead(state.state))
