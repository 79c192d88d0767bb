/**
 * How a job recurs, as a machine that can be stored: begun once, stepped once for each episode that ended.
 *
 * A cadence never tells the time and never rolls dice: the instant comes in as an argument, and whoever steps it
 * provides Random. Stepping one changes nothing but what it returns.
 *
 * @since 0.1.0
 */
import { Data, Effect, Either, Option, type Schedule, ScheduleDecision, ScheduleIntervals } from "effect"
import * as Calendar from "./Calendar.ts"
import * as StateCodec from "./StateCodec.ts"

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
  /** `at once` for an interval, `at the next instant` for cron. */
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
}

/**
 * What a store keeps of a cadence between two runs.
 *
 * `definition` is what the cadence looked like when the state was made, `anchor` the instant from which an interval
 * counts, `seed` and `steps` the dice of the next step, `state` the encoded state of a schedule.
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
 * The state of a schedule holds something that no store can keep.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnstorableCadence extends Data.TaggedError("UnstorableCadence")<StateCodec.Unstorable> {
  override get message() {
    return `the state of the schedule holds ${this.found} at ${this.path}, which no store can keep`
  }
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
  definition: `cron ${calendar.expression} in ${calendar.zone}`,
  calendar,
  begins: "at the next instant"
})

const encode = (state: unknown): Either.Either<StateCodec.Json, UnstorableCadence> =>
  Either.mapLeft(StateCodec.encode(state), (unstorable) => new UnstorableCadence(unstorable))

/**
 * As a `Schedule` says; fails where its initial state cannot be stored.
 *
 * @since 0.1.0
 * @category constructors
 */
export const schedule = <In, R>(
  schedule: Schedule.Schedule<unknown, In, R>,
  first: "run" | "ask"
): Either.Either<OnSchedule<In, R>, UnstorableCadence> =>
  Either.map(encode(schedule.initial), (initial) => ({
    _tag: "Schedule",
    definition: `${first === "run" ? "repeat" : "schedule"} ${JSON.stringify(initial)}`,
    schedule,
    first
  }))

const stepSchedule = <In, R>(
  self: OnSchedule<In, R>,
  from: { readonly cadence: Omit<CadenceState, "state">; readonly state: unknown },
  now: number,
  input: In
): Effect.Effect<Planned, UnstorableCadence, R> =>
  Effect.flatMap(self.schedule.step(now, input, from.state), ([next, , decision]) =>
    Either.map(encode(next), (state) => ({
      state: { ...from.cadence, state, steps: from.cadence.steps + 1 },
      nextAt: startOf(decision, now)
    }))
  )

const startOf = (decision: ScheduleDecision.ScheduleDecision, now: number): number | null => {
  if (ScheduleDecision.isDone(decision)) return null
  const start = Math.max(now, ScheduleIntervals.start(decision.intervals))
  // a start at infinity is a schedule's way to say "never again"
  return Number.isFinite(start) ? Math.ceil(start) : null
}

/**
 * The first plan of a cadence that has never run: `input` is what `Effect.schedule` would hand to the first step.
 *
 * @since 0.1.0
 * @category planning
 */
export const begin = <In, R>(
  self: Cadence<In, R>,
  options: { readonly now: number; readonly seed: number; readonly input: In }
): Effect.Effect<Planned, UnstorableCadence, R> => {
  const { now, seed } = options
  const base = { definition: self.definition, anchor: now, seed, steps: 0 }
  if (self._tag === "Calendar") {
    const nextAt = self.begins === "at once" ? now : Option.getOrNull(Calendar.next(self.calendar, now, now))
    return Effect.succeed({ state: { ...base, state: null }, nextAt })
  }
  return self.first === "ask"
    ? stepSchedule(self, { cadence: base, state: self.schedule.initial }, now, options.input)
    : Effect.map(encode(self.schedule.initial), (state) => ({ state: { ...base, state }, nextAt: now }))
}

/**
 * The next instant of a calendar after `at`: when a run stood for plus the run's own duration.
 *
 * @since 0.1.0
 * @category planning
 */
export const stepCalendar = (self: OnCalendar, state: CadenceState, at: number): Planned => ({
  state,
  nextAt: Option.getOrNull(Calendar.next(self.calendar, state.anchor, at))
})

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
): Effect.Effect<Planned, UnstorableCadence, R> =>
  Effect.suspend(() =>
    stepSchedule(self, { cadence: state, state: StateCodec.decode(state.state) }, options.now, options.input)
  )

/**
 * The instant that a run begun at `now` stands for, when `scheduledAt` was planned: the latest that has passed.
 *
 * @since 0.1.0
 * @category planning
 */
export const standsFor = <In, R>(
  self: Cadence<In, R>,
  state: CadenceState,
  scheduledAt: number,
  now: number
): number => (self._tag === "Calendar" ? Calendar.latest(self.calendar, state.anchor, scheduledAt, now) : scheduledAt)
