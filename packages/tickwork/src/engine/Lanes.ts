/**
 * The places of a process: one lane for serial jobs, one for parallel ones beside it.
 *
 * It claims nothing and starts nothing: it says what is next.
 *
 * @internal
 */
import type { Place } from "../Job.ts"
import * as Plan from "../Plan.ts"
import type { Instance } from "./Instance.ts"
import { Lane } from "./Lane.ts"

export class Lanes {
  readonly #of: Readonly<Record<Place, Lane>>
  readonly #all: ReadonlyArray<Lane>

  constructor(places: Plan.Places) {
    this.#of = { serial: new Lane(places.serial), parallel: new Lane(places.parallel) }
    this.#all = [this.#of.serial, this.#of.parallel]
  }

  /** How many wait. */
  get size(): number {
    return this.#of.serial.size + this.#of.parallel.size
  }

  add(instance: Instance): void {
    this.#of[instance.registered.job.place].add(instance)
  }

  /** All that wait. */
  all(): ReadonlyArray<Instance> {
    return this.#all.flatMap((lane) => lane.all())
  }

  /** Takes the next claimed instance whose place is free; it has the place from now on. */
  take(now: number): Instance | undefined {
    for (const lane of this.#all) {
      const instance = lane.isFree ? lane.head(now) : undefined
      if (instance?.phase !== "claimed") continue
      lane.take()
      lane.running += 1
      return instance
    }
    return undefined
  }

  /** Its place is free again. */
  leave({ registered: { job } }: Instance): void {
    this.#of[job.place].running -= 1
  }

  /** What has to be claimed now, the most urgent first where that is more than may be. */
  wanted(now: number, atMost: number): ReadonlyArray<Instance> {
    const wanted = this.#all
      .filter((lane) => lane.isFree && lane.head(now)?.phase === "due")
      .flatMap((lane) => lane.ahead(now, atMost))
    if (wanted.length <= atMost) return wanted
    const order = Plan.order(now)
    return wanted.sort((a, b) => order(Plan.dueOf(a), Plan.dueOf(b))).slice(0, atMost)
  }

  /** Drops what no longer waits for a place. */
  retain(keeps: (instance: Instance) => boolean): void {
    for (const lane of this.#all) lane.retain(keeps)
  }
}
