/**
 * Due instances that wait for their dependencies; each lists its unmet ones once and removes them as they end.
 *
 * It starts nothing.
 *
 * @internal
 */

import { Array as Arr } from "effect"
import type { Dependency } from "../Definition.ts"
import type { InstanceMap } from "../InstanceMap.ts"
import * as Dependencies from "../plan/Dependencies.ts"
import type { Registered } from "../plan/Registered.ts"
import type { Instance } from "./Instance.ts"

type Unmet = Set<Instance>

export class Waiters {
  readonly #registry: ReadonlyMap<string, Registered>
  readonly #others: Dependencies.Others<Instance>
  /** The names of the jobs that depend on a job. */
  readonly #dependents = new Map<string, Array<string>>()
  readonly #waiting = new Map<string, Map<Instance, Unmet>>()

  constructor(registry: ReadonlyMap<string, Registered>, instances: InstanceMap<Instance>) {
    this.#registry = registry
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

  /** True where it has to wait: it is registered here; else its `metAt` is set. Nothing ends while `known` is kept. */
  mustWait(instance: Instance, known?: Dependencies.Known): boolean {
    this.leave(instance)
    const { registered, state } = instance
    // a retry does not wait for the dependencies again
    if (registered.job.after.length === 0 || state.position.attempt > 1) return false
    const { metAt, unmet } = Dependencies.standing(instance, this.#others, known)
    if (metAt !== null) {
      instance.metAt = metAt
      return false
    }
    const ofJob = this.#waiting.get(state.jobName) ?? new Map<Instance, Unmet>()
    this.#waiting.set(state.jobName, ofJob.set(instance, new Set(unmet)))
    return true
  }

  /** The ends of its dependencies that are known now; `null` where it has none, or too many. */
  ends(instance: Instance): Readonly<Record<string, number | null>> | null {
    return Dependencies.ends(instance, this.#others)
  }

  /** It no longer waits. */
  leave(instance: Instance): void {
    this.#waiting.get(instance.state.jobName)?.delete(instance)
  }

  /** The instances that no longer wait, now that this one has changed. */
  changed(instance: Instance, seen = new Set<Instance>()): ReadonlyArray<Instance> {
    if (seen.has(instance)) return []
    seen.add(instance)
    const dependents = this.#dependents.get(instance.state.jobName)
    if (dependents === undefined) return []
    const freed = dependents.flatMap((jobName) => this.#freed(jobName, instance))
    return this.#isOver(instance)
      ? [...freed, ...dependents.flatMap((name) => this.#freedBehind(name, instance, seen))]
      : freed
  }

  /** Those that wait for a dependent without a cadence, where that is over with what it came after. */
  #freedBehind(jobName: string, over: Instance, seen: Set<Instance>): ReadonlyArray<Instance> {
    const { find, keyed } = this.#others
    const same = this.#sameKey(jobName, over)
    const plain = find({ jobName, key: "" })
    const concerned = same ?? [...keyed(jobName).values(), ...(plain === undefined ? [] : [plain])]
    return concerned
      .filter(({ registered: { job }, state }) => job.cadence === null && state.position.nextAt !== null)
      .flatMap((dependent) => (this.#isOver(dependent) ? this.changed(dependent, seen) : []))
  }

  /** The instance of a dependent that an instance concerns where both jobs have keys; `null` where it may concern all. */
  #sameKey(jobName: string, { state }: Instance): ReadonlyArray<Instance> | null {
    const { find, isKeyed } = this.#others
    return isKeyed(jobName) && isKeyed(state.jobName) ? Arr.fromNullable(find({ jobName, key: state.key })) : null
  }

  #isOver(instance: Instance): boolean {
    return Dependencies.isOver(instance, this.#others)
  }

  /** The jobs that wait for an instance that is over without the success that they wait for. */
  stranded(of: Instance, known: Dependencies.Known): ReadonlyArray<string> {
    const { jobName, succeededAt } = of.state
    const dependents = this.#dependents.get(jobName)
    if (dependents === undefined || succeededAt !== null || of.inactiveSince !== null) return []
    if (!Dependencies.isOver(of, this.#others, known)) return []
    const awaits = ({ on, ...dependency }: Dependency) => on === "success" && dependency.jobName === jobName
    return dependents.filter((name) => this.#registry.get(name)?.job.after.some(awaits))
  }

  #freed(jobName: string, by: Instance): ReadonlyArray<Instance> {
    const waiting = this.#waiting.get(jobName)
    if (waiting === undefined || waiting.size === 0) return []
    const same = this.#sameKey(jobName, by)
    const concerned = same === null ? [...waiting.keys()] : same.filter((instance) => waiting.has(instance))
    return concerned.filter((instance) => {
      const unmet = waiting.get(instance)
      if (unmet?.has(by) === true && !this.#isMet(instance, by)) return false
      unmet?.delete(by)
      return unmet?.size === 0 && !this.mustWait(instance)
    })
  }

  #isMet(own: Instance, of: Instance): boolean {
    if (of.inactiveSince !== null) return true
    return own.registered.job.after.every(
      (dependency) => dependency.jobName !== of.state.jobName || Dependencies.isMet(dependency, of, own, this.#others)
    )
  }
}
