/**
 * Counts the slots of a process: taken, reserved and free.
 *
 * It knows no order, no instant and no instance.
 *
 * @internal
 */
import type { ConcurrencyMode, Definition } from "../Definition.ts"

/** How many runs of each mode may run at once; an exclusive run is always alone. */
export type SlotCapacities = Readonly<Record<Exclude<ConcurrencyMode, "exclusive">, number>>

interface Slot {
  readonly name: string
  readonly all: number
  taken: number
  reserved: number
}

/** One slot of each of these kinds, or all slots for an exclusive run. */
export interface SlotRequest {
  /** Equal for equal requests. */
  readonly id: string
  readonly isExclusive: boolean
  readonly slots: ReadonlyArray<Slot>
  /** True without limits: then only an exclusive request or one with a limit can compete with it. */
  readonly isPlain: boolean
}

/** The slots of a process, with reservations for waiting runs. */
export class SlotPool {
  readonly #capacities: SlotCapacities
  readonly #slots = new Map<string, Slot>()
  #running = 0
  #alone = 0
  #reserved = 0
  #reservedAlone = 0

  constructor(capacities: SlotCapacities) {
    this.#capacities = capacities
  }

  requestOf({ limits, mode }: Pick<Definition<unknown>, "limits" | "mode">): SlotRequest {
    const isExclusive = mode === "exclusive"
    const base = isExclusive ? [] : [this.#slotOf(mode, this.#capacities[mode])]
    const ofSlots = limits.filter(({ per }) => per === null)
    const named = ofSlots.map(({ atMost, name }) => this.#slotOf(name, atMost))
    const id = JSON.stringify([mode, ...ofSlots.map(({ name }) => name).sort()])
    return { id, isExclusive, slots: [...base, ...named], isPlain: !isExclusive && named.length === 0 }
  }

  #slotOf(name: string, all: number): Slot {
    const known = this.#slots.get(name)
    if (known !== undefined) return known
    const slot = { name, all, taken: 0, reserved: 0 }
    this.#slots.set(name, slot)
    return slot
  }

  /** The name of the missing slot; `null` where the whole request is free. */
  missing({ isExclusive, slots }: SlotRequest): string | null {
    if (this.#alone + this.#reservedAlone > 0) return "exclusive"
    if (isExclusive && this.#running + this.#reserved > 0) return "exclusive"
    for (const { all, name, reserved, taken } of slots) if (taken + reserved >= all) return name
    return null
  }

  /** How many runs with this request could start now. */
  free(request: SlotRequest): number {
    if (this.missing(request) !== null) return 0
    return request.slots.reduce(
      (least, { all, reserved, taken }) => Math.min(least, all - taken - reserved),
      most(request)
    )
  }

  take({ isExclusive, slots }: SlotRequest, by = 1): void {
    for (const one of slots) one.taken += by
    this.#running += by
    if (isExclusive) this.#alone += by
  }

  leave(request: SlotRequest): void {
    this.take(request, -1)
  }

  /** Reserves slots for a waiting run, so that no less urgent one takes them. */
  reserve({ isExclusive, slots }: SlotRequest, times = 1): void {
    for (const one of slots) one.reserved += times
    this.#reserved += 1
    if (isExclusive) this.#reservedAlone += 1
  }

  /** Removes all reservations. */
  unreserve(): void {
    for (const one of this.#slots.values()) one.reserved = 0
    this.#reserved = 0
    this.#reservedAlone = 0
  }
}

/** How many runs with this request fit at once. */
export const most = ({ isExclusive, slots }: SlotRequest): number =>
  slots.reduce((least, { all }) => Math.min(least, all), isExclusive ? 1 : Number.POSITIVE_INFINITY)
