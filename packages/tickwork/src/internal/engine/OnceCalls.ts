/**
 * What has been collected and is not settled, and which of it each call of `once` waits for.
 *
 * It knows nothing of what it holds.
 *
 * @internal
 */
export class OnceCalls<A> {
  readonly #open = new Set<A>()
  readonly #calls = new Set<Set<A>>()

  /** A call begins: it waits for what is open now, and not for what other callers collect later. */
  begin(): Set<A> {
    const call = new Set(this.#open)
    this.#calls.add(call)
    return call
  }

  end(call: Set<A>): void {
    this.#calls.delete(call)
  }

  /** It is open; a call that waits for what led to it waits for it, too. */
  open(item: A, cause: A = item): void {
    this.#open.add(item)
    for (const call of this.#calls) if (call.has(cause)) call.add(item)
  }

  close(item: A): void {
    this.#open.delete(item)
    for (const call of this.#calls) call.delete(item)
  }
}
