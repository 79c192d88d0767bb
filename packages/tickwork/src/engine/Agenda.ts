/**
 * What is due next: a binary heap of instants, one timer's worth of knowledge for any number of instances.
 *
 * Looking costs nothing that grows with their number. It never drops an entry: a stale one is passed over by its reader.
 *
 * @internal
 */
export interface Entry<A> {
  readonly at: number
  readonly item: A
}

export class Agenda<A> {
  readonly #heap: Array<Entry<A>> = []

  /** The earliest instant, or infinity. */
  get nextAt(): number {
    return this.#heap[0]?.at ?? Number.POSITIVE_INFINITY
  }

  add(at: number, item: A): void {
    const heap = this.#heap
    const entry = { at, item }
    let index = heap.length
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = heap[parent] as Entry<A>
      if (above.at <= at) break
      heap[index] = above
      index = parent
    }
    heap[index] = entry
  }

  /** Takes the earliest entry at or before `now`. */
  takeDue(now: number): Entry<A> | undefined {
    const heap = this.#heap
    const first = heap[0]
    if (first === undefined || first.at > now) return undefined
    const last = heap.pop() as Entry<A>
    if (heap.length > 0) this.#sink(last)
    return first
  }

  #sink(entry: Entry<A>): void {
    const heap = this.#heap
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && (heap[child + 1] as Entry<A>).at < (heap[child] as Entry<A>).at) child += 1
      const below = heap[child] as Entry<A>
      if (below.at >= entry.at) break
      heap[index] = below
      index = child
    }
    heap[index] = entry
  }
}
