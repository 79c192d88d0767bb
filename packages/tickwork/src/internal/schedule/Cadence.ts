/**
 * How a job recurs, as a machine that can be stored: begun once, stepped once for each occurrence that ended.
 *
 * A cadence never tells the time and never rolls dice: the instant comes in as an argument, and whoever steps it
 * provides Random. Stepping one changes nothing but what it returns.
 *
 * @since 0.1.0
 */
import { Effect, Either, Option, Schedule, ScheduleDecision, ScheduleIntervals } from "effect"
import * as Calendar from "./Calendar.ts"
import * as ScheduleStateCodec from "./ScheduleStateCodec.ts"
import type * as StateCodec from "./StateCodec.ts"
import * as WallClock from "./WallClock.ts"

/**
 * The plan of a job: a grid of instants, or any Effect `Schedule`.
 *
 * @since 0.1.0
 * @category models
 */
export type Cadence<In = never, R = never> = OnCalendar | OnSchedule<In, R>

/**
 * @since 0.1.0
 * @category models
 */
export interface OnCalendar {
  readonly _tag: "Calendar"
  readonly definition: string
  readonly calendar: Calendar.Calendar
  /** `at once` for an interval, `at the next instant` for cron and for a single instant. */
  readonly begins: "at once" | "at the next instant"
}

/**
 * @since 0.1.0
 * @category models
 */
export interface OnSchedule<in In, out R> {
  readonly _tag: "Schedule"
  readonly definition: string
  readonly schedule: Schedule.Schedule<unknown, In, R>
  /** `run` first as `Effect.repeat` does, or `ask` the schedule first as `Effect.schedule` does. */
  readonly first: "run" | "ask"
  readonly keeper: ScheduleStateCodec.ScheduleStateCodec
}

/**
 * What a store keeps of a cadence between two runs.
 *
 * `definition` is what the cadence looked like when the state was made, `anchor` the instant from which an interval
 * counts, `seed` and `steps` the dice of the next step, `state` the encoded state of a schedule. `version` is the
 * version of the job where it is another than 1, `missedTo` the last instant that was found to be missed, as long as
 * runs that make up for it are to come. `unanswered` is there while the schedule has not answered its first question,
 * and is the instant that was planned before, if any: until there is an answer, it is asked and nothing runs.
 *
 * @since 0.1.0
 * @category models
 */
export interface CadenceState {
  readonly definition: string
  readonly anchor: number
  readonly seed: number
  readonly steps: number
  readonly state: StateCodec.Json
  readonly version?: number
  readonly missedTo?: number
  readonly unanswered?: number | null
}

/**
 * The state after a step and the next instant in ms since the epoch; `null` when the cadence has ended.
 *
 * @since 0.1.0
 * @category models
 */
export interface Planned {
  readonly state: CadenceState
  readonly nextAt: number | null
}

/**
 * Every so often, counted from the first run.
 *
 * @since 0.1.0
 * @category constructors
 */
export const every = (calendar: Calendar.Every): OnCalendar => ({
  _tag: "Calendar",
  definition: `every ${calendar.intervalMs} ms`,
  calendar,
  begins: "at once"
})

/**
 * As a cron expression says.
 *
 * @since 0.1.0
 * @category constructors
 */
export const cron = (calendar: Calendar.CronCalendar): OnCalendar => ({
  _tag: "Calendar",
  definition: WallClock.describe(calendar.wall),
  calendar,
  begins: "at the next instant"
})

/**
 * At one instant, once.
 *
 * @since 0.1.0
 * @category constructors
 */
export const at = (calendar: Calendar.At): OnCalendar => ({
  _tag: "Calendar",
  definition: `at ${new Date(calendar.instant).toISOString()}`,
  calendar,
  begins: "at the next instant"
})

/**
 * At the one instant that each instance is begun for.
 *
 * @since 0.1.0
 * @category constants
 */
export const once: OnCalendar = {
  _tag: "Calendar",
  definition: "once",
  calendar: { _tag: "Once" },
  begins: "at once"
}

/**
 * Whenever nothing else keeps it: a job that comes after others, and has no instants of its own.
 *
 * @since 0.1.0
 * @category constants
 */
export const whenever: OnSchedule<unknown, never> = {
  _tag: "Schedule",
  definition: "after others",
  schedule: Schedule.forever,
  first: "run",
  keeper: ScheduleStateCodec.plain
}

/**
 * As a `Schedule` says; fails where its initial state cannot be kept.
 *
 * @since 0.1.0
 * @category constructors
 */
export const schedule = <In, R>(
  schedule: Schedule.Schedule<unknown, In, R>,
  first: "run" | "ask",
  keeper: ScheduleStateCodec.ScheduleStateCodec = ScheduleStateCodec.plain
): Either.Either<OnSchedule<In, R>, ScheduleStateCodec.UnstorableCadence> =>
  Either.map(keeper.encode(schedule.initial), (initial) => ({
    _tag: "Schedule",
    definition: `${first === "run" ? "repeat" : "schedule"} ${keeper.describe(initial)}`,
    schedule,
    first,
    keeper
  }))

const stepSchedule = <In, R>(
  self: OnSchedule<In, R>,
  from: { readonly cadence: Omit<CadenceState, "state">; readonly state: unknown },
  now: number,
  input: In
): Effect.Effect<Planned, ScheduleStateCodec.UnstorableCadence, R> =>
  Effect.flatMap(self.schedule.step(now, input, from.state), ([next, , decision]) =>
    Either.map(self.keeper.encode(next), (state) => ({
      state: { ...from.cadence, state, steps: from.cadence.steps + 1 },
      nextAt: startOf(decision, now)
    }))
  )

const startOf = (decision: ScheduleDecision.ScheduleDecision, now: number): number | null => {
  if (ScheduleDecision.isDone(decision)) return null
  const asked = ScheduleIntervals.start(decision.intervals)
  // Effect's own driver takes what is no number for now
  const start = Number.isNaN(asked) ? now : Math.max(now, asked)
  // a start at infinity, or past the last date, is a schedule's way to say "never again"
  return start <= Calendar.lastInstant ? Math.ceil(start) : null
}

/**
 * The first plan of a cadence that has never run: `input` is what `Effect.schedule` would hand to the first step.
 *
 * @since 0.1.0
 * @category planning
 */
export const begin = <In, R>(
  self: Cadence<In, R>,
  options: { readonly now: number; readonly seed: number; readonly version?: number; readonly input: In }
): Effect.Effect<Planned, ScheduleStateCodec.UnstorableCadence, R> => {
  const { now, seed, version = 1 } = options
  const base = { definition: self.definition, anchor: now, seed, steps: 0, ...(version === 1 ? {} : { version }) }
  if (self._tag === "Calendar") {
    const nextAt = self.begins === "at once" ? now : firstOf(self.calendar, now)
    return Effect.succeed({ state: { ...base, state: null }, nextAt })
  }
  return self.first === "ask"
    ? Effect.suspend(() => stepSchedule(self, { cadence: base, state: self.schedule.initial }, now, options.input))
    : Effect.map(self.keeper.encode(self.schedule.initial), (state) => ({ state: { ...base, state }, nextAt: now }))
}

/** A single instant is planned though it has passed: what becomes of it then is a matter of being missed. */
const firstOf = (calendar: Calendar.Calendar, now: number): number | null =>
  calendar._tag === "At" ? calendar.instant : Option.getOrNull(Calendar.next(calendar, now, now))

/**
 * Steps a cadence once, as `Effect.repeat` does when a run has ended at `now`.
 *
 * @since 0.1.0
 * @category planning
 */
export const step = <In, R>(
  self: OnSchedule<In, R>,
  state: CadenceState,
  options: { readonly now: number; readonly input: In }
): Effect.Effect<Planned, ScheduleStateCodec.UnstorableCadence, R> =>
  Effect.suspend(() => {
    const { missedTo, unanswered = null, ...cadence } = state
    const from = { cadence, state: self.keeper.decode(state.state, self.schedule.initial) }
    return Effect.map(stepSchedule(self, from, options.now, options.input), (planned) =>
      unanswered === null ? planned : sooner(planned, unanswered)
    )
  })

/**
 * The plan, or the instant that stood before, whichever comes first.
 *
 * @since 0.1.0
 * @category planning
 */
export const sooner = (planned: Planned, before: number | null): Planned => {
  const { nextAt, state } = planned
  return before === null ? planned : { state, nextAt: nextAt === null ? before : Math.min(nextAt, before) }
}

/**
 * The plan of a schedule that is still to be asked its first question, at `askAt`.
 *
 * @since 0.1.0
 * @category planning
 */
export const unanswered = <In, R>(
  self: OnSchedule<In, R>,
  options: Omit<Parameters<typeof begin<In, R>>[1], "input"> & {
    readonly askAt: number
    readonly before: number | null
  }
): Effect.Effect<Planned, ScheduleStateCodec.UnstorableCadence, R> =>
  Effect.map(begin({ ...self, first: "run" }, { ...options, input: undefined as In }), ({ state }) => ({
    state: { ...state, unanswered: options.before },
    nextAt: options.askAt
  }))

/**
 * True where the state was made by this very cadence, so that it can go on from there.
 *
 * @since 0.1.0
 * @category planning
 */
export const madeBy = <In, R>(self: Cadence<In, R>, state: CadenceState): boolean =>
  state.definition === self.definition && (self._tag === "Calendar" || self.keeper.canRead(state.state))
