/**
 * A binary heap of items by instant: the earliest is found at once, however many there are.
 *
 * It never removes a stale entry by itself: its reader skips those.
 *
 * @internal
 */
export interface Entry<A> {
  readonly at: number
  readonly item: A
}

export class MinHeap<A> {
  // two arrays, since an object for each entry would cost more memory
  readonly #instants: Array<number> = []
  readonly #items: Array<A> = []

  /** The earliest instant, or infinity. */
  get nextAt(): number {
    return this.#instants[0] ?? Number.POSITIVE_INFINITY
  }

  /** The earliest entry, which stays. */
  get first(): Entry<A> | undefined {
    const item = this.#items[0]
    return item === undefined ? undefined : { at: this.nextAt, item }
  }

  add(at: number, item: A): void {
    let index = this.#instants.length
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (this.#at(parent) <= at) break
      this.#move(parent, index)
      index = parent
    }
    this.#put(index, at, item)
  }

  /** Takes the earliest entry at or before `now`. */
  takeDue(now: number): Entry<A> | undefined {
    const at = this.nextAt
    if (this.#instants.length === 0 || at > now) return undefined
    const item = this.#items[0] as A
    const lastAt = this.#instants.pop() as number
    const last = this.#items.pop() as A
    if (this.#instants.length > 0) this.#sink(lastAt, last)
    return { at, item }
  }

  #sink(at: number, item: A): void {
    const size = this.#instants.length
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= size) break
      if (child + 1 < size && this.#at(child + 1) < this.#at(child)) child += 1
      if (this.#at(child) >= at) break
      this.#move(child, index)
      index = child
    }
    this.#put(index, at, item)
  }

  #at(index: number): number {
    return this.#instants[index] as number
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#at(from), this.#items[from] as A)
  }

  #put(index: number, at: number, item: A): void {
    this.#instants[index] = at
    this.#items[index] = item
  }
}
