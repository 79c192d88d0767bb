/**
 * What is due in a process, one lane for each distinct set of needs, and which of it has a place.
 *
 * It claims nothing and starts nothing: it says what is next, by the rule that `Plan.decide` goes by.
 *
 * @internal
 */
import type { ConcurrencyMode } from "../Definition.ts"
import * as Plan from "../plan/Plan.ts"
import type { Registered } from "../plan/Registered.ts"
import * as Places from "../plan/SlotPool.ts"
import type { Instance } from "./Instance.ts"
import { Lane } from "./Lane.ts"

export class Lanes {
  readonly #room: Places.SlotPool
  readonly #all: Array<Lane> = []
  readonly #unlimited: Partial<Record<ConcurrencyMode, Lane>> = {}
  readonly #limited = new Map<Registered, Lane>()
  /** True where lanes may share a place; else each has one of its own, and no order among them matters. */
  #isShared = false

  constructor(places: Places.SlotCapacities) {
    this.#room = new Places.SlotPool(places)
  }

  /** How many wait. */
  get size(): number {
    let size = 0
    for (const lane of this.#all) size += lane.size
    return size
  }

  /** When something that waits may get what is kept for another, as it gains on it; infinity when it will not. */
  get reorderAt(): number {
    let at = Number.POSITIVE_INFINITY
    if (this.#isShared) for (const lane of this.#all) at = Math.min(at, lane.reorderAt)
    return at
  }

  add(instance: Instance): void {
    this.#laneOf(instance).add(instance)
  }

  /** All that wait. */
  all(): ReadonlyArray<Instance> {
    return this.#all.flatMap((lane) => lane.all())
  }

  /** Takes the next claimed instance whose places are free; it has them from now on. */
  take(now: number): Instance | undefined {
    for (const lane of this.#inOrder(now)) {
      const instance = lane.head(now)
      if (instance === undefined) continue
      if (this.#room.missing(lane.request) !== null) this.#keep(lane, 1)
      else if (instance.phase === "claimed") {
        lane.take()
        this.#room.take(lane.request)
        return instance
      }
      // it has to be claimed, and so may those behind it
      else this.#keep(lane, lane.size)
    }
    return undefined
  }

  /** Its places are free again. */
  leave(instance: Instance): void {
    this.#room.leave(this.#laneOf(instance).request)
  }

  /** What has to be claimed now, the most urgent first where that is more than may be. */
  wanted(now: number, atMost: number): ReadonlyArray<Instance> {
    const wanted: Array<Instance> = []
    for (const lane of this.#inOrder(now)) {
      const head = lane.head(now)
      if (head === undefined) continue
      const free = this.#room.free(lane.request)
      if (free > 0 && head.phase === "due") wanted.push(...lane.ahead(now, atMost, free))
      this.#keep(lane, Math.max(1, Math.min(free, lane.size)))
    }
    if (wanted.length <= atMost) return wanted
    const order = Plan.order(now)
    return wanted.sort((a, b) => order(Plan.dueOf(a), Plan.dueOf(b))).slice(0, atMost)
  }

  /** Drops what no longer waits for a place. */
  retain(keeps: (instance: Instance) => boolean): void {
    for (const lane of this.#all) lane.retain(keeps)
  }

  /** Nothing of a lower order takes what this lane waits for. */
  #keep(lane: Lane, times: number): void {
    if (this.#isShared) this.#room.reserve(lane.request, times)
  }

  /** The lanes by their heads, where that matters; nothing is kept for any of them yet. */
  #inOrder(now: number): ReadonlyArray<Lane> {
    if (!this.#isShared) return this.#all
    this.#room.unreserve()
    const order = Plan.order(now)
    const heads = this.#all.flatMap((lane) => {
      const due = lane.due(now)
      return due === undefined ? [] : [{ due, lane }]
    })
    return heads.sort((a, b) => order(a.due, b.due)).map(({ lane }) => lane)
  }

  #laneOf({ registered }: Instance): Lane {
    const { limits, mode } = registered.job
    // most jobs name no limit: theirs is found without a look into a table of all of them
    if (limits.length === 0) {
      this.#unlimited[mode] ??= this.#open(registered)
      return this.#unlimited[mode]
    }
    const known = this.#limited.get(registered)
    if (known !== undefined) return known
    const lane = this.#open(registered)
    this.#limited.set(registered, lane)
    return lane
  }

  #open({ job }: Registered): Lane {
    const needs = this.#room.requestOf(job)
    const known = this.#all.find((other) => other.request.id === needs.id)
    if (known !== undefined) return known
    const lane = new Lane(needs)
    this.#all.push(lane)
    this.#isShared ||= !needs.isPlain
    return lane
  }
}
