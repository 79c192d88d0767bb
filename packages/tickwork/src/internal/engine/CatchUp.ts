/**
 * Decides when catch-up runs start, and why planned times were missed.
 *
 * It spreads the runs over time, and writes nothing.
 *
 * @internal
 */

import type { MissedBecause } from "../../LogEntry.ts"
import * as Plan from "../plan/Plan.ts"
import type { Jump } from "./ClockWatch.ts"
import type { Instance } from "./Instance.ts"

/** Catch-up runs start this far apart, and closer where all of them would take longer than a minute. */
const spacing = { defaultMs: 1000, longestMs: 60_000 }

/** Where a job catches up every planned time, its runs start this far apart, and at least twice as fast as its grid. */
const paceMs = 1000

/** When an instance was inactive, and why. */
interface Inactive {
  readonly from: number
  readonly to: number
  readonly why: "paused" | "not-listed"
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

  /** Takes in a clock jump: ahead, as after a suspension, or back. */
  jumped({ byMs, from }: Jump, now: number): void {
    if (byMs > 0) {
      this.#jump = { from, to: now }
      return
    }
    this.#openedAt += byMs
    this.#freeAt += byMs
    this.#jump = { from: this.#jump.from + byMs, to: this.#jump.to + byMs }
  }

  /** Remembers that an instance was paused while it waited for a slot: its instant was not missed. */
  paused(instance: Instance, waitedFor: number): void {
    this.#waited.set(instance, waitedFor)
  }

  /** Remembers the last inactive time of an instance. */
  resumed(instance: Instance, inactive: Inactive): void {
    const from = Math.min(inactive.from, this.#waited.get(instance) ?? inactive.from)
    this.#paused.set(instance, { ...inactive, from })
    this.#waited.delete(instance)
  }

  /** Why a planned time was missed; one that is not late was only overtaken by a later one. */
  missedBecause(instance: Instance, instant: number, isLate: boolean): MissedBecause {
    const paused = this.#paused.get(instance)
    if (paused !== undefined && instant >= paused.from && instant <= paused.to) return paused.why
    if (instant <= this.#openedAt) return "down"
    if (instant > this.#jump.from && instant <= this.#jump.to) return "jumped"
    return isLate ? "asleep" : "overtaken"
  }

  /** When each catch-up run starts, the most urgent first. */
  spread(
    instances: ReadonlyArray<Instance>,
    now: number
  ): ReadonlyArray<{ readonly instance: Instance; readonly slot: number }> {
    const order = Plan.order(now)
    const apart = Math.min(spacing.defaultMs, Math.floor(spacing.longestMs / Math.max(1, instances.length)))
    return [...instances]
      .sort((a, b) => order(Plan.dueOf(a), Plan.dueOf(b)))
      .map((instance) => ({ instance, slot: this.#slot(instance, now, apart) }))
  }

  #slot({ madeUpAt, registered: { cadence }, state }: Instance, now: number, apart: number): number {
    const nextAfter = (at: number) =>
      (cadence._tag === "Calendar" ? cadence.next(state.position.cadence.anchor, at) : null) ?? Number.POSITIVE_INFINITY
    if (madeUpAt !== null) {
      const missed = state.position.scheduledAt ?? now
      // its start is in the future where the clock was set back since
      return Math.min(madeUpAt, now) + Math.min(paceMs, Math.floor((nextAfter(missed) - missed) / 2))
    }
    const slot = Math.max(now, this.#freeAt)
    this.#freeAt = slot + apart
    return Math.min(slot, nextAfter(now))
  }
}
