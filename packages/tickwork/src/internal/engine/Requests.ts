/**
 * What people have asked for, as far as this process knows: what waits, what is being done, what is done.
 *
 * It answers nothing itself.
 *
 * @internal
 */
import type { StoredRequest } from "../../Control.ts"

export class Requests {
  /** What could not be done yet. */
  waiting: ReadonlyArray<StoredRequest>
  /** Somebody else may have done some of it: it has to be read anew before it is answered. */
  isBehind = false
  /** The numbers of those that are being done. */
  readonly #taken = new Set<number>()
  /** The numbers of those that are done. */
  #done = new Set<number>()

  constructor(waiting: ReadonlyArray<StoredRequest>) {
    this.waiting = waiting
  }

  /** Everything that is not done, as it is stored now, and what was done of late; answers what others have done of it. */
  sync(asked: ReadonlyArray<StoredRequest>): ReadonlyArray<StoredRequest> {
    const done = asked.filter(({ doneAt }) => doneAt !== null)
    const elsewhere = done.filter(({ id }) => !this.#done.has(id))
    this.#done = new Set(done.map(({ id }) => id))
    this.waiting = asked.filter(({ doneAt, id }) => doneAt === null && !this.#taken.has(id))
    this.isBehind = false
    return elsewhere
  }

  /** It is being done. */
  take({ id }: StoredRequest): void {
    this.#taken.add(id)
  }

  /** It is done, and stored as that. */
  done(id: number): void {
    this.#taken.delete(id)
    this.#done.add(id)
  }

  /** What was being done is not done: whoever reads it next may do it. */
  requeue(id: number | undefined): void {
    if (id !== undefined && this.#taken.delete(id)) this.isBehind = true
  }

  /** What waits may have been done by whoever was faster. */
  markStale(): void {
    if (this.waiting.length > 0) this.isBehind = true
  }
}
