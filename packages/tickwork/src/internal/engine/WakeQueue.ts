/**
 * When each instance is due next, and how long the tick may sleep: to the earliest end of a window.
 *
 * It runs nothing.
 *
 * @internal
 */
import type { Position } from "../../Position.ts"
import * as Instance from "./Instance.ts"
import { MinHeap } from "./MinHeap.ts"
import { headStartMs } from "./Tuning.ts"

const isManual = ({ manual }: Position, wakeAt: number): boolean =>
  manual !== null && (manual.attempt === 1 || manual.nextAt === wakeAt)

const deadlineOf = ({ phase, registered, state, wakeAt }: Instance.Instance): number =>
  phase === "held" || isManual(state.position, wakeAt) ? wakeAt : wakeAt + registered.windowMs

export class WakeQueue {
  #due = new MinHeap<Instance.Instance>()
  /** `null` where no job has a window: then a deadline equals its due time. */
  #deadlines: MinHeap<Instance.Instance> | null
  /** Those that wake long after they are due: they catch up in turn, or another process holds them. */
  readonly #delayed = new Set<Instance.Instance>()

  constructor(hasWindows: boolean) {
    this.#deadlines = hasWindows ? new MinHeap() : null
  }

  /** The earliest instant at which something is due; infinity when nothing will be. */
  get nextAt(): number {
    return this.#due.nextAt
  }

  /** The latest instant to which the tick may sleep. */
  get wakeAt(): number {
    return this.#deadlines === null ? this.nextAt : this.#firstDeadline(this.#deadlines)
  }

  /** Removes stale entries on the way. */
  #firstDeadline(deadlines: MinHeap<Instance.Instance>): number {
    for (let first = deadlines.first; first !== undefined; first = deadlines.first) {
      if (deadlineOf(first.item) === first.at) return first.at
      deadlines.takeDue(first.at)
    }
    return Number.POSITIVE_INFINITY
  }

  /** Sets the only wake-up of an instance; `null` for none. */
  set(instance: Instance.Instance, at: number | null): void {
    instance.wakeAt = at ?? Number.POSITIVE_INFINITY
    if (this.#delayed.size > 0) this.#delayed.delete(instance)
    if (at === null) return
    if (at - headStartMs > (Instance.dueAt(instance) ?? at)) this.#delayed.add(instance)
    this.#due.add(at, instance)
    this.#deadlines?.add(deadlineOf(instance), instance)
  }

  /** Keeps the entries of these instances alone: a stale one would keep its instance in memory until its time. */
  compact(instances: Iterable<Instance.Instance>): void {
    this.#due = new MinHeap()
    this.#deadlines = this.#deadlines && new MinHeap()
    for (const instance of instances) {
      if (!Number.isFinite(instance.wakeAt)) continue
      this.#due.add(instance.wakeAt, instance)
      this.#deadlines?.add(deadlineOf(instance), instance)
    }
  }

  /** Takes an instance whose wake-up time has come. */
  take(now: number): Instance.Instance | undefined {
    for (let entry = this.#due.takeDue(now); entry !== undefined; entry = this.#due.takeDue(now)) {
      if (entry.item.wakeAt !== entry.at) continue
      entry.item.wakeAt = Number.POSITIVE_INFINITY
      if (this.#delayed.size > 0) this.#delayed.delete(entry.item)
      // a caller that never sleeps never reads `wakeAt`, so stale deadlines are removed here
      if (this.#deadlines !== null) this.#firstDeadline(this.#deadlines)
      return entry.item
    }
    return undefined
  }

  /** Those that may be due before `until` answers, and some that are not. */
  *early(until: () => number): Iterable<Instance.Instance> {
    yield* this.#delayed
    for (const { at, item } of this.#due.inOrder()) {
      if (at - headStartMs >= until()) return
      if (item.wakeAt === at) yield item
    }
  }
}
