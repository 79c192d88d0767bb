/**
 * Counts what each call of `once` has collected and still waits for.
 *
 * It knows nothing of what it counts.
 *
 * @internal
 */
export class OnceCalls {
  readonly #open = new Map<number, number>()
  /** The number of the call that collects now. */
  current = 0

  /** A call has one more to wait for. */
  open(generation: number): void {
    this.#open.set(generation, (this.#open.get(generation) ?? 0) + 1)
  }

  /** A call has one less to wait for. */
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
