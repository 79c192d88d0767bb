/**
 * The due instances of a process, one lane for each distinct slot request, and which of them has free slots.
 *
 * It claims nothing and starts nothing, and follows the same rule as `Plan.decide`.
 *
 * @internal
 */
import * as Plan from "../plan/Plan.ts"
import type { Registered } from "../plan/Registered.ts"
import { type SlotCapacities, SlotPool } from "../plan/SlotPool.ts"
import type { Instance } from "./Instance.ts"
import { Lane } from "./Lane.ts"

export class Lanes {
  readonly #slots: SlotPool
  readonly #all: Array<Lane> = []
  readonly #byJob = new Map<Registered, Lane>()
  /** True where lanes share slots; else the order among them does not matter. */
  #isShared = false

  constructor(capacities: SlotCapacities) {
    this.#slots = new SlotPool(capacities)
  }

  /** How many instances wait. */
  get size(): number {
    let size = 0
    for (const lane of this.#all) size += lane.size
    return size
  }

  /** When ageing may give a waiting instance the slots reserved for another; infinity when it will not. */
  reorderAt(now: number): number {
    return this.#isShared ? Math.min(...this.#all.map((lane) => lane.reorderAt(now))) : Number.POSITIVE_INFINITY
  }

  add(instance: Instance): void {
    this.#laneOf(instance).add(instance)
  }

  /** All waiting instances. */
  all(): ReadonlyArray<Instance> {
    return this.#all.flatMap((lane) => lane.all())
  }

  /** Takes the next claimed instance whose slots are free, with its slots. */
  take(now: number): Instance | undefined {
    for (const lane of this.#inOrder(now)) {
      const instance = lane.head(now)?.instance
      if (instance === undefined) continue
      if (this.#slots.missing(lane.request) !== null) this.#reserve(lane, 1)
      else if (instance.phase === "claimed") {
        lane.take(now)
        this.#slots.take(lane.request)
        return instance
      }
      // it needs a claim first, and so may those behind it
      else this.#reserve(lane, lane.size)
    }
    return undefined
  }

  /** The name of the slot that it waits for; `null` where all its slots are free. */
  missing(instance: Instance): string | null {
    return this.#slots.missing(this.#laneOf(instance).request)
  }

  /** Takes its slots for a run that goes on without this tick. */
  occupy(instance: Instance): void {
    this.#slots.take(this.#laneOf(instance).request)
  }

  /** A run of it has taken this long, in ms. */
  took(instance: Instance, durationMs: number): void {
    this.#laneOf(instance).took(instance, durationMs)
  }

  /** Frees its slots. */
  leave(instance: Instance): void {
    this.#slots.leave(this.#laneOf(instance).request)
  }

  /** The instances to claim now; the most urgent ones where there are more than `atMost`. */
  wanted(now: number, atMost: number): ReadonlyArray<Instance> {
    const wanted: Array<Instance> = []
    for (const lane of this.#inOrder(now)) {
      const head = lane.head(now)?.instance
      if (head === undefined) continue
      const free = this.#slots.free(lane.request)
      if (free > 0 && head.phase === "due") wanted.push(...lane.ahead(now, atMost, free))
      this.#reserve(lane, Math.max(1, Math.min(free, lane.size)))
    }
    if (wanted.length <= atMost) return wanted
    const order = Plan.order(now)
    return wanted.sort((a, b) => order(Plan.dueOf(a), Plan.dueOf(b))).slice(0, atMost)
  }

  /** Removes instances that no longer wait for slots. */
  retain(keeps: (instance: Instance) => boolean): void {
    for (const lane of this.#all) lane.retain(keeps)
  }

  /** Reserves slots, so that no less urgent lane takes them. */
  #reserve(lane: Lane, times: number): void {
    if (this.#isShared) this.#slots.reserve(lane.request, times)
  }

  /** The lanes by urgency where they share slots, without reservations. */
  #inOrder(now: number): ReadonlyArray<Lane> {
    if (!this.#isShared) return this.#all
    this.#slots.unreserve()
    const order = Plan.order(now)
    const heads = this.#all.flatMap((lane) => {
      const head = lane.head(now)
      return head === undefined ? [] : [{ due: head.due, lane }]
    })
    return heads.sort((a, b) => order(a.due, b.due)).map(({ lane }) => lane)
  }

  #laneOf({ registered }: Instance): Lane {
    const known = this.#byJob.get(registered)
    if (known !== undefined) return known
    const request = this.#slots.requestOf(registered.job)
    let lane = this.#all.find((other) => other.request.id === request.id)
    if (lane === undefined) {
      lane = new Lane(request)
      this.#all.push(lane)
      this.#isShared ||= !request.isPlain
    }
    this.#byJob.set(registered, lane)
    return lane
  }
}
