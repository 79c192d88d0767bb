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
  readonly #precedes: (one: A, other: A) => boolean

  /** Entries of one instant come in any order, unless `precedes` tells which one comes first. */
  constructor(precedes: (one: A, other: A) => boolean = () => false) {
    this.#precedes = precedes
  }

  get size(): number {
    return this.#items.length
  }

  /** All items, in no order. */
  get items(): ReadonlyArray<A> {
    return this.#items
  }

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
      if (!this.#isBefore(at, item, this.#at(parent), this.#item(parent))) break
      this.#move(parent, index)
      index = parent
    }
    this.#put(index, at, item)
  }

  /** Takes the earliest entry at or before `now`. */
  takeDue(now: number): Entry<A> | undefined {
    const at = this.nextAt
    if (this.#instants.length === 0 || at > now) return undefined
    const item = this.#item(0)
    const lastAt = this.#instants.pop() as number
    const last = this.#items.pop() as A
    if (this.#instants.length > 0) this.#sink(lastAt, last)
    return { at, item }
  }

  /** The entries by their instants; they stay. One who takes the first few pays for no others. */
  *inOrder(): Iterable<Entry<A>> {
    const next = new MinHeap<number>()
    const open = (index: number) => {
      if (index < this.#instants.length) next.add(this.#at(index), index)
    }
    open(0)
    for (let first = next.first; first !== undefined; first = next.first) {
      const { at, item: index } = first
      yield { at, item: this.#item(index) }
      next.takeDue(at)
      open(2 * index + 1)
      open(2 * index + 2)
    }
  }

  #sink(at: number, item: A): void {
    const size = this.#instants.length
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= size) break
      if (child + 1 < size && this.#comesFirst(child + 1, child)) child += 1
      if (!this.#isBefore(this.#at(child), this.#item(child), at, item)) break
      this.#move(child, index)
      index = child
    }
    this.#put(index, at, item)
  }

  #isBefore(at: number, item: A, otherAt: number, other: A): boolean {
    return at < otherAt || (at === otherAt && this.#precedes(item, other))
  }

  #comesFirst(index: number, other: number): boolean {
    return this.#isBefore(this.#at(index), this.#item(index), this.#at(other), this.#item(other))
  }

  #item(index: number): A {
    return this.#items[index] as A
  }

  #at(index: number): number {
    return this.#instants[index] as number
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#at(from), this.#item(from))
  }

  #put(index: number, at: number, item: A): void {
    this.#instants[index] = at
    this.#items[index] = item
  }
}
