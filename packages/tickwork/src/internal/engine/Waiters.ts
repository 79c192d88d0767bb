/**
 * Instances whose own instant has come, and which wait for others to end.
 *
 * What an instance waits for is gone through once, and then struck off as it ends: a job that comes after a hundred
 * thousand instances costs each of them next to nothing. It starts nothing.
 *
 * @internal
 */

import type { InstanceMap } from "../InstanceMap.ts"
import * as Dependencies from "../plan/Dependencies.ts"
import type { Registered } from "../plan/Registered.ts"
import type { Instance } from "./Instance.ts"

type Unmet = Set<Instance>

export class Waiters {
  readonly #others: Dependencies.Others<Instance>
  /** The names of the jobs that come after a job. */
  readonly #dependents = new Map<string, Array<string>>()
  readonly #waiting = new Map<string, Map<Instance, Unmet>>()

  constructor(registry: ReadonlyMap<string, Registered>, instances: InstanceMap<Instance>) {
    this.#others = {
      find: (ref) => instances.find(ref),
      keyed: (jobName) => instances.keyed(jobName),
      isKeyed: (jobName) => (registry.get(jobName)?.job.keys ?? null) !== null
    }
    for (const { job } of registry.values()) {
      for (const { jobName } of job.after) {
        this.#dependents.set(jobName, [...(this.#dependents.get(jobName) ?? []), job.name])
      }
    }
  }

  has(instance: Instance): boolean {
    return this.#waiting.get(instance.state.jobName)?.has(instance) === true
  }

  /** True where it has to wait, as it does from now on; else it knows since when it has not. */
  mustWait(instance: Instance): boolean {
    this.leave(instance)
    const { registered, state } = instance
    // an attempt that is made again does not wait anew
    if (registered.job.after.length === 0 || state.position.attempt > 1) return false
    const { metAt, unmet } = Dependencies.standing(instance, this.#others)
    if (metAt !== null) {
      instance.metAt = metAt
      return false
    }
    const ofJob = this.#waiting.get(state.jobName) ?? new Map<Instance, Unmet>()
    this.#waiting.set(state.jobName, ofJob.set(instance, new Set(unmet)))
    return true
  }

  /** It no longer waits. */
  leave(instance: Instance): void {
    this.#waiting.get(instance.state.jobName)?.delete(instance)
  }

  /** An instance has ended, or come, or gone: answers those that have waited for it, and need wait no longer. */
  changed(instance: Instance): ReadonlyArray<Instance> {
    const dependents = this.#dependents.get(instance.state.jobName)
    return dependents === undefined ? [] : dependents.flatMap((jobName) => this.#freed(jobName, instance))
  }

  #freed(jobName: string, by: Instance): ReadonlyArray<Instance> {
    const waiting = this.#waiting.get(jobName)
    if (waiting === undefined || waiting.size === 0) return []
    const sameKey = this.#others.find({ jobName, key: by.state.key })
    const concerned = sameKey !== undefined && waiting.has(sameKey) ? [sameKey] : [...waiting.keys()]
    return concerned.filter((instance) => {
      const unmet = waiting.get(instance)
      if (unmet?.has(by) === true && !isMet(instance, by)) return false
      unmet?.delete(by)
      return unmet?.size === 0 && !this.mustWait(instance)
    })
  }
}

const isMet = (own: Instance, of: Instance): boolean =>
  of.inactiveSince !== null ||
  own.registered.job.after.every(
    (dependency) => dependency.jobName !== of.state.jobName || Dependencies.metAt(dependency, of, own) !== null
  )
