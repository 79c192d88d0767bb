/**
 * The instances that the engine holds, found by their job and their key.
 *
 * It plans nothing: an instance that is added or removed changes nothing else.
 *
 * @internal
 */
import type { Ref } from "../JobStore.ts"
import type { Instance } from "./Instance.ts"

const none: ReadonlyMap<string, Instance> = new Map()

export class Instances implements Iterable<Instance> {
  /** The one instance of each job without keys. */
  readonly #plain = new Map<string, Instance>()
  /** The instances of jobs that have keys, by their key. */
  readonly #keyed = new Map<string, Map<string, Instance>>()

  find({ jobName, key }: Ref): Instance | undefined {
    return key === "" ? this.#plain.get(jobName) : this.#keyed.get(jobName)?.get(key)
  }

  *[Symbol.iterator](): Iterator<Instance> {
    yield* this.#plain.values()
    for (const byKey of this.#keyed.values()) yield* byKey.values()
  }

  /** Those of a job that have a key. */
  keyed(jobName: string): ReadonlyMap<string, Instance> {
    return this.#keyed.get(jobName) ?? none
  }

  add(instance: Instance): void {
    const { jobName, key } = instance.state
    if (key === "") {
      this.#plain.set(jobName, instance)
      return
    }
    const byKey = this.#keyed.get(jobName)
    if (byKey === undefined) this.#keyed.set(jobName, new Map([[key, instance]]))
    else byKey.set(key, instance)
  }

  remove({ state: { jobName, key } }: Instance): void {
    if (key === "") this.#plain.delete(jobName)
    else this.#keyed.get(jobName)?.delete(key)
  }
}
