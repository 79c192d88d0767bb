/**
 * When runs that make up for what was missed begin, and why it was missed.
 *
 * They are spread, so that a machine which wakes up is not overrun. It finds nothing itself and writes nothing.
 *
 * @internal
 */
import * as Missed from "../Missed.ts"
import * as Plan from "../Plan.ts"
import type { Instance } from "./Instance.ts"

/** A later instant came before the earlier one had begun. */
export const overtaken = "missed: overtaken"

/** Runs begin this far apart, and closer where so many were found together that they would take longer than a minute. */
const spacing = { usualMs: 1000, longestMs: 60_000 }

export class CatchUp {
  readonly #openedAt: number
  #jump = { from: Number.NaN, to: Number.NaN }
  #freeAt = Number.NEGATIVE_INFINITY

  constructor(openedAt: number) {
    this.#openedAt = openedAt
  }

  /** The clock was set ahead, or the machine was suspended. */
  jumped(from: number, to: number): void {
    this.#jump = { from, to }
  }

  /** Why nobody was there at an instant; one that is not late has only been overtaken by a later one. */
  reasonOf(instant: number, isLate: boolean): string {
    if (instant <= this.#openedAt) return "missed: down"
    if (instant > this.#jump.from && instant <= this.#jump.to) return "missed: jumped"
    return isLate ? "missed: asleep" : overtaken
  }

  /** When the runs of instances that were found together begin, the most urgent first. */
  spread(
    instances: ReadonlyArray<Instance>,
    now: number
  ): ReadonlyArray<{ readonly instance: Instance; readonly slot: number }> {
    const order = Plan.order(now)
    return [...instances]
      .sort((a, b) => order(Plan.dueOf(a), Plan.dueOf(b)))
      .map((instance) => ({ instance, slot: this.#slot(instance, instances.length, now) }))
  }

  #slot({ registered: { cadence }, state }: Instance, count: number, now: number): number {
    const slot = Math.max(now, this.#freeAt)
    const apart = Math.min(spacing.usualMs, Math.floor(spacing.longestMs / count))
    if (cadence._tag === "Schedule") {
      this.#freeAt = slot + apart
      return slot
    }
    const nextAfter = (at: number) => Missed.following(cadence, state.cadence, at) ?? Number.POSITIVE_INFINITY
    const missed = state.scheduledAt ?? now
    // twice as fast as the grid, or what is made up for would never be caught up with
    this.#freeAt = slot + Math.min(apart, Math.floor((nextAfter(missed) - missed) / 2))
    return Math.min(slot, nextAfter(now))
  }
}
