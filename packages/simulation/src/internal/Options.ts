/**
 * What is simulated, and how: what somebody gives, and what it comes to.
 *
 * @internal
 */
import { DateTime, type Duration, type Effect, type Layer, Option } from "effect"
import type { JobStore } from "tickwork/JobStore"
import type * as Tick from "tickwork/Tick"
import * as Faults from "./Faults.ts"
import type { Cost } from "./timeline/Model.ts"
import { defaultCost } from "./timeline/Questions.ts"
import type { Action } from "./World.ts"

/**
 * What is simulated.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<Out = never, E = never, R = never> extends Faults.Faults {
  /** When it begins. */
  readonly from: DateTime.DateTime.Input
  /** How much time passes. */
  readonly for: Duration.DurationInput
  /** What all dice are thrown by; 0 unless set. */
  readonly seed?: number
  /** The time zone of the charts; UTC unless set. */
  readonly zone?: string
  /**
   * The store, opened anew by each process; one in memory, which outlives them, unless set. The time that a store itself
   * takes does not pass.
   */
  readonly store?: Layer.Layer<JobStore | Out, E, R>
  /** How the tick behaves. */
  readonly tick?: Tick.Options<R>
  /** What a process does; `Tick.run` unless set. A host that ticks at times of its own repeats `Tick.once`. */
  readonly process?: Effect.Effect<unknown, E, Tick.Tick | R>
  /** What people do, and when: they pause a job, say. Where no process is up, nothing is done. */
  readonly actions?: ReadonlyArray<{
    readonly at: DateTime.DateTime.Input
    readonly effect: Effect.Effect<unknown, E, Tick.Tick | R>
  }>
  /** What the energy is counted by; `Timeline.defaultCost` unless set. */
  readonly cost?: Cost
  /** How often everything would run in the plan that this one is held against; every second unless set. */
  readonly everyTick?: Duration.DurationInput
  /**
   * How long, on the machine's clock, a job may wait for the outside world while simulated time stands still; 1 second
   * unless set. After that it is taken for waiting for something in simulated time.
   */
  readonly patience?: Duration.DurationInput
}

/** The same, checked, in ms. */
export interface Settings extends Faults.Stretch {
  readonly cost: Cost
  readonly zone: string
  readonly faults: ReadonlyArray<Faults.Fault>
  readonly actions: ReadonlyArray<Action>
  readonly everyMs: number
  readonly patienceMs: number
}

const usual = { seed: 0, zone: "UTC", everyTick: "1 second", patience: "1 second" } as const

/** Throws `InvalidSimulation` where a value will not do. */
export const settingsOf = (options: Options<any, any, any>): Settings => {
  const settings = { ...usual, ...options }
  const { actions = [], cost = defaultCost, seed, zone } = settings
  const from = Faults.instantOf("from", settings.from)
  const forMs = Faults.durationOf("for", settings.for)
  if (!Number.isSafeInteger(seed)) throw Faults.bad("seed", seed, "Use a whole number.")
  if (Option.isNone(DateTime.zoneMakeNamed(zone))) throw Faults.bad("zone", zone, 'Use one such as "Europe/Berlin".')
  const isCost = (joules: number) => Number.isFinite(joules) && joules >= 0
  if (!isCost(cost.wakeUp) || !isCost(cost.busyMs)) throw Faults.bad("cost", cost, "Use millijoules from 0 upward.")
  const stretch = { from, forMs, seed }
  return {
    ...stretch,
    cost,
    zone,
    faults: Faults.of(options, stretch),
    actions: actions.map(({ at, effect }) => ({ at: Faults.sinceStart("actions.at", at, stretch), effect })),
    everyMs: Faults.durationOf("everyTick", settings.everyTick),
    patienceMs: Faults.durationOf("patience", settings.patience, 0)
  }
}
