/**
 * A map by instance: its job's name and its key.
 *
 * It builds no string for a lookup, since a run does several of them.
 *
 * @internal
 */

/** An instance, by its job's name and its key. */
interface Ref {
  readonly jobName: string
  readonly key: string
}

const none: ReadonlyMap<string, never> = new Map<string, never>()

export class InstanceMap<A> implements Iterable<A> {
  /** Of the one instance of each job without keys. */
  readonly #plain = new Map<string, A>()
  /** Of the instances of jobs that have keys, by their key. */
  readonly #keyed = new Map<string, Map<string, A>>()
  #keys = 0

  /** Of values that name their own instance. */
  static of<A extends Ref>(values: Iterable<A>): InstanceMap<A> {
    const map = new InstanceMap<A>()
    for (const value of values) map.set(value, value)
    return map
  }

  get size(): number {
    return this.#plain.size + this.#keys
  }

  find({ jobName, key }: Ref): A | undefined {
    return key === "" ? this.#plain.get(jobName) : this.#keyed.get(jobName)?.get(key)
  }

  *[Symbol.iterator](): Iterator<A> {
    yield* this.#plain.values()
    for (const byKey of this.#keyed.values()) yield* byKey.values()
  }

  /** Of those of a job that have a key. */
  keyed(jobName: string): ReadonlyMap<string, A> {
    return this.#keyed.get(jobName) ?? none
  }

  set({ jobName, key }: Ref, value: A): void {
    if (key === "") {
      this.#plain.set(jobName, value)
      return
    }
    const byKey = this.#keyed.get(jobName) ?? new Map<string, A>()
    if (byKey.size === 0) this.#keyed.set(jobName, byKey)
    const before = byKey.size
    byKey.set(key, value)
    this.#keys += byKey.size - before
  }

  remove({ jobName, key }: Ref): void {
    if (key === "") this.#plain.delete(jobName)
    else if (this.#keyed.get(jobName)?.delete(key) === true) this.#keys -= 1
  }
}
