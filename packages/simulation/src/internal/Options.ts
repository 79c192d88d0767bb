/**
 * The options of a simulation: as the caller gives them, and checked in ms.
 *
 * @internal
 */
import { type DateTime, Duration, type Effect, Either, type Layer } from "effect"
import * as Cron from "tickwork/Cron"
import type { JobLog } from "tickwork/JobLog"
import type { JobStore } from "tickwork/JobStore"
import type * as Tick from "tickwork/Tick"
import { clockCheckMs } from "tickwork/testing/SimulatedEngine"
import * as Faults from "./Faults.ts"
import type { Cost } from "./timeline/Model.ts"
import { defaultCost } from "./timeline/Questions.ts"
import type { Action } from "./World.ts"

/**
 * What {@link run} simulates, and how.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<Out = never, E = never, R = never> extends Faults.Faults {
  /** When it begins. */
  readonly from: DateTime.DateTime.Input
  /** How much time passes. */
  readonly for: Duration.DurationInput
  /** Decides all random numbers; 0 unless set. */
  readonly seed?: number
  /** The time zone of the charts; UTC unless set. */
  readonly zone?: string
  /**
   * The store, opened by each process; one in memory, which outlives them, unless set. No simulated time passes while it
   * works.
   */
  readonly store?: Layer.Layer<JobStore | JobLog | Out, E, R>
  /** How the tick behaves. */
  readonly tick?: Tick.Options<R>
  /** What a process runs; `Tick.run` unless set. A host that calls at its own times repeats `Tick.once`. */
  readonly process?: Effect.Effect<unknown, E, Tick.Tick | R>
  /** What happens at given instants: a pause of a job, say. An action is dropped while no process is up. */
  readonly actions?: ReadonlyArray<{
    readonly at: DateTime.DateTime.Input
    readonly effect: Effect.Effect<unknown, E, Tick.Tick | JobLog | R>
  }>
  /** The cost of wake-ups and work; `Timeline.defaultCost` unless set. */
  readonly cost?: Cost
  /** The interval of the plan to compare with, in which every tick runs every job; 1 second unless set. */
  readonly everyTick?: Duration.DurationInput
  /**
   * How long, on the machine's clock, simulated time stands still while a job waits for the outside world; 1 second unless
   * set. After that the job counts as waiting for simulated time.
   */
  readonly patience?: Duration.DurationInput
}

/** The checked options, in ms. */
export interface Settings extends Faults.Stretch {
  readonly cost: Cost
  readonly zone: string
  readonly faults: ReadonlyArray<Faults.Fault>
  readonly actions: ReadonlyArray<Action>
  readonly everyMs: number
  readonly patienceMs: number
  /** How often an idle tick checks its clock. */
  readonly clockCheckMs: number
}

const defaults = { seed: 0, zone: "UTC", everyTick: "1 second", patience: "1 second" } as const

/** Checks the options. Throws `SimulationOptionError`. */
export const settingsOf = (options: Options<any, any, any>): Settings => {
  const settings = { ...defaults, ...options }
  const { actions = [], cost = defaultCost, seed, tick = {}, zone } = settings
  const from = Faults.instantOf("from", settings.from)
  const forMs = Faults.durationOf("for", settings.for)
  if (!Number.isSafeInteger(seed)) throw Faults.bad("seed", seed, "a whole number", "Round it.")
  const parsed = Cron.parse("@daily", zone)
  if (Either.isLeft(parsed)) throw Faults.bad("zone", zone, "a time zone that is known", parsed.left.cure)
  const isCost = (joules: number) => Number.isFinite(joules) && joules >= 0
  if (!isCost(cost.wakeUp) || !isCost(cost.busyMs)) {
    throw Faults.bad(
      "cost",
      cost,
      "two finite numbers of millijoules, neither below 0",
      "Give both, such as { wakeUp: 100, busyMs: 0.5 }."
    )
  }
  const stretch = { from, forMs, seed }
  return {
    ...stretch,
    cost,
    zone,
    faults: Faults.of(options, stretch),
    actions: actions.map(({ at, effect }) => ({ at: Faults.sinceStart("actions.at", at, stretch), effect })),
    everyMs: Faults.durationOf("everyTick", settings.everyTick),
    clockCheckMs: tick.clockCheck === undefined ? clockCheckMs : Duration.toMillis(tick.clockCheck),
    patienceMs: Faults.durationOf("patience", settings.patience, 0)
  }
}
