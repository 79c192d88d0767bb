/**
 * The due instances with the same slot request, in the order in which they start.
 *
 * Its order is `Plan`'s alone.
 *
 * @internal
 */

import * as Plan from "../plan/Plan.ts"
import type { Registered } from "../plan/Registered.ts"
import * as Slots from "../plan/SlotPool.ts"
import type { Instance } from "./Instance.ts"
import { MinHeap } from "./MinHeap.ts"
import { claimAheadMs } from "./Tuning.ts"

/** A waiting instance, and the values that order it. */
interface Waiting {
  readonly due: Plan.Due
  readonly instance: Instance
}

type Heap = MinHeap<Waiting>

const precedes = (one: Waiting, other: Waiting): boolean => Plan.byName(one.due, other.due) < 0

export class Lane {
  readonly request: Slots.SlotRequest
  /** One for each priority: of two with the same one, ageing never changes the order. */
  #heaps = new Map<number, Heap>()
  #size = 0

  constructor(request: Slots.SlotRequest) {
    this.request = request
  }

  get size(): number {
    return this.#size
  }

  /** All waiting instances, in no order. */
  all(): ReadonlyArray<Instance> {
    return [...this.#heaps.values()].flatMap(({ items }) => items.map(({ instance }) => instance))
  }

  add(instance: Instance): void {
    this.#put({ due: Plan.dueOf(instance), instance })
  }

  /** The most urgent waiting instance. */
  head(now: number): Waiting | undefined {
    return this.#first(now)?.first?.item
  }

  /** When ageing next changes which one is the most urgent; infinity when it will not. */
  reorderAt(now: number): number {
    let at = Number.POSITIVE_INFINITY
    for (const { first } of this.#heaps.values()) if (first) at = Math.min(at, Plan.nextAgeing(first.item.due, now))
    return at
  }

  /** Takes the most urgent one. */
  take(now: number): Waiting | undefined {
    const taken = this.#first(now)?.takeDue(Number.POSITIVE_INFINITY)?.item
    if (taken !== undefined) this.#size -= 1
    return taken
  }

  /** How long the last run of a job has taken, in ms: what is expected of an instance that has not run yet. */
  readonly #lastMs = new Map<Registered, number>()

  /** A run has taken this long, in ms. */
  took({ registered }: Instance, durationMs: number): void {
    this.#lastMs.set(registered, durationMs)
  }

  #expectedMs({ registered, state }: Instance): number {
    return state.lastDurationMs ?? this.#lastMs.get(registered) ?? Number.POSITIVE_INFINITY
  }

  /** The instances to claim: one for each `free` slot, and those that are expected to start soon after. */
  ahead(now: number, atMost: number, free: number): ReadonlyArray<Instance> {
    const most = Slots.most(this.request)
    const passed: Array<Waiting> = []
    const wanted: Array<Instance> = []
    let expectedMs = 0
    while (wanted.length < atMost && (wanted.length < free || expectedMs <= claimAheadMs * most)) {
      const next = this.take(now)
      if (next === undefined) break
      passed.push(next)
      const { instance } = next
      if (instance.phase === "due") wanted.push(instance)
      expectedMs += this.#expectedMs(instance)
    }
    for (const one of passed) this.#put(one)
    return wanted
  }

  /** Removes instances that no longer wait, such as those claimed by another process. */
  retain(keeps: (instance: Instance) => boolean): void {
    const all = [...this.#heaps.values()].flatMap(({ items }) => items)
    this.#heaps = new Map()
    this.#size = 0
    for (const one of all) if (keeps(one.instance)) this.#put(one)
  }

  #put(waiting: Waiting): void {
    const { priority, since } = waiting.due
    const heap = this.#heaps.get(priority) ?? new MinHeap(precedes)
    this.#heaps.set(priority, heap)
    heap.add(since, waiting)
    this.#size += 1
  }

  /** The one whose first goes before those of the others. */
  #first(now: number): Heap | undefined {
    if (this.#heaps.size === 1) for (const only of this.#heaps.values()) return only
    const order = Plan.order(now)
    let [earliest, due]: [Heap | undefined, Plan.Due | undefined] = [undefined, undefined]
    for (const heap of this.#heaps.values()) {
      const item = heap.first?.item
      if (item === undefined || (due !== undefined && order(item.due, due) >= 0)) continue
      earliest = heap
      due = item.due
    }
    return earliest
  }
}
