/**
 * The due instances that need the same places, in the order in which they start.
 *
 * It keeps the order that `Plan` gives and makes none of its own.
 *
 * @internal
 */

import * as Plan from "../plan/Plan.ts"
import * as Places from "../plan/SlotPool.ts"
import type { Instance } from "./Instance.ts"
import { claimAheadMs } from "./Tuning.ts"

interface Waiting {
  readonly due: Plan.Due
  readonly instance: Instance
}

export class Lane {
  readonly request: Places.SlotRequest
  #waiting: Array<Waiting> = []
  #taken = 0
  #sortAt = Number.POSITIVE_INFINITY

  constructor(needs: Places.SlotRequest) {
    this.request = needs
  }

  get size(): number {
    return this.#waiting.length - this.#taken
  }

  /** All that wait here. */
  all(): ReadonlyArray<Instance> {
    return this.#waiting.slice(this.#taken).map(({ instance }) => instance)
  }

  add(instance: Instance): void {
    this.#waiting.push({ due: Plan.dueOf(instance), instance })
    this.#sortAt = Number.NEGATIVE_INFINITY
  }

  /** The most urgent waiting instance. */
  head(now: number): Instance | undefined {
    this.#sort(now)
    return this.#waiting[this.#taken]?.instance
  }

  /** When the order of what waits here next changes; infinity when it will not. */
  get reorderAt(): number {
    return this.size === 0 ? Number.POSITIVE_INFINITY : this.#sortAt
  }

  /** What the order of its most urgent instance depends on. */
  due(now: number): Plan.Due | undefined {
    this.#sort(now)
    return this.#waiting[this.#taken]?.due
  }

  take(): void {
    this.#taken += 1
    if (this.#taken > 64 && this.#taken * 2 > this.#waiting.length) this.#compact()
  }

  /** What has to be claimed: as many as are `free` to begin, and beyond them those that are expected to begin soon. */
  ahead(now: number, atMost: number, free: number): ReadonlyArray<Instance> {
    this.#sort(now)
    const most = Places.most(this.request)
    const wanted: Array<Instance> = []
    let expectedMs = 0
    for (let index = this.#taken; index < this.#waiting.length && wanted.length < atMost; index++) {
      if (wanted.length >= free && expectedMs > claimAheadMs * most) break
      const { instance } = this.#waiting[index] as Waiting
      if (instance.phase === "due") wanted.push(instance)
      expectedMs += instance.state.lastDurationMs ?? Number.POSITIVE_INFINITY
    }
    return wanted
  }

  /** Drops what no longer waits here: its claim went to somebody else. */
  retain(keeps: (instance: Instance) => boolean): void {
    this.#compact()
    this.#waiting = this.#waiting.filter(({ instance }) => keeps(instance))
  }

  #compact(): void {
    this.#waiting = this.#waiting.slice(this.#taken)
    this.#taken = 0
  }

  #sort(now: number): void {
    if (now < this.#sortAt) return
    this.#compact()
    const order = Plan.order(now)
    this.#waiting.sort((a, b) => order(a.due, b.due))
    this.#sortAt = this.#waiting.reduce(
      (at, { due }) => Math.min(at, Plan.nextAgeing(due, now)),
      Number.POSITIVE_INFINITY
    )
  }
}
