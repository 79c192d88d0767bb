/**
 * Checks a property of timelines, and searches for the smallest case in which it does not hold. The search is FastCheck's;
 * this module names the cases that are smaller than another.
 *
 * @internal
 */
import { type Cause, DateTime, Duration, Effect, Exit, FastCheck as fc, Inspectable, Runtime } from "effect"
import type * as Jobs from "tickwork/Jobs"
import * as JobDefinition from "tickwork/testing/JobDefinition"
import type { Fault } from "./Faults.ts"
import * as Faults from "./Faults.ts"
import type { Options, Settings } from "./Options.ts"
import { play } from "./Play.ts"
import { PropertyFailedError } from "./PropertyFailedError.ts"
import type { Timeline } from "./timeline/Model.ts"

interface Case {
  readonly seed: number
  readonly jobs: ReadonlyArray<string>
  readonly from: number
  readonly forMs: number
  readonly faults: ReadonlyArray<Fault>
  readonly actions: Settings["actions"]
}

/** The finest cut of a span, in ms. */
const finestMs = 1000

const without = <A>(all: ReadonlyArray<A>, index: number): ReadonlyArray<A> => all.filter((_, other) => other !== index)

/** From the largest: halves, quarters, and so on. */
const cuts = (ms: number): ReadonlyArray<number> => {
  const all: Array<number> = []
  for (let cut = ms / 2; cut >= finestMs && all.length < 12; cut /= 2) all.push(Math.round(cut / finestMs) * finestMs)
  return all
}

const endingEarlier = (given: Case, byMs: number): Case => {
  const forMs = given.forMs - byMs
  const isWithin = ({ at }: { readonly at: number }) => at <= forMs
  return { ...given, forMs, faults: given.faults.filter(isWithin), actions: given.actions.filter(isWithin) }
}

const beginningLater = (given: Case, byMs: number): Case => ({
  ...given,
  from: given.from + byMs,
  forMs: given.forMs - byMs,
  faults: given.faults.flatMap((fault) => (fault.at < byMs ? [] : [{ ...fault, at: fault.at - byMs }])),
  actions: given.actions.flatMap((action) => (action.at < byMs ? [] : [{ ...action, at: action.at - byMs }]))
})

/** The smaller cases to try in place of one that fails. */
function* smaller(given: Case): Generator<Case> {
  const { faults, forMs, jobs } = given
  if (jobs.length > 2) {
    const half = Math.ceil(jobs.length / 2)
    yield { ...given, jobs: jobs.slice(0, half) }
    yield { ...given, jobs: jobs.slice(half) }
  }
  if (jobs.length > 1) for (const [index] of jobs.entries()) yield { ...given, jobs: without(jobs, index) }
  if (faults.length > 0) yield { ...given, faults: [] }
  if (faults.length > 1) for (const [index] of faults.entries()) yield { ...given, faults: without(faults, index) }
  for (const cut of cuts(forMs)) yield endingEarlier(given, cut)
  for (const cut of cuts(forMs)) yield beginningLater(given, cut)
}

class Cases extends fc.Arbitrary<Case> {
  readonly #given: Case
  constructor(given: Case) {
    super()
    this.#given = given
  }
  override generate(): fc.Value<Case> {
    return new fc.Value(this.#given, undefined)
  }
  override canShrinkWithoutContext(_value: unknown): _value is Case {
    return true
  }
  override shrink(value: Case): fc.Stream<fc.Value<Case>> {
    return fc.stream(smaller(value)).map((each) => new fc.Value(each, undefined))
  }
}

/** A job that came after a dropped one loses that dependency. */
const registryOf = (jobs: Jobs.Jobs<unknown>, names: ReadonlyArray<string>): Jobs.Jobs<unknown> =>
  names.length === jobs.all.length ? jobs : JobDefinition.only(jobs, new Set(names))

/** Why a property does not hold; `null` where it does. */
const refusal = (property: (timeline: Timeline) => boolean | void, timeline: Timeline): string | null => {
  try {
    return property(timeline) === false ? "the property answers false" : null
  } catch (error) {
    return error instanceof Error ? String(error) : Inspectable.toStringUnknown(error, 0)
  }
}

const defaults = { seeds: 10, atMost: 500 }

/** Throws `SimulationOptionError`. */
export const checkedNumbers = ({ atMost, seeds }: Partial<typeof defaults>): void => {
  const isCount = (count: number) => Number.isSafeInteger(count) && count >= 1
  for (const [option, count] of Object.entries({ seeds, atMost })) {
    if (count === undefined || isCount(count)) continue
    throw Faults.bad(option, count, "a whole number of at least 1", "Leave it out for the default.")
  }
}

/** Fails with `PropertyFailedError` where the property does not hold for one of the seeds. */
export const search = (
  jobs: Jobs.Jobs<unknown>,
  options: Options<any, any, any> & Partial<typeof defaults>,
  settings: Settings,
  property: (timeline: Timeline) => boolean | void
): Effect.Effect<void, any, any> =>
  Effect.flatMap(Effect.runtime<any>(), (runtime) => {
    const { atMost, seeds } = { ...defaults, ...options }
    const caseOf = (seed: number): Case => ({
      seed,
      jobs: jobs.all.map(({ name }) => name),
      from: settings.from,
      forMs: settings.forMs,
      faults: Faults.of(options, { ...settings, seed }),
      actions: settings.actions
    })
    const first = Array.from({ length: seeds }, (_, index) => caseOf(settings.seed + index))
    let plays = 0
    /** Why a case could not be played at all. */
    let broken: Cause.Cause<unknown> | null = null
    let last: { readonly given: Case; readonly reason: string } | null = null
    const holds = async (given: Case, signal: AbortSignal): Promise<boolean> => {
      const isEnough = last !== null && plays >= atMost
      if (isEnough || broken !== null || signal.aborted) return true
      plays += 1
      const effect = play(registryOf(jobs, given.jobs), options, { ...settings, ...given })
      const exit = await Runtime.runPromiseExit(runtime)(effect, { signal })
      if (Exit.isFailure(exit)) {
        // a smaller case that cannot be played does not count
        if (last === null) broken = exit.cause
        return true
      }
      const reason = refusal(property, exit.value)
      if (reason !== null) last = { given, reason }
      return reason === null
    }
    const checked = Effect.promise((signal) =>
      fc.check(
        fc.asyncProperty(new Cases(caseOf(settings.seed)), (given) => holds(given, signal)),
        {
          examples: first.map((given) => [given] as [Case]),
          numRuns: seeds,
          endOnFailure: false
        }
      )
    )
    return Effect.flatMap(checked, (): Effect.Effect<void, unknown> => {
      if (broken !== null) return Effect.failCause(broken)
      if (last === null) return Effect.void
      const { given, reason } = last
      const { forMs, from, seed } = given
      return new PropertyFailedError({
        reason,
        jobs: given.jobs,
        from,
        forMs,
        seed,
        faults: given.faults.map(shown(from)),
        plays
      })
    })
  })

const shown =
  (from: number) =>
  (fault: Fault): string => {
    const at = DateTime.formatIso(DateTime.unsafeMake(from + fault.at))
    const span = (ms: number) => Duration.format(Duration.millis(ms))
    switch (fault._tag) {
      case "Crash":
        return `crash ${fault.write === null ? "at" : `${fault.write} the first write from`} ${at}, down for ${span(fault.downMs)}`
      case "Outage":
        return `outage at ${at} for ${span(fault.forMs)}`
      case "Jump":
        return `clock set ${fault.byMs < 0 ? "back" : "ahead"} by ${span(Math.abs(fault.byMs))} at ${at}`
    }
  }
