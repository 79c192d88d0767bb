/**
 * The faults of a simulation and their instants: crashes, outages, jumps of the clock, named or drawn from the seed. It
 * causes none of them itself.
 *
 * @internal
 */
import { type DateTime, Duration, Effect, Inspectable, Option, Schema } from "effect"
import * as SimulatedEngine from "tickwork/testing/SimulatedEngine"
import { randomOf } from "./Stub.ts"

/**
 * At which end of a write to the store a process is killed.
 *
 * @since 0.1.0
 * @category models
 */
export type Write = "before" | "after"

/**
 * The process is killed, as by `kill -9`, and another one starts after `down`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Crash {
  readonly at: DateTime.DateTime.Input
  /** How long nothing runs; 1 second unless set. */
  readonly down?: Duration.DurationInput
  /** Killed at its next commit from `at` on, just before or just after it; at `at` itself unless set. */
  readonly write?: Write
}

/**
 * The store answers every call with an error for a while.
 *
 * @since 0.1.0
 * @category models
 */
export interface Outage {
  readonly at: DateTime.DateTime.Input
  readonly for: Duration.DurationInput
}

/**
 * The clock is set ahead or back while no time passes, as when it is corrected, or when a machine was suspended.
 *
 * @since 0.1.0
 * @category models
 */
export type ClockJump = { readonly at: DateTime.DateTime.Input } & (
  | { readonly ahead: Duration.DurationInput }
  | { readonly back: Duration.DurationInput }
)

/**
 * Faults by chance, drawn from the seed: `every` is the mean time between two of them.
 *
 * @since 0.1.0
 * @category models
 */
export interface ByChance {
  readonly every: Duration.DurationInput
}

/**
 * An option of a simulation has a value that it must not have. Nothing was played.
 *
 * @since 0.1.0
 * @category errors
 */
export class SimulationOptionError extends Schema.TaggedError<SimulationOptionError>("tickwork/SimulationOptionError")(
  "SimulationOptionError",
  {
    /** Its name, such as `crashes.down`. */
    option: Schema.String,
    value: Schema.Unknown,
    /** What the value must be. */
    requirement: Schema.String,
    cure: Schema.String
  }
) {
  override get message() {
    const { cure, option, requirement, value } = this
    const shown = typeof value === "string" ? JSON.stringify(value) : Inspectable.toStringUnknown(value, 0)
    return `Simulation option ${option} must be ${requirement}, got ${shown}. ${cure}`
  }
}

/**
 * What goes wrong in a simulation; nothing unless set.
 *
 * @since 0.1.0
 * @category models
 */
export interface Faults {
  readonly crashes?: ReadonlyArray<Crash> | (ByChance & Pick<Crash, "down">)
  readonly outages?: ReadonlyArray<Outage> | (ByChance & Pick<Outage, "for">)
  readonly clockJumps?: ReadonlyArray<ClockJump>
}

/** A fault, `at` ms from the start. */
export type Fault =
  | { readonly _tag: "Crash"; readonly at: number; readonly downMs: number; readonly write: Write | null }
  | { readonly _tag: "Outage"; readonly at: number; readonly forMs: number }
  | { readonly _tag: "Jump"; readonly at: number; readonly byMs: number }

/** Runs a check that may throw `SimulationOptionError`. */
export const checked = <A>(check: () => A): Effect.Effect<A, SimulationOptionError> =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(check())
    } catch (error) {
      if (error instanceof SimulationOptionError) return error
      throw error
    }
  })

export const bad = (option: string, value: unknown, requirement: string, cure: string) =>
  new SimulationOptionError({ option, value, requirement, cure })

export const instantOf = (option: string, input: unknown): number => {
  const at = Option.getOrNull(SimulatedEngine.instantOf(input as DateTime.DateTime.Input))
  if (at === null) {
    throw bad(option, input, "an instant", 'Write it as "2026-03-01T00:00:00Z", or in ms since the epoch.')
  }
  return at
}

/** Effect's decoding takes a negative duration for zero. */
const toMillis = (input: unknown): number =>
  String(input).startsWith("-")
    ? Number.NaN
    : Option.match(Duration.decodeUnknown(input), { onNone: () => Number.NaN, onSome: Duration.toMillis })

export const durationOf = (option: string, input: unknown, atLeastMs = 1): number => {
  const ms = toMillis(input)
  if (!Number.isFinite(ms) || ms < atLeastMs) {
    throw bad(option, input, `a finite duration of at least ${atLeastMs} ms`, 'Write it as "1 minute", or in ms.')
  }
  return ms
}

/** A simulation of nothing but crashes shows nothing. */
const mostDrawn = 10_000

const drawn = (option: string, every: Duration.DurationInput, forMs: number, seed: number): ReadonlyArray<number> => {
  const everyMs = durationOf(`${option}.every`, every)
  const random = randomOf(seed, option)
  const instants: Array<number> = []
  for (let at = 0; instants.length < mostDrawn; ) {
    at += Math.ceil(-Math.log(1 - random.number()) * everyMs)
    if (at >= forMs) return instants
    instants.push(at)
  }
  throw bad(
    `${option}.every`,
    every,
    `a duration after which at most ${mostDrawn} of them fall into the span`,
    "Raise it, or shorten the span."
  )
}

const isByChance = <A extends ByChance>(given: ReadonlyArray<unknown> | A): given is A => !Array.isArray(given)

const writes: ReadonlyArray<Write | null> = [null, "before", "after"]

/** The simulated span, in ms. */
export interface Stretch {
  readonly from: number
  readonly forMs: number
  readonly seed: number
}

/** The instant, in ms from the start. */
export const sinceStart = (option: string, at: DateTime.DateTime.Input, { forMs, from }: Stretch): number => {
  const passed = instantOf(option, at) - from
  if (passed < 0 || passed > forMs) {
    throw bad(option, at, "an instant of the simulated span", "Move it, or change `from` and `for`.")
  }
  return passed
}

/** All faults, in the order in which they happen. Throws `SimulationOptionError`. */
export const of = (given: Faults, stretch: Stretch): ReadonlyArray<Fault> => {
  const { forMs, seed } = stretch
  const { clockJumps = [], crashes = [], outages = [] } = given
  const crashesAt = isByChance(crashes)
    ? drawn("crashes", crashes.every, forMs, seed).map((at, index) => ({
        at,
        down: crashes.down,
        write: writes[Math.floor(randomOf(seed, "write", index).number() * writes.length)]
      }))
    : crashes.map((crash) => ({ ...crash, at: sinceStart("crashes.at", crash.at, stretch) }))
  const outagesAt = isByChance(outages)
    ? drawn("outages", outages.every, forMs, seed).map((at) => ({ at, for: outages.for }))
    : outages.map((outage) => ({ ...outage, at: sinceStart("outages.at", outage.at, stretch) }))
  const faults: ReadonlyArray<Fault> = [
    ...crashesAt.map(({ at, down = Duration.seconds(1), write }): Fault => {
      return { _tag: "Crash", at, downMs: durationOf("crashes.down", down, 0), write: write ?? null }
    }),
    ...outagesAt.map((outage): Fault => {
      return { _tag: "Outage", at: outage.at, forMs: durationOf("outages.for", outage.for) }
    }),
    ...clockJumps.map((jump): Fault => {
      const byMs =
        "back" in jump ? -durationOf("clockJumps.back", jump.back) : durationOf("clockJumps.ahead", jump.ahead)
      return { _tag: "Jump", at: sinceStart("clockJumps.at", jump.at, stretch), byMs }
    })
  ]
  return [...faults].sort((one, other) => one.at - other.at)
}
