/**
 * The due instances with the same slot request, in the order in which they start.
 *
 * Its order is `Plan`'s alone.
 *
 * @internal
 */

import * as Plan from "../plan/Plan.ts"
import * as Slots from "../plan/SlotPool.ts"
import type { Instance } from "./Instance.ts"
import { claimAheadMs } from "./Tuning.ts"

/** A waiting instance, and the values that order it. */
interface Waiting {
  readonly due: Plan.Due
  readonly instance: Instance
}

export class Lane {
  readonly request: Slots.SlotRequest
  #waiting: Array<Waiting> = []
  #taken = 0
  #sortAt = Number.POSITIVE_INFINITY

  constructor(request: Slots.SlotRequest) {
    this.request = request
  }

  get size(): number {
    return this.#waiting.length - this.#taken
  }

  /** All waiting instances. */
  all(): ReadonlyArray<Instance> {
    return this.#waiting.slice(this.#taken).map(({ instance }) => instance)
  }

  add(instance: Instance): void {
    this.#waiting.push({ due: Plan.dueOf(instance), instance })
    this.#sortAt = Number.NEGATIVE_INFINITY
  }

  /** The most urgent waiting instance. */
  head(now: number): Waiting | undefined {
    this.#sort(now)
    return this.#waiting[this.#taken]
  }

  /** When ageing next changes the order; infinity when it will not. */
  get reorderAt(): number {
    return this.size === 0 ? Number.POSITIVE_INFINITY : this.#sortAt
  }

  take(): void {
    this.#taken += 1
    if (this.#taken > 64 && this.#taken * 2 > this.#waiting.length) this.#compact()
  }

  /** The instances to claim: one for each `free` slot, and those that are expected to start soon after. */
  ahead(now: number, atMost: number, free: number): ReadonlyArray<Instance> {
    this.#sort(now)
    const most = Slots.most(this.request)
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

  /** Removes instances that no longer wait, such as those claimed by another process. */
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
