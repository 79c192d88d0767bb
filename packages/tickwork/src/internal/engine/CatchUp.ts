/**
 * When runs that make up for what was missed begin, and why it was missed.
 *
 * They are spread, so that a machine which wakes up is not overrun. It finds nothing itself and writes nothing.
 *
 * @internal
 */

import * as Plan from "../plan/Plan.ts"
import type { Jump } from "./ClockWatch.ts"
import type { Instance } from "./Instance.ts"

/** A later instant came before the earlier one had begun. */
export const overtaken = "missed: overtaken"

/** The first runs begin this far apart, and closer where so many were found together that they would take longer. */
const spacing = { usualMs: 1000, longestMs: 60_000 }

/** Where a job makes up for every instant, its runs begin this far apart, and at least twice as fast as its grid. */
const paceMs = 1000

/** When an instance did not run by itself, and why. */
interface Inactive {
  readonly from: number
  readonly to: number
  readonly why: "paused" | "not listed"
}

export class CatchUp {
  #openedAt: number
  #jump = { from: Number.NaN, to: Number.NaN }
  #freeAt = Number.NEGATIVE_INFINITY
  readonly #paused = new WeakMap<Instance, Inactive>()
  readonly #waited = new WeakMap<Instance, number>()

  constructor(openedAt: number) {
    this.#openedAt = openedAt
  }

  /** The clock was moved: ahead, where the machine may have been suspended, or back. */
  jumped({ byMs, from }: Jump, now: number): void {
    if (byMs > 0) {
      this.#jump = { from, to: now }
      return
    }
    this.#openedAt += byMs
    this.#freeAt += byMs
    this.#jump = { from: this.#jump.from + byMs, to: this.#jump.to + byMs }
  }

  /** It is paused while it waits for its place: what it waited for was seen in time. */
  paused(instance: Instance, waitedFor: number): void {
    this.#waited.set(instance, waitedFor)
  }

  /** It did not run by itself from one instant to another. */
  resumed(instance: Instance, rest: Inactive): void {
    this.#paused.set(instance, { ...rest, from: Math.min(rest.from, this.#waited.get(instance) ?? rest.from) })
    this.#waited.delete(instance)
  }

  /** Why nobody was there at an instant; one that is not late has only been overtaken by a later one. */
  reasonOf(instance: Instance, instant: number, isLate: boolean): string {
    const paused = this.#paused.get(instance)
    if (paused !== undefined && instant >= paused.from && instant <= paused.to) return `missed: ${paused.why}`
    if (instant <= this.#openedAt) return "missed: down"
    if (instant > this.#jump.from && instant <= this.#jump.to) return "missed: jumped"
    return isLate ? "missed: asleep" : overtaken
  }

  /** When runs that make up for something begin, the most urgent first. */
  spread(
    instances: ReadonlyArray<Instance>,
    now: number
  ): ReadonlyArray<{ readonly instance: Instance; readonly slot: number }> {
    const order = Plan.order(now)
    const apart = Math.min(spacing.usualMs, Math.floor(spacing.longestMs / Math.max(1, instances.length)))
    return [...instances]
      .sort((a, b) => order(Plan.dueOf(a), Plan.dueOf(b)))
      .map((instance) => ({ instance, slot: this.#slot(instance, now, apart) }))
  }

  #slot({ madeUpAt, registered: { cadence }, state }: Instance, now: number, apart: number): number {
    const nextAfter = (at: number) =>
      (cadence._tag === "Calendar" ? cadence.next(state.position.cadence.anchor, at) : null) ?? Number.POSITIVE_INFINITY
    if (madeUpAt !== null) {
      const missed = state.position.scheduledAt ?? now
      // it began in the future where the clock was set back meanwhile
      return Math.min(madeUpAt, now) + Math.min(paceMs, Math.floor((nextAfter(missed) - missed) / 2))
    }
    const slot = Math.max(now, this.#freeAt)
    this.#freeAt = slot + apart
    return Math.min(slot, nextAfter(now))
  }
}
