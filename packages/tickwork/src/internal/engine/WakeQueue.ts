/**
 * When each instance is looked at next, and when the tick has to wake for it: at once, or within its window.
 *
 * The earliest end of a window is the latest instant at which a wake-up serves them all, so nothing wakes earlier, and
 * whatever is due by then shares it. It runs nothing.
 *
 * @internal
 */

import type { Instance } from "./Instance.ts"
import { MinHeap } from "./MinHeap.ts"

const deadlineOf = ({ phase, registered, state, wakeAt }: Instance): number =>
  phase === "held" || state.position.manual?.nextAt === wakeAt ? wakeAt : wakeAt + registered.windowMs

export class WakeQueue {
  readonly #due = new MinHeap<Instance>()
  /** Only where a job has a window: elsewhere an instance is due when the tick has to wake for it. */
  readonly #deadlines: MinHeap<Instance> | null

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

  /** What is stale is dropped on the way. */
  #firstDeadline(deadlines: MinHeap<Instance>): number {
    for (let first = deadlines.first; first !== undefined; first = deadlines.first) {
      if (deadlineOf(first.item) === first.at) return first.at
      deadlines.takeDue(first.at)
    }
    return Number.POSITIVE_INFINITY
  }

  /** The instance is looked at then, and not at an instant given before; never, where none is given. */
  set(instance: Instance, at: number | null): void {
    instance.wakeAt = at ?? Number.POSITIVE_INFINITY
    if (at === null) return
    this.#due.add(at, instance)
    this.#deadlines?.add(deadlineOf(instance), instance)
  }

  /** Takes an instance whose instant has come. */
  take(now: number): Instance | undefined {
    for (let entry = this.#due.takeDue(now); entry !== undefined; entry = this.#due.takeDue(now)) {
      if (entry.item.wakeAt !== entry.at) continue
      entry.item.wakeAt = Number.POSITIVE_INFINITY
      // a host that never sleeps never asks for the earliest deadline
      if (this.#deadlines !== null) this.#firstDeadline(this.#deadlines)
      return entry.item
    }
    return undefined
  }
}
