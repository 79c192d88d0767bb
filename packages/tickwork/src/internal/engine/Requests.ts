/**
 * The requests that this process knows: pending, in progress and done.
 *
 * It processes none itself.
 *
 * @internal
 */
import type { StoredRequest } from "../../Control.ts"
import type { JobState } from "../../JobState.ts"

/** A read costs what is done since the one before: for this many about as much as storing one. */
const mostDone = 1000

export class Requests {
  /** Pending requests. */
  waiting: ReadonlyArray<StoredRequest>
  /** The number of the last request that was there when this process opened; 0 where none was. */
  readonly lastAtOpening: number
  /** True where another process may have done some: they are read again before they are processed. */
  isBehind = false
  /** The numbers of the requests in progress. */
  readonly #taken = new Set<number>()
  /** The first states of runs whose requests are part of transactions of the application, by their numbers. */
  readonly begun = new Map<number, JobState>()
  /** The numbers of the done requests. */
  #done = new Set<number>()
  /** How many were done since they were last read. */
  #doneSince = 0

  constructor(waiting: ReadonlyArray<StoredRequest>) {
    this.waiting = waiting
    this.lastAtOpening = waiting.at(-1)?.id ?? 0
  }

  /** True where requests should be read soon, so that what they add to the answer does not grow without end. */
  get hasManyDone(): boolean {
    return this.#doneSince >= mostDone
  }

  /** Takes in the stored requests, pending and recently done. Returns those that other processes have done. */
  sync(stored: ReadonlyArray<StoredRequest>): ReadonlyArray<StoredRequest> {
    const done = stored.filter(({ doneAt }) => doneAt !== null)
    const elsewhere = done.filter(({ id }) => !this.#done.has(id))
    this.#done = new Set(done.map(({ id }) => id))
    this.waiting = stored.filter(({ doneAt, id }) => doneAt === null && !this.#taken.has(id))
    this.isBehind = false
    this.#doneSince = 0
    return elsewhere
  }

  /** Marks a request as in progress. */
  take({ id }: StoredRequest): void {
    this.#taken.add(id)
  }

  /** Marks a request as done and stored. */
  done(id: number): void {
    this.#taken.delete(id)
    this.#done.add(id)
    this.#doneSince += 1
  }

  /** Returns a request in progress to the pending ones, for the next process that reads it. */
  requeue(id: number | undefined): void {
    if (id !== undefined && this.#taken.delete(id)) this.isBehind = true
  }

  /** Marks pending requests for reading, since another process may have done them. */
  markStale(): void {
    if (this.waiting.length > 0) this.isBehind = true
  }
}
