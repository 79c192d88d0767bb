/**
 * One mark in place of those of several stores: a number that means them in this process.
 *
 * @internal
 */

/** More are forgotten, the oldest first. */
const kept = 1000

export class Marks {
  readonly #size: number
  readonly #known = new Map<number, ReadonlyArray<number>>()
  #last = 0

  constructor(size: number) {
    this.#size = size
  }

  /** The marks of the stores; those of the beginning where it is not known. */
  of(mark: number): ReadonlyArray<number> {
    return this.#known.get(mark) ?? Array.from({ length: this.#size }, () => 0)
  }

  add(marks: ReadonlyArray<number>): number {
    const last = this.#known.get(this.#last)
    if (last?.every((mark, index) => mark === marks[index])) return this.#last
    this.#last += 1
    this.#known.set(this.#last, marks)
    this.#known.delete(this.#last - kept)
    return this.#last
  }
}
