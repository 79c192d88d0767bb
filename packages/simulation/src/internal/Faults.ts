/**
 * What goes wrong in a simulation, and when: crashes of the process, outages of the store, a clock that is moved.
 *
 * It is drawn from the seed where it is not named. It brings nothing about itself.
 *
 * @internal
 */
import { DateTime, Duration, Effect, Inspectable, Option, Schema } from "effect"
import { randomOf } from "./Stub.ts"

/**
 * Just before a write to the store, or just after it.
 *
 * @since 0.1.0
 * @category models
 */
export type Write = "before" | "after"

/**
 * The process is killed, as by `kill -9`, and another one starts some time later.
 *
 * @since 0.1.0
 * @category models
 */
export interface Crash {
  readonly at: DateTime.DateTime.Input
  /** How long nothing runs; 1 second unless set. */
  readonly down?: Duration.DurationInput
  /** It is killed when it next records runs, or claims some; at the instant itself unless set. */
  readonly write?: Write
}

/**
 * The store answers nothing but errors for a while.
 *
 * @since 0.1.0
 * @category models
 */
export interface Outage {
  readonly at: DateTime.DateTime.Input
  readonly for: Duration.DurationInput
}

/**
 * The clock is set on or back while no time passes, as when somebody sets it, or closes the lid for a while.
 *
 * @since 0.1.0
 * @category models
 */
export type ClockJump = { readonly at: DateTime.DateTime.Input } & (
  | { readonly ahead: Duration.DurationInput }
  | { readonly back: Duration.DurationInput }
)

/**
 * They come by chance, drawn from the seed: so much time passes between two of them on average.
 *
 * @since 0.1.0
 * @category models
 */
export interface ByChance {
  readonly every: Duration.DurationInput
}

/**
 * An option of a simulation will not do.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidSimulation extends Schema.TaggedError<InvalidSimulation>("tickwork/InvalidSimulation")(
  "InvalidSimulation",
  { option: Schema.String, value: Schema.Unknown, cure: Schema.String }
) {
  override get message() {
    return `Simulation option ${this.option}: ${Inspectable.toStringUnknown(this.value, 0)} will not do. ${this.cure}`
  }
}

/**
 * What goes wrong; nothing unless set.
 *
 * @since 0.1.0
 * @category models
 */
export interface Faults {
  readonly crashes?: ReadonlyArray<Crash> | (ByChance & Pick<Crash, "down">)
  readonly outages?: ReadonlyArray<Outage> | (ByChance & Pick<Outage, "for">)
  readonly clockJumps?: ReadonlyArray<ClockJump>
}

/** Something that is brought about once so much time has passed, in ms from the start. */
export type Fault =
  | { readonly _tag: "Crash"; readonly at: number; readonly downMs: number; readonly write: Write | null }
  | { readonly _tag: "Outage"; readonly at: number; readonly forMs: number }
  | { readonly _tag: "Jump"; readonly at: number; readonly byMs: number }

/** Something that throws `InvalidSimulation` where a value will not do. */
export const checked = <A>(check: () => A): Effect.Effect<A, InvalidSimulation> =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(check())
    } catch (error) {
      if (error instanceof InvalidSimulation) return error
      throw error
    }
  })

export const bad = (option: string, value: unknown, cure: string) => new InvalidSimulation({ option, value, cure })

export const instantOf = (option: string, input: unknown): number => {
  const at = Option.getOrNull(Option.map(DateTime.make(input as DateTime.DateTime.Input), DateTime.toEpochMillis))
  if (at === null || !Number.isFinite(at)) throw bad(option, input, 'Use an instant such as "2026-03-01T00:00:00Z".')
  return at
}

/** Effect's decoding takes a negative duration for zero. */
const toMillis = (input: unknown): number =>
  String(input).startsWith("-")
    ? Number.NaN
    : Option.match(Duration.decodeUnknown(input), { onNone: () => Number.NaN, onSome: Duration.toMillis })

export const durationOf = (option: string, input: unknown, atLeastMs = 1): number => {
  const ms = toMillis(input)
  if (!Number.isFinite(ms) || ms < atLeastMs) throw bad(option, input, 'Use a finite duration such as "1 minute".')
  return ms
}

/** At most so many are drawn: a simulation of nothing but crashes shows nothing. */
const mostDrawn = 10_000

const drawn = (option: string, every: Duration.DurationInput, forMs: number, seed: number): ReadonlyArray<number> => {
  const everyMs = durationOf(`${option}.every`, every)
  const dice = randomOf(seed, option)
  const instants: Array<number> = []
  for (let at = 0; instants.length < mostDrawn; ) {
    at += Math.ceil(-Math.log(1 - dice.number()) * everyMs)
    if (at >= forMs) return instants
    instants.push(at)
  }
  throw bad(`${option}.every`, every, `Use a longer one: more than ${mostDrawn} of them would come.`)
}

const isByChance = <A extends ByChance>(given: ReadonlyArray<unknown> | A): given is A => !Array.isArray(given)

const writes: ReadonlyArray<Write | null> = [null, "before", "after"]

/** What is simulated, in ms. */
export interface Stretch {
  readonly from: number
  readonly forMs: number
  readonly seed: number
}

/** How much time has passed by an instant. */
export const sinceStart = (option: string, at: DateTime.DateTime.Input, { forMs, from }: Stretch): number => {
  const passed = instantOf(option, at) - from
  if (passed < 0 || passed > forMs) throw bad(option, at, "Use an instant of the span that is simulated.")
  return passed
}

/** All of it in the order in which it comes. Throws `InvalidSimulation`. */
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
