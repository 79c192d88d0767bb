/**
 * Which calls of `once` still wait for something that they collected.
 *
 * It only counts.
 *
 * @internal
 */
export class OnceCalls {
  readonly #open = new Map<number, number>()
  /** The call that collects now. */
  current = 0

  /** One more that a call has to wait for. */
  open(generation: number): void {
    this.#open.set(generation, (this.#open.get(generation) ?? 0) + 1)
  }

  /** One less. */
  close(generation: number): void {
    const left = (this.#open.get(generation) ?? 0) - 1
    if (left > 0) this.#open.set(generation, left)
    else this.#open.delete(generation)
  }

  /** True while something collected by this call, or an earlier one, has not been recorded. */
  isOpen(generation: number): boolean {
    for (const [opened, count] of this.#open) if (opened <= generation && count > 0) return true
    return false
  }
}
