/**
 * The places of a process, what a job needs of them, and what is free.
 *
 * A count and nothing else: it knows no order, no instant and no instance.
 *
 * @internal
 */
import type { ConcurrencyMode, Definition } from "../Definition.ts"

/** How many runs of each place may go on at once; one that is exclusive goes on alone. */
export type SlotCapacities = Readonly<Record<Exclude<ConcurrencyMode, "exclusive">, number>>

interface Slot {
  readonly name: string
  readonly all: number
  taken: number
  reserved: number
}

/** One unit of each of these places, or all there is. */
export interface SlotRequest {
  /** Equal for equal needs. */
  readonly id: string
  readonly isExclusive: boolean
  readonly slots: ReadonlyArray<Slot>
  /** True where no other needs share a place with these, unless they name a limit or are exclusive. */
  readonly isPlain: boolean
}

/** How many places are taken, and how many are kept for what waits. */
export class SlotPool {
  readonly #places: SlotCapacities
  readonly #units = new Map<string, Slot>()
  #running = 0
  #alone = 0
  #reserved = 0
  #reservedAlone = 0

  constructor(places: SlotCapacities) {
    this.#places = places
  }

  requestOf({ limits, mode }: Pick<Definition<unknown>, "limits" | "mode">): SlotRequest {
    const isExclusive = mode === "exclusive"
    const base = isExclusive ? [] : [this.#unitsOf(mode, this.#places[mode])]
    const named = limits.map(({ atMost, name }) => this.#unitsOf(name, atMost))
    const id = JSON.stringify([mode, ...limits.map(({ name }) => name).sort()])
    return { id, isExclusive, slots: [...base, ...named], isPlain: !isExclusive && named.length === 0 }
  }

  #unitsOf(name: string, all: number): Slot {
    const known = this.#units.get(name)
    if (known !== undefined) return known
    const units = { name, all, taken: 0, reserved: 0 }
    this.#units.set(name, units)
    return units
  }

  /** The place that has to be waited for; `null` where all that is needed is free. */
  missing({ isExclusive, slots }: SlotRequest): string | null {
    if (this.#alone + this.#reservedAlone > 0) return "exclusive"
    if (isExclusive && this.#running + this.#reserved > 0) return "exclusive"
    for (const { all, name, reserved, taken } of slots) if (taken + reserved >= all) return name
    return null
  }

  /** How many runs with these needs could begin now. */
  free(needs: SlotRequest): number {
    if (this.missing(needs) !== null) return 0
    return needs.slots.reduce((least, { all, reserved, taken }) => Math.min(least, all - taken - reserved), most(needs))
  }

  take({ isExclusive, slots }: SlotRequest): void {
    for (const one of slots) one.taken += 1
    this.#running += 1
    if (isExclusive) this.#alone += 1
  }

  leave({ isExclusive, slots }: SlotRequest): void {
    for (const one of slots) one.taken -= 1
    this.#running -= 1
    if (isExclusive) this.#alone -= 1
  }

  /** Keeps this for something that waits: nothing of a lower order takes it. */
  reserve({ isExclusive, slots }: SlotRequest, times = 1): void {
    for (const one of slots) one.reserved += times
    this.#reserved += 1
    if (isExclusive) this.#reservedAlone += 1
  }

  /** Nothing is kept any more. */
  unreserve(): void {
    for (const one of this.#units.values()) one.reserved = 0
    this.#reserved = 0
    this.#reservedAlone = 0
  }
}

/** How many runs with these needs may go on at once. */
export const most = ({ isExclusive, slots }: SlotRequest): number =>
  slots.reduce((least, { all }) => Math.min(least, all), isExclusive ? 1 : Number.POSITIVE_INFINITY)
